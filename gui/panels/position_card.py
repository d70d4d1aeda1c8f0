"""One position of the desk: what was ordered, how it stands, and what can be done about it."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engine.scenario import Position, Scenario
from gui import format as fmt
from gui.desk_sentences import my_position
from gui.i18n import as_shipped, tr
from gui.panels import desk_standing as standings
from gui.panels.change_form import ChangeForm
from gui.panels.desk_standing import Standing
from gui.sentences import sentence
from gui.theme import theme


def value_names() -> tuple[str, ...]:
    """Return what the numbers of a card are called, in their order."""
    return (
        tr("Entry price"),
        tr("Mark price"),
        tr("Liquidation price"),
        tr("Bankruptcy price"),
        tr("Margin ratio"),
        tr("ADL queue"),
        tr("Margin left"),
    )


def value_hints() -> dict[str, str]:
    """Return what the less known numbers mean, by their names."""
    return {
        tr("Margin ratio"): tr("Maintenance margin ÷ equity; at 100 % the account is liquidated"),
        tr("ADL queue"): tr(
            "How far in front the position stands among those who gain on its side of the market: "
            "five lights are closed first, none isn't in the queue"
        ),
    }


class PositionCard(QFrame):
    """One position: what was ordered, how it stands, what happened to it, and what can be done.

    Signals
    -------
    close_wanted(index), remove_wanted(index)
        The person pressed a button.
    change_wanted(index, notional_usd, collateral_usd)
        The person filled in the form; None for a size that stays.
    """

    close_wanted = Signal(int)
    change_wanted = Signal(int, object, float)
    remove_wanted = Signal(int)

    def __init__(self, index: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.index = index
        self.position: Position | None = None
        self.setProperty("role", "card")
        self.title, self.pnl, self.order = QLabel(self), QLabel(self), QLabel(self)
        self.state, self.story = QLabel(self), QLabel(self)
        self.title.setProperty("role", "heading")
        self.order.setProperty("role", "muted")
        self.pnl.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.order.setWordWrap(True)
        self.state.setWordWrap(True)
        self.story.setWordWrap(True)
        self.story.setProperty("role", "muted")
        self.names = [QLabel(self) for _ in value_names()]
        self.values = [QLabel(self) for _ in self.names]
        self.close_button, self.remove_button = QPushButton(self), QPushButton(self)
        self.change_button = QPushButton(self)
        self.change_form = ChangeForm(self)
        self.change_form.hide()
        self.close_button.clicked.connect(self._close)
        self.remove_button.clicked.connect(self._remove)
        self.change_button.clicked.connect(self._begin_change)
        self.change_form.wanted.connect(self._change)
        self.change_form.dismissed.connect(self.end_change)
        self._lay_out()

    def _lay_out(self) -> None:
        top, self.grid = QHBoxLayout(), QGridLayout()
        self.buttons = QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(self.pnl)
        for row, (name, value) in enumerate(zip(self.names, self.values, strict=True)):
            name.setProperty("role", "muted")
            value.setAlignment(Qt.AlignmentFlag.AlignRight)
            self.grid.addWidget(name, row, 0)
            self.grid.addWidget(value, row, 1)
        self.grid.setColumnStretch(1, 1)
        for button in (self.close_button, self.change_button, self.remove_button):
            self.buttons.addWidget(button, 1)
        self.column = QVBoxLayout(self)
        self.column.addLayout(top)
        self.column.addWidget(self.order)
        self.column.addLayout(self.grid)
        self.column.addWidget(self.state)
        self.column.addWidget(self.story)
        self.column.addLayout(self.buttons)
        self.column.addWidget(self.change_form)

    def restyle(self) -> None:
        unit = theme.unit
        self.column.setContentsMargins(unit(12), unit(8), unit(8), unit(8))
        self.column.setSpacing(unit(4))
        self.grid.setVerticalSpacing(unit(2))
        # A card is as bright as a button usually is.
        color = theme.color("hover").name()
        for button in (self.close_button, self.change_button, self.remove_button):
            button.setStyleSheet(
                f"QPushButton {{ padding: {unit(4)}px {unit(6)}px; }}"
                f"QPushButton:enabled:!hover {{ background: {color}; }}"
            )
        self.buttons.setSpacing(unit(4))
        self.change_form.restyle()
        self.update()

    def retranslate(self) -> None:
        hints = value_hints()
        for label, value, name in zip(self.names, self.values, value_names(), strict=True):
            label.setText(name)
            hint = hints.get(name, "")
            label.setToolTip(hint)
            value.setToolTip(hint)
        self.close_button.setText(tr("Close it"))
        self.close_button.setToolTip(tr("Close the position at the cursor"))
        self.change_button.setText(tr("Change…"))
        self.change_button.setToolTip(tr("Another size or more collateral, at the cursor"))
        self.change_form.retranslate()
        self.remove_button.setText(tr("Remove"))
        self.remove_button.setToolTip(tr("As if it had never been opened"))

    def show_standing(self, position: Position, now: Standing, scenario: Scenario) -> None:
        """Show the position as it stands at the cursor."""
        self.position = position
        asset, venue = as_shipped(position.asset), as_shipped(position.venue)
        set_text(self.title, f"{_side(position)} {asset} · {venue}")
        set_text(self.order, _order(position))
        is_spot = position.kind == "spot"
        set_text(self.names[1], tr("Last price") if is_spot else tr("Mark price"))
        set_text(self.names[-1], tr("Worth") if is_spot else tr("Margin left"))
        known = math.isfinite(now.pnl_usd)
        gain = now.pnl_usd >= 0 if known else True
        color = theme.color("gain" if gain else "loss") if known else theme.color("faint")
        set_text(self.pnl, fmt.dollars(now.pnl_usd, signed=True) if known else fmt.MISSING)
        set_color(self.pnl, color, bold=True)
        left = fmt.dollars(now.equity_usd) if math.isfinite(now.equity_usd) else ""
        prices = (now.entry_usd, now.mark_usd, now.liquidation_usd, now.bankruptcy_usd)
        ratio = fmt.percent(now.margin_ratio) if math.isfinite(now.margin_ratio) else ""
        texts = [*map(_price, prices), ratio, _lights(now.adl_lights), left]
        for name, label, text in zip(self.names, self.values, texts, strict=True):
            set_text(label, text)
            if label.isHidden() == bool(text):
                for part in (name, label):
                    part.setVisible(bool(text))
        set_text(self.state, _state_text(position, now, scenario))
        bad = now.state in (
            standings.LIQUIDATED,
            standings.CUT,
            standings.ADL_CUT,
            standings.ADL_CLOSED,
        )
        set_color(self.state, theme.color("danger" if bad else "text"), bold=bad)
        self._tell(now, scenario)
        for button in (self.close_button, self.change_button):
            button.setEnabled(now.state in standings.STILL_OPEN)
        self.setAccessibleName(my_position(position))
        self.setAccessibleDescription(f"{self.state.text()} {self.pnl.text()}")

    def _tell(self, now: Standing, scenario: Scenario) -> None:
        start = scenario.clock.start_datetime()
        told = [
            f"{fmt.clock(start, event.time_s)} {sentence(event, scenario)}"
            for event in now.events
            if event.kind != "desk_opened"
        ]
        set_text(self.story, "\n".join(told))
        if self.story.isHidden() == bool(told):
            self.story.setVisible(bool(told))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        edge = theme.unit(3)
        side = self.position.side if self.position is not None else "long"
        painter = QPainter(self)
        painter.fillRect(0, edge * 2, edge, self.height() - edge * 4, theme.color(side))

    def _close(self) -> None:
        self.close_wanted.emit(self.index)

    def _remove(self) -> None:
        self.remove_wanted.emit(self.index)

    def _begin_change(self) -> None:
        if self.position is not None:
            self.change_form.begin(self.position)

    def end_change(self) -> None:
        """Ask no longer."""
        self.change_form.hide()

    def _change(self, notional_usd: float | None, collateral_usd: float) -> None:
        self.change_wanted.emit(self.index, notional_usd, collateral_usd)


def set_text(label: QLabel, text: str) -> None:
    """Write what isn't written there already: a label that is told the same is laid out anew."""
    if label.text() != text:
        label.setText(text)


