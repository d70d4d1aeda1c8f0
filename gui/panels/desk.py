"""My desk: positions of the person at the screen, and what has become of them at the cursor."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from engine.scenario import Position, Scenario
from engine.scenario_file import ScenarioError
from gui import format as fmt
from gui.desk_sentences import my_position
from gui.document import Document
from gui.i18n import language, tr
from gui.panels.change_form import changed_at
from gui.panels.desk_curve import DeskCurve
from gui.panels.desk_form import DeskForm, about_luck
from gui.panels.desk_standing import standing
from gui.panels.position_card import PositionCard, set_color, set_text
from gui.panels.refusal import in_plain_words
from gui.player import Player
from gui.theme import theme
from gui.timers import once_after

RENEW_EVERY_MS = 66
"""While the cursor plays, numbers change this often: faster can't be read."""


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
        for label, role in ((self.empty, "muted"), (self.message, "danger")):
            label.setProperty("role", role)
            label.setWordWrap(True)
        self.message.hide()
        self.form = DeskForm(document, player, self.body)
        top = QHBoxLayout()
        top.addWidget(self.heading)
        top.addWidget(self.total, 1)
        self.column = QVBoxLayout(self.body)
        self.column.addLayout(top)
        self.curve = DeskCurve(player, self.body)
        # What comes and goes stands below the form, so that no button slips from under the mouse.
        for widget in (self.form, self.message, self.empty, self.equity, self.curve):
            self.column.addWidget(widget)
        self.column.addStretch(1)
        self.setWidget(self.body)
        self._renew_timer = once_after(RENEW_EVERY_MS, self.renew, self)

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
            card.change_wanted.connect(self._change_position)
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
        pnl = 0.0
        equity: dict[str | int, float] = {}
        for card, position in zip(self.cards, scenario.desk, strict=True):
            now = standing(run, position, card.index, time_s, step)
            card.show_standing(position, now, scenario)
            if math.isfinite(now.equity_usd):  # on cross margin, that of all at the venue
                equity[position.venue if position.margin == "cross" else card.index] = (
                    now.equity_usd
                )
            pnl += now.pnl_usd if math.isfinite(now.pnl_usd) else 0.0
        self.total.setVisible(bool(self.cards))
        set_text(self.total, fmt.dollars(pnl, signed=True))
        tone = "gain" if pnl > 0 else "loss" if pnl < 0 else "text"
        set_color(self.total, theme.color(tone), bold=True)
        self.total.setToolTip(f"{tr('Gain or loss of all positions')}\n{about_luck()}")
        total = sum(equity.values())
        self.equity.setVisible(total > 0)
        set_text(self.equity, tr("{equity} of equity in open positions", equity=fmt.dollars(total)))
        self.curve.renew()
        self.form.renew_outcome()

    def _show_run(self, _run: object) -> None:
        if len(self.cards) == len(self.document.scenario.desk):  # else they are made in a moment
            self.renew()

    def _moved(self) -> None:
        if not self.player.playing:
            self.renew()
        elif not self._renew_timer.isActive():
            self._renew_timer.start()

    def _retranslate(self) -> None:
        self.setAccessibleName(tr("My desk"))
        self.heading.setText(tr("My desk"))
        self.heading.setToolTip(about_luck())
        self.empty.setText(
            "\n\n".join(
                (
                    tr("No position yet. Open one before the storm and see what becomes of it."),
                    about_luck(),
                )
            )
        )
        self.form.retranslate()
        self.curve.retranslate()
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
        close_min = self._cursor_min()
        earlier = tuple(change for change in position.changes if change.at_min < close_min)
        closed = position.model_copy(update={"close_min": close_min, "changes": earlier})
        desk = list(self.document.scenario.desk)
        desk[index] = closed
        self._edit(tr("Close: {position}", position=my_position(position)), desk)

    def _change_position(self, index: int, notional_usd: float | None, usd: float) -> None:
        position = self.document.scenario.desk[index]
        desk = list(self.document.scenario.desk)
        desk[index] = changed_at(position, self._cursor_min(), notional_usd, usd)
        name = tr("Change: {position}", position=my_position(position))
        card = self.cards[index]
        if refusal := self._refused(name, desk):
            card.change_form.refuse(refusal)
        else:
            card.end_change()

    def _cursor_min(self) -> float:
        return round(self.player.time_s) / 60.0

    def _remove_position(self, index: int) -> None:
        desk = list(self.document.scenario.desk)
        position = desk.pop(index)
        self._edit(tr("Remove: {position}", position=my_position(position)), desk)

    def _edit(self, text: str, desk: list[Position]) -> None:
        if refusal := self._refused(text, desk):
            self.message.setText(refusal)
            self.message.show()

    def _refused(self, text: str, desk: list[Position]) -> str:
        """Take over another desk as one step; return why it is refused, if it is."""
        changed = self.document.scenario.model_copy(update={"desk": tuple(desk)})
        try:
            self.document.edit(text, changed)
        except ScenarioError as error:
            return in_plain_words(error)
        return ""
