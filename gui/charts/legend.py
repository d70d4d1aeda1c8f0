"""The line above a chart: what it shows, in which unit, and its series with their values.

Each series is a switch: a click hides it or shows it again. Small switches beside the title choose
how it is shown; the question mark opens what lies behind it.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QLabel, QToolButton, QWidget

from gui.i18n import tr
from gui.theme import theme

MOST_LINES = 3
"""So many lines a legend takes before values are left out; they stand in the hints then."""

UNIT_MOST = 240
"""Room, in units, that the first of the words beside the title may claim from a legend."""

BETWEEN = " · "
"""Between what these words say; the last of it goes first, the hint has all."""


class Entry(QAbstractButton):
    """A series in the legend: swatch, name, value at the cursor. Checked means shown.

    Signals
    -------
    outgrown()
        A value needs more room than was kept for it.
    """

    outgrown = Signal()

    def __init__(self, color: str, parent: QWidget | None = None, nth: int = 0) -> None:
        super().__init__(parent)
        self.color_name = color
        self.nth = nth
        self.value = ""
        self.widest_value = ""
        self.brief = False
        self.setCheckable(True)
        self.setChecked(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    @property
    def color(self) -> QColor:
        """The series' colour in the theme."""
        return theme.color(self.color_name)

    def set_value(self, value: str) -> None:
        """Show the value at the cursor; what hasn't changed isn't painted."""
        if value != self.value:
            self.value = value
            self.setAccessibleDescription(value)
            if self.brief:
                self.setToolTip(f"{self.text()} {value}")
                return
            metrics = self.fontMetrics()
            if metrics.horizontalAdvance(value) > metrics.horizontalAdvance(self.widest_value):
                self.widest_value = value
                self.outgrown.emit()
            self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        width = metrics.horizontalAdvance(self.text()) + self._swatch_px() + theme.unit(11)
        value = max(map(metrics.horizontalAdvance, (self.widest_value, self.value)))
        if value and not self.brief:
            width += value + theme.unit(5)
        return QSize(width, metrics.height() + theme.unit(4))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        height, swatch = self.height(), self._swatch_px()
        color = self.color
        box = QRectF(theme.unit(3) + 0.5, (height - swatch) // 2 + 0.5, swatch - 1, swatch - 1)
        painter.setPen(QPen(color, 1))
        painter.setBrush(color if self.isChecked() else QColor(Qt.GlobalColor.transparent))
        painter.drawRect(box)
        for gap in range(min(self.nth // 8, 2)):  # the curve's dashes
            x = round(box.left() + (gap + 1) * box.width() / (min(self.nth // 8, 2) + 1))
            painter.fillRect(x, round(box.top()), theme.unit(2), swatch, theme.color("background"))
        text = self.rect().adjusted(swatch + theme.unit(7), 0, 0, 0)
        painter.setPen(theme.color("muted" if self.isChecked() else "faint"))
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, self.text())
        if self.isChecked() and not self.brief:
            # Beside the name, whatever room is kept for longer values: it is read as one.
            text.setLeft(
                text.left() + painter.fontMetrics().horizontalAdvance(self.text()) + theme.unit(5)
            )
            painter.setPen(theme.color("text"))
            painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, self.value)
        if self.hasFocus():
            painter.setPen(theme.color("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 3, 3)

    def _swatch_px(self) -> int:
        return theme.unit(8)


def small_button(parent: QWidget, *, checkable: bool = True) -> QToolButton:
    """Return a button that stands in a line of text."""
    button = QToolButton(parent)
    button.setProperty("role", "small")
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setCheckable(checkable)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    return button


class Header(QWidget):
    """Title, switches and unit on the left, legend on the right, on as few lines as it takes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLabel(self)
        self.title.setProperty("role", "heading")
        self.unit = QLabel(self)
        self.unit.setProperty("role", "muted")
        self.entries: list[Entry] = []
        self.switches: list[QToolButton] = []
        self.help = small_button(self, checkable=False)
        self.help.setText("?")
        self.help.hide()
        self._unit = ""
        self._arranged_title = ""
        self._room_px = 0

    def set_entries(self, entries: list[Entry]) -> None:
        """Show another legend."""
        for entry in self.entries:
            entry.hide()
            entry.deleteLater()
        self.entries = entries
        for entry in entries:
            entry.setParent(self)
            entry.setToolTip(tr("Click to hide or show"))
            entry.outgrown.connect(self.arrange)
            entry.show()
        self.arrange()

    def add_switch(self, changed: Callable[[bool], None]) -> QToolButton:
        """Add a small switch beside the title; its text is for the caller to set."""
        switch = small_button(self)
        switch.toggled.connect(changed)
        self.switches.append(switch)
        return switch

    def set_help(self, explain: Callable[[], None]) -> None:
        """Let the question mark explain."""
        self.help.clicked.connect(explain)

    def rename_help(self, what: str) -> None:
        """Say what the question mark explains; without anything there is none."""
        self.help.setVisible(bool(what))
        self.help.setToolTip(what)
        self.help.setAccessibleName(what)

    def set_texts(self, title: str, unit: str) -> None:
        """Say what is shown, in which unit."""
        if (title, unit) != (self.title.text(), self._unit):
            self.title.setText(title)
            self._unit = unit
            room = self._room_px - self.unit.x()
            if title != self._arranged_title or room < min(self._unit_px(), self._least_px()):
                self.arrange()
            else:
                self._write_unit()

    def _unit_px(self) -> int:
        return self.unit.fontMetrics().horizontalAdvance(self._unit) + theme.unit(2)

    def arrange(self) -> None:
        """Lay out everything in lines that don't run into each other."""
        self._arranged_title = self.title.text()
        gap = theme.unit(8)
        small = [button for button in (self.help, *self.switches) if not button.isHidden()]
        heights = [widget.sizeHint().height() for widget in (self.title, *small, *self.entries)]
        line_px = max(heights)
        x = 0
        for part in (self.title, *small):
            width = part.sizeHint().width()
            if part in small:
                width = part.fontMetrics().horizontalAdvance(part.text()) + theme.unit(14)
            part.setGeometry(x, 0, width, line_px)
            x += width + (theme.unit(3) if part in small[:-1] else gap)
        self.unit.setGeometry(x, 0, 0, line_px)
        gap = theme.unit(4)
        for brief in (False, True):  # many names leave no room for values beside them
            for entry in self.entries:
                entry.brief = brief
            lines = self._lines(x, gap)
            if len(lines) <= MOST_LINES:
                break
        # Up to here the unit may grow, as a sum in it does, without another arrangement.
        beside_px = sum(entry.sizeHint().width() + gap for entry in lines[0])
        self._room_px = self.width() - (beside_px + gap if lines[0] else 0)
        self._write_unit()
        for number, line in enumerate(lines):
            left = self.width() - sum(e.sizeHint().width() + gap for e in line) + gap
            for entry in line:
                width = entry.sizeHint().width()
                height = entry.sizeHint().height()
                entry.setGeometry(left, number * line_px + (line_px - height) // 2, width, height)
                left += width + gap
        self.setFixedHeight(max(len(lines), 1) * line_px)

    def _write_unit(self) -> None:
        """Write the unit as far as there is room, with … where it is cut: no number within it."""
        width = min(self._unit_px(), max(self._room_px - self.unit.x(), 0))
        metrics = self.unit.fontMetrics()
        parts = self._unit.split(BETWEEN)
        fewer = [f"{BETWEEN.join(parts[:n])} …" for n in range(len(parts) - 1, 0, -1)]
        fitting = (t for t in (self._unit, *fewer) if metrics.horizontalAdvance(t) <= width)
        whole = next(fitting, self._unit)
        self.unit.setText(metrics.elidedText(whole, Qt.TextElideMode.ElideRight, width))
        self.unit.setToolTip(self._unit if width < self._unit_px() else "")
        self.unit.resize(width, self.unit.height())

    def _least_px(self) -> int:
        """Return the room for the unit itself; what else is said of it gives way to the legend."""
        first = f"{self._unit.split(BETWEEN)[0]} …"
        return min(self.unit.fontMetrics().horizontalAdvance(first), theme.unit(UNIT_MOST))

    def _lines(self, title_px: int, gap: int) -> list[list[Entry]]:
        """Cut the legend into lines; the first stands beside title and unit.

        If all of it can, the unit makes room; if not, only what saves a line stands there.
        """
        width = sum(entry.sizeHint().width() + gap for entry in self.entries)
        room = self.width() - title_px - 3 * gap
        if width <= room - min(self._unit_px(), self._least_px()):
            return [self.entries]
        beside, below = self._wrapped(room - self._unit_px(), gap), self._wrapped(0, gap)
        return beside if len(beside) < len(below) else below

    def _wrapped(self, first_px: int, gap: int) -> list[list[Entry]]:
        """Cut the legend into lines, the first of which has less room."""
        lines: list[list[Entry]] = [[]]
        room = first_px
        for entry in self.entries:
            width = entry.sizeHint().width() + gap
            if width > room and (lines[-1] or len(lines) == 1):
                lines.append([])
                room = self.width() + gap
            lines[-1].append(entry)
            room -= width
        return lines

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()