def set_color(label: QLabel, color: QColor, *, bold: bool) -> None:
    """Colour a text, unless it is so already."""
    style = f"color: {color.name()};" + (" font-weight: 600;" if bold else "")
    if label.styleSheet() != style:
        label.setStyleSheet(style)


def _price(value: float) -> str:
    return fmt.price(value) if 0 < value < math.inf else ""


def _lights(lit: int | None) -> str:
    """Return the lights a venue shows: ``●●●○○``; empty without a queue."""
    return "" if lit is None else "●" * lit + "○" * (standings.LIGHTS - lit)


def _side(position: Position) -> str:
    if position.kind == "spot":
        return tr("Coins")
    return tr("Long") if position.side == "long" else tr("Short")


def _order(position: Position) -> str:
    """Return what was ordered: size, leverage, and whose collateral it is."""
    notional = fmt.usd_full(position.notional_usd)
    if position.kind == "spot":
        return tr("{notional} USD, paid in full", notional=notional)
    text = tr(
        "{notional} USD at {leverage} leverage",
        notional=notional,
        leverage=fmt.leverage(position.leverage),
    )
    return tr("{order}, cross", order=text) if position.margin == "cross" else text


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
        standings.CUT: tr("Open, cut by liquidation"),
        standings.ADL_CUT: tr("Open, cut by ADL"),
        standings.ADL_CLOSED: tr("Closed by ADL"),
    }
    text = texts[now.state]
    if now.state not in standings.STILL_OPEN:
        return text
    for change in position.changes:
        if change.at_min * 60.0 >= now.time_s:
            time = fmt.date_clock(start, change.at_min * 60.0, seconds=True)
            text += " · " + tr("changes at {time} UTC", time=time)
    if position.close_min is not None:
        close = fmt.date_clock(start, position.close_min * 60.0, seconds=True)
        text += " · " + tr("closes at {time} UTC", time=close)
    return text
