"""The list of what is planned for a set time: choose one, edit it, or take it out."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListWidget, QPushButton, QVBoxLayout, QWidget

from engine.scenario import Scenario
from gui.document import Document
from gui.i18n import tr
from gui.panels.moment_text import moment_text
from gui.planned import Planned, planned
from gui.theme import theme

MOST_ROWS = 6


class _Plans(QListWidget):
    """A list whose Delete key means what it says."""

    delete_wanted = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_wanted.emit()
        else:
            super().keyPressEvent(event)


class PlannedList(QWidget):
    """Everything planned, in order of time.

    Signals
    -------
    edit_wanted(planned), remove_wanted(planned)
        The person wants to change it, or to be rid of it.
    """

    edit_wanted = Signal(object)
    remove_wanted = Signal(object)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.plans: list[Planned] = []
        self.empty = QLabel(self)
        self.empty.setProperty("role", "muted")
        self.empty.setWordWrap(True)
        self.list = _Plans(self)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.edit, self.remove = QPushButton(self), QPushButton(self)
        buttons = QHBoxLayout()
        for button in (self.edit, self.remove):
            buttons.addWidget(button, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.empty)
        column.addWidget(self.list)
        column.addLayout(buttons)
        self.list.itemActivated.connect(self._edit)
        self.list.delete_wanted.connect(self._remove)
        self.edit.clicked.connect(self._edit)
        self.remove.clicked.connect(self._remove)

    def show_scenario(self, scenario: Scenario) -> None:
        """Show the plans of a scenario; the same place stays chosen."""
        plans = planned(scenario)
        texts = [f"{moment_text(scenario.clock, p.at_min)}  {p.what}" for p in plans]
        if texts != [self.list.item(i).text() for i in range(self.list.count())]:
            row = self.list.currentRow()
            self.list.clear()
            self.list.addItems(texts)
            for i, text in enumerate(texts):
                self.list.item(i).setToolTip(text)
            self.list.setCurrentRow(min(max(row, 0), len(plans) - 1))
            self.plans = plans
            self._draw()
        self.plans = plans
        for widget in (self.list, self.edit, self.remove):
            widget.setVisible(bool(plans))
        self.empty.setVisible(not plans)

    def retranslate(self) -> None:
        """Take up another language."""
        self.empty.setText(tr("Nothing yet. “At this moment…” beside the red button plans it."))
        self.list.setAccessibleName(tr("Planned"))
        self.edit.setText(tr("Edit…"))
        self.remove.setText(tr("Remove"))
        self.remove.setToolTip(tr("Take it out of the plan"))
        self.edit.setToolTip(tr("Change what happens, or when"))
        self.show_scenario(self.document.scenario)

    def restyle(self) -> None:
        """Take up another theme or size of text."""
        self._draw()

    def _draw(self) -> None:
        """Give each row its colour on the timeline, and the list the room of its rows."""
        side = theme.unit(8)
        for i, plan in enumerate(self.plans):
            spot = QPixmap(side, side)
            spot.fill(QColor(theme.color(plan.color)))
            self.list.item(i).setIcon(QIcon(spot))
        row = max(self.list.sizeHintForRow(0), self.list.fontMetrics().height())
        shown = min(max(len(self.plans), 1), MOST_ROWS)
        self.list.setFixedHeight(shown * row + 2 * self.list.frameWidth())

    def _edit(self) -> None:
        if 0 <= self.list.currentRow() < len(self.plans):
            self.edit_wanted.emit(self.plans[self.list.currentRow()])

    def _remove(self) -> None:
        if 0 <= self.list.currentRow() < len(self.plans):
            self.remove_wanted.emit(self.plans[self.list.currentRow()])
