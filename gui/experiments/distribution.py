"""How a measure lies over many worlds: a bar for each range, in it a dot for each world."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from engine.arrays import Floats
from engine.experiment import Results
from engine.experiment_export import QUANTILES
from engine.sample import MEASURES
from gui import format as fmt
from gui.experiments.fan import INNER
from gui.experiments.frame import FramedChart, numbers, spanned
from gui.i18n import tr
from gui.theme import theme

COLOR = "asset1"
MOST_BARS = 40
NAMED_FIRST = (0.05, 0.95, 0.25, 0.75)
"""Where lines are too close for all of their names, the outer ones are named."""

LARGEST_DOT, LEAST_DOT = 9.0, 3.0
"""Diameter of a dot, units; smaller ones are left out, the bars tell enough then."""


class Distribution(FramedChart):
    """One of MEASURES over the finished worlds of one scenario; a world can be chosen.

    Signals
    -------
    chosen(seed)
        The person wants to see this world.
    """

    chosen = Signal(int)

    def __init__(self, measure: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.measure = measure
        self.seeds: list[int] = []
        self.values: Floats = np.empty(0)
        self.pointed: int | None = None
        self._scale = self._spanned()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.retranslate()

    def set_results(self, results: Results | None) -> None:
        """Show what is finished; worlds that can't tell are left out."""
        self.seeds, self.values, self.pointed = [], np.empty(0), None
        if results is not None:
            (variant,) = results.experiment.variants
            nth = list(MEASURES).index(self.measure)
            told = [
                (found.values[nth], seed)
                for seed, found in results.samples(variant).items()
                if np.isfinite(found.values[nth])
            ]
            told.sort()
            self.seeds = [seed for _, seed in told]
            factor = fmt.factor(MEASURES[self.measure].unit)
            self.values = factor * np.array([value for value, _ in told])
        self._scale = self._spanned()
        self.show_again()

    def texts(self) -> tuple[str, str]:
        measured = MEASURES[self.measure]
        unit = fmt.unit(measured.unit)
        if self.pointed is not None:
            value = fmt.significant(float(self.values[self.pointed]))
            seed = tr("seed {seed}", seed=self.seeds[self.pointed])
            unit = f"{unit} · {seed}: {value} · {tr('click or Enter opens it')}"
        return tr(measured.name), unit

    def summary(self) -> str:
        if not len(self.values):
            return tr("No world can tell.")
        low, middle, high = np.quantile(self.values, [0.25, 0.5, 0.75]).tolist()
        return tr(
            "Half of {count} worlds lie from {low} to {high}, the median at {middle}.",
            count=len(self.values),
            low=fmt.significant(low),
            high=fmt.significant(high),
            middle=fmt.significant(middle),
        )

    def margins(self) -> tuple[int, int, int]:
        gap = theme.unit(14)
        return gap, gap, self.fontMetrics().height() + theme.unit(10)

    def paint(self, painter: QPainter, frame: QRectF) -> None:
        if not len(self.values):
            painter.setPen(theme.color("muted"))
            painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, self.summary())
            return
        low, high = self._scale
        count = max(2, round(frame.width() / max(self.widest([fmt.decimal(-88_888)]) * 2, 1)))
        marks = [
            (self._x(frame, level), text)
            for level, text in numbers(low, high, count)
            if low <= level <= high
        ]
        self.paint_below(painter, frame, marks)
        edges, bins = self._bins()
        counts = np.bincount(bins, minlength=len(edges) - 1).tolist()
        painter.setPen(Qt.PenStyle.NoPen)
        for nth in range(len(edges) - 1):
            bar = QRectF(
                QPointF(self._x(frame, edges[nth]), self._top(frame, counts[nth], max(counts))),
                QPointF(self._x(frame, edges[nth + 1]), frame.bottom()),
            )
            painter.fillRect(bar.adjusted(0, 0, -1, 0), theme.color(COLOR, INNER))
        self._paint_dots(painter, frame)
        self._paint_quantiles(painter, frame)

    def _paint_dots(self, painter: QPainter, frame: QRectF) -> None:
        at, diameter = self._dots(frame)
        for nth, point in enumerate(at):
            here = nth == self.pointed
            if diameter >= theme.unit(LEAST_DOT) or here:
                radius = max(diameter, theme.unit(LEAST_DOT)) * (0.6 if here else 0.42)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.color("accent" if here else COLOR))
                painter.drawEllipse(point, radius, radius)

    def _paint_quantiles(self, painter: QPainter, frame: QRectF) -> None:
        """Paint the median as a line, the middle half and 90% of worlds as dashed ones."""
        shares = list(QUANTILES.values())
        found = dict(zip(shares, np.quantile(self.values, shares).tolist(), strict=True))
        for share, value in found.items():
            middle = share == 0.5
            style = Qt.PenStyle.SolidLine if middle else Qt.PenStyle.DashLine
            painter.setPen(QPen(theme.color("text" if middle else "muted"), 1, style))
            x = self._x(frame, value)
            painter.drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()))
        names = {0.5: tr("median"), **{s: fmt.percent(s, digits=0) for s in NAMED_FIRST}}
        marks = [(self._x(frame, found[share]), name) for share, name in names.items()]
        self.paint_above(painter, frame, marks, "muted")

    # ---------------------------------------------------------------- where things lie

    def _spanned(self) -> tuple[float, float]:
        if not len(self.values):
            return 0.0, 1.0
        low, high = float(self.values.min()), float(self.values.max())
        return spanned(low, high) if low < high else (low - 1.0, high + 1.0)

    def _x(self, frame: QRectF, value: float) -> float:
        low, high = self._scale
        return float(frame.left() + (value - low) / (high - low) * frame.width())

    def _top(self, frame: QRectF, count: int, most: int) -> float:
        return float(frame.bottom() - frame.height() * count / (most + 0.5))

    def _bins(self) -> tuple[Floats, np.ndarray]:
        """Return the edges of the bars, and in which one each world lies."""
        low, high = self._scale
        count = min(max(round(2 * len(self.values) ** 0.5), 5), MOST_BARS)
        edges = np.linspace(low, high, count + 1)
        bins = np.clip(np.searchsorted(edges, self.values, side="right") - 1, 0, count - 1)
        return edges, bins

    def _dots(self, frame: QRectF) -> tuple[list[QPointF], float]:
        """Return where each world's dot lies, and how large dots are."""
        edges, bins = self._bins()
        most = int(np.bincount(bins).max())
        pitch = frame.height() / (most + 0.5)
        diameter = min(pitch, frame.width() / (len(edges) - 1), theme.unit(LARGEST_DOT))
        stacked: dict[int, int] = {}
        at = []
        for value, where in zip(self.values.tolist(), bins.tolist(), strict=True):
            nth = stacked[where] = stacked.get(where, -1) + 1
            at.append(QPointF(self._x(frame, value), frame.bottom() - (nth + 0.5) * pitch))
        return at, diameter

    # ---------------------------------------------------------------- choosing a world

    def _point_at(self, nth: int | None) -> None:
        if nth != self.pointed:
            self.pointed = nth
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        frame = self.frame()
        if not len(self.values) or not frame.contains(event.position()):
            self._point_at(None)
            self.unsetCursor()
            return
        at, _ = self._dots(frame)
        away = [(point - event.position()).manhattanLength() for point in at]
        self._point_at(int(np.argmin(away)))
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.pointed is not None:
            self.chosen.emit(self.seeds[self.pointed])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right go from world to world by their value, Enter opens one."""
        step = {int(Qt.Key.Key_Left): -1, int(Qt.Key.Key_Right): 1}.get(event.key())
        if len(self.values) and step is not None:
            before = len(self.values) // 2 if self.pointed is None else self.pointed
            self._point_at(min(max(before + step, 0), len(self.values) - 1))
        elif self.pointed is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(self.seeds[self.pointed])
        else:
            super().keyPressEvent(event)
