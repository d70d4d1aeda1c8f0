"""One theme object that is the truth about colours and lengths.

A theme is a file of ``assets/themes``: named colours, some of which refer to others. From it come
the palette and the stylesheet (``style.qss``) of the whole application and every colour a chart
draws with. Lengths are multiples of the font's height, so they follow the zoom of the text.

The stylesheet knows these values of a widget's property ``role`` (set it with ``setProperty``):
``title``, ``heading``, ``value`` (bold), ``muted``, ``faint``, ``danger``, ``link`` for labels;
``card`` for frames; ``flat`` and ``primary`` for buttons.
"""

from __future__ import annotations

import json
import re
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from gui import ASSETS

THEMES = ("dark", "light", "projector")
CHOICES = ("system", *THEMES)
BASE_HEIGHT = 15
"""Height of the font, in pixels, at which one unit is one pixel."""

ZOOMS = (0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0)


class Theme(QObject):
    """Colours, font and lengths of the window; ``changed`` tells when any of them did."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.choice = "dark"
        self.name = "dark"
        self.zoom = 1.0
        self._data = _load("dark")
        self._colors: dict[tuple[str, float], QColor] = {}
        self._base_font: QFont | None = None
        self._font_height = 0

    def set(self, choice: str, zoom: float | None = None) -> None:
        """Switch to one of CHOICES; ``system`` follows the desktop's light or dark."""
        self.choice = choice if choice in CHOICES else "system"
        self.zoom = _sane(self.zoom if zoom is None else zoom)
        self._apply()

    def set_zoom(self, zoom: float) -> None:
        """Show all text, and the lengths made from it, this many times as large."""
        self.zoom = _sane(zoom)
        self._apply()

    def color(self, name: str, alpha: float = 1.0) -> QColor:
        """Return a colour by its name, at an opacity of ``alpha``."""
        known = self._colors.get((name, alpha))
        if known is None:  # asked for fifty times a frame
            known = self._colors[name, alpha] = self._color(name, alpha)
        return QColor(known)

    def _color(self, name: str, alpha: float) -> QColor:
        value = name
        for _ in range(4):  # names refer to names, a few steps at most
            value = self._data["colors"][value]
            if value.startswith("#"):
                color = QColor(value)
                color.setAlphaF(alpha)
                return color
        raise KeyError(name)

    def asset_color(self, index: int, alpha: float = 1.0) -> QColor:
        """Return the colour of an asset by its place in the scenario."""
        return self.color(f"asset{index % 8}", alpha)

    @property
    def line_width(self) -> float:
        """Width of a chart's curves, in pixels."""
        return float(self._data["line_width"])

    def unit(self, n: float) -> int:
        """Return ``n`` units in pixels: a length that grows with the text."""
        if not self._font_height:  # asked for a hundred times a frame
            self._font_height = QFontMetrics(QGuiApplication.font()).height()
        return round(n * self._font_height / BASE_HEIGHT)

    def follow_system(self) -> None:
        """Take up a change of the desktop's scheme; the application connects this."""
        if self.choice == "system":
            self._apply()

    def _apply(self) -> None:
        self.name = _of_desktop() if self.choice == "system" else self.choice
        self._data = _load(self.name)
        self._colors.clear()
        application = QApplication.instance()
        if isinstance(application, QApplication):
            # Replacing one stylesheet by another takes Qt three times as long as taking it off
            # and putting the other one on.
            application.setStyleSheet("")
            font = self._font(application)
            self._font_height = QFontMetrics(font).height()
            application.setFont(font)
            application.setPalette(self._palette())
            application.setStyleSheet(self._stylesheet())
        self.changed.emit()

    def _font(self, application: QApplication) -> QFont:
        """Return the desktop's font, zoomed, with digits of one width so that columns align."""
        if self._base_font is None:
            self._base_font = application.font()
        font = QFont(self._base_font)
        size_pt = font.pointSizeF() if font.pointSizeF() > 0 else 10.0
        font.setPointSizeF(size_pt * self.zoom * self._data["text_scale"])
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def _palette(self) -> QPalette:
        role = QPalette.ColorRole
        palette = QPalette()
        for part, name in {
            role.Window: "surface",
            role.WindowText: "text",
            role.Base: "background",
            role.AlternateBase: "surface",
            role.Text: "text",
            role.PlaceholderText: "faint",
            role.Button: "raised",
            role.ButtonText: "text",
            role.BrightText: "danger",
            role.ToolTipBase: "raised",
            role.ToolTipText: "text",
            role.Link: "accent",
            role.LinkVisited: "accent",
            role.Highlight: "accent",
            role.HighlightedText: "on_accent",
            role.Accent: "accent",
            role.Light: "hover",
            role.Midlight: "raised",
            role.Mid: "border",
            role.Dark: "border",
            role.Shadow: "background",
        }.items():
            palette.setColor(part, self.color(name))
        for part in (role.WindowText, role.Text, role.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, part, self.color("faint"))
        return palette

    def _stylesheet(self) -> str:
        """Return ``style.qss`` with ``@color``, ``@12u`` and ``@2x6u`` replaced by values."""
        template = (ASSETS / "themes" / "style.qss").read_text(encoding="utf-8")

        def value(match: re.Match[str]) -> str:
            word = match[1]
            if length := re.fullmatch(r"(?:(\d)x)?(\d+)u", word):
                return f"{int(length[1] or 1) * self.unit(int(length[2]))}px"
            if word == "icons":
                return (ASSETS / "icons").as_posix()
            return self.color(word).name()

        return re.sub(r"@(\w+)", value, template)


def mark(widget: QWidget, name: str, value: object) -> None:
    """Give a widget a property that the stylesheet looks at, and let it look again."""
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def _sane(zoom: float) -> float:
    return min(max(zoom, ZOOMS[0]), ZOOMS[-1])


def _load(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((ASSETS / "themes" / f"{name}.json").read_text("utf-8"))
    return data


def _of_desktop() -> str:
    application = QGuiApplication.instance()
    if not isinstance(application, QGuiApplication):
        return "dark"
    light = application.styleHints().colorScheme() == Qt.ColorScheme.Light
    return "light" if light else "dark"


theme = Theme()
