"""The set-up panel: the settings of a scenario, in sections, each with a slider and a value."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from engine.scenario import Scenario, Shock
from engine.scenario_file import ScenarioError, from_settings
from engine.setting import change
from gui.document import Document
from gui.i18n import language, tr
from gui.panels.crowd_drawing import CrowdDrawing
from gui.panels.inputs import SearchEdit
from gui.panels.market_note import MarketNote
from gui.panels.path_note import PathNote
from gui.panels.planned_list import PlannedList
from gui.panels.preview_curve import PreviewCurve
from gui.panels.refusal import in_plain_words
from gui.panels.roster_dialog import RosterDialog
from gui.panels.section import Section
from gui.panels.setting import setting_at, settings_of
from gui.panels.setting_row import ChoiceRow, NumberRow, SettingRow
from gui.panels.setup_sections import SECTIONS, Contents, headings, with_own_rules
from gui.panels.shocks import ShockForm
from gui.panels.text_row import DateRow, NoteRow, TextRow
from gui.panels.top_four import VenueShares
from gui.player import Player
from gui.theme import theme

LONG_TEXTS: dict[str, type[SettingRow]] = {"note": NoteRow, "clock.start": DateRow}
"""Texts that are no names."""


class SetupPanel(QScrollArea):
    """What a person sets before, or while, the market plays."""

    def __init__(self, document: Document, player: Player, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.player = player
        self.opened = document.scenario
        self.rows: dict[str, SettingRow] = {}
        self.sections: dict[str, Section] = {}
        self.more: dict[str, Section] = {}
        self.own_rules: dict[str, QLabel] = {}
        self.rosters: dict[str, RosterDialog] = {}
        self.drawing, self.preview = CrowdDrawing(), PreviewCurve()
        self.market = MarketNote()
        self.planned = PlannedList(document)
        self.shocks = ShockForm(document)
        self.venues = VenueShares(document)
        self.path = PathNote(document)
        self.own: dict[str, list[QWidget]] = {
            "crowd": [self.drawing, self.preview],
            "shock": [self.shocks],
            "planned": [self.planned],
            "market": [self.market],
            "venues": [self.venues],
            "news": [self.path],
        }
        self._lay_out()
        self._connect()
        self._restyle()
        self._show_opened(document.scenario)
        self._retranslate()

    def _lay_out(self) -> None:
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.body = QWidget()
        self.column = QVBoxLayout(self.body)
        for contents in SECTIONS:
            self._add_section(contents)
        self.nothing = QLabel()
        self.nothing.setProperty("role", "muted")
        self.nothing.setWordWrap(True)
        self.nothing.hide()
        self.column.addWidget(self.nothing)
        self.column.addStretch(1)
        self.setWidget(self.body)
        self.search = SearchEdit(self)  # over the viewport, so that it stays while that scrolls

    def _add_section(self, contents: Contents) -> None:
        name = contents.name
        section = self.sections[name] = Section(folded=contents.folded)
        section.reset_wanted.connect(partial(self._reset_section, contents))
        for widget in self.own.get(name, []):
            section.add(widget)
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
        kind = setting_at(path).kind
        makers = {"choice": ChoiceRow, "text": TextRow}
        make = LONG_TEXTS.get(path) or makers.get(kind, NumberRow)
        self.rows[path] = make(self.document, path)
        return self.rows[path]

    def _connect(self) -> None:
        self.document.opened.connect(self._show_opened)
        self.document.changed.connect(self._show)
        theme.changed.connect(self._restyle)
        language.language_changed.connect(self._retranslate)
        self.drawing.dragged.connect(self._drag_hump)
        self.drawing.released.connect(self._release_hump)
        self.drawing.nudged.connect(self._nudge_hump)
        self.shocks.add_wanted.connect(self._add_shock)
        self.market.table_wanted.connect(partial(self.show_roster, "assets"))
        self.venues.table_wanted.connect(partial(self.show_roster, "venues"))
        self.search.textChanged.connect(self._search)

    def show_roster(self, kind: str) -> RosterDialog:
        """Open the table of assets or venues."""
        if kind not in self.rosters:
            self.rosters[kind] = RosterDialog(self.document, kind, self.window())
        self.rosters[kind].show()
        self.rosters[kind].raise_()
        return self.rosters[kind]

    # ---------------------------------------------------------------- what is shown

    def _show_opened(self, scenario: Scenario) -> None:
        """Take the scenario just opened as the one that changes are told from."""
        self.opened = scenario
        for row in self.rows.values():
            row.opened = scenario
            row.accept()
        self.shocks.set_opened(scenario)
        self.path.set_opened(scenario)
        self._show(scenario)

    def _show(self, scenario: Scenario) -> None:
        for row in self.rows.values():
            row.show_scenario(scenario)
        self.shocks.show_scenario(scenario)
        self.venues.show_scenario(scenario)
        self.path.show_scenario(scenario)
        self.planned.show_scenario(scenario)
        self.market.show_scenario(scenario)
        self.drawing.show_crowd(scenario.crowd)
        self.preview.show_scenario(scenario)
        for contents in SECTIONS:
            label, names = self.own_rules[contents.name], with_own_rules(contents, scenario)
            label.setVisible(bool(names))
            label.setText(tr("Not for {venues}: rules of their own.", venues=", ".join(names)))
            self.sections[contents.name].offer_reset(bool(self._changed(contents)))

    def _changed(self, contents: Contents) -> list[str]:
        """Return the settings and lists of a section that aren't as they were in the file."""
        scenario = self.document.scenario
        rows = [path for path in (*contents.first, *contents.more) if self.rows[path].changed]
        return rows + [
            name for name in contents.lists if getattr(scenario, name) != getattr(self.opened, name)
        ]

    def _reset_section(self, contents: Contents) -> None:
        """Bring back everything in a section as it was in the file, as one step."""
        settings = self.document.scenario.model_dump(mode="json")
        before = self.opened.model_dump(mode="json")
        for path in self._changed(contents):
            value = before[path] if path in before else self.rows[path].opened_value()
            change(settings, path, value)
        heading = headings()[contents.name]
        try:
            self.document.edit(tr("Reset “{section}”", section=heading), from_settings(settings))
        except ScenarioError as error:
            label = self.own_rules[contents.name]
            label.setText(in_plain_words(error))
            label.show()

    # ---------------------------------------------------------------- looking for a setting

    def begin_search(self) -> None:
        """Let the person type what to look for."""
        self.search.setFocus()
        self.search.selectAll()

    def _search(self, text: str) -> None:
        """Show only the settings that are about some words; all of them again without any.

        Words that stand together nowhere may stand apart.
        """
        words = text.casefold().split()
        found = self._show_about([" ".join(words)]) or self._show_about(words)
        self.nothing.setVisible(not found)
        self.nothing.setText(tr("No setting is about “{words}”.", words=text.strip()))
        if not words:
            self._show(self.document.scenario)

    def _show_about(self, words: list[str]) -> bool:
        """Show the settings that are about all words; return whether there are any."""
        names, searching, found_any = headings(), any(words), False
        for contents in SECTIONS:
            heading = names[contents.name].casefold()
            left = [word for word in words if word not in heading]
            section, found = self.sections[contents.name], False
            for path in (*contents.first, *contents.more):
                fits = self.rows[path].setting.is_about(left)
                self.rows[path].setVisible(fits)
                found = found or fits
            for widget in self.own.get(contents.name, []):
                fits = not left or self._is_about(contents, left)
                widget.setVisible(fits)
                found = found or fits
            if contents.name in self.more:
                rest = any(not self.rows[path].isHidden() for path in contents.more)
                self.more[contents.name].show_found(rest if searching else None)
            section.show_found(found if searching else None)
            found_any = found_any or found
        return found_any

    def _is_about(self, contents: Contents, words: list[str]) -> bool:
        """Whether a section's own forms and tables hold a setting that is about some words."""
        settings = [s for name in contents.lists for s in settings_of(f"{name}.0")]
        if contents.name == "venues":
            settings.append(self.venues.row.setting)
        return any(setting.is_about(words) for setting in settings)

    # ---------------------------------------------------------------- what is done

    def _drag_hump(self, path: str, value: float) -> None:
        row = self.rows[path]
        if isinstance(row, NumberRow):
            row.drag_to(row.value_at(row.position_of(max(value, row.setting.low))))

    def _release_hump(self, path: str) -> None:
        row = self.rows[path]
        if isinstance(row, NumberRow):
            row.end_drag()

    def _nudge_hump(self, path: str, direction: int) -> None:
        row = self.rows[path]
        if isinstance(row, NumberRow):
            row.nudge(direction)

    def _add_shock(self) -> None:
        """Add a shock at the cursor, of the usual size."""
        scenario = self.document.scenario
        shock = Shock(at_min=round(self.player.time_s) / 60.0)
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
        self.search.setPlaceholderText(tr("Find a setting"))
        self.search.setAccessibleName(tr("Find a setting"))
        self.search.setToolTip(tr("Show only the settings whose name or meaning holds these words"))
        for name, text in headings().items():
            section = self.sections[name]
            section.heading.setText(text)
            section.reset.setToolTip(
                tr("Everything in this section back to what it was in the file")
            )
            section.reset.setAccessibleName(tr("Reset “{section}”", section=text))
        for section in self.more.values():
            section.heading.setText(tr("More"))
        for row in self.rows.values():
            row.retranslate()
        for form in (self.shocks, self.drawing, self.preview, self.planned):
            form.retranslate()
        self._show(self.document.scenario)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        margin = theme.unit(8)
        width = self.viewport().width() - 2 * margin  # as wide as what scrolls below it
        self.search.setGeometry(margin, margin, width, self.search.sizeHint().height())

    def _restyle(self) -> None:
        margin = theme.unit(8)
        self.setViewportMargins(0, self.search.sizeHint().height() + margin, 0, 0)
        self.column.setContentsMargins(margin, margin, margin, margin)
        self.column.setSpacing(theme.unit(6))
        for section in (*self.sections.values(), *self.more.values()):
            section.restyle()
        for row in self.rows.values():
            row.restyle()
        self.shocks.restyle()
        self.planned.restyle()
        self.drawing.restyle()
        self.preview.updateGeometry()
        self.preview.update()
