"""The set-up panel: the settings of a scenario, in sections, each with a slider and a value."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from engine.scenario import Scenario, Shock
from engine.scenario_file import ScenarioError
from gui.document import Document
from gui.i18n import language, tr
from gui.panels.crowd_drawing import CrowdDrawing
from gui.panels.path_note import PathNote
from gui.panels.refusal import in_plain_words
from gui.panels.section import Section
from gui.panels.setting import setting_at
from gui.panels.setting_row import ChoiceRow, NumberRow, SettingRow
from gui.panels.setup_sections import SECTIONS, Contents, headings, with_own_rules
from gui.panels.shocks import ShockForm
from gui.panels.top_four import VenueShares
from gui.player import Player
from gui.theme import theme


class SetupPanel(QScrollArea):
    """What a person sets before, or while, the market plays."""

    def __init__(self, document: Document, player: Player, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.player = player
        self.rows: dict[str, SettingRow] = {}
        self.sections: dict[str, Section] = {}
        self.more: dict[str, Section] = {}
        self.own_rules: dict[str, QLabel] = {}
        self.drawing = CrowdDrawing()
        self.shocks = ShockForm(document)
        self.venues = VenueShares(document)
        self.path = PathNote(document)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.body = QWidget()
        self.column = QVBoxLayout(self.body)
        for contents in SECTIONS:
            self._add_section(contents)
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

    def _add_section(self, contents: Contents) -> None:
        name = contents.name
        section = self.sections[name] = Section(folded=contents.folded)
        own = {
            "crowd": self.drawing,
            "shock": self.shocks,
            "venues": self.venues,
            "news": self.path,
        }
        if name in own:
            section.add(own[name])
        if name == "venues":
            self.rows["venues"] = self.venues.row
        for path in contents.first:
            section.add(self._row(path))
        if contents.more:
            self.more[name] = Section(folded=True, is_part=True)
            for path in contents.more:
                self.more[name].add(self._row(path))
            section.add(self.more[name])
        self.own_rules[name] = QLabel()
        self.own_rules[name].setProperty("role", "muted")
        self.own_rules[name].setWordWrap(True)
        section.add(self.own_rules[name])
        self.column.addWidget(section)

    def _row(self, path: str) -> SettingRow:
        make = ChoiceRow if setting_at(path).choices else NumberRow
        self.rows[path] = make(self.document, path)
        return self.rows[path]

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
        self.venues.show_scenario(scenario)
        self.path.show_scenario(scenario)
        self.drawing.show_crowd(scenario.crowd)
        for contents in SECTIONS:
            label, names = self.own_rules[contents.name], with_own_rules(contents, scenario)
            label.setVisible(bool(names))
            label.setText(tr("Not for {venues}: rules of their own.", venues=", ".join(names)))

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
        for section in self.more.values():
            section.heading.setText(tr("More"))
        for row in self.rows.values():
            row.retranslate()
        self.shocks.retranslate()
        self.drawing.retranslate()
        self.drawing.update()
        self._show(self.document.scenario)

    def _restyle(self) -> None:
        margin = theme.unit(8)
        self.column.setContentsMargins(margin, margin, margin, margin)
        self.column.setSpacing(theme.unit(6))
        for section in (*self.sections.values(), *self.more.values()):
            section.restyle()
        for row in self.rows.values():
            row.restyle()
        self.shocks.restyle()
        self.drawing.updateGeometry()
        self.drawing.update()
