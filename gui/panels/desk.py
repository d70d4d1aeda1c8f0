"""My desk: positions of the person at the screen, and what has become of them at the cursor."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from engine.scenario import Position, Scenario
from engine.scenario_file import ScenarioError
from gui import format as fmt
from gui.document import Document
from gui.i18n import language, tr
from gui.panels import desk_standing as standings
from gui.panels.desk_form import DeskForm
from gui.panels.desk_standing import Standing, standing
from gui.panels.refusal import in_plain_words
from gui.player import Player
from gui.sentences import my_position, sentence
from gui.theme import theme

RENEW_EVERY_MS = 66
"""While the cursor plays, numbers change this often: faster can't be read."""


def value_names() -> tuple[str, ...]:
    """Return what the numbers of a card are called, in their order."""
    return (
        tr("Entry price"),
        tr("Mark price"),
        tr("Liquidation price"),
        tr("Bankruptcy price"),
        tr("Margin left"),
    )


class PositionCard(QFrame):
    """One position: what was ordered, how it stands, what happened to it, and what can be done.

    Signals
    -------
    close_wanted(index), remove_wanted(index)
        The person pressed a button.
    """

    close_wanted = Signal(int)
    remove_wanted = Signal(int)

    def __init__(self, index: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.index = index
        self.side = "long"
        self.setProperty("role", "card")
        self.title, self.pnl, self.order = QLabel(self), QLabel(self), QLabel(self)
        self.state, self.story = QLabel(self), QLabel(self)
        self.title.setProperty("role", "heading")
        self.order.setProperty("role", "muted")
        self.pnl.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.state.setWordWrap(True)
        self.story.setWordWrap(True)
        self.story.setProperty("role", "muted")
        self.names = [QLabel(self) for _ in value_names()]
        self.values = [QLabel(self) for _ in self.names]
        self.close_button, self.remove_button = QPushButton(self), QPushButton(self)
        self.close_button.clicked.connect(self._close)
        self.remove_button.clicked.connect(self._remove)
        self._lay_out()

    def _lay_out(self) -> None:
        top, buttons, self.grid = QHBoxLayout(), QHBoxLayout(), QGridLayout()
        top.addWidget(self.title, 1)
        top.addWidget(self.pnl)
        for row, (name, value) in enumerate(zip(self.names, self.values, strict=True)):
            name.setProperty("role", "muted")
            value.setAlignment(Qt.AlignmentFlag.AlignRight)
            self.grid.addWidget(name, row, 0)
            self.grid.addWidget(value, row, 1)
        self.grid.setColumnStretch(1, 1)
        buttons.addWidget(self.close_button, 1)
        buttons.addWidget(self.remove_button)
        self.column = QVBoxLayout(self)
        self.column.addLayout(top)
        self.column.addWidget(self.order)
        self.column.addLayout(self.grid)
        self.column.addWidget(self.state)
        self.column.addWidget(self.story)
        self.column.addLayout(buttons)

    def restyle(self) -> None:
        unit = theme.unit
        self.column.setContentsMargins(unit(12), unit(8), unit(8), unit(8))
        self.column.setSpacing(unit(4))
        self.grid.setVerticalSpacing(unit(2))
        # A card is as bright as a button usually is.
        color = theme.color("hover").name()
        for button in (self.close_button, self.remove_button):
            button.setStyleSheet(f"QPushButton:enabled:!hover {{ background: {color}; }}")
        self.update()

    def retranslate(self) -> None:
        for label, name in zip(self.names, value_names(), strict=True):
            label.setText(name)
        self.close_button.setText(tr("Close at the cursor"))
        self.remove_button.setText(tr("Remove"))
        self.remove_button.setToolTip(tr("As if it had never been opened"))

    def show_standing(self, position: Position, now: Standing, scenario: Scenario) -> None:
        """Show the position as it stands at the cursor."""
        self.side = position.side
        _set(self.title, f"{_side(position)} {position.asset} · {position.venue}")
        _set(
            self.order,
            tr(
                "{notional} USD at {leverage} leverage",
                notional=fmt.usd_full(position.notional_usd),
                leverage=fmt.leverage(position.leverage),
            ),
        )
        known = math.isfinite(now.pnl_usd)
        gain = now.pnl_usd >= 0 if known else True
        color = theme.color("gain" if gain else "loss") if known else theme.color("faint")
        _set(self.pnl, fmt.dollars(now.pnl_usd, signed=True) if known else fmt.MISSING)
        _color(self.pnl, color, bold=True)
        left = fmt.dollars(now.equity_usd) if math.isfinite(now.equity_usd) else ""
        prices = (now.entry_usd, now.mark_usd, now.liquidation_usd, now.bankruptcy_usd)
        texts = [*map(_price, prices), left]
        for name, label, text in zip(self.names, self.values, texts, strict=True):
            _set(label, text)
            if label.isHidden() == bool(text):
                for part in (name, label):
                    part.setVisible(bool(text))
        _set(self.state, _state_text(position, now, scenario))
        bad = now.state in (standings.LIQUIDATED, standings.ADL_CUT, standings.ADL_CLOSED)
        _color(self.state, theme.color("danger" if bad else "text"), bold=bad)
        self._tell(now, scenario)
        self.close_button.setEnabled(now.state in (standings.OPEN, standings.ADL_CUT))
        self.setAccessibleName(my_position(position))
        self.setAccessibleDescription(f"{self.state.text()} {self.pnl.text()}")

    def _tell(self, now: Standing, scenario: Scenario) -> None:
        start = scenario.clock.start_datetime()
        told = [
            f"{fmt.clock(start, event.time_s)} {sentence(event, scenario)}"
            for event in now.events
            if event.kind != "desk_opened"
        ]
        _set(self.story, "\n".join(told))
        if self.story.isHidden() == bool(told):
            self.story.setVisible(bool(told))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        edge = theme.unit(3)
        painter = QPainter(self)
        painter.fillRect(0, edge * 2, edge, self.height() - edge * 4, theme.color(self.side))

    def _close(self) -> None:
        self.close_wanted.emit(self.index)

    def _remove(self) -> None:
        self.remove_wanted.emit(self.index)


class DeskPanel(QScrollArea):
    """The form, the desk's total, and a card for each position."""

    def __init__(self, document: Document, player: Player, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.player = player
        self.cards: list[PositionCard] = []
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.body = QWidget()
        self.heading, self.total = QLabel(self.body), QLabel(self.body)
        self.heading.setProperty("role", "heading")
        self.equity = QLabel(self.body)
        self.equity.setProperty("role", "muted")
        self.equity.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.total.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.empty, self.message = QLabel(self.body), QLabel(self.body)
        self.empty.setProperty("role", "muted")
        self.message.setProperty("role", "danger")
        for label in (self.empty, self.message):
            label.setWordWrap(True)
        self.message.hide()
        self.form = DeskForm(document, player, self.body)
        top = QHBoxLayout()
        top.addWidget(self.heading)
        top.addWidget(self.total, 1)
        self.column = QVBoxLayout(self.body)
        self.column.addLayout(top)
        for widget in (self.equity, self.form, self.message, self.empty):
            self.column.addWidget(widget)
        self.column.addStretch(1)
        self.setWidget(self.body)
        self._renew_timer = QTimer(self)
        self._renew_timer.setSingleShot(True)
        self._renew_timer.setInterval(RENEW_EVERY_MS)
        self._renew_timer.timeout.connect(self.renew)

        document.changed.connect(self._show)
        player.run_changed.connect(self._show_run)
        player.moved.connect(self._moved)
        theme.changed.connect(self._restyle)
        language.language_changed.connect(self._retranslate)
        self._show(document.scenario)
        self._restyle()
        self._retranslate()

    # ---------------------------------------------------------------- what is shown

    def _show(self, scenario: Scenario) -> None:
        """Show the desk of a scenario; cards are kept while their number stays."""
        while len(self.cards) > len(scenario.desk):
            card = self.cards.pop()
            self.column.removeWidget(card)
            card.hide()
            card.deleteLater()
        while len(self.cards) < len(scenario.desk):
            card = PositionCard(len(self.cards), self.body)
            card.close_wanted.connect(self._close_position)
            card.remove_wanted.connect(self._remove_position)
            card.restyle()
            card.retranslate()
            self.cards.append(card)
            self.column.insertWidget(self.column.count() - 1, card)
        self.empty.setVisible(not scenario.desk)
        self.message.hide()
        self.form.show_scenario(scenario)
        self.renew()

    def renew(self) -> None:
        """Show everything as it stands at the cursor."""
        run, time_s, step = self.player.run, self.player.time_s, self.player.step
        scenario = self.document.scenario
        equity, pnl = 0.0, 0.0
        for card, position in zip(self.cards, scenario.desk, strict=True):
            now = standing(run, position, card.index, time_s, step)
            card.show_standing(position, now, scenario)
            equity += now.equity_usd if math.isfinite(now.equity_usd) else 0.0
            pnl += now.pnl_usd if math.isfinite(now.pnl_usd) else 0.0
        self.total.setVisible(bool(self.cards))
        _set(self.total, fmt.dollars(pnl, signed=True))
        _color(self.total, theme.color("gain" if pnl >= 0 else "loss"), bold=True)
        self.total.setToolTip(tr("Gain or loss of all positions"))
        self.equity.setVisible(equity > 0)
        _set(self.equity, tr("{equity} of equity in open positions", equity=fmt.dollars(equity)))
        self.form.renew_outcome()

    def _show_run(self, _run: object) -> None:
        self.renew()

    def _moved(self) -> None:
        if not self.player.playing:
            self.renew()
        elif not self._renew_timer.isActive():
            self._renew_timer.start()

    def _retranslate(self) -> None:
        self.setAccessibleName(tr("My desk"))
        self.heading.setText(tr("My desk"))
        self.empty.setText(
            tr("No position yet. Open one before the storm and see what becomes of it.")
        )
        self.form.retranslate()
        for card in self.cards:
            card.retranslate()
        self.renew()

    def _restyle(self) -> None:
        margin = theme.unit(10)
        self.column.setContentsMargins(margin, margin, margin, margin)
        self.column.setSpacing(theme.unit(8))
        self.form.restyle()
        for card in self.cards:
            card.restyle()
        self.renew()

    # ---------------------------------------------------------------- what is done

    def _close_position(self, index: int) -> None:
        position = self.document.scenario.desk[index]
        closed = position.model_copy(update={"close_min": round(self.player.time_s) / 60.0})
        desk = list(self.document.scenario.desk)
        desk[index] = closed
        self._edit(tr("Close: {position}", position=my_position(position)), desk)

    def _remove_position(self, index: int) -> None:
        desk = list(self.document.scenario.desk)
        position = desk.pop(index)
        self._edit(tr("Remove: {position}", position=my_position(position)), desk)

    def _edit(self, text: str, desk: list[Position]) -> None:
        changed = self.document.scenario.model_copy(update={"desk": tuple(desk)})
        try:
            self.document.edit(text, changed)
        except ScenarioError as error:
            self.message.setText(in_plain_words(error))
            self.message.show()


def _set(label: QLabel, text: str) -> None:
    if label.text() != text:
        label.setText(text)


def _color(label: QLabel, color: QColor, *, bold: bool) -> None:
    style = f"color: {color.name()};" + (" font-weight: 600;" if bold else "")
    if label.styleSheet() != style:
        label.setStyleSheet(style)


def _price(value: float) -> str:
    return fmt.price(value) if 0 < value < math.inf else ""


def _side(position: Position) -> str:
    return tr("Long") if position.side == "long" else tr("Short")


def _state_text(position: Position, now: Standing, scenario: Scenario) -> str:
    """Return what state a position is in."""
    start = scenario.clock.start_datetime()
    texts = {
        standings.NOT_COMPUTED: tr("Being computed …"),
        standings.WAITING: tr(
            "Opens at {time} UTC",
            time=fmt.date_clock(start, position.open_min * 60.0, seconds=True),
        ),
        standings.OPEN: tr("Open"),
        standings.CLOSED: tr("Closed"),
        standings.LIQUIDATED: tr("Liquidated"),
        standings.ADL_CUT: tr("Open, cut by ADL"),
        standings.ADL_CLOSED: tr("Closed by ADL"),
    }
    text = texts[now.state]
    if now.state in (standings.OPEN, standings.ADL_CUT) and position.close_min is not None:
        close = fmt.date_clock(start, position.close_min * 60.0, seconds=True)
        text += " · " + tr("closes at {time} UTC", time=close)
    return text
