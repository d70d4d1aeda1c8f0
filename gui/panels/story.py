"""The story so far: a sentence for everything that has happened up to the cursor."""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from engine.record import Event, Run
from gui import format as fmt
from gui.i18n import language, tr
from gui.player import Player
from gui.sentences import color_of, sentence
from gui.theme import theme

Index = QModelIndex | QPersistentModelIndex
WORLD = 0
EVENT = Qt.ItemDataRole.UserRole


class StoryModel(QAbstractListModel):
    """Events up to the cursor, oldest first; what is still to come isn't there."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: Run | None = None
        self._events: list[Event] = []
        self._times_s: list[float] = []
        self._taken = 0
        self._shown = 0

    def set_run(self, run: Run | None, time_s: float) -> None:
        """Tell another run's story."""
        self.beginResetModel()
        self._run = run
        self._events, self._times_s, self._taken = [], [], 0
        self._take()
        self._shown = bisect_right(self._times_s, time_s)
        self.endResetModel()

    def move_to(self, time_s: float) -> None:
        """Tell everything up to a time."""
        self._take()
        shown = bisect_right(self._times_s, time_s)
        if shown > self._shown:
            self.beginInsertRows(QModelIndex(), self._shown, shown - 1)
            self._shown = shown
            self.endInsertRows()
        elif shown < self._shown:
            self.beginRemoveRows(QModelIndex(), shown, self._shown - 1)
            self._shown = shown
            self.endRemoveRows()

    def _take(self) -> None:
        """Take in the events computed since the last call."""
        if self._run is None:
            return
        new = [event for event in self._run.events[self._taken :] if event.world == WORLD]
        self._taken = len(self._run.events)
        self._events += new
        self._times_s += [event.time_s for event in new]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 (Qt's signature)
        return 0 if parent.isValid() else self._shown

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self._run is None or not 0 <= index.row() < self._shown:
            return None
        event = self._events[index.row()]
        if role == EVENT:
            return event
        if role == Qt.ItemDataRole.DisplayRole:
            return sentence(event, self._run.scenario)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{self.when(event)} UTC: {sentence(event, self._run.scenario)}"
        return None

    def when(self, event: Event) -> str:
        """Return the date and time of an event."""
        assert self._run is not None
        start = self._run.scenario.clock.start_datetime()
        return fmt.date_clock(start, event.time_s, seconds=True)


class Line(QStyledItemDelegate):
    """Paints a line of the story: dot, time, sentence."""

    def sizeHint(self, option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(0, option.fontMetrics.height() + theme.unit(6))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, StoryModel)
        event: Event = index.data(EVENT)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, theme.color("selection"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, theme.color("hover"))
        row = option.rect.adjusted(theme.unit(12), 0, -theme.unit(8), 0)
        dot = theme.unit(6)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(color_of(event)))
        painter.drawEllipse(QRectF(row.left(), row.center().y() - dot / 2 + 0.5, dot, dot))
        row.setLeft(row.left() + dot + theme.unit(8))
        when = model.when(event)
        painter.setPen(theme.color("muted"))
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, when)
        widest = fmt.date_clock(datetime(2020, 12, 30), 0.0, seconds=True)
        column = option.fontMetrics.horizontalAdvance(widest) + theme.unit(12)
        row.setLeft(row.left() + column)
        painter.setPen(theme.color("text"))
        text = option.fontMetrics.elidedText(index.data(), Qt.TextElideMode.ElideRight, row.width())
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()


class StoryList(QListView):
    """The lines; says so when there are none yet.

    Signals
    -------
    resized()
        There is room for more lines, or fewer.
    """

    resized = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.model().rowCount() == 0:
            painter = QPainter(self.viewport())
            painter.setPen(theme.color("faint"))
            room = self.viewport().rect().adjusted(theme.unit(12), theme.unit(4), 0, 0)
            painter.drawText(room, tr("Nothing has happened up to here. Press play."))


class StoryPanel(QFrame):
    """The newest sentence stands last and stays in sight; a click moves the cursor to its time."""

    def __init__(self, player: Player, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.player = player
        self._reading = False
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self.setObjectName("side")
        self.heading = QLabel(self)
        self.heading.setProperty("role", "heading")
        self.model = StoryModel(self)
        self.list = StoryList(self)
        self.list.setModel(self.model)
        self.list.setItemDelegate(Line(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._settled.timeout.connect(self.list.scrollToBottom)
        self.list.resized.connect(self._settle)
        self.list.clicked.connect(self._seek)
        self.list.activated.connect(self._seek)
        self.column = QVBoxLayout(self)
        self.column.setSpacing(theme.unit(2))
        self.column.addWidget(self.heading)
        self.column.addWidget(self.list, 1)
        player.run_changed.connect(self._show_run)
        player.moved.connect(self._move)
        theme.changed.connect(self._restyle)
        language.language_changed.connect(self._retranslate)
        self._restyle()
        self._retranslate()
        self._show_run(player.run)

    def _show_run(self, run: Run | None) -> None:
        self.model.set_run(run, self.player.time_s)
        self._reading = False
        self.list.scrollToBottom()

    def _move(self) -> None:
        bar = self.list.verticalScrollBar()
        if self.isVisible():  # whoever has scrolled up wants to read there
            self._reading = bar.value() < bar.maximum()
        rows = self.model.rowCount()
        self.model.move_to(self.player.time_s)
        if self.model.rowCount() < rows or not self._reading:
            self.list.scrollToBottom()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._settle()

    def _settle(self) -> None:
        """Keep the last line in sight, once lines of another height or number are laid out."""
        if not self._reading:
            self._settled.start()

    def _seek(self, index: QModelIndex) -> None:
        event: Event | None = index.data(EVENT)
        if event is not None:
            self.player.seek(event.time_s)

    def _retranslate(self) -> None:
        self.heading.setText(tr("Story"))
        self.list.setAccessibleName(tr("Story"))
        self.list.setAccessibleDescription(
            tr("What happened up to the cursor; choosing a line moves the cursor there.")
        )
        self.list.viewport().update()

    def _restyle(self) -> None:
        self.column.setContentsMargins(0, theme.unit(4), 0, 0)
        self.heading.setContentsMargins(theme.unit(12), 0, 0, 0)
        self.list.scheduleDelayedItemsLayout()
        self.list.viewport().update()
        self._settle()
