"""Crowd leverage now: how much notional stands at which effective leverage, long and short."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from engine.leverage import LEVERAGE_BINS, LEVERAGE_EDGES
from gui import format as fmt
from gui.charts import ticks
from gui.charts.figures import WORLD, Figures
from gui.charts.moment import Moment, write
from gui.charts.thinning import Floats
from gui.i18n import tr
from gui.theme import theme

HIGH = 20.0
"""Leverage from which on a fall of 5% takes everything."""

LONG, SHORT = 0, 1
SIDES = ("long", "short")

LOG_DECADES = 4.0
"""How many powers of ten a log scale shows."""

SEEN = 0.002
"""Bins that never held this share of the fullest one lie beyond the ends of the picture."""


@dataclass(frozen=True)
class Crowd:
    """A count of leverage: when, and the notional by side and bin as tuples to be compared."""

    time_s: float
    usd: tuple[tuple[float, ...], ...]


class CrowdLeverage(Moment):
    """Bars upwards for longs, downwards for shorts; an outline shows what it was at the start."""

    section = "25"

    def build(self) -> None:
        self.header.set_entries([self.entry(side) for side in SIDES])
        self.log = self.header.add_switch(lambda _on: self.start_over())
        self._first, self._last = 0, LEVERAGE_BINS
        self._counts: list[tuple[int, Floats]] = []
        self._seen = 0
        self._top = 0.0

    def texts(self) -> tuple[str, str]:
        title = self.of_what(tr("Crowd leverage"))
        if self.figures is not None and self.figures.venue is not None:
            title = title.rpartition(" · ")[0]  # it is counted for all venues together
        unit = tr("USD by notional ÷ equity, all venues")
        if isinstance(self.content, Crowd):
            unit += " · " + tr(
                "counted at {time} UTC", time=fmt.date_clock(self.start, self.content.time_s)
            )
        return title, unit

    def rename(self) -> None:
        self.content = None  # what is told of it is told anew
        self.log.setText(tr("log"))
        self.log.setToolTip(tr("Log scale: shows the few at high leverage too"))
        for entry, name in zip(self.header.entries, (tr("long"), tr("short")), strict=True):
            entry.setText(name)
            entry.widest_value = tr("median {leverage}", leverage=fmt.leverage(88.8))

    def summary(self) -> str:
        figures = self.figures
        assert figures is not None
        if not isinstance(self.content, Crowd):
            return tr("Nothing has been counted up to the cursor.")
        usd = np.array(self.content.usd)
        high = float(usd[:, LEVERAGE_EDGES[:-1] >= HIGH].sum())
        return tr(
            "At {time} UTC the median dollar of long positions stands at a leverage of {long}, of "
            "short ones at {short}; {high} USD stand above 20×.",
            time=fmt.date_clock(self.start, self.content.time_s),
            long=_leverage(median(usd[0])),
            short=_leverage(median(usd[1])),
            high=fmt.usd(high),
        )

    # ---------------------------------------------------------------- figures

    def set_figures(self, figures: Figures | None) -> None:
        self._counts, self._seen, self._top = [], 0, 0.0
        super().set_figures(figures)

    def draw(self, figures: Figures) -> None:
        assets = slice(None) if figures.asset is None else [figures.asset]
        maps = figures.run.maps
        for each in maps[self._seen :]:
            if each.by_leverage_usd is not None:
                usd = each.by_leverage_usd[WORLD, assets].sum(axis=0, dtype=np.float64)
                self._counts.append((each.step, usd))
                self._top = max(self._top, float(usd.max()))
        self._seen = len(maps)
        self._fit_leverages()

    def _fit_leverages(self) -> None:
        """Show the leverages that people have had, from doubling to doubling."""
        if self._counts:
            most = np.max([usd.max(axis=0) for _, usd in self._counts], axis=0)
            seen = np.flatnonzero(most > SEEN * self._top)
            if len(seen):
                self._first = int(seen[0]) // 4 * 4
                self._last = min((int(seen[-1]) // 4 + 1) * 4, LEVERAGE_BINS)

    def grown(self, before_s: float) -> None:
        if self.figures is not None and self.isVisible():
            scale = (self._top, self._first, self._last)
            self.draw(self.figures)
            if (self._top, self._first, self._last) != scale:
                self.canvas.update()
        super().grown(before_s)

    def read_out(self, figures: Figures) -> None:
        step = figures.step_at(self.cursor_s)
        place = bisect_right([at for at, _ in self._counts], step) - 1
        if place < 0:
            self.show_content(None)
            for entry in self.header.entries:
                entry.set_value(fmt.MISSING)
            return
        at, usd = self._counts[place]
        crowd = Crowd(float(figures.time_s[at]), tuple(map(tuple, usd.tolist())))
        if crowd != self.content:
            self.show_content(crowd)
            for entry, side in zip(self.header.entries, usd, strict=True):
                entry.set_value(tr("median {leverage}", leverage=_leverage(median(side))))
            self.header.set_texts(*self.texts())

    # ---------------------------------------------------------------- the picture

    def paint(self, painter: QPainter, box: QRectF) -> None:
        assert isinstance(self.content, Crowd)
        metrics = painter.fontMetrics()
        line, left = metrics.height(), metrics.horizontalAdvance("+8,888 mn") + 6
        frame = box.adjusted(left, line / 2, -2 * line, -2 * line - theme.unit(2))
        if frame.height() < line or frame.width() < line:
            return
        self._paint_grid(painter, frame)
        for side in self._shown():
            heights = self._height(np.array(self.content.usd[side])) * self._reach_px(frame)
            self._paint_bars(painter, frame, side, heights)
        for side in self._shown():
            heights = self._height(self._counts[0][1][side]) * self._reach_px(frame)
            self._paint_outline(painter, frame, side, heights)
        self._paint_axis(painter, frame)
        below = QRectF(frame.left(), box.bottom() - line, frame.width(), line)
        words = tr("effective leverage · thin line: at the start of the scenario")
        write(painter, below, words, "muted", Qt.AlignmentFlag.AlignHCenter)

    def _shown(self) -> list[int]:
        return [side for side, entry in enumerate(self.header.entries) if entry.isChecked()]

    def _zero_px(self, frame: QRectF) -> float:
        """Return where the bars begin: in the middle, or at an edge if one side is hidden."""
        shown = self._shown()
        if shown == [LONG]:
            return frame.bottom()
        return frame.top() if shown == [SHORT] else frame.center().y()

    def _reach_px(self, frame: QRectF) -> float:
        """Return the height of the highest bar there can be."""
        return frame.height() / max(len(self._shown()), 1)

    def _height(self, usd: Floats) -> Floats:
        """Return the heights of bars as shares of the highest there can be."""
        top = self._top * 1.05 or 1.0
        if self.log.isChecked():
            return np.maximum(np.log10(np.maximum(usd, 1e-9) / top) / LOG_DECADES + 1, 0.0)
        return usd / top

    def _paint_grid(self, painter: QPainter, frame: QRectF) -> None:
        zero, reach, height = (
            self._zero_px(frame),
            self._reach_px(frame),
            self.fontMetrics().height(),
        )
        top = self._top * 1.05 or 1.0
        if self.log.isChecked():
            first = int(np.ceil(np.log10(top) - LOG_DECADES))
            numbers = [10.0**power for power in range(first, int(np.log10(top)) + 1)]
            labels = [(number, fmt.short(number, digits=1)) for number in numbers]
        else:
            labels = ticks.amounts(ticks.values(0.0, top, max(1, round(reach / (2.5 * height)))))
        for number, text in labels:
            away = float(self._height(np.array(number))) * reach
            for side in self._shown():
                y = round(zero - away if side == LONG else zero + away)
                painter.setPen(theme.color("border" if number == 0 else "grid"))
                painter.drawLine(round(frame.left()), y, round(frame.right()), y)
                label = QRectF(0, y - height / 2, frame.left() - 6, height)
                write(painter, label, text, "muted", Qt.AlignmentFlag.AlignRight)

    def _paint_bars(self, painter: QPainter, frame: QRectF, side: int, heights: Floats) -> None:
        assert isinstance(self.content, Crowd)
        zero = self._zero_px(frame)
        name = self.header.entries[side].text()
        for i in range(self._first, self._last):
            left, right = round(self._x_px(frame, i)), round(self._x_px(frame, i + 1))
            height = heights[i] if side == SHORT else -heights[i]
            bar = QRectF(left, zero, right - left - 1, height).normalized()
            painter.fillRect(bar, theme.color(SIDES[side]))
            edge = frame.top() if side == LONG else frame.bottom()
            column = QRectF(left, zero, right - left, edge - zero).normalized()
            usd = fmt.usd(self.content.usd[side][i])
            self.canvas.hints.append((column, f"{bin_name(i)}\n{name} {usd} USD"))

    def _paint_outline(self, painter: QPainter, frame: QRectF, side: int, heights: Floats) -> None:
        zero, steps = self._zero_px(frame), QPolygonF()
        for i in range(self._first, self._last):
            height = heights[i] if side == SHORT else -heights[i]
            for edge in (i, i + 1):
                steps.append(QPointF(self._x_px(frame, edge), zero + height))
        painter.setPen(QPen(theme.color("text"), 1))
        painter.drawPolyline(steps)

    def _paint_axis(self, painter: QPainter, frame: QRectF) -> None:
        """Write leverages below the picture, every doubling."""
        line = painter.fontMetrics().height()
        for i in range(self._first, self._last + 1):
            if i % 4 == 0:
                x = self._x_px(frame, i)
                painter.setPen(theme.color("border"))
                painter.drawLine(QPointF(x, frame.bottom()), QPointF(x, frame.bottom() + 3))
                label = QRectF(x - 3 * line, frame.bottom() + theme.unit(2), 6 * line, line)
                text = f"{LEVERAGE_EDGES[i]:g}×"
                write(painter, label, text, "muted", Qt.AlignmentFlag.AlignHCenter)

    def _x_px(self, frame: QRectF, edge: int) -> float:
        """Return where a bound of the bins lies; all bins are drawn equally wide."""
        return frame.left() + (edge - self._first) / (self._last - self._first) * frame.width()


def bin_name(i: int) -> str:
    """Return what a bin counts: its bounds, open at both ends of the scale."""
    low, high = LEVERAGE_EDGES[i], LEVERAGE_EDGES[i + 1]
    if i == 0:
        return tr("below {high}", high=fmt.leverage(high))
    if i == LEVERAGE_BINS - 1:
        return tr("{low} and more, or no equity left", low=fmt.leverage(low))
    return tr("{low} to {high}", low=fmt.leverage(low), high=fmt.leverage(high))


def median(usd: Floats) -> float:
    """Return the leverage that half of the notional stands below; NaN without any."""
    total = float(usd.sum())
    if total <= 0:
        return float("nan")
    up_to = np.concatenate([[0.0], np.cumsum(usd)])
    return float(np.interp(total / 2, up_to, LEVERAGE_EDGES))


def _leverage(value: float) -> str:
    return fmt.leverage(value) if np.isfinite(value) else fmt.MISSING
