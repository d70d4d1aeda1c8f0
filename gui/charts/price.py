"""Prices: the change of each asset since just before the first shock."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg

from gui import format as fmt
from gui.charts import thinning, ticks
from gui.charts.chart import Chart
from gui.charts.figures import WORLD, Figures
from gui.i18n import tr
from gui.theme import theme

LINE_REACH = 0.6
"""My liquidation prices are brought into view if the scale grows by no more than this for it."""


class PriceChart(Chart):
    """One curve an asset, in percent, and my positions' liquidation prices as dashed lines."""

    stretch = 4

    def build(self) -> None:
        self.curves: list[pg.PlotCurveItem] = []
        self._names: list[str] = []
        self._reference = np.zeros(0)

    def texts(self) -> tuple[str, str]:
        shocked = self.figures is not None and self.figures.run.scenario.shocks
        since = tr("% since the first shock") if shocked else tr("% since the start")
        return tr("Price"), since

    def summary(self) -> str:
        figures = self.figures
        assert figures is not None
        parts = [
            f"{name} {entry.value}"
            for name, entry in zip(self._names, self.header.entries, strict=True)
        ]
        return tr(
            "Price changes at {time} UTC: {changes}.",
            time=fmt.date_clock(self.start, self.cursor_s),
            changes=", ".join(parts),
        )

    def set_figures(self, figures: Figures | None) -> None:
        names = figures.run.scenario.asset_names if figures is not None else []
        if names != self._names:
            self._set_assets(names)
        super().set_figures(figures)

    def _set_assets(self, names: list[str]) -> None:
        self._names = list(names)
        entries = []
        for i, name in enumerate(names):
            if i == len(self.curves):
                self.curves.append(self.curve(z=-i))
            entry = self.entry(f"asset{i % 8}")
            entry.setText(name)
            entries.append(entry)
        self.header.set_entries(entries)
        self.rename()
        self.recolor()

    def rename(self) -> None:
        for entry in self.header.entries:
            entry.widest_value = fmt.pct(-88.8)

    def recolor(self) -> None:
        for i, curve in enumerate(self.curves):
            curve.setPen(self.pen(theme.asset_color(i)))

    def draw(self, figures: Figures) -> None:
        part = thinning.visible(
            figures.time_s[: figures.computed], self.view.first_s, self.view.last_s
        )
        self._reference = figures.reference_log_price()
        low, high = 0.0, 0.0
        for i, curve in enumerate(self.curves):
            shown = i < len(self._names) and self.header.entries[i].isChecked()
            curve.setVisible(shown)
            if not shown:
                continue
            time_s, log = thinning.thin(figures.time_s[part], figures.log_price[i, part])
            change = np.expm1(log - self._reference[i]) * 100
            curve.setData(time_s, change)
            if len(change):
                low, high = min(low, float(change.min())), max(high, float(change.max()))
        lines = self._liquidation_lines(figures)
        reach = (high - low) * LINE_REACH
        near = [level for level, _, _ in lines if low - reach <= level <= high + reach]
        if scale := self.fit(min([low, *near]), max([high, *near])):
            levels = ticks.values(*scale, self.tick_count())
            self.plot.set_levels(*scale, ticks.percentages(levels, signed=True))

    def read_out(self, figures: Figures) -> None:
        step = figures.step_at(self.cursor_s)
        for i, entry in enumerate(self.header.entries):
            if step < 0:
                entry.set_value(fmt.MISSING)
                continue
            log = figures.log_price[i, step]
            entry.set_value(fmt.percent(float(np.expm1(log - self._reference[i])), signed=True))
        lines = self._liquidation_lines(figures)
        if lines != self.plot.lines:
            self.plot.lines = lines
            self.plot.viewport().update()

    def describe(self) -> None:
        super().describe()
        step = self.figures.step_at(self.cursor_s) if self.figures is not None else -1
        for i, entry in enumerate(self.header.entries):
            if self.figures is not None and step >= 0:
                usd = fmt.price(float(np.exp(self.figures.log_price[i, step])))
                entry.setToolTip(tr("{price} USD · click to hide or show", price=usd))

    def _liquidation_lines(self, figures: Figures) -> list[tuple[float, str, int]]:
        """Return level, word and asset of my open positions' liquidation prices at the cursor."""
        scenario = figures.run.scenario
        step = figures.step_at(self.cursor_s)
        if not scenario.desk or step < 0:
            return []
        prices = figures.run["desk_liquidation_usd"][step, WORLD]
        lines = []
        for position, price in zip(scenario.desk, prices, strict=True):
            i = scenario.asset_names.index(position.asset)
            if np.isfinite(price) and price > 0 and self.header.entries[i].isChecked():
                level = float(np.expm1(np.log(price) - self._reference[i]) * 100)
                lines.append((level, tr("my {asset} liquidation", asset=position.asset), i))
        return lines
