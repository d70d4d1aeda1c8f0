"""Depth: what is left in the books of each asset, of normal or in USD within 1% of the price."""

from __future__ import annotations

from functools import partial

import numpy as np

from gui import format as fmt
from gui.charts import ticks
from gui.charts.curves import CurveChart
from gui.charts.figures import WORLD, Figures
from gui.charts.thinning import Floats
from gui.i18n import tr

LEAST_PCT = 0.1
LEAST_USD = 1.0
"""What a log scale shows in the place of nothing at all."""


class DepthChart(CurveChart):
    """One curve an asset, all venues together, on a log scale unless that is switched off."""

    stretch = 5
    section = "4"

    def build(self) -> None:
        super().build()
        self.in_usd = self.header.add_switch(lambda _on: self.rename_and_redraw())
        self.log = self.header.add_switch(lambda _on: self.start_over())
        self.log.setChecked(True)
        self.offer_other()

    def names_of(self, figures: Figures) -> list[str]:
        return figures.run.scenario.asset_names

    def widest_value(self) -> str:
        return fmt.short(8.88e8) if self.in_usd.isChecked() else fmt.pct(88.8)

    def rename(self) -> None:
        super().rename()
        self.in_usd.setText(tr("USD"))
        self.in_usd.setToolTip(tr("Show the money within 1% of the price instead of % of normal"))
        self.log.setText(tr("log"))
        self.log.setToolTip(tr("Log scale: a tenth is as far down wherever it begins"))

    def texts(self) -> tuple[str, str]:
        if self.in_usd.isChecked():
            return tr("Depth"), tr("USD within 1% of the price, all venues")
        return tr("Depth"), tr("% of normal, all venues")

    def summary(self) -> str:
        assert self.figures is not None
        unit = tr("USD within 1%") if self.in_usd.isChecked() else tr("of normal")
        return tr(
            "What is left in the books at {time} UTC, {unit}: {values}.",
            time=fmt.date_clock(self.start, self.cursor_s),
            unit=unit,
            values=self.told(),
        )

    def values(self, figures: Figures, place: int, steps: slice | int) -> Floats:
        share = figures.run["depth_share"][steps, WORLD, place]
        if self.in_usd.isChecked():
            return np.asarray(share * figures.run.scenario.assets[place].depth_1pct_usd)
        return np.asarray(share * 100)

    def levels(self, values: Floats, _figures: Figures, _place: int) -> Floats:
        if not self.log.isChecked():
            return values
        least = LEAST_USD if self.in_usd.isChecked() else LEAST_PCT
        return np.asarray(np.log10(np.maximum(values, least)))

    def draw(self, figures: Figures) -> None:
        found = self.draw_curves(figures)
        if not self.in_usd.isChecked():
            found.append(2.0 if self.log.isChecked() else 100.0)
        self._set_scale(min(found, default=0.0), max(found, default=1.0))

    def _set_scale(self, low: float, high: float) -> None:
        count = self.tick_count()
        if self.log.isChecked():
            low, high = np.floor(low * 4) / 4 - 0.05, high + 0.05
            write = fmt.usd if self.in_usd.isChecked() else _percent
            self.plot.set_levels(low, high, ticks.powers(low, high, count, write))
        elif scale := self.fit(0.0, high):
            levels = ticks.values(*scale, count)
            write_all = ticks.amounts if self.in_usd.isChecked() else ticks.percentages
            self.plot.set_levels(*scale, write_all(levels))

    def read_out(self, figures: Figures) -> None:
        if self.in_usd.isChecked():
            self.tell_curves(figures, fmt.usd, partial(fmt.usd, signed=True))
        else:
            self.tell_curves(figures, fmt.pct, partial(fmt.decimal, digits=1, signed=True))


def _percent(value: float) -> str:
    return fmt.pct(value, digits=0 if value >= 1 else 1)
