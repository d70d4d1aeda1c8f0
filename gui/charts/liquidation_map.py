"""The liquidation map: where liquidations wait, over time and price, with the price on it."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, QRectF
from PySide6.QtGui import QColor, QHelpEvent
from PySide6.QtWidgets import QToolTip

from engine.record import MAP_BINS, MAP_LOG_RANGE
from gui import format as fmt
from gui.charts import thinning, ticks
from gui.charts.chart import Chart
from gui.charts.color_bar import ColorBar
from gui.charts.figures import WORLD, Figures, start_log_prices
from gui.charts.heat import SHADES, Heat, Shades, ramp
from gui.charts.price import liquidation_prices
from gui.charts.thinning import Floats
from gui.i18n import as_shipped, tr
from gui.theme import theme

DECADES = 2.5
"""How many powers of ten the colours tell apart, below the largest cell of the run."""

AROUND = 0.16
"""How far the picture reaches beyond the prices in view, as log price."""

NEAR = 0.1
"""How far from the price the sums in the legend reach, as a share of it."""

BIN = (MAP_LOG_RANGE[1] - MAP_LOG_RANGE[0]) / MAP_BINS
LONG, SHORT = 0, 1


class LiquidationMapChart(Chart):
    """Cells of one colour for longs, of another for shorts; the larger of the two is shown."""

    stretch = 5
    section = "25"

    def build(self) -> None:
        self.bar = ColorBar(self)
        self.column.addWidget(self.bar)
        self.plot.plates = True
        self.heat = Heat()
        self.plot.add(self.heat)
        self.price = self.curve(z=1)
        self.header.set_entries([self.entry("long"), self.entry("short")])
        self.largest_usd = 0.0
        self._ramps: tuple[list[QColor], list[QColor]] = ([], [])
        self._seen = 0
        self._steps: list[int] = []
        self._shades: list[Shades] = []
        self._shaded_with: object = None
        self.plot.viewport().installEventFilter(self)

    def needs_one_asset(self) -> bool:
        return True

    def texts(self) -> tuple[str, str]:
        title = tr("Liquidation map")
        if self.figures is not None:
            asset = self.figures.run.scenario.asset_names[self.figures.one_asset]
            title += f" · {as_shipped(asset)}"
        width = fmt.percent(float(np.expm1(BIN)))
        return title, tr("USD per {width} of price, all venues · model, not data", width=width)

    def rename(self) -> None:
        self.bar.names = (tr("long"), tr("short"))
        for entry, name, hint in zip(
            self.header.entries,
            (tr("long, within 10% below"), tr("short, within 10% above")),
            (
                tr("Long positions that would be liquidated before the price has fallen by 10%"),
                tr("Short positions that would be liquidated before the price has risen by 10%"),
            ),
            strict=True,
        ):
            entry.setText(name)
            entry.setToolTip(hint + "\n" + tr("Click to hide or show"))
            entry.widest_value = fmt.short(8.88e9)

    def recolor(self) -> None:
        ground = theme.color("background")
        self._ramps = ramp(ground, theme.color("long")), ramp(ground, theme.color("short"))
        self.heat.set_colors([ground, *self._ramps[LONG], *self._ramps[SHORT]])
        self.price.setPen(self.pen(theme.color("text")))
        self._show_scale()

    def summary(self) -> str:
        figures = self.figures
        assert figures is not None
        long, short = self.header.entries
        return tr(
            "{asset} at {time} UTC: {long} USD of long positions would be liquidated within 10% "
            "below the price, {short} USD of short ones within 10% above.",
            asset=figures.run.scenario.asset_names[figures.one_asset],
            time=fmt.date_clock(self.start, self.cursor_s),
            long=long.value,
            short=short.value,
        )

    # ---------------------------------------------------------------- the cells

    def set_figures(self, figures: Figures | None) -> None:
        self._start_over()
        super().set_figures(figures)

    def _start_over(self) -> None:
        self.largest_usd, self._seen = 0.0, 0
        self._steps, self._shades = [], []

    def draw(self, figures: Figures) -> None:
        self._take_in(figures)
        part = thinning.visible(
            figures.time_s[: figures.computed], self.view.first_s, self.view.last_s
        )
        log = figures.run["log_price"][part, WORLD, figures.one_asset]
        time_s, log = thinning.thin(figures.time_s[part], np.ascontiguousarray(log))
        self.price.setData(time_s, log / np.log(10))
        self._set_scale(log if len(log) else start_log_prices(figures.run)[[figures.one_asset]])
        self._draw_cells(figures)
        self.bar.set_left(round(self.plot.frame_px().left()))

    def _take_in(self, figures: Figures) -> None:
        """Turn the maps that are new into shades; all anew if the scale or a switch changed."""
        maps, asset = figures.run.maps, figures.one_asset
        new = maps[self._seen :]
        largest = max((float(each.notional_usd[WORLD, asset].max()) for each in new), default=0.0)
        self.largest_usd = max(self.largest_usd, largest)
        top = self._top()
        sides = tuple(entry.isChecked() for entry in self.header.entries)
        if (top, sides) != self._shaded_with:
            self._shaded_with, new = (top, sides), maps
            self._steps, self._shades = [], []
        for each in new:
            self._steps.append(each.step)
            self._shades.append(_shades(each.notional_usd[WORLD, asset], top, sides))
        self._seen = len(maps)
        self._show_scale()

    def _top(self) -> float:
        """Return the upper end of the colours, as a power of ten: it rarely moves."""
        return float(np.ceil(np.log10(max(self.largest_usd, 1.0)) * 2) / 2)

    def _show_scale(self) -> None:
        self.bar.show_scale(self._ramps, self._top() - DECADES, self._top())

    def _set_scale(self, log_price: Floats) -> None:
        """Show the prices in view and what waits around them; ticks at round numbers of USD."""
        low, high = float(log_price.min()) - AROUND, float(log_price.max()) + AROUND
        if scale := self.fit(low / np.log(10), high / np.log(10)):
            self.plot.set_levels(*scale, ticks.powers(*scale, self.tick_count()))

    def _draw_cells(self, figures: Figures) -> None:
        """Lay the maps beside each other, each from its moment to the next one's."""
        first_s = max(self.view.first_s, 0.0)
        last_s = min(self.view.last_s, figures.computed_s)
        if not self._shades or last_s <= first_s:
            self.heat.set_cells(np.zeros((1, 1), dtype=np.uint8), QRectF())
            return
        columns = max(round(self.plot.x_px(last_s) - self.plot.x_px(first_s)), 1)
        at_s = first_s + (np.arange(columns) + 0.5) / columns * (last_s - first_s)
        map_s = figures.time_s[self._steps]
        which = np.searchsorted(map_s, at_s, side="right") - 1
        used, place = np.unique(which, return_inverse=True)
        blank = np.zeros(MAP_BINS, dtype=np.uint8)
        cells = np.stack([self._shades[i] if i >= 0 else blank for i in used], axis=1)[:, place]
        start = float(start_log_prices(figures.run)[figures.one_asset])
        low, high = ((start + edge) / np.log(10) for edge in MAP_LOG_RANGE)
        self.heat.set_cells(cells, QRectF(first_s, low, last_s - first_s, high - low))

    # ---------------------------------------------------------------- values

    def read_out(self, figures: Figures) -> None:
        for entry, value in zip(self.header.entries, self._near(figures), strict=True):
            entry.set_value(fmt.usd(value))
        asset = figures.run.scenario.asset_names[figures.one_asset]
        lines = [
            (float(np.log10(price)), tr("my {asset} liquidation", asset=name), figures.one_asset)
            for name, price in liquidation_prices(figures, self.cursor_s)
            if name == asset
        ]
        if lines != self.plot.lines:
            self.plot.lines = lines
            self.plot.viewport().update()

    def _map_at(self, figures: Figures, time_s: float) -> Floats | None:
        """Return the map in force at a time, (2, MAP_BINS); None before the first."""
        maps = figures.run.maps[: self._seen]
        place = bisect_right(self._steps, figures.step_at(time_s)) - 1
        if not 0 <= place < len(maps):
            return None
        return np.asarray(maps[place].notional_usd[WORLD, figures.one_asset], dtype=np.float64)

    def _near(self, figures: Figures) -> tuple[float, float]:
        """Return what waits within NEAR below the price at the cursor, and above it."""
        cells, step = self._map_at(figures, self.cursor_s), figures.step_at(self.cursor_s)
        if cells is None or step < 0:
            return np.nan, np.nan
        log = figures.run["log_price"][step, WORLD, figures.one_asset]
        at = float(log - start_log_prices(figures.run)[figures.one_asset])
        edges = np.linspace(*MAP_LOG_RANGE, MAP_BINS + 1)
        below, above = (
            _overlap(edges, *bounds)
            for bounds in ((at + np.log1p(-NEAR), at), (at, at + np.log1p(NEAR)))
        )
        return float(cells[LONG] @ below), float(cells[SHORT] @ above)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            text = self.words_at(event.pos())
            if text:
                QToolTip.showText(event.globalPos(), text, self.plot)
                return True
        return super().eventFilter(watched, event)

    def words_at(self, point: QPoint) -> str:
        """Return what waits at a point of the picture; nothing beside it."""
        figures, frame = self.figures, self.plot.frame_px()
        if figures is None or not frame.contains(point):
            return ""
        time_s = self.plot.time_at(point.x())
        cells = self._map_at(figures, time_s)
        low, high = self._scale
        level = low + (frame.bottom() - point.y()) / frame.height() * (high - low)
        start = float(start_log_prices(figures.run)[figures.one_asset])
        place = int((level * np.log(10) - start - MAP_LOG_RANGE[0]) // BIN)
        if cells is None or time_s > figures.computed_s or not 0 <= place < MAP_BINS:
            return ""
        first = start + MAP_LOG_RANGE[0] + place * BIN
        return tr(
            "{time} UTC, liquidation between {low} and {high} USD:\nlong {long} USD, "
            "short {short} USD",
            time=fmt.date_clock(self.start, time_s),
            low=fmt.price(float(np.exp(first))),
            high=fmt.price(float(np.exp(first + BIN))),
            long=fmt.usd(float(cells[LONG, place])),
            short=fmt.usd(float(cells[SHORT, place])),
        )


def _shades(notional_usd: Floats, top: float, sides: tuple[bool, ...]) -> Shades:
    """Return the shade of each bin, (MAP_BINS,): 0 for nothing, then longs', then shorts'."""
    shown = notional_usd * np.array(sides)[:, None]
    side = shown.argmax(axis=0)
    usd = shown.max(axis=0)
    power = np.log10(np.maximum(usd, 1e-9))
    share = (power - (top - DECADES)) / DECADES
    shade = 1 + side * SHADES + np.clip(share * SHADES, 0, SHADES - 1).astype(np.int64)
    return np.where(share > 0, shade, 0).astype(np.uint8)


def _overlap(edges: Floats, low: float, high: float) -> Floats:
    """Return which share of each bin lies between two values, (B,)."""
    inside = np.minimum(edges[1:], high) - np.maximum(edges[:-1], low)
    return np.clip(inside / np.diff(edges), 0.0, 1.0)
