"""Prices: the change of each asset since just before the first shock, or USD on a log scale."""

from __future__ import annotations

import numpy as np

from gui import format as fmt
from gui.charts import ticks
from gui.charts.curves import CurveChart
from gui.charts.figures import WORLD, Figures
from gui.charts.thinning import Floats
from gui.i18n import as_shipped, tr

LINE_REACH = 0.6
"""My liquidation prices are brought into view if the scale grows by no more than this for it."""


class PriceChart(CurveChart):
    """One curve an asset, and my positions' liquidation prices as dashed lines."""

    stretch = 5
    section = "6"

    def build(self) -> None:
        super().build()
        self.in_usd = self.header.add_switch(lambda _on: self.rename_and_redraw())
        self.offer_other()

    def names_of(self, figures: Figures) -> list[str]:
        return figures.run.scenario.asset_names

    def widest_value(self) -> str:
        return fmt.price(88_888.0) if self.in_usd.isChecked() else fmt.pct(-88.8)

    def rename(self) -> None:
        super().rename()
        self.in_usd.setText(tr("USD"))
        self.in_usd.setToolTip(
            tr("Show prices in USD, on a scale where equal percentages are equally long")
        )

    def texts(self) -> tuple[str, str]:
        title = tr("Price")
        if self.figures is not None and self.figures.venue is not None:
            venue = self.figures.run.scenario.venue_names[self.figures.venue]
            title += f" · {as_shipped(venue)}"
        if self.in_usd.isChecked():
            return title, tr("USD, log scale")
        shocked = self.figures is not None and self.figures.run.scenario.shocks
        since = tr("% since the first shock") if shocked else tr("% since the start")
        return title, since

    def summary(self) -> str:
        figures = self.figures
        assert figures is not None
        time = fmt.date_clock(self.start, self.cursor_s)
        if self.in_usd.isChecked():
            return tr("Prices in USD at {time} UTC: {prices}.", time=time, prices=self.told())
        return tr("Price changes at {time} UTC: {changes}.", time=time, changes=self.told())

    def values(self, figures: Figures, place: int, steps: slice | int) -> Floats:
        """Return log prices."""
        return np.asarray(figures.log_price[place, steps])

    def levels(self, values: Floats, figures: Figures, place: int) -> Floats:
        """Return where log prices lie on the axis: percent of change, or powers of ten of USD."""
        if self.in_usd.isChecked():
            return values / np.log(10)
        return np.asarray(np.expm1(values - figures.reference_log_price()[place]) * 100)

    def told_value(self, figures: Figures, place: int, step: int) -> float:
        """Return what the legend tells of a price: USD, or percent of change."""
        log_price = self.values(figures, place, step)
        if self.in_usd.isChecked():
            return float(np.exp(log_price))
        return float(self.levels(log_price, figures, place))

    def draw(self, figures: Figures) -> None:
        found = [] if self.in_usd.isChecked() else [0.0]
        found += self.draw_curves(figures)
        low, high = min(found, default=0.0), max(found, default=1.0)
        lines = self._liquidation_lines(figures)
        reach = (high - low) * LINE_REACH
        near = [level for level, _, _ in lines if low - reach <= level <= high + reach]
        self._set_scale(min([low, *near]), max([high, *near]))

    def _set_scale(self, low: float, high: float) -> None:
        if self.in_usd.isChecked():
            room = max((high - low) * 0.05, 0.002)
            self.plot.set_levels(
                low - room, high + room, ticks.powers(low - room, high + room, self.tick_count())
            )
        elif scale := self.fit(low, high):
            levels = ticks.values(*scale, self.tick_count())
            self.plot.set_levels(*scale, ticks.percentages(levels, signed=True))

    def read_out(self, figures: Figures) -> None:
        self.tell_curves(figures, *(_in_usd if self.in_usd.isChecked() else _in_percent))
        lines = self._liquidation_lines(figures)
        if lines != self.plot.lines:
            self.plot.lines = lines
            self.plot.viewport().update()

    def describe(self) -> None:
        super().describe()
        step = self.figures.step_at(self.cursor_s) if self.figures is not None else -1
        for i, entry in enumerate(self.header.entries):
            if self.figures is not None and step >= 0 and self.other is None:
                usd = fmt.price(float(np.exp(self.figures.log_price[i, step])))
                entry.setToolTip(tr("{price} USD · click to hide or show", price=usd))

    def _liquidation_lines(self, figures: Figures) -> list[tuple[float, str, int]]:
        """Return level, word and asset of my open positions' liquidation prices at the cursor."""
        lines = []
        for name, price in liquidation_prices(figures, self.cursor_s):
            i = self.names.index(name)
            if self.header.entries[i].isChecked():
                level = float(self.levels(np.log(price), figures, i))
                lines.append((level, tr("my {asset} liquidation", asset=name), i))
        return lines


def _signed_pct(value: float) -> str:
    return fmt.pct(value, signed=True)


def _points(value: float) -> str:
    return fmt.decimal(value, 1, signed=True)


def _signed_usd(value: float) -> str:
    return fmt.significant(value, 4, signed=True)


_in_percent, _in_usd = (_signed_pct, _points), (fmt.price, _signed_usd)
"""How a value in the legend is written, and a difference of two."""


def liquidation_prices(figures: Figures, time_s: float) -> list[tuple[str, float]]:
    """Return the asset and the liquidation price, USD, of my positions open at a time."""
    desk = figures.run.scenario.desk
    step = figures.step_at(time_s)
    if not desk or step < 0:
        return []
    prices = figures.run["desk_liquidation_usd"][step, WORLD]
    return [
        (position.asset, float(price))
        for position, price in zip(desk, prices, strict=True)
        if np.isfinite(price) and price > 0
    ]
