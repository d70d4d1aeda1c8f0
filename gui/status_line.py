"""The line at the bottom: messages or what happened last, how far the engine is, its time."""

from __future__ import annotations

from bisect import bisect_right

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QStatusBar, QToolButton, QWidget

from engine.record import Event
from gui import format as show
from gui.actions import Actions
from gui.elided_label import ElidedLabel
from gui.i18n import language, tr
from gui.message_bar import MessageBar
from gui.player import Player
from gui.runner import Runner
from gui.sentences import sentence
from gui.theme import theme

FRAME_PX = 2
"""What a message's frame takes above and below."""


class StatusLine(QStatusBar):
    """A message or the last event at the cursor; progress of the computation, a way to stop it."""

    def __init__(self, player: Player, runner: Runner, actions: Actions) -> None:
        super().__init__()
        self._player, self._runner = player, runner
        self._shown_event: Event | None = None
        self.setSizeGripEnabled(False)
        self.last_event = ElidedLabel("muted")
        self.message = MessageBar()
        self.message.shown.connect(self._make_room)
        self.computed = QLabel()
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.stop, self.go_on = QToolButton(), QToolButton()
        for button, name in ((self.stop, "cancel"), (self.go_on, "go_on")):
            button.setDefaultAction(actions[name])
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            button.setProperty("role", "flat")
        self._left = QWidget()
        row = QHBoxLayout(self._left)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.last_event, 1)
        row.addWidget(self.message, 1)
        self.addWidget(self._left, 1)
        for widget in (self.progress, self.stop, self.go_on, self.computed):
            self.addPermanentWidget(widget)
        player.moved.connect(self._show_event)
        player.grew.connect(self._show_computed)
        player.run_changed.connect(self._start_over)
        player.state_changed.connect(self._show_computed)
        for signal in (runner.started, runner.grew, runner.finished):
            signal.connect(self._show_computed)
        runner.cancelled.connect(self._show_computed)
        runner.failed.connect(self._show_computed)
        language.language_changed.connect(self._start_over)
        theme.changed.connect(self._measure)
        self._measure()
        self._start_over()

    def _make_room(self, for_message: bool) -> None:
        """Let a message take the place of the last event."""
        self.clearMessage()  # the hint of a menu's entry
        self.last_event.setVisible(not for_message)

    def _measure(self) -> None:
        """Be as high with a message, or while computing, as without: nothing above moves."""
        buttons = (self.message.button, self.stop)
        self._left.setMinimumHeight(max(b.sizeHint().height() for b in buttons) + FRAME_PX)
        self.progress.setFixedWidth(theme.unit(120))

    def _start_over(self) -> None:
        self._shown_event = None
        self.last_event.set_text("")
        self._show_event()
        self._show_computed()

    def _show_event(self) -> None:
        """Name the last thing that happened before the cursor, if it is another than before."""
        run = self._player.run
        if run is None:
            return
        number = bisect_right(run.events, self._player.time_s, key=_time_of)
        event = run.events[number - 1] if number else None
        if event is self._shown_event:
            return
        self._shown_event = event
        if event is None:
            self.last_event.set_text("")
            return
        time = show.date_clock(run.scenario.clock.start_datetime(), event.time_s, seconds=True)
        self.last_event.set_text(f"{time}  {sentence(event, run.scenario)}")

    def _show_computed(self) -> None:
        run = self._runner.run
        computing = self._runner.computing
        self.progress.setVisible(computing)
        self.stop.setVisible(computing)
        self.go_on.setVisible(self._runner.left_off)
        if run is None:
            self.computed.setText("")
            return
        self.progress.setRange(0, len(run.grid))
        self.progress.setValue(run.computed)
        start = run.scenario.clock.start_datetime()
        to_s = float(run.grid.end_s[run.computed - 1]) if run.computed else 0.0
        if run.complete:
            text = tr("Computed whole · engine {time}", time=_seconds(run.engine_seconds))
        else:
            text = tr(
                "Computed to {moment} · engine {time}",
                moment=show.date_clock(start, to_s),
                time=_seconds(run.engine_seconds),
            )
        self.computed.setText(text)


def _time_of(event: Event) -> float:
    return event.time_s


def _seconds(seconds: float) -> str:
    return tr("{n} s", n=f"{seconds:.1f}")
