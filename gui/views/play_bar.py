"""How many worlds to play, with a button that begins or stops, and how far it is."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from engine.cluster import available
from engine.experiment import Experiment, Results
from engine.scenario import Scenario
from gui import format as fmt
from gui.engine_sentences import translated
from gui.experiment_job import Job, likely_s
from gui.i18n import tr
from gui.theme import mark, theme
from gui.timers import once_after

FEWER_ACCOUNTS = 20_000
"""Accounts of the smaller crowd: worlds are played several times as fast."""

MOST_SEEDS = 10_000
USUAL_SEEDS = 20
TELL_MS = 500
SHOW_EVERY_MS = 400
"""Pictures of many worlds are drawn at most so often while they grow."""


class PlayBar(QWidget):
    """Says what is to be played how often, plays it, and tells how far it is.

    Signals
    -------
    play_wanted()
        The person wants the worlds played; whoever knows which calls :meth:`play`.
    grew(results), ended()
        More of them are finished, said at most every SHOW_EVERY_MS; no more will be.
    """

    play_wanted = Signal()
    grew = Signal(object)
    ended = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.job: Job | None = None
        self.seeds_label = QLabel()
        self.seeds = QSpinBox()
        self.seeds.setRange(2, MOST_SEEDS)
        self.seeds.setValue(USUAL_SEEDS)
        self.seeds.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.seeds.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.seeds_label.setBuddy(self.seeds)
        self.fewer = QCheckBox()
        self.note = QLabel()
        self.note.setProperty("role", "muted")
        self.note.setWordWrap(True)
        self.scheduler = QLineEdit()
        self.scheduler.setClearButtonEnabled(True)
        self.scheduler.setVisible(available())
        self.cost = QLabel()
        self.cost.setProperty("role", "muted")
        self.button = QPushButton()
        self.button.setProperty("role", "primary")
        self.button.setAutoDefault(False)
        self.button.clicked.connect(self._clicked)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.hide()
        self.status = QLabel()
        self.status.setWordWrap(True)
        self._lay_out()
        self._scenario: Scenario | None = None
        self._latest: Results | None = None
        self._show_timer = once_after(SHOW_EVERY_MS, self._show, self)
        self._kinds = 1
        self._over: tuple[Job, str] | None = None
        self.fewer.toggled.connect(self.note.setVisible)
        self.fewer.setChecked(True)
        self.fewer.toggled.connect(self._tell_cost)
        self.seeds.valueChanged.connect(self._tell_cost)
        self._tell_timer = QTimer(self)
        self._tell_timer.setInterval(TELL_MS)
        self._tell_timer.timeout.connect(self._tell)

    def _lay_out(self) -> None:
        self.top = QHBoxLayout()
        for widget in (self.seeds_label, self.seeds, self.fewer):
            self.top.addWidget(widget)
        self.top.addStretch(1)
        self.top.addWidget(self.scheduler, 1)
        self.top.addWidget(self.cost)
        self.top.addWidget(self.button)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.addLayout(self.top)
        self.column.addWidget(self.note)
        self.below = QHBoxLayout()
        self.below.addWidget(self.progress, 1)
        self.below.addWidget(self.status, 2)
        self.column.addLayout(self.below)

    @property
    def playing(self) -> bool:
        return self.job is not None

    def take_scenario(self, scenario: Scenario) -> None:
        """Offer a smaller crowd where the scenario's is larger."""
        self._scenario = scenario
        large = scenario.crowd.accounts > FEWER_ACCOUNTS
        self.fewer.setVisible(large)
        self.note.setVisible(large and self.fewer.isChecked())
        self._tell_cost()

    def expect(self, kinds: int) -> None:
        """Say how many worlds of every seed are to be played."""
        self._kinds = kinds
        self._tell_cost()

    def _tell_cost(self) -> None:
        """Say how many worlds that makes, and about how long they take."""
        if self._scenario is not None:
            worlds = self._kinds * self.seeds.value()
            seconds = likely_s(self.with_crowd(self._scenario), self.seeds.value(), self._kinds)
            self.cost.setText(
                tr("{count} worlds, about {time}", count=f"{worlds:,}", time=_duration(seconds))
            )

    def with_crowd(self, scenario: Scenario) -> Scenario:
        """Return the scenario with the crowd that was chosen."""
        if not self.fewer.isChecked() or scenario.crowd.accounts <= FEWER_ACCOUNTS:
            return scenario
        crowd = scenario.crowd.model_copy(update={"accounts": FEWER_ACCOUNTS})
        return scenario.model_copy(update={"crowd": crowd})

    def play(self, experiment: Experiment) -> None:
        """Play an experiment; what is under way is left."""
        self.close_job()
        self._latest = self._over = None
        self.job = Job(experiment, scheduler=self.scheduler.text().strip(), parent=self)
        self.job.grew.connect(self._grew)
        self.job.ended.connect(self._ended)
        self.progress.setRange(0, self.job.count)
        self.progress.setValue(0)
        self.progress.show()
        self.say("")
        self.job.start()
        self._tell_timer.start()
        self.retranslate()
        self._tell()

    def say(self, text: str, role: str = "muted") -> None:
        """Show a sentence where progress is told."""
        self.status.setText(text)
        mark(self.status, "role", role)

    def refuse(self, text: str) -> None:
        """Say why it can't be played."""
        self.say(text, "danger")

    def close_job(self) -> None:
        """Leave what is under way and wait until it is gone."""
        if self.job is not None:
            self.job.close()
            self.job = None
        self._tell_timer.stop()

    def _clicked(self) -> None:
        if self.job is None:
            self.play_wanted.emit()
        else:
            self.job.cancel()
            self.button.setEnabled(False)
            self._tell()

    def _grew(self, results: Results) -> None:
        self._latest = results
        if not self._show_timer.isActive():
            self._show_timer.start()

    def _show(self) -> None:
        latest, self._latest = self._latest, None
        if latest is not None:
            self.grew.emit(latest)

    def _ended(self, sentence: str) -> None:
        job, self.job = self.job, None
        self._tell_timer.stop()
        self._show_timer.stop()
        self._show()
        self.progress.hide()
        self.button.setEnabled(True)
        self.retranslate()
        if job is not None:
            self._over = (job, sentence)
            self._tell_over()
        self.ended.emit()

    def _tell_over(self) -> None:
        """Say what became of the last ones."""
        if self._over is None:
            return
        job, sentence = self._over
        kept = tr("{done} of {count} worlds are finished", done=f"{job.done:,}",
                  count=f"{job.count:,}")  # fmt: skip
        if sentence:
            self.refuse(f"{translated(sentence)} · {kept}")
        elif job.cancelled:
            parts = [tr("Stopped"), kept]
            if job.keeps and job.done:
                parts.append(tr("Begin goes on from there"))
            self.say(" · ".join(parts))
        else:
            self.say(_played(job))

    def _tell(self) -> None:
        if self.job is None:
            return
        self.progress.setValue(self.job.done)
        text = tr("{done} of {count} worlds", done=f"{self.job.done:,}",
                  count=f"{self.job.count:,}")  # fmt: skip
        left_s = self.job.seconds_left
        if self.job.cancelled:
            text = tr("Stopping…")
        elif self.job.kept and left_s is None:
            text = f"{text} · {tr('going on from {n} kept before', n=f'{self.job.kept:,}')}"
        elif left_s is not None:
            text = f"{text} · {tr('{time} left', time=_duration(left_s))}"
        else:
            text = f"{text} · {tr('the first ones are under way')}"
        self.say(text)

    def retranslate(self) -> None:
        """Take up another language."""
        self.seeds_label.setText(tr("Seeds"))
        self.seeds.setToolTip(
            tr("How many worlds of each kind: the scenario's seed and the ones after it")
        )
        self.seeds.setAccessibleName(tr("Seeds"))
        self.fewer.setText(tr("Smaller crowd"))
        self.fewer.setToolTip(
            tr("Play with {count} accounts, several times as fast", count=fmt.count(FEWER_ACCOUNTS))
        )
        self.note.setText(
            tr(
                "Smaller crowd: {count} accounts, each standing for more people. A single one then "
                "weighs more: worlds lie further apart, and figures of rare things, such as ADL, "
                "are rougher than with the full crowd.",
                count=fmt.count(FEWER_ACCOUNTS),
            )
        )
        self.scheduler.setPlaceholderText(tr("This computer, or tcp://host:port"))
        self.scheduler.setToolTip(
            tr("Address of a Dask scheduler to play on other computers; empty: on this one")
        )
        self.scheduler.setAccessibleName(tr("Scheduler"))
        self.button.setText(tr("Stop") if self.playing else tr("Begin"))
        self.button.setToolTip(
            tr("Leave the rest; what is finished stays")
            if self.playing
            else tr("Play all of them, beside everything else")
        )
        self._tell_cost()
        self._tell()
        self._tell_over()

    def restyle(self) -> None:
        """Take up another size of text."""
        unit = theme.unit
        self.top.setSpacing(unit(8))
        self.column.setSpacing(unit(6))
        self.below.setSpacing(unit(12))
        self.scheduler.setMaximumWidth(unit(230))
        self.status.setMinimumHeight(self.status.fontMetrics().height())  # nothing jumps


def unnamed(scenario: Scenario) -> Scenario:
    """Return a scenario without what worlds don't hang on, or are told apart by: seed and texts."""
    return scenario.model_copy(update={"seed": 0, "name": "", "note": ""})


def _played(job: Job) -> str:
    """Return how many worlds there are now, and how many of them were kept before."""
    told = tr("{count} worlds played", count=f"{job.count:,}")
    if not job.kept:
        return told
    return f"{told} · {tr('{n} of them were kept before', n=f'{job.kept:,}')}"


def _duration(seconds: float) -> str:
    """Return a rough time: ``40 s``, ``12 min``, ``2 h 5 min``."""
    if seconds < 60:
        return tr("{seconds} s", seconds=max(math.ceil(seconds / 5) * 5, 5))
    minutes = math.ceil(seconds / 60)
    if minutes < 60:
        return tr("{minutes} min", minutes=minutes)
    return tr("{hours} h {minutes} min", hours=minutes // 60, minutes=f"{minutes % 60:02d}")
