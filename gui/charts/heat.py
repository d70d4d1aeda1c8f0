"""A picture of colours over time and price, made once and copied while nothing changes."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

SHADES = 120
"""Colours of each side; 0 is the background."""

Shades = NDArray[np.uint8]


class Heat(pg.GraphicsObject):
    """Cells of colour: one picture column a moment's width, one row a bin of values."""

    def __init__(self) -> None:
        super().__init__()
        self.image = QImage()
        self._cells: Shades = np.zeros((0, 0), dtype=np.uint8)
        self._colors = np.zeros(1, dtype=np.uint32)
        self._bounds = QRectF()

    def set_colors(self, colors: list[QColor]) -> None:
        """Show shade ``i`` as the ``i``-th of these colours."""
        self._colors = np.array([color.rgb() for color in colors], dtype=np.uint32)
        self._color()

    def set_cells(self, cells: Shades, bounds: QRectF) -> None:
        """Show other cells, (rows, columns), the lowest row first, over these times and values."""
        self._cells = cells
        if bounds != self._bounds:
            self.prepareGeometryChange()
            self._bounds = bounds
        self._color()

    def _color(self) -> None:
        """Make the picture in the screen's own format, so that copying it costs least."""
        rows, columns = self._cells.shape
        pixels = self._colors[self._cells]
        self.image = QImage(
            pixels.tobytes(), columns, rows, 4 * columns, QImage.Format.Format_RGB32
        ).copy()
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802 (Qt's name)
        return self._bounds

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        if not self.image.isNull():
            # Values rise upwards in the picture's coordinates, so its first row is the lowest.
            painter.drawImage(self._bounds, self.image)


def ramp(ground: QColor, color: QColor) -> list[QColor]:
    """Return SHADES colours that lead from just beside the ground to the colour itself."""
    return [
        QColor(
            round(ground.red() + (color.red() - ground.red()) * share),
            round(ground.green() + (color.green() - ground.green()) * share),
            round(ground.blue() + (color.blue() - ground.blue()) * share),
        )
        for share in np.linspace(0.06, 1.0, SHADES).tolist()
    ]
