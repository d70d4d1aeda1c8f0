"""The way of the tab key through a window: part by part, and in each as one reads."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMainWindow, QWidget

from gui.theme import theme

LINE_UNITS = 10
"""What begins less than this below another stands on the same line with it."""


class ReadingOrder(QMainWindow):
    """A window in which the tab key goes where the eye goes, whatever is shown at the moment.

    Qt's own order is that in which widgets were made; these come and go.
    """

    focus_parts: Sequence[QWidget] = ()
    """The parts of the window in their order; what stands in none comes last."""

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802 (Qt's name)
        stops = self.stops()
        if not stops:
            return False
        focused, step = self.focusWidget(), 1 if forward else -1
        if focused in stops:
            there = (stops.index(focused) + step) % len(stops)
        else:
            there = 0 if forward else -1
        reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        stops[there].setFocus(reason)
        return True

    def stops(self) -> list[QWidget]:
        """Return what the tab key stops at, in order."""
        stops = [w for w in self.findChildren(QWidget) if _is_stop(w) and w.window() is self]
        parts: list[list[QWidget]] = [[] for _ in (*self.focus_parts, None)]
        for widget in stops:
            numbers = (n for n, p in enumerate(self.focus_parts) if p is widget or
                       p.isAncestorOf(widget))  # fmt: skip
            parts[next(numbers, -1)].append(widget)
        return [widget for part in parts for widget in self._as_read(part)]

    def _as_read(self, widgets: list[QWidget]) -> list[QWidget]:
        """Sort by lines from top to bottom, and each line from left to right.

        A part that scrolls comes before what is in it, however far that is scrolled away.
        """
        line_px = theme.unit(LINE_UNITS)
        places = {widget: widget.mapTo(self, QPoint(0, 0)) for widget in widgets}
        lines: list[list[QWidget]] = []
        whole = [widget for widget in widgets if widget in self.focus_parts]
        within = [widget for widget in widgets if widget not in whole]
        for widget in sorted(within, key=lambda widget: places[widget].y()):
            if not lines or places[widget].y() - places[lines[-1][0]].y() >= line_px:
                lines.append([])
            lines[-1].append(widget)
        return whole + [w for line in lines for w in sorted(line, key=lambda w: places[w].x())]


def _is_stop(widget: QWidget) -> bool:
    policy = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    return bool(policy) and widget.isVisible() and widget.isEnabled() and not widget.focusProxy()
