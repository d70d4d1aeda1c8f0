"""Gaps between venues: how dear an asset is at each of them, against their mean."""

from __future__ import annotations

import numpy as np

from gui import format as fmt
from gui.charts import thinning, ticks
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
        gaps = self._gaps(figures, step)
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

    def _gaps(self, figures: Figures, steps: slice | int) -> Floats:
        """Return the price at each venue against the mean over venues, in percent, (…, V)."""
        price = figures.run["price_usd"][steps, WORLD, :, figures.one_asset]
        mean = np.exp(figures.run["log_price"][steps, WORLD, figures.one_asset])
        return np.asarray((price / mean[..., None] - 1) * 100)

    def draw(self, figures: Figures) -> None:
        part = thinning.visible(
            figures.time_s[: figures.computed], self.view.first_s, self.view.last_s
        )
        gaps = np.ascontiguousarray(self._gaps(figures, part).T)
        low, high = -LEAST_RANGE_PCT, LEAST_RANGE_PCT
        for i in range(len(self.names)):
            if self.shown(i):
                time_s, values = thinning.thin(figures.time_s[part], gaps[i])
                self.curves[i].setData(time_s, values)
                low = min(low, float(values.min(initial=0.0)))
                high = max(high, float(values.max(initial=0.0)))
        if scale := self.fit(low, high):
            levels = ticks.values(*scale, self.tick_count())
            self.plot.set_levels(*scale, ticks.percentages(levels, signed=True))

    def read_out(self, figures: Figures) -> None:
        step = figures.step_at(self.cursor_s)
        gaps = self._gaps(figures, step) if step >= 0 else np.full(len(self.names), np.nan)
        for entry, gap in zip(self.header.entries, gaps, strict=True):
            digits = 2 if abs(gap) < 10 else 1
            entry.set_value(fmt.pct(float(gap), signed=True, digits=digits))
        self.header.set_texts(*self.texts())
