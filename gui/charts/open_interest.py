"""Open interest, and what is left in the insurance funds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pyqtgraph as pg

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
        self.others = (self.curve(z=-1), self.curve(z=-1), self.curve(z=-1))
        self.offer_other()
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
        for curve, color in zip(self.others, ("open_interest", "fund", "adl"), strict=True):
            curve.setPen(self.other_pen(theme.color(color)))
        self.plot.right.setTextPen(theme.color("fund"))

    def draw(self, figures: Figures) -> None:
        runs = [figures] if self.other is None else [figures, self.other]
        known = [self._known(run) for run in runs]
        money = [usd for (_, usd), _, _ in known if len(usd)]
        if money:
            self._scale_money(
                min(float(usd.min()) for usd in money), max(float(usd.max()) for usd in money)
            )
        shares = [curve for _, *curves in known for _, curve in curves]
        top = max(FULL_PCT, *(float(share.max(initial=0.0)) for share in shares[::2])) * 1.05
        self._draw((self.open_interest, self.fund, self.emptiest), known[0], top)
        for curve in self.others:
            curve.setVisible(False)
        if len(known) > 1:
            self._draw(self.others, known[1], top)
        ranked = ticks.percentages(ticks.values(0.0, top, self.tick_count()))
        labels = [(float(self._level_of(y, top)), text) for y, text in ranked]
        self.plot.right.setTicks([labels if any(len(share) for share in shares) else []])

    def _known(self, figures: Figures) -> list[tuple[Floats, Floats]]:
        """Return times and values in view: open interest, USD, and both of the funds', percent.

        Without money in any fund, or with both switched off, theirs are empty.
        """
        known_s = figures.time_s[: figures.computed]
        part = thinning.visible(known_s, self.view.first_s, self.view.last_s)
        known = [thinning.thin(figures.time_s[part], figures.open_interest_usd[part])]
        start_usd = figures.fund_start_usd
        fund, emptiest = self.header.entries[1:]
        if start_usd <= 0 or not (fund.isChecked() or emptiest.isChecked()):
            nothing = (np.zeros(0), np.zeros(0))
            return [*known, nothing, nothing]
        funds = (figures.fund_usd[part] / start_usd, figures.emptiest_share[part])
        return known + [thinning.thin(figures.time_s[part], share * 100) for share in funds]

    def _draw(
        self, curves: Sequence[pg.PlotCurveItem], known: list[tuple[Floats, Floats]], top: float
    ) -> None:
        """Draw what is known of a run; the funds on the scale that ends at ``top`` percent."""
        for nth, (curve, (time_s, values)) in enumerate(zip(curves, known, strict=True)):
            curve.setVisible(self.header.entries[nth].isChecked() and len(values) > 0)
            levels = self._level_of(np.clip(values, 0, top), top) if nth else values
            curve.setData(time_s, levels)

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
        here = self._at_cursor(figures, figures.step_at(self.cursor_s))
        there = (np.nan,) * 3
        if self.other is not None:
            there = self._at_cursor(self.other, self.other_step())
        texts = (
            (fmt.usd, partial(fmt.usd, signed=True)),
            (fmt.pct, partial(fmt.decimal, digits=1, signed=True)),
            (fmt.pct, partial(fmt.decimal, digits=1, signed=True)),
        )
        for entry, value, other, text in zip(self.header.entries, here, there, texts, strict=True):
            self.tell(entry, value, other, *text)

    def _at_cursor(self, figures: Figures, step: int) -> tuple[float, float, float]:
        """Return open interest, USD, and both of the funds' percentages; NaN where unknown."""
        if step < 0:
            return np.nan, np.nan, np.nan
        start_usd = figures.fund_start_usd
        return (
            float(figures.open_interest_usd[step]),
            float(figures.fund_usd[step]) / start_usd * 100 if start_usd > 0 else np.nan,
            float(figures.emptiest_share[step]) * 100,
        )
