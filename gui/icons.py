"""Icons of ``assets/icons``, drawn in a colour of the theme."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from gui import ASSETS
from gui.theme import theme

SIZES = (16, 24, 32, 48, 64)


def icon(name: str, color: str = "text") -> QIcon:
    """Return an icon in a theme's colour; ask again when the theme has changed."""
    drawing = (ASSETS / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    result = QIcon()
    for mode, shade in ((QIcon.Mode.Normal, color), (QIcon.Mode.Disabled, "faint")):
        svg = drawing.replace("currentColor", theme.color(shade).name())
        renderer = QSvgRenderer(QByteArray(svg.encode()))
        for size in SIZES:
            result.addPixmap(_pixmap(renderer, size), mode)
    return result


def _pixmap(renderer: QSvgRenderer, size: int) -> QPixmap:
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap
