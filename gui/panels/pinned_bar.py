"""Beside the tabs of the charts: what A is, and what can be done with it.

It takes the room that the tabs leave, so that the charts stay where they are when it comes; what
there is no room for stands in its menu, and all of it in the window's.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from engine.record import Run
from gui import format as fmt
from gui.actions import Actions
from gui.elided_label import ElidedLabel
from gui.i18n import language, tr
from gui.icons import icon
from gui.pinned import Pinned
from gui.setting_differences import told_differences
from gui.theme import theme

BUTTONS = ("pin_before", "seed_of_a", "compare", "show_a", "pin")
"""What can be done with A; where there is little room the first ones have it."""

TEXT_UNITS = 110
"""Room that the words keep before buttons get any."""


class PinnedBar(QFrame):
    """Hidden while there is no A, and no change that made one worth keeping."""

    def __init__(self, pinned: Pinned, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pinned")
        self.pinned = pinned
        self._actions = actions
        self.text = ElidedLabel("muted")
        self.buttons = {name: self._button(name) for name in BUTTONS}
        self.offered: tuple[str, ...] = ()
        self.more = self._flat_button()
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setMenu(QMenu(self))
        self.close_button = self._flat_button()
        self.close_button.clicked.connect(self._let_go)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self.text, 1)
        for button in self.buttons.values():
            self._row.addWidget(button)
        self._row.addWidget(self.more)
        self._row.addWidget(self.close_button)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        pinned.changed.connect(self.renew)
        language.language_changed.connect(self.renew)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.renew()

    def renew(self) -> None:
        """Say how things are now."""
        pinned = self.pinned
        comparing = pinned.other is not None
        offering = pinned.run is None and pinned.can_pin_before
        self.setVisible(pinned.run is not None or offering)
        for name in BUTTONS:
            self._actions[name].setIconText(self._short(name))
        self.text.set_text(self._told(), self._told_briefly())
        not_now = set() if pinned.seeds_differ else {"seed_of_a"}
        if offering:
            self.offered = ("pin_before",)
        else:
            self.offered = tuple(n for n in BUTTONS[1:] if comparing and n not in not_now)
        self._fit()
        close = tr("Not now") if offering else tr("Let go of A")
        self.close_button.setToolTip(close)
        self.close_button.setAccessibleName(close)
        self.more.setToolTip(tr("More that can be done with A"))
        self.more.setAccessibleName(tr("More that can be done with A"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Show the buttons there is room for; the rest goes to the menu."""
        gap = self._row.spacing()
        needed = {name: self.buttons[name].sizeHint().width() + gap for name in self.offered}
        room = self.width() - self.close_button.width() - gap - theme.unit(TEXT_UNITS)
        if sum(needed.values()) > room:
            room -= self.more.width() + gap
        shown = []
        for name, width in needed.items():
            if width > room:
                break
            shown.append(name)
            room -= width
        for name, button in self.buttons.items():
            button.setVisible(name in shown)
        rest = [self._actions[name] for name in self.offered if name not in shown]
        self.more.menu().clear()
        self.more.menu().addActions(rest)
        fits = self.width() > self.more.width() + self.close_button.width() + 4 * gap
        self.more.setVisible(bool(rest) and fits)
        self.close_button.setVisible(fits)

    def _told(self) -> str:
        a, b = self.pinned.run, self.pinned.player.run
        if a is None:
            return tr("The run before:")
        if self.pinned.other is None or b is None:
            return tr("This run is A. Change anything: the next run is B, with A drawn behind it.")
        parts = [f"{tr('B against A')}: {_what_differs(a, b)}"]
        if self.pinned.seeds_differ:
            parts.append(tr("their seeds differ, so part of the difference is chance"))
        if not a.complete:
            start = a.scenario.clock.start_datetime()
            to = fmt.date_clock(start, float(a.grid.end_s[a.computed - 1]))
            parts.append(tr("A is computed to {time}", time=to))
        if a.scenario.clock.start != b.scenario.clock.start:
            parts.append(tr("both are drawn from their own start"))
        return " · ".join(parts)

    def _told_briefly(self) -> str:
        """Return what is said where there is no room for the whole: what differs."""
        a, b = self.pinned.run, self.pinned.player.run
        return "" if a is None or b is None or self.pinned.other is None else _what_differs(a, b)

    def _short(self, name: str) -> str:
        """Return what stands on a button; the menu has the whole text."""
        return {
            "pin_before": tr("Keep it as A"),
            "show_a": tr("Show A"),
            "seed_of_a": tr("Same seed"),
            "compare": tr("Table…"),
            "pin": tr("B becomes A"),
        }[name]

    def _button(self, name: str) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(self._actions[name])
        button.setProperty("role", "small")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        return button

    def _flat_button(self) -> QToolButton:
        button = QToolButton()
        button.setProperty("role", "flat")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _let_go(self) -> None:
        if self.pinned.run is None:
            self.pinned.decline()
        else:
            self.pinned.unpin()

    def _restyle(self) -> None:
        unit = theme.unit
        self._row.setContentsMargins(unit(12), 0, 0, 0)
        for button in (self.more, self.close_button):
            button.setFixedSize(unit(24), unit(22))
        self._row.setSpacing(unit(5))
        self.close_button.setIcon(icon("close", "muted"))
        self.more.setIcon(icon("more", "muted"))


def _what_differs(a: Run, b: Run) -> str:
    """Return what differs between the settings of two runs, in a few words."""
    told = [each for each in told_differences(a.scenario, b.scenario) if each.label != tr("Seed")]
    if not told:
        return tr("the same settings")
    if len(told) == 1:
        return tr("{setting}: {one} → {other}", setting=told[0].label, one=told[0].one,
                  other=told[0].other)  # fmt: skip
    return tr("{n} settings differ", n=len(told))
