"""Open interest, and what is left in the insurance funds."""

from __future__ import annotations

import numpy as np

from gui import format as fmt
from gui.charts import thinning, ticks
from gui.charts.chart import Chart
from gui.charts.figures import Figures
from gui.charts.thinning import Floats
from gui.i18n import tr
from gui.theme import theme

FULL_PCT = 100.0


class OpenInterestChart(Chart):
    """Open interest in USD on the left axis, the funds in percent of their start on the right.

    Both are drawn in one picture: the funds' percentages are mapped to the left axis' values, and
    the right axis is labelled with what they were.
    """

    stretch = 3
    section = "12"

    def build(self) -> None:
        self.open_interest = self.curve()
        self.fund = self.curve(z=1)
        self.emptiest = self.curve(z=1)
        self.header.set_entries(
            [self.entry("open_interest"), self.entry("fund"), self.entry("adl")]
        )

    def texts(self) -> tuple[str, str]:
        return self.of_what(tr("Open interest, funds")), tr("USD · % of start")

    def rename(self) -> None:
        oi, fund, emptiest = self.header.entries
        oi.setText(tr("open interest"))
        oi.widest_value = fmt.short(8.88e11)
        fund.setText(tr("all funds"))
        emptiest.setText(tr("emptiest fund"))
        emptiest.setToolTip(
            tr(
                "Each contract has a fund of its own, here less what the positions it stands for "
                "would lose now; ADL begins when one of them is down too far"
            )
        )
        for entry in (fund, emptiest):
            entry.widest_value = fmt.pct(88.8)

    def summary(self) -> str:
        oi, fund, emptiest = self.header.entries
        return tr(
            "At {time} UTC open interest is {oi} USD; the insurance funds hold {fund} of what they "
            "had, the emptiest one {emptiest}.",
            time=fmt.date_clock(self.start, self.cursor_s),
            oi=oi.value,
            fund=fund.value,
            emptiest=emptiest.value,
        )

    def recolor(self) -> None:
        self.open_interest.setPen(self.pen(theme.color("open_interest")))
        self.fund.setPen(self.pen(theme.color("fund")))
        self.emptiest.setPen(self.pen(theme.color("adl")))
        self.plot.right.setTextPen(theme.color("fund"))

    def draw(self, figures: Figures) -> None:
        part = thinning.visible(
            figures.time_s[: figures.computed], self.view.first_s, self.view.last_s
        )
        oi_entry, fund_entry, emptiest_entry = self.header.entries
        time_s, usd = thinning.thin(figures.time_s[part], figures.open_interest_usd[part])
        self.open_interest.setVisible(oi_entry.isChecked())
        self.open_interest.setData(time_s, usd)
        if len(usd):
            self._scale_money(float(usd.min()), float(usd.max()))
        funded = figures.fund_start_usd > 0
        self.fund.setVisible(fund_entry.isChecked() and funded)
        self.emptiest.setVisible(emptiest_entry.isChecked() and funded)
        if not (self.fund.isVisible() or self.emptiest.isVisible()):
            self.plot.right.setTicks([])
            return
        time_s, usd = thinning.thin(figures.time_s[part], figures.fund_usd[part])
        share = usd / figures.fund_start_usd * 100
        top = max(FULL_PCT, float(share.max(initial=0.0))) * 1.05
        levels = ticks.values(0.0, top, self.tick_count())
        self.fund.setData(time_s, self._level_of(share, top))
        time_s, least = thinning.thin(figures.time_s[part], figures.emptiest_share[part])
        self.emptiest.setData(time_s, self._level_of(np.clip(least * 100, 0, top), top))
        labels = [(float(self._level_of(y, top)), text) for y, text in ticks.percentages(levels)]
        self.plot.right.setTicks([labels])

    def _level_of(self, pct: Floats | float, top: float) -> Floats | float:
        """Return where on the left axis a percentage of the funds lies."""
        low, high = self._scale
        return low + pct / top * (high - low)

    def _scale_money(self, low: float, high: float) -> None:
        """Leave room around the curve: its changes matter more than its distance from zero."""
        room = max((high - low) * 0.1, high * 0.02)
        old_low, old_high = self._scale
        if not (low >= old_low and high <= old_high and high - low >= 0.3 * (old_high - old_low)):
            self._scale = (max(low - room, 0.0), high + room)
            levels = ticks.values(*self._scale, self.tick_count())
            self.plot.set_levels(*self._scale, ticks.amounts(levels))

    def read_out(self, figures: Figures) -> None:
        step = figures.step_at(self.cursor_s)
        oi_entry, fund_entry, emptiest_entry = self.header.entries
        if step < 0:
            for entry in self.header.entries:
                entry.set_value(fmt.MISSING)
            return
        oi_entry.set_value(fmt.usd(float(figures.open_interest_usd[step])))
        start_usd = figures.fund_start_usd
        share = float(figures.fund_usd[step]) / start_usd if start_usd > 0 else np.nan
        fund_entry.set_value(fmt.percent(share))
        emptiest_entry.set_value(fmt.percent(float(figures.emptiest_share[step])))
