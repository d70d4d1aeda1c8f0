"""The bar on top: what is open, the cursor's buttons, clock, speed and seed, and the red button."""

from __future__ import annotations

import math
import random

from PySide6.QtCore import QRegularExpression, QSize, Qt, Signal
from PySide6.QtGui import QRegularExpressionValidator, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.clock import MINUTE_S
from engine.scenario import Scenario, Shock
from engine.scenario_file import ScenarioError
from gui import format as show
from gui.actions import PLANS, Actions
from gui.document import Document
from gui.elided_label import ElidedLabel
from gui.i18n import MY_TARIFF, as_shipped, language, tr
from gui.panels.folding import fold
from gui.panels.percent_box import PercentBox
from gui.panels.refusal import in_plain_words
from gui.player import AS_COMPUTED, LEAD_IN_S, SPEEDS, Player
from gui.runner import Runner
from gui.theme import theme

TARIFF_PCT = (-30.0, -5.0, -1.0)
"""Largest, default and smallest size of an announced tariff."""

LARGEST_NEW_SEED = 999_999
WIDEST_TIMES = ("Wed 30 May 00:00:00", "10月10日 周五 00:00:00")
TITLE_UNITS = 90
"""Room that what is open keeps before anything else gets any."""

BUTTONS = ("to_start", "step_back", "play", "step", "to_end")


