"""The form that opens a position at the cursor, and says beforehand where it would end."""

from __future__ import annotations

import math

from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from engine.margin import position_prices_usd
from engine.scenario import Asset, Position, Scenario
from engine.scenario_file import ScenarioError
from gui import format as fmt
from gui.desk_sentences import my_position
from gui.document import Document
from gui.i18n import as_shipped, tr
from gui.panels.desk_standing import last_price_usd
from gui.panels.fields import NumberField
from gui.panels.inputs import Combo
from gui.panels.refusal import in_plain_words
from gui.panels.setting import Setting, setting_at
from gui.player import Player
from gui.theme import theme


class ChoiceCombo(Combo):
    """A choice that isn't in the scenario yet, without a label."""

    def __init__(self, path: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setting: Setting = setting_at(path)
        self.setProperty("setting", path)
        for value in self.setting.choices:
            self.addItem("", value)
        self.setCurrentIndex(self.findData(self.setting.default))

    def retranslate(self) -> None:
        for i, text in enumerate(self.setting.choices.values()):
            self.setItemText(i, tr(text))
        self.setToolTip(self.setting.hint())
        self.setAccessibleName(tr(self.setting.label))
        self.setAccessibleDescription(self.setting.hint())


class DeskForm(QWidget):
    """Asset, venue, kind, margin, side, notional and leverage of the next position."""

    def __init__(self, document: Document, player: Player, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.player = player
        self.asset, self.venue = Combo(self), Combo(self)
        self.kind, self.margin = (
            ChoiceCombo("desk.0.kind", self),
            ChoiceCombo("desk.0.margin", self),
        )
        self.long, self.short = QPushButton(self), QPushButton(self)
        self.side = QButtonGroup(self)
        for button in (self.long, self.short):
            button.setCheckable(True)
            self.side.addButton(button)
        self.long.setChecked(True)
        self.notional = NumberField("desk.0.notional_usd", self)
        self.leverage = NumberField("desk.0.leverage", self)
        self.outcome = QLabel(self)
        self.outcome.setProperty("role", "muted")
        self.message = QLabel(self)
        self.message.setProperty("role", "danger")
        self.open = QPushButton(self)
        self.open.setProperty("role", "primary")
        self.pair, self.other_leg = QPushButton(self), Combo(self)
        for label in (self.outcome, self.message):
            label.setWordWrap(True)
        self.message.hide()
        self._lay_out()
        for combo in (self.asset, self.venue, self.kind, self.margin):
            combo.activated.connect(self.renew)
        self.side.buttonClicked.connect(self.renew)
        for field in (self.notional, self.leverage):
            field.changed.connect(self.renew)
            field.refused.connect(self._refuse)
        self.open.clicked.connect(self.open_position)
        self.pair.clicked.connect(self.open_pair)

    def _lay_out(self) -> None:
        sides, places, kinds = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for button in (self.long, self.short):
            sides.addWidget(button, 1)
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for combo in (self.asset, self.venue):
            places.addWidget(combo, 1)
        self.margin.setMinimumContentsLength(3)  # its words are the shorter ones
        kinds.addWidget(self.kind, 16)
        kinds.addWidget(self.margin, 9)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        for row in (sides, places, kinds):
            self.column.addLayout(row)
        for widget in (self.notional, self.leverage, self.outcome, self.message, self.open):
            self.column.addWidget(widget)
        pairs = QHBoxLayout()
        pairs.addWidget(self.pair, 1)
        pairs.addWidget(self.other_leg, 1)
        self.pair.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.column.addLayout(pairs)

    # ---------------------------------------------------------------- what is shown

    def show_scenario(self, scenario: Scenario) -> None:
        """Offer the assets and venues of a scenario."""
        for combo, names in (
            (self.asset, scenario.asset_names),
            (self.venue, scenario.venue_names),
        ):
            items = [(as_shipped(name), name) for name in names]
            if items != [(combo.itemText(i), combo.itemData(i)) for i in range(combo.count())]:
                chosen = combo.currentData()
                combo.clear()
                for text, name in items:
                    combo.addItem(text, name)
                combo.setCurrentIndex(max(combo.findData(chosen), 0))
        self._offer_legs()
        self.renew()

    def _offer_legs(self) -> None:
        """Offer what the short of a pair may be hedged with: coins, or a long on a venue."""
        names = self.document.scenario.venue_names
        chosen = self.other_leg.currentData()
        self.other_leg.clear()
        self.other_leg.addItem(tr("with coins"), "")
        for name in names:
            self.other_leg.addItem(tr("with a long on {venue}", venue=name), name)
        self.other_leg.setCurrentIndex(max(self.other_leg.findData(chosen), 0))

    def legs(self) -> tuple[Position, Position]:
        """Return the market-neutral pair: a short on the venue, and what it is hedged with."""
        common = {
            "asset": self.asset.currentData(),
            "notional_usd": self.notional.value,
            "open_min": round(self.player.moment_s) / 60.0,
        }
        venue, other = self.venue.currentData(), self.other_leg.currentData()
        leverage = self.leverage.value
        short = Position(venue=venue, side="short", leverage=leverage, hedged=True, **common)
        if not other:
            return short, Position(venue=venue, kind="spot", leverage=1.0, **common)
        return short, Position(venue=other, side="long", leverage=leverage, hedged=True, **common)

    def open_pair(self) -> None:
        """Add both legs of a market-neutral pair to the desk, as one step that can be undone."""
        short, long = self.legs()
        scenario = self.document.scenario
        if short.venue == long.venue and long.kind != "spot":
            self._refuse(tr("Both legs would be on {venue}: choose another one.", venue=long.venue))
            return
        changed = scenario.model_copy(update={"desk": (*scenario.desk, long, short)})
        names = {"long": my_position(long), "short": my_position(short)}
        try:
            self.document.edit(tr("Open a pair: {long}, {short}", **names), changed)
        except ScenarioError as error:
            self._refuse(in_plain_words(error))

    def position(self) -> Position:
        """Return the position that the form describes, opened at the cursor."""
        is_cross = self.margin.currentData() == "cross" and not self.is_spot
        return Position(
            asset=self.asset.currentData(),
            venue=self.venue.currentData(),
            kind="spot" if self.is_spot else "perpetual",
            side="short" if self.short.isChecked() and not self.is_spot else "long",
            notional_usd=self.notional.value,
            leverage=1.0 if self.is_spot else self.leverage.value,
            margin="cross" if is_cross else "isolated",
            open_min=round(self.player.moment_s) / 60.0,
        )

    @property
    def is_spot(self) -> bool:
        """Whether coins are to be bought: then there is no side, leverage or margin to choose."""
        return bool(self.kind.currentData() == "spot")

    def renew(self) -> None:
        """Take up what was chosen: forget what was refused, and say where it would end."""
        if not self.message.isHidden():
            self.message.hide()
        for widget in (self.long, self.short, self.margin):
            widget.setEnabled(not self.is_spot)
        self.leverage.setVisible(not self.is_spot)
        self.renew_outcome()

    def renew_outcome(self) -> None:
        """Say where the position would be liquidated, at the price at the cursor."""
        scenario = self.document.scenario
        asset = scenario.assets[max(self.asset.currentIndex(), 0)]
        self.leverage.set_high(min(asset.leverage_cap, setting_at("desk.0.leverage").high))
        price = last_price_usd(self.player, asset.name, self.venue.currentData(), scenario)
        text = "\n".join(self._spot(price) if self.is_spot else self._contract(asset, price))
        if text != self.outcome.text():
            self.outcome.setText(text)

    def _spot(self, price: float) -> list[str]:
        """Say what becomes of coins bought at a price."""
        return [
            tr(
                "At {price}, {usd} USD paid in full.",
                price=fmt.price(price),
                usd=fmt.usd_full(self.notional.value),
            ),
            tr("Nobody can liquidate or deleverage coins."),
        ]

    def _contract(self, asset: Asset, price: float) -> list[str]:
        """Say where a contract would end that is opened at a price."""
        sign = 1.0 if self.long.isChecked() else -1.0
        liquidation, bankruptcy = position_prices_usd(
            asset, sign, price, self.notional.value, self.leverage.value
        )
        lines = [
            tr(
                "At {price}, margin {margin} USD:",
                price=fmt.price(price),
                margin=fmt.usd_full(self.notional.value / self.leverage.value),
            ),
            tr("liquidated at {price}", price=_with_distance(liquidation, price)),
            tr("bankrupt at {price}", price=_with_distance(bankruptcy, price)),
        ]
        venue = self.venue.currentData()
        is_cross = self.margin.currentData() == "cross"
        desk = self.document.scenario.desk
        if is_cross and any(p.margin == "cross" and p.venue == venue for p in desk):
            lines[0] = tr("If it stood alone, at {price}:", price=fmt.price(price))
            lines.append(tr("It shares its margin with others on {venue}.", venue=venue))
        return lines

    def retranslate(self) -> None:
        self.long.setText(tr("Long"))
        self.short.setText(tr("Short"))
        self.asset.setAccessibleName(tr("Asset"))
        self.venue.setAccessibleName(tr("Venue"))
        self.asset.setToolTip(tr("Asset"))
        self.venue.setToolTip(tr("Venue"))
        self.open.setText(tr("Open at the cursor"))
        self.open.setToolTip(about_luck())
        self.pair.setText(tr("Neutral pair"))
        self.pair.setToolTip(
            tr(
                "Opens two positions at the cursor that gain and lose alike: short here, and as "
                "much long in coins or on another venue"
            )
        )
        self.other_leg.setAccessibleName(tr("The pair's long leg"))
        self.other_leg.setToolTip(tr("The pair's long leg"))
        self.show_scenario(self.document.scenario)
        for field in (self.kind, self.margin, self.notional, self.leverage):
            field.retranslate()
        self.renew()

    def restyle(self) -> None:
        self.column.setSpacing(theme.unit(6))
        for field in (self.notional, self.leverage):
            field.restyle()
            field.set_value(field.value)
        for button, name in ((self.long, "long"), (self.short, "short")):
            color, on = theme.color(name).name(), theme.color("background").name()
            button.setStyleSheet(
                f"QPushButton:checked {{ background: {color}; color: {on}; font-weight: 600; }}"
            )
        self.outcome.setMinimumHeight(self.outcome.fontMetrics().lineSpacing() * 3)

    # ---------------------------------------------------------------- what is done

    def open_position(self) -> None:
        """Add the position to the scenario's desk, as one step that can be undone."""
        position = self.position()
        scenario = self.document.scenario
        changed = scenario.model_copy(update={"desk": (*scenario.desk, position)})
        try:
            self.document.edit(tr("Open: {position}", position=my_position(position)), changed)
        except ScenarioError as error:
            self._refuse(in_plain_words(error))

    def _refuse(self, text: str) -> None:
        self.message.setText(text)
        self.message.show()

    def sizeHint(self) -> QSize:
        return QSize(theme.unit(240), super().sizeHint().height())


def about_luck() -> str:
    """Say that a position changes chance too, and how to tell that from what it causes."""
    return tr(
        "In a small crowd even a tiny position changes later prices, by chance: who is matched "
        "with whom falls out differently. Compare → Many worlds shows whether a difference is luck."
    )


def _with_distance(price: float, from_usd: float) -> str:
    """Return a price and how far away it is."""
    if not math.isfinite(price) or price <= 0:
        return tr("no price")
    distance = fmt.percent(price / from_usd - 1, signed=True)
    return f"{fmt.price(price)} ({distance})"
