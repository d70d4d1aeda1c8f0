"""A row of bars as one item: made once, painted in one go."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gui.charts.thinning import Floats

GAP_FROM_PX = 4
"""From this width on, bars keep a pixel apart."""


class Bars(pg.GraphicsObject):
    """Bars from ``base`` to ``top`` between neighbouring ``edges``.

    Painted on whole pixels, so that bars of one width look it and small ones don't vanish.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.brush = QBrush()
        self.edges: Floats = np.zeros(1)
        self.base: Floats = np.zeros(0)
        self.top: Floats = np.zeros(0)
        self._bounds = QRectF()

    def set_bars(self, edges: Floats, base: Floats, top: Floats) -> None:
        """Show other bars: ``edges`` (n + 1,), ``base`` and ``top`` (n,)."""
        self.edges, self.base, self.top = edges, base, top
        bounds = QRectF()
        if len(top):
            low = min(float(base.min()), float(top.min()))
            high = max(float(base.max()), float(top.max()))
            bounds = QRectF(edges[0], low, edges[-1] - edges[0], high - low)
        if bounds != self._bounds:
            self.prepareGeometryChange()
            self._bounds = bounds
        self.update()

    def set_color(self, color: QColor) -> None:
        self.brush = QBrush(color)
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802 (Qt's name)
        return self._bounds

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        to_px = painter.transform()
        exposed = option.exposedRect
        rectangles = self.rectangles_px(
            to_px.m11(), to_px.dx(), to_px.m22(), to_px.dy(), exposed.left(), exposed.right()
        )
        if not rectangles:
            return
        painter.save()
        painter.resetTransform()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.brush)
        painter.drawRects(rectangles)
        painter.restore()

    def rectangles_px(
        self,
        x_scale: float,
        x_shift: float,
        y_scale: float,
        y_shift: float,
        first_s: float = -np.inf,
        last_s: float = np.inf,
    ) -> list[QRectF]:
        """Return the bars between two times that aren't empty as rectangles on whole pixels."""
        begin = max(int(np.searchsorted(self.edges, first_s, side="right")) - 2, 0)
        end = int(np.searchsorted(self.edges, last_s, side="left")) + 1
        shown = begin + np.flatnonzero(self.top[begin:end] != self.base[begin:end])
        base, top = self.base[shown], self.top[shown]
        left = np.rint(self.edges[shown] * x_scale + x_shift)
        width = np.rint(self.edges[shown + 1] * x_scale + x_shift) - left
        width = np.maximum(np.where(width >= GAP_FROM_PX, width - 1, width), 1)
        base_px, top_px = np.rint(base * y_scale + y_shift), np.rint(top * y_scale + y_shift)
        # What is there can be seen, however little it is: it grows away from its base.
        away = np.where((top - base) * y_scale < 0, -1, 1)
        top_px = np.where(top_px == base_px, base_px + away, top_px)
        upper = np.minimum(base_px, top_px)
        height = np.abs(top_px - base_px)
        rows = np.stack((left, upper, width, height), axis=1).tolist()
        return [QRectF(*row) for row in rows]
