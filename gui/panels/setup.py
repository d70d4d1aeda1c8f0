"""The set-up panel: the settings of a scenario, in sections, each with a slider and a value."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from engine.scenario import Scenario, Shock
from engine.scenario_file import ScenarioError
from gui.document import Document
from gui.i18n import language, tr
from gui.panels.crowd_drawing import CrowdDrawing
from gui.panels.refusal import in_plain_words
from gui.panels.section import Section
from gui.panels.setting import setting_at
from gui.panels.setting_row import ChoiceRow, NumberRow, SettingRow
from gui.panels.shocks import ShockForm
from gui.player import Player
from gui.theme import theme

SECTIONS: tuple[tuple[str, tuple[str, ...], bool], ...] = (
    (
        "crowd",
        (
            "crowd.leverage_median",
            "crowd.leverage_median_by_notional",
            "crowd.long_share",
            "crowd.hedged_share",
            "crowd.accounts",
        ),
        False,
    ),
    ("shock", (), False),
    (
        "insurance",
        ("insurance.fund_pct", "adl.rank", "adl.trigger_drawdown", "adl.stop_drawdown"),
        False,
    ),
    (
        "liquidity",
        (
            "liquidity.withdrawal_threshold",
            "liquidity.withdrawal_exponent",
            "liquidity.depth_floor",
        ),
        True,
    ),
    ("plumbing", ("plumbing.arbitrage_pct", "plumbing.strain"), True),
    (
        "liquidation",
        ("liquidation.selling_pace", "liquidation.fee_pct"),
        True,
    ),
)
"""Name, settings, and whether the section is folded at first."""


def headings() -> dict[str, str]:
    """Return the headings of the sections by name, in the language on the screen."""
    return {
        "crowd": tr("Crowd"),
        "shock": tr("Tariff shock"),
        "insurance": tr("Insurance and ADL"),
        "liquidity": tr("Liquidity"),
        "plumbing": tr("Plumbing"),
        "liquidation": tr("Liquidation"),
    }


class SetupPanel(QScrollArea):
    """What a person sets before, or while, the market plays."""

    def __init__(self, document: Document, player: Player, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.player = player
        self.rows: dict[str, SettingRow] = {}
        self.sections: dict[str, Section] = {}
        self.drawing = CrowdDrawing()
        self.shocks = ShockForm(document)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.body = QWidget()
        self.column = QVBoxLayout(self.body)
        for name, paths, folded in SECTIONS:
            self._add_section(name, paths, folded=folded)
        self.column.addStretch(1)
        self.setWidget(self.body)

        document.opened.connect(self._show_opened)
        document.changed.connect(self._show)
        theme.changed.connect(self._restyle)
        language.language_changed.connect(self._retranslate)
        self.drawing.dragged.connect(self._drag_hump)
        self.drawing.released.connect(self._release_hump)
        self.shocks.add_wanted.connect(self._add_shock)
        self._restyle()
        self._show_opened(document.scenario)
        self._retranslate()

    def _add_section(self, name: str, paths: tuple[str, ...], *, folded: bool) -> None:
        section = Section(folded=folded)
        if name == "crowd":
            section.add(self.drawing)
        if name == "shock":
            section.add(self.shocks)
        for path in paths:
            make = ChoiceRow if setting_at(path).choices else NumberRow
            self.rows[path] = make(self.document, path)
            section.add(self.rows[path])
        self.sections[name] = section
        self.column.addWidget(section)

    def _show_opened(self, scenario: Scenario) -> None:
        """Take the scenario just opened as the one that changes are told from."""
        for row in self.rows.values():
            row.opened = scenario
            row.accept()
        self.shocks.set_opened(scenario)
        self._show(scenario)

    def _show(self, scenario: Scenario) -> None:
        for row in self.rows.values():
            row.show_scenario(scenario)
        self.shocks.show_scenario(scenario)
        self.drawing.show_crowd(scenario.crowd)

    def _drag_hump(self, path: str, leverage: float) -> None:
        row = self.rows[path]
        if isinstance(row, NumberRow):
            row.drag_to(row.value_at(row.position_of(max(leverage, row.setting.low))))

    def _release_hump(self, path: str) -> None:
        row = self.rows[path]
        if isinstance(row, NumberRow):
            row.end_drag()

    def _add_shock(self) -> None:
        """Add a shock at the cursor, of the usual size."""
        scenario = self.document.scenario
        shock = Shock(at_min=round(self.player.time_s) / 60.0, name=tr("Tariff post"))
        changed = scenario.model_copy(update={"shocks": (*scenario.shocks, shock)})
        try:
            self.document.edit(tr("Add a shock"), changed)
        except ScenarioError as error:
            self.shocks.empty.setText(in_plain_words(error))
            self.shocks.empty.show()
            return
        self.shocks.show_last()

    def _retranslate(self) -> None:
        self.setAccessibleName(tr("Set-up"))
        for name, text in headings().items():
            self.sections[name].heading.setText(text)
        for row in self.rows.values():
            row.retranslate()
        self.shocks.retranslate()
        self.drawing.retranslate()
        self.drawing.update()

    def _restyle(self) -> None:
        margin = theme.unit(8)
        self.column.setContentsMargins(margin, margin, margin, margin)
        self.column.setSpacing(theme.unit(6))
        for section in self.sections.values():
            section.restyle()
        for row in self.rows.values():
            row.restyle()
        self.shocks.restyle()
        self.drawing.updateGeometry()
        self.drawing.update()