class TransportBar(QFrame):
    """Plays, steps, rewinds; names the seed; announces tariffs.

    Signals
    -------
    refused(sentence)
        A typed value is not allowed, or a tariff can't be announced.
    announced(sentence)
        A tariff was; the sentence says what that means.
    """

    refused = Signal(str)
    announced = Signal(str)

    def __init__(
        self, player: Player, document: Document, runner: Runner, actions: Actions
    ) -> None:
        super().__init__()
        self.setObjectName("transport")
        self._player, self._document, self._runner = player, document, runner
        self._actions = actions
        self._shown_clock: tuple[int, str] | None = None

        self.name = ElidedLabel("title")
        self.contents = ElidedLabel("muted")
        self.buttons = {name: self._button(name) for name in BUTTONS}
        self.buttons["play"].setProperty("role", "primary")
        self.time = QLabel()
        self.time.setProperty("role", "title")
        self.since = ElidedLabel("muted")
        self._room_for_since = QWidget()
        self._make_speed()
        self._make_seed()
        self._make_tariff()
        self._lay_out()
        self.speed.activated.connect(self._speed_chosen)
        self.seed.editingFinished.connect(self._seed_typed)
        # Whoever has typed a value wants the plain keys to play again.
        self.seed.returnPressed.connect(self.seed.clearFocus)
        self.size_pct.lineEdit().returnPressed.connect(self.size_pct.clearFocus)
        self.announce.clicked.connect(actions["announce"].trigger)
        document.changed.connect(self._show_scenario)
        document.saved_state_changed.connect(self._show_title)
        player.moved.connect(self._show_clock)
        player.run_changed.connect(self._show_clock)
        player.state_changed.connect(self._show_speed)
        language.language_changed.connect(self.translate)
        theme.changed.connect(self._measure)
        self.translate()
        self._measure()

    # ---------------------------------------------------------------- making it

    def _make_speed(self) -> None:
        self.speed = QComboBox()
        self.speed.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for speed in SPEEDS:
            self.speed.addItem("", speed)

    def _make_seed(self) -> None:
        self.seed_label = QLabel()
        self.seed_label.setProperty("role", "muted")
        self.seed = QLineEdit()
        self.seed.setProperty("setting", "seed")
        self.seed.setValidator(QRegularExpressionValidator(QRegularExpression(r"\d{0,16}"), self))
        self.seed.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.again = self._button("same_seed")
        self.other = self._button("new_seed")

    def _make_tariff(self) -> None:
        self.size_pct = PercentBox()
        self.size_pct.setDecimals(1)
        self.size_pct.setRange(TARIFF_PCT[0], TARIFF_PCT[2])
        self.size_pct.setValue(TARIFF_PCT[1])
        self.size_pct.setSingleStep(0.5)
        self.size_pct.setSuffix(" %")
        self.size_pct.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.announce = QPushButton()
        self.announce.setObjectName("announce")
        self.announce.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.moment = QPushButton()
        self.moment.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.plans = QMenu(self)
        for name in PLANS:
            self.plans.addAction(self._actions[name])
        self.plans.setToolTipsVisible(True)
        self.moment.setMenu(self.plans)

    def _button(self, name: str) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(self._actions[name])
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAutoRepeat(name in ("step", "step_back"))
        return button

    def _lay_out(self) -> None:
        title = QVBoxLayout()
        title.addWidget(self.name)
        title.addWidget(self.contents)
        clock = QVBoxLayout()
        clock.addWidget(self.time)
        clock.addWidget(self.since)
        clock.addWidget(self._room_for_since)
        for column in (title, clock):
            column.setSpacing(0)
        self._row = QHBoxLayout(self)
        self._row.addLayout(title)
        self._row.addStretch(1)
        for button in self.buttons.values():
            self._row.addWidget(button)
        self._row.addSpacing(1)
        self._row.addLayout(clock)
        self._row.addSpacing(1)
        self._row.addWidget(self.speed)
        self._row.addSpacing(1)
        for widget in (self.seed_label, self.seed, self.again, self.other):
            self._row.addWidget(widget)
        self._row.addStretch(1)
        self._row.addWidget(self.size_pct)
        self._row.addWidget(self.announce)
        self._row.addWidget(self.moment)

    def _measure(self) -> None:
        """Take up the font's size: fixed widths where changing numbers would make things jump."""
        unit = theme.unit
        self._row.setContentsMargins(unit(14), unit(7), unit(14), unit(7))
        self._row.setSpacing(unit(5))
        for i in range(self._row.count()):
            item = self._row.itemAt(i)
            spacer = item.spacerItem() if item is not None else None
            if spacer is not None and spacer.sizeHint().width():
                spacer.changeSize(unit(10), 0)
        self._row.invalidate()
        icons = QSize(unit(17), unit(17))
        for button in (*self.buttons.values(), self.again, self.other):
            button.setIconSize(icons)
        self.time.ensurePolished()
        self.time.setMinimumWidth(
            max(map(self.time.fontMetrics().horizontalAdvance, WIDEST_TIMES)) + unit(2)
        )
        self._widen_since()
        digits = self.size_pct.fontMetrics().horizontalAdvance("−30.0 %")
        self.size_pct.setFixedWidth(digits + unit(34))
        self.seed.setFixedWidth(self.seed.fontMetrics().horizontalAdvance("0" * 7) + unit(16))
        self._fold()

    def _fold(self) -> None:
        """Leave out what the menus have too where not everything fits."""
        groups: list[list[QWidget]] = [
            [self.seed_label],
            [self._room_for_since],
            [self.buttons["to_start"], self.buttons["to_end"]],
            [self.again, self.other],
            [self.moment],
            [self.speed],
        ]
        fold(self._row, groups, self.width() - theme.unit(TITLE_UNITS))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    def _widen_since(self) -> None:
        """Keep room for a time of hours and minutes, lest the buttons beside it move in play."""
        longest = tr("UTC · {time} before the shock").format(time=_hours_and_minutes(88 * 3_900))
        self.since.ensurePolished()
        width = self.since.fontMetrics().horizontalAdvance(longest)
        self._room_for_since.setFixedSize(width, 0)

    def translate(self) -> None:
        for i, speed in enumerate(SPEEDS):
            name = tr("as computed") if speed == AS_COMPUTED else f"×{speed:,.0f}"
            self.speed.setItemText(i, name)
        self.speed.setToolTip(tr("How many times faster than in the world; or as fast as computed"))
        self.speed.setAccessibleName(tr("Speed"))
        self.seed_label.setText(tr("Seed"))
        self.seed.setToolTip(
            tr("Starting point of all random numbers; the same seed, the same run")
        )
        self.seed.setAccessibleName(tr("Seed"))
        self.size_pct.setToolTip(tr("Lasting change of Bitcoin's value that a tariff brings"))
        self.size_pct.setAccessibleName(tr("Size of the tariff shock"))
        self.announce.setText(tr("Announce a tariff"))
        self.announce.setToolTip(self._actions["announce"].toolTip())
        self.moment.setText(tr("At this moment…"))
        self.moment.setToolTip(
            tr("Plan something at the cursor: news, money for a fund, a halt, a rule, a trade")
        )
        self.time.setToolTip(tr("Date and time in the scenario, UTC"))
        self._shown_clock = None
        self._show_scenario(self._document.scenario)
        self._show_speed()
        self._show_clock()
        self._widen_since()
        self._fold()

    # ---------------------------------------------------------------- showing

    def _show_scenario(self, scenario: Scenario) -> None:
        self._show_title()
        self.contents.set_text(
            tr(
                "{accounts} accounts · {assets} assets · {venues} venues",
                accounts=show.count(scenario.crowd.accounts),
                assets=len(scenario.assets),
                venues=len(scenario.venues),
            ),
            tr("{accounts} accounts", accounts=show.count(scenario.crowd.accounts)),
        )
        if not self.seed.hasFocus() or not self.seed.isModified():
            self.seed.setText(str(scenario.seed))
            self.seed.setCursorPosition(0)
        self._shown_clock = None
        self._show_clock()

    def _show_title(self) -> None:
        self.name.set_text(as_shipped(self._document.scenario.name))

    def _show_speed(self) -> None:
        self.speed.setCurrentIndex(SPEEDS.index(self._player.speed))

    def _show_clock(self) -> None:
        """Write date, time and minutes since the shock; nothing if a second hasn't passed."""
        run = self._player.run
        scenario = run.scenario if run is not None else self._document.scenario
        time_s = math.floor(self._player.time_s + 1e-6)
        if self._shown_clock == (time_s, scenario.clock.start):
            return
        self._shown_clock = (time_s, scenario.clock.start)
        start = scenario.clock.start_datetime()
        self.time.setText(f"{show.date(start, time_s)} {show.clock(start, time_s)}")
        shocks_s = [shock.at_min * MINUTE_S for shock in scenario.shocks]
        if not shocks_s:
            self.since.set_text(tr("UTC · no shock yet"))
            return
        past_s = [shock_s for shock_s in shocks_s if shock_s <= time_s]
        since_s = time_s - (max(past_s) if past_s else min(shocks_s))
        time = _hours_and_minutes(abs(since_s))
        if since_s >= 0:
            texts = tr("UTC · {time} after the shock"), tr("{time} after the shock")
        else:
            texts = tr("UTC · {time} before the shock"), tr("{time} before the shock")
        self.since.set_text(*(text.format(time=time) for text in texts))

    # ---------------------------------------------------------------- doing

    def _speed_chosen(self, index: int) -> None:
        self._player.set_speed(SPEEDS[index])

    def change_speed(self, steps: int) -> None:
        """Take the next speed up or down."""
        at = SPEEDS.index(self._player.speed) + steps
        self._player.set_speed(SPEEDS[min(max(at, 0), len(SPEEDS) - 1)])

    def _seed_typed(self) -> None:
        text = self.seed.text()
        self.seed.setModified(False)
        if not text:
            self.seed.setText(str(self._document.scenario.seed))
            return
        try:
            self.use_seed(int(text))
        except ScenarioError as error:
            self.seed.setText(str(self._document.scenario.seed))
            self.refused.emit(in_plain_words(error))

    def use_seed(self, seed: int) -> None:
        """Change the seed, as one step that can be undone."""
        self._document.change(tr("Change the seed"), "seed", seed)

    def play_again(self) -> None:
        """Go back to shortly before the first shock and play, with the same random numbers."""
        run = self._runner.run
        if run is None or (not run.complete and not self._runner.computing):
            self._runner.start(self._document.scenario)
        self._rewind()
        self._player.play()

    def play_with_new_seed(self) -> None:
        """Go back to shortly before the first shock and play, with other random numbers."""
        self._rewind()
        self.use_seed(random.randrange(1, LARGEST_NEW_SEED))
        self._player.play()

    def _rewind(self) -> None:
        self._player.pause()
        shocks_s = [shock.at_min * MINUTE_S for shock in self._document.scenario.shocks]
        self._player.seek(max(0.0, min(shocks_s, default=0.0) - LEAD_IN_S))

    def announce_at_cursor(self) -> None:
        """Announce a tariff, and say what that means, or why it can't be done."""
        try:
            self.announce_tariff()
        except ScenarioError as error:
            self.refused.emit(in_plain_words(error))
            return
        shock = self._document.scenario.shocks[-1]
        start = self._document.scenario.clock.start_datetime()
        self.announced.emit(
            tr(
                "A tariff breaks at {moment} UTC and moves Bitcoin's value by {size}, others' by "
                "more. Everything from there on is computed anew; undo takes it back.",
                size=show.pct(shock.size_pct),
                moment=show.date_clock(start, shock.at_min * 60),
            )
        )

    def announce_tariff(self) -> None:
        """Add a shock at the cursor's moment.

        Raises
        ------
        engine.scenario_file.ScenarioError
            If the cursor is at the very end, or there are too many shocks already.
        """
        scenario, size_pct = self._document.scenario, self.size_pct.value()
        time_s = self._player.moment_s
        if time_s >= scenario.clock.duration_min * MINUTE_S:
            raise ScenarioError(
                tr("A tariff can't be announced at the very end. Move the cursor back first.")
            )
        shock = Shock(name=MY_TARIFF, at_min=round(time_s) / 60, size_pct=size_pct)
        text = tr("Announce a tariff of {size}", size=show.pct(size_pct))
        self._document.edit(text, scenario.model_copy(update={"shocks": (*scenario.shocks, shock)}))


def _hours_and_minutes(seconds: float) -> str:
    hours, minutes = divmod(int(seconds // 60), 60)
    if hours:
        return tr("{hours} h {minutes} min", hours=hours, minutes=f"{minutes:02d}")
    return tr("{minutes} min", minutes=minutes)
