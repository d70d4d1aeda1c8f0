"""Gaps between venues: how dear an asset is at each of them, against their mean."""

from __future__ import annotations

from functools import partial

import numpy as np

from gui import format as fmt
from gui.charts import ticks
from gui.charts.curves import CurveChart
from gui.charts.figures import WORLD, Figures
from gui.charts.thinning import Floats
from gui.i18n import as_shipped, tr

LEAST_RANGE_PCT = 0.1
"""Gaps smaller than this all look small."""


class GapChart(CurveChart):
    """One curve a venue, in percent of the mean price; above zero it is dear."""

    stretch = 5
    section = "7"
    color_names = "venue"

    def build(self) -> None:
        super().build()
        self.offer_other()

    def names_of(self, figures: Figures) -> list[str]:
        return [venue.name for venue in figures.run.scenario.venues]

    def needs_one_asset(self) -> bool:
        return True

    def widest_value(self) -> str:
        return fmt.pct(-88.88, digits=2)

    def texts(self) -> tuple[str, str]:
        title = tr("Gaps between venues")
        if self.figures is None:
            return title, ""
        asset = self.figures.run.scenario.asset_names[self.figures.one_asset]
        unit = tr("% of the mean price")
        if widest := self._widest(self.figures):
            unit += " · " + widest
        return f"{title} · {as_shipped(asset)}", unit

    def _widest(self, figures: Figures) -> str:
        """Return who is dearest and who is cheapest at the cursor."""
        step = figures.step_at(self.cursor_s)
        if step < 0 or len(self.names) < 2:
            return ""
        gaps = np.array([self.told_value(figures, i, step) for i in range(len(self.names))])
        dear, cheap = int(gaps.argmax()), int(gaps.argmin())
        spread = (1 + gaps[dear] / 100) / (1 + gaps[cheap] / 100) - 1
        if spread < 5e-5:
            return tr("no gap at the cursor")
        return tr(
            "{dear} is {gap} dearer than {cheap}",
            dear=self.names[dear],
            cheap=self.names[cheap],
            gap=fmt.percent(float(spread), digits=2 if spread < 0.1 else 1),
        )

    def summary(self) -> str:
        figures = self.figures
        assert figures is not None
        return tr(
            "Price of {asset} at each venue against their mean at {time} UTC: {gaps}.",
            asset=figures.run.scenario.asset_names[figures.one_asset],
            time=fmt.date_clock(self.start, self.cursor_s),
            gaps=self.told(),
        )

    def values(self, figures: Figures, place: int, steps: slice | int) -> Floats:
        """Return the price at a venue against the mean over venues, in percent."""
        price = figures.run["price_usd"][steps, WORLD, place, figures.one_asset]
        mean = np.exp(figures.run["log_price"][steps, WORLD, figures.one_asset])
        return np.asarray((price / mean - 1) * 100)

    def draw(self, figures: Figures) -> None:
        found = [-LEAST_RANGE_PCT, LEAST_RANGE_PCT, *self.draw_curves(figures)]
        if scale := self.fit(min(found), max(found)):
            levels = ticks.values(*scale, self.tick_count())
            self.plot.set_levels(*scale, ticks.percentages(levels, signed=True))

    def read_out(self, figures: Figures) -> None:
        self.tell_curves(figures, _signed_pct, partial(fmt.decimal, digits=2, signed=True))
        self.header.set_texts(*self.texts())


def _signed_pct(value: float) -> str:
    return fmt.pct(value, signed=True, digits=2 if abs(value) < 10 else 1)
