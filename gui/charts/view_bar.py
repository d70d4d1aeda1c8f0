"""The line above the charts: which stretch of time is shown, and the ways back."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from gui import format as fmt
from gui.charts.time_view import TimeView
from gui.i18n import language, tr
from gui.theme import theme

ZOOM = 2.0


class ViewBar(QWidget):
    """Buttons for the storm, for everything and for zooming; whether to follow the cursor."""

    def __init__(self, view: TimeView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = view
        self._start: datetime | None = None
        self.span = QLabel()
        self.span.setProperty("role", "muted")
        self.storm = self._button(self._show_storm, checkable=True)
        self.all = self._button(self._show_all, checkable=True)
        self.closer = self._button(self._zoom_in)
        self.wider = self._button(self._zoom_out)
        self.follow = self._button(self._set_following, checkable=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.unit(2))
        row.addWidget(self.span, 1)
        for button in (self.closer, self.wider, self.storm, self.all, self.follow):
            row.addWidget(button)
        view.changed.connect(self.renew)
        language.language_changed.connect(self.retranslate)
        self.retranslate()

    def set_start(self, start: datetime | None) -> None:
        """Tell when the scenario begins."""
        self._start = start
        self.renew()

    def renew(self) -> None:
        """Show which stretch is in view and which button stands for it."""
        self.storm.setChecked(self.view.mode == "storm")
        self.all.setChecked(self.view.mode == "all")
        self.storm.setEnabled(self.view.has_storm)
        self.follow.setChecked(self.view.following)
        if self._start is None:
            self.span.clear()
            return
        first, last = (
            fmt.date_clock(self._start, time_s) for time_s in (self.view.first_s, self.view.last_s)
        )
        self.span.setText(tr("{first} – {last} UTC", first=first, last=last))

    def retranslate(self) -> None:
        """Take up another language."""
        hint = tr(
            "On a chart: click moves the cursor · wheel zooms · drag moves the view · Shift + drag "
            "zooms to a stretch"
        )
        for button, text, tip in (
            (self.closer, "+", tr("Show less time, larger")),
            (self.wider, fmt.MINUS, tr("Show more time")),
            (
                self.storm,
                tr("Storm"),
                tr("Show 45 minutes before the first shock and 3 hours after"),
            ),
            (self.all, tr("All"), tr("Show the whole scenario")),
            (self.follow, tr("Follow"), tr("Turn the page when the cursor leaves the view")),
        ):
            button.setText(text)
            button.setToolTip(f"{tip}\n{hint}")
            button.setAccessibleName(tip)
        self.span.setToolTip(hint)
        self.renew()

    def _button(self, slot: object, *, checkable: bool = False) -> QToolButton:
        button = QToolButton()
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setCheckable(checkable)
        button.clicked.connect(slot)
        return button

    def _show_storm(self) -> None:
        self.view.show_storm()

    def _show_all(self) -> None:
        self.view.show_all()

    def _zoom_in(self) -> None:
        self.view.zoom(1 / ZOOM)

    def _zoom_out(self) -> None:
        self.view.zoom(ZOOM)

    def _set_following(self) -> None:
        self.view.set_following(self.follow.isChecked())
