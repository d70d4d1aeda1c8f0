"""The share of the four largest venues: one slider for a column of shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from engine.concentration import HIGHEST_SHARE, LOWEST_SHARE, has_rest, top_four, with_top_four
from engine.scenario import Scenario
from gui import format as fmt
from gui.document import Document
from gui.i18n import as_shipped, tr
from gui.panels.setting import Setting
from gui.panels.setting_row import NumberRow


@dataclass(frozen=True)
class _TopFour(Setting):
    """A number made from several settings."""

    def value(self, scenario: Scenario) -> float:
        return round(top_four(scenario), 9)  # there and back again is no change


TOP_FOUR = _TopFour(
    path="venues",
    label="Four largest venues",
    meaning="Share of the top four venues, those that stand first, in all open interest, and so in "
    "volume. "
    "Depth and weight in the index move with it; proportions among the four, and among the "
    "others, stay.",
    unit="share",
    low=LOWEST_SHARE,
    high=HIGHEST_SHARE,
    scale="linear",
    source="10 October 2025: 62%, the largest alone 29.3%",
    choices={},
    default=None,
    whole=False,
)


class TopFourRow(NumberRow):
    """The slider, which moves all venues' shares in one step."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(document, TOP_FOUR, parent)

    def why_idle(self, scenario: Scenario) -> str:
        if has_rest(scenario):
            return ""
        return tr("There are no venues beside the four largest to share with.")

    def edit_document(self, name: str, value: Any, merge: str) -> None:
        """Change all shares; raises ScenarioError if the new ones are refused."""
        scenario = self.document.scenario
        if value != self.setting.value(scenario):
            self.document.edit(name, with_top_four(scenario, value), merge)


class VenueShares(QWidget):
    """The slider, what each venue has, and the way to their table.

    Signals
    -------
    table_wanted()
        The person wants to change them one by one.
    """

    table_wanted = Signal()

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.row = TopFourRow(document, self)
        self.shares = QLabel(self)
        self.shares.setProperty("role", "muted")
        self.shares.setWordWrap(True)
        self.table = QPushButton(self)
        self.table.clicked.connect(self.table_wanted)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.row)
        column.addWidget(self.shares)
        column.addWidget(self.table)

    def show_scenario(self, scenario: Scenario) -> None:
        """Show the venues of a scenario."""
        self.row.show_scenario(scenario)
        shares = scenario.venue_shares("open_interest_share")
        self.shares.setText(
            " · ".join(
                f"{as_shipped(name)}{fmt.NARROW_SPACE}{fmt.percent(share)}"
                for name, share in zip(scenario.venue_names, shares, strict=True)
            )
        )
        self.shares.setToolTip(tr("Share of all open interest held here."))
        self.table.setText(tr("All about the venues…"))
        self.table.setToolTip(tr("Shares, funds and each venue's own rules"))
