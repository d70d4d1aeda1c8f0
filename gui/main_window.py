"""The window: transport on top, set-up left, charts in the middle, desk right, story below."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QKeyEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QFrame,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from gui import settings as kept
from gui.frame import Frame, geometry_store
from gui.i18n import language, tr
from gui.settings import Settings
from gui.theme import ZOOMS, theme

if TYPE_CHECKING:
    from gui.charts.time_charts import TimeCharts
    from gui.session import Session

PAGE_S = 3_600.0
"""How far the cursor leaps by a page."""

SETUP_WIDTH, CHARTS_WIDTH, DESK_WIDTH = 280, 480, 290
"""What the panels need, and the charts at least, at the usual size of text."""

HEIGHT_FOR_STORY = 700
LEAST_SHARE = 0.92
"""How far a side panel may be narrowed, as a share of what it needs."""


class MainWindow(Frame):
    """Puts the parts together and connects the commands to what they do.

    It comes in three parts, each loaded when the one before has been ``painted``: the frame, the
    bars once there is a session to ``serve``, charts and panels when it is ``filled``.
    """

    filled = Signal()
    left = Signal()
    """Closed by somebody who was asked about unsaved changes."""

    def __init__(self, session: Session | None, settings: Settings) -> None:
        super().__init__()
        self.session: Session | None = None
        self.settings = settings
        self.charts: TimeCharts | None = None
        self._hidden_for_room: set[str] = set()
        self._panels_chosen = False
        self._text_height = 0
        if session is not None:
            self.serve(session)
        self.painted.connect(self._fill_later)

    def serve(self, session: Session) -> None:
        """Add the bars, for a session."""
        from gui.actions import Actions
        from gui.comparing import Comparing
        from gui.file_commands import FileCommands
        from gui.menus import Menus
        from gui.panels.moments import Moments
        from gui.panels.timeline import Timeline
        from gui.panels.transport import TransportBar
        from gui.status_line import StatusLine

        self.session = session
        self.document, self.runner, self.player = session.document, session.runner, session.player
        self.actions_ = Actions(self.document, self.player, self.runner, self)
        self.files = FileCommands(self.document, self.settings, self)
        self.comparing = Comparing(session, self.actions_, self.files, self)
        self.transport = TransportBar(self.player, self.document, self.runner, self.actions_)
        self.timeline = Timeline(self.player, self.document)
        self.moments = Moments(self.document, self.player, self)
        self.status = StatusLine(self.player, self.runner, self.actions_)
        self.message = self.status.message
        self.menus = Menus(self.menuBar(), self.actions_, self.settings)
        self.player.restore_speed(self.settings.speed)
        self.setAcceptDrops(True)
        self._lay_out()
        self._connect()
        self._show_title()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFocus()  # so that no button wears a focus ring nobody asked for

    # ---------------------------------------------------------------- putting it together

    def _lay_out(self) -> None:
        self.stage = QFrame()
        self.stage.setObjectName("stage")
        self._stage_column = QVBoxLayout(self.stage)
        self._stage_column.setContentsMargins(0, 0, 0, 0)
        self._stage_column.setSpacing(0)
        self._stage_column.addStretch(1)
        self._stage_column.addWidget(self.timeline)
        self.middle = QSplitter(Qt.Orientation.Vertical)
        self.middle.addWidget(self.stage)
        self.middle.setStretchFactor(0, 1)
        self.sides = QSplitter(Qt.Orientation.Horizontal)
        self.sides.addWidget(self.middle)
        for splitter in (self.middle, self.sides):
            splitter.setChildrenCollapsible(False)
        central = QWidget()
        column = QVBoxLayout(central)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.transport)
        column.addWidget(self.sides, 1)
        self.setCentralWidget(central)
        self.setStatusBar(self.status)

    def _fill_later(self) -> None:
        QTimer.singleShot(0, self.fill)  # once the bars are painted

    def fill(self) -> None:
        """Add charts and panels."""
        if self.session is None or self.charts is not None:
            return
        from gui.charts.time_charts import TimeCharts
        from gui.opening_note import OpeningNote
        from gui.panels.desk import DeskPanel
        from gui.panels.gauges import Gauges
        from gui.panels.setup import SetupPanel
        from gui.panels.story import StoryPanel

        self.charts = TimeCharts(self.player)
        self.setup = SetupPanel(self.document, self.player)
        self.moments.serve(self.setup.planned)
        self.setup.shocks.form_wanted.connect(self.moments.edit)
        self.desk = DeskPanel(self.document, self.player)
        self.story = StoryPanel(self.player)
        self.gauges = Gauges(self.player)
        self._stage_column.addWidget(self.gauges)
        self._stage_column.takeAt(0)
        self._stage_column.insertWidget(0, self.charts, 1)
        self.comparing.serve(self.charts)
        self.middle.addWidget(self.story)
        self.sides.insertWidget(0, self.setup)
        self.sides.addWidget(self.desk)
        self.sides.setStretchFactor(1, 1)
        search = self.setup.search  # stays where it is while the set-up scrolls
        self.focus_parts = (self.transport, search, self.setup, self.middle, self.desk)
        self._arrange()
        self._restore_splitters()
        OpeningNote(self.player, self.charts)
        self.charts.view.changed.connect(self._align_timeline)
        self.charts.arranged.connect(self._align_later)
        self.charts.installEventFilter(self)
        self.filled.emit()

    def _arrange(self) -> None:
        """Share out the room: what the panels need at this size of text, the rest to the charts."""
        if self.charts is None or self._text_height == theme.unit(100):
            return
        self._text_height = theme.unit(100)
        self._panels_chosen = False
        self._make_room()
        self.setup.setMinimumWidth(round(LEAST_SHARE * theme.unit(SETUP_WIDTH)))
        self.desk.setMinimumWidth(round(LEAST_SHARE * theme.unit(DESK_WIDTH)))
        left, right = theme.unit(SETUP_WIDTH), theme.unit(DESK_WIDTH)
        self.sides.setSizes([left, self.width() - left - right, right])
        below = theme.unit(118)
        self.middle.setSizes([self.height() - below, below])

    def _make_room(self) -> None:
        """Hide panels, the set-up before the desk, where the charts would be left too small."""
        spare = self.width() - theme.unit(CHARTS_WIDTH)
        room = {"story": self.height() >= theme.unit(HEIGHT_FOR_STORY)}
        for name, width in (("desk", DESK_WIDTH), ("setup", SETUP_WIDTH)):
            room[name] = spare >= theme.unit(width)
            spare -= theme.unit(width) if room[name] else 0
        for name, fits in room.items():
            if not fits and self.actions_[name].isChecked():
                self._hidden_for_room.add(name)
                self.message.show_note(
                    tr("Some panels are hidden to leave the charts room; the View menu shows them.")
                )
            if name in self._hidden_for_room:
                self.actions_[name].setChecked(fits)
        if self._hidden_for_room and all(room.values()):
            self._hidden_for_room.clear()
            self.message.dismiss_note()

    def _panel_chosen(self) -> None:
        """Whoever has chosen panels keeps them, until the text takes another size."""
        self._panels_chosen = True
        self._hidden_for_room.clear()
        self.message.dismiss_note()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.charts is not None and not self._panels_chosen:
            self._make_room()

    def _leave_keys_to_window(self, _old: QWidget | None, new: QWidget | None) -> None:
        """Let a button or list that was clicked not keep the keyboard: Space is to play, always.

        They are still reached, and then used, with the tab key.
        """
        clicked = bool(QApplication.mouseButtons())
        if clicked and isinstance(new, QAbstractButton | QComboBox) and self.isAncestorOf(new):
            new.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self.setFocus()

    def _show_panels(self) -> None:
        """Show the panels that are switched on."""
        if self.charts is not None:
            self.setup.setVisible(self.actions_["setup"].isChecked())
            self.desk.setVisible(self.actions_["desk"].isChecked())
            self.story.setVisible(self.actions_["story"].isChecked())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if watched is self.charts and event.type() is QEvent.Type.Resize:
            self._align_later()
        return super().eventFilter(watched, event)

    def _align_later(self) -> None:
        QTimer.singleShot(0, self._align_timeline)  # once the charts are laid out

    def _align_timeline(self) -> None:
        """Let the timeline begin and end where the charts do, and name the stretch they show."""
        if self.charts is None:
            return
        plot = self.charts.plot
        frame = plot.frame_px()
        left = plot.mapTo(self.stage, frame.topLeft().toPoint()).x()
        right = self.stage.width() - left - round(frame.width())
        self.timeline.set_margins(left, right)
        self.timeline.set_view(self.charts.view.first_s, self.charts.view.last_s)

    def _connect(self) -> None:
        from gui.actions import PANELS

        for name, slot in {
            "new": self.files.new,
            "open": self.files.choose_and_open,
            "save": self.files.save,
            "save_as": self.files.save_as,
            "import_path": self.files.import_path,
            "quit": self.close,
            "undo": self.document.undo,
            "redo": self.document.redo,
            "find": self._find_setting,
            "play": self.player.toggle,
            "step_back": self._step_back,
            "step": self._step,
            "page_back": self._page_back,
            "page": self._page,
            "to_start": self.player.to_start,
            "to_end": self.player.to_end,
            "slower": self._slower,
            "faster": self._faster,
            "same_seed": self.transport.play_again,
            "new_seed": self.transport.play_with_new_seed,
            "announce": self.transport.announce_at_cursor,
            "cancel": self.runner.cancel,
            "go_on": self.runner.go_on,
            "zoom_in": self._zoom_in,
            "zoom_out": self._zoom_out,
            "zoom_reset": self._zoom_reset,
            "full_screen": self._toggle_full_screen,
            "shortcuts": self._show_shortcuts,
            "about": self._show_about,
        }.items():
            self.actions_[name].triggered.connect(slot)
        self.moments.obey(self.actions_)
        self.moments.serve(self.timeline)
        self.moments.refused.connect(self.message.show_error)
        self.moments.done.connect(self.message.show_note)
        for name in PANELS:
            self.actions_[name].toggled.connect(self._show_panels)
            self.actions_[name].triggered.connect(self._panel_chosen)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._leave_keys_to_window)
        self.menus.recent_chosen.connect(self.files.open)
        self.menus.example_chosen.connect(self.files.open_example)
        self.menus.preset_chosen.connect(self.files.lay_over)
        self.transport.refused.connect(self.message.show_error)
        self.transport.announced.connect(self.message.show_note)
        self.files.refused.connect(self.message.show_error)
        self.files.settled.connect(self.message.settle)
        self.runner.failed.connect(self.message.show_error)
        self.runner.cancelled.connect(self._say_cancelled)
        self.runner.finished.connect(self.message.settle)
        self.document.saved_state_changed.connect(self._show_title)
        self.document.changed.connect(self._show_title)
        self.document.opened.connect(self._show_storm)
        self.player.state_changed.connect(self._remember_speed)
        language.language_changed.connect(self._show_title)
        theme.changed.connect(self._arrange)

    # ---------------------------------------------------------------- commands

    def _find_setting(self) -> None:
        if self.charts is not None:
            self.actions_["setup"].setChecked(True)
            self.setup.begin_search()

    def _step(self) -> None:
        self.player.step_by(1)

    def _step_back(self) -> None:
        self.player.step_by(-1)

    def _page(self) -> None:
        self.player.seek(self.player.time_s + PAGE_S)

    def _page_back(self) -> None:
        self.player.seek(self.player.time_s - PAGE_S)

    def _slower(self) -> None:
        self.transport.change_speed(-1)

    def _faster(self) -> None:
        self.transport.change_speed(1)

    def _show_storm(self) -> None:
        """Whatever was being looked at closely, another document begins with its storm."""
        if self.charts is not None:
            self.charts.show_storm()

    def _say_cancelled(self) -> None:
        self.message.show_note(
            tr("Stopped computing. What was computed stays; to play on is to compute the rest.")
        )

    def _remember_speed(self) -> None:
        self.settings.speed = self.player.kept_speed

    def _zoom_in(self) -> None:
        self._zoom_to(min([zoom for zoom in ZOOMS if zoom > theme.zoom], default=ZOOMS[-1]))

    def _zoom_out(self) -> None:
        self._zoom_to(max([zoom for zoom in ZOOMS if zoom < theme.zoom], default=ZOOMS[0]))

    def _zoom_reset(self) -> None:
        self._zoom_to(1.0)

    def _zoom_to(self, zoom: float) -> None:
        self.settings.zoom = zoom
        theme.set_zoom(zoom)

    def _toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)
        self.actions_["full_screen"].setChecked(self.isFullScreen())

    def _show_shortcuts(self) -> None:
        from gui import dialogs

        dialogs.shortcut_sheet(self.actions_, self).open()

    def _show_about(self) -> None:
        from gui import dialogs

        dialogs.about(self).open()

    def _show_title(self) -> None:
        self.setWindowTitle(f"{self.document.title}[*] – Cascade Lab")
        self.setWindowModified(self.document.modified)

    # ---------------------------------------------------------------- keys, files, goodbye

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.session and (self.message.press(event) or self.actions_.press(event)):
            return
        super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped_file(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = _dropped_file(event)
        if path is not None:
            event.acceptProposedAction()
            self.activateWindow()
            self.files.open(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.session is None:
            event.accept()
            return
        if not self.files.may_leave():
            event.ignore()
            return
        for dialog in self.findChildren(QDialog):
            dialog.close()
        geometry = geometry_store()
        geometry.setValue("geometry", self.saveGeometry())
        if self.charts is not None:
            geometry.setValue("sides", self.sides.saveState())
            geometry.setValue("middle", self.middle.saveState())
            geometry.setValue("text_height", str(theme.unit(100)))
        kept.save(self.settings)
        self.left.emit()
        self.comparing.close()
        self.session.close()
        event.accept()

    def _restore_splitters(self) -> None:
        store = geometry_store()
        if store.value("text_height") != str(theme.unit(100)):
            return  # the panels need other widths at this size of text
        for name, splitter in (("sides", self.sides), ("middle", self.middle)):
            state = store.value(name)
            if isinstance(state, QByteArray):
                splitter.restoreState(state)


def _dropped_file(event: QDropEvent) -> Path | None:
    """Return the one scenario file that is being dropped, if it is one."""
    from engine.scenario_file import SUFFIX

    urls = event.mimeData().urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    path = Path(urls[0].toLocalFile())
    return path if path.suffix.lower() == SUFFIX else None
