"""Crowd leverage now: how much notional stands at which effective leverage, long and short."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF, Qt
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

SIDES = ("long", "short")


@dataclass(frozen=True)
class Crowd:
    """A count of leverage: when, and the notional by side and bin as tuples to be compared."""

    time_s: float
    usd: tuple[tuple[float, ...], ...]


class CrowdLeverage(Moment):
    """Bars upwards for longs, downwards for shorts; an outline shows what it was at the start."""

    section = "9"

    def build(self) -> None:
        self.header.set_entries([self.entry(side) for side in SIDES])
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

    def grown(self, before_s: float, first_s: float, last_s: float) -> None:  # noqa: ARG002
        if self.figures is not None and self.isVisible():
            top = self._top
            self.draw(self.figures)
            if self._top != top:
                self.canvas.update()
            self.read_out(self.figures)

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
        frame = box.adjusted(left, line / 2, -theme.unit(12), -2 * line - theme.unit(2))
        if frame.height() < line or frame.width() < line:
            return
        shown = [entry.isChecked() for entry in self.header.entries]
        top = self._top * 1.05 or 1.0
        zero = frame.bottom() if not shown[1] else frame.top() if not shown[0] else None
        zero = frame.center().y() if zero is None else zero
        per_usd = (frame.height() if sum(shown) == 1 else frame.height() / 2) / top
        self._paint_grid(painter, frame, zero, per_usd, top)
        first = self._counts[0][1]
        for side, usd in enumerate(self.content.usd):
            if shown[side]:
                sign = -1.0 if side == 0 else 1.0
                self._paint_bars(painter, frame, zero, sign * per_usd, usd, SIDES[side])
                _paint_outline(painter, frame, zero, sign * per_usd, first[side])
        _paint_axis(painter, frame)
        write(
            painter,
            QRectF(frame.left(), box.bottom() - line, frame.width(), line),
            tr("effective leverage · thin line: at the start of the scenario"),
            "muted",
            Qt.AlignmentFlag.AlignHCenter,
        )

    def _paint_grid(
        self, painter: QPainter, frame: QRectF, zero: float, per_usd: float, top: float
    ) -> None:
        count = max(
            1, round(min(top * per_usd, frame.height()) / (2.5 * self.fontMetrics().height()))
        )
        labels = ticks.amounts(ticks.values(0.0, top, count))
        both = {text: value for value, text in labels}
        for text, value in both.items():
            for y in {zero - value * per_usd, zero + value * per_usd}:
                if frame.top() - 1 <= y <= frame.bottom() + 1:
                    painter.setPen(theme.color("border" if value == 0 else "grid"))
                    painter.drawLine(round(frame.left()), round(y), round(frame.right()), round(y))
                    height = self.fontMetrics().height()
                    label = QRectF(0, y - height / 2, frame.left() - 6, height)
                    write(painter, label, text, "muted", Qt.AlignmentFlag.AlignRight)

    def _paint_bars(
        self,
        painter: QPainter,
        frame: QRectF,
        zero: float,
        per_usd: float,
        usd: tuple[float, ...],
        side: str,
    ) -> None:
        name = tr("long") if side == "long" else tr("short")
        for i, value in enumerate(usd):
            left, right = _x_px(frame, i), _x_px(frame, i + 1)
            bar = QRectF(round(left), zero, round(right) - round(left) - 1, value * per_usd)
            painter.fillRect(bar.normalized(), theme.color(side))
            half = QRectF(left, frame.top() if per_usd < 0 else zero, right - left, 0)
            half.setBottom(zero if per_usd < 0 else frame.bottom())
            self.canvas.hints.append((half, f"{bin_name(i)}\n{name} {fmt.usd(value)} USD"))


def _paint_outline(
    painter: QPainter, frame: QRectF, zero: float, per_usd: float, usd: Floats
) -> None:
    steps = QPolygonF()
    for i, value in enumerate(usd):
        for edge in (i, i + 1):
            steps.append(QRectF(_x_px(frame, edge), zero + value * per_usd, 0, 0).topLeft())
    painter.setPen(QPen(theme.color("text"), 1))
    painter.drawPolyline(steps)


def _paint_axis(painter: QPainter, frame: QRectF) -> None:
    """Write leverages below the picture, every doubling."""
    line = painter.fontMetrics().height()
    for i, edge in enumerate(LEVERAGE_EDGES):
        if i % 4 == 0:
            x = _x_px(frame, i)
            painter.setPen(theme.color("border"))
            painter.drawLine(round(x), round(frame.bottom()), round(x), round(frame.bottom()) + 3)
            label = QRectF(x - 3 * line, frame.bottom() + theme.unit(2), 6 * line, line)
            write(painter, label, fmt.leverage(edge), "muted", Qt.AlignmentFlag.AlignHCenter)


def _x_px(frame: QRectF, edge: int) -> float:
    """Return where a bound of the bins lies; all bins are drawn equally wide."""
    return frame.left() + edge / LEVERAGE_BINS * frame.width()


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
