"""The tariff shocks of a scenario: one at a time, chosen from a list where there are several."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from engine.scenario import Clock, Scenario, Shock
from gui import format as fmt
from gui.document import Document
from gui.i18n import as_shipped, tr
from gui.panels.inputs import Combo
from gui.panels.moment_text import allowed_moments, moment_text, typed_moment
from gui.panels.section import Section
from gui.panels.setting import POSITIONS, setting_at, settings_of
from gui.panels.setting_row import NumberRow, SettingRow
from gui.panels.text_row import TextRow
from gui.planned import planned
from gui.theme import theme


class TimeRow(NumberRow):
    """A moment: written as the time of day, UTC; kept as minutes from the start."""

    def text_of(self, value: float) -> str:
        return moment_text(self._clock, value)

    def value_of(self, text: str) -> float:
        return typed_moment(self._clock, text, self.setting.value(self.document.scenario))

    def value_at(self, position: int) -> float:
        last = self._clock.duration_min
        return float(min(round(position / POSITIONS * last), last - 1))

    def position_of(self, value: float) -> int:
        return round(value / self._clock.duration_min * POSITIONS)

    def _fit_edit(self) -> None:
        self.edit.setFixedWidth(theme.unit(130))

    def hint(self) -> str:
        return f"{tr(self.setting.meaning)}\n{allowed_moments(self._clock)}"

    @property
    def _clock(self) -> Clock:
        return self.document.scenario.clock


KINDS: dict[str, type[SettingRow]] = {"moment": TimeRow, "text": TextRow}

FIRST = tuple(
    f"shocks.0.{name}" for name in ("size_pct", "at_min", "ramp_min", "volatility_multiplier")
)
"""What is seen of a shock at once; everything else comes after a click."""


class ShockForm(QWidget):
    """Rows for one shock, a list to choose it from, and buttons to add and remove one.

    Signals
    -------
    add_wanted()
        The person asks for a shock at the cursor.
    form_wanted(planned)
        The person asks for all of the shock, its own sensitivities too.
    """

    add_wanted = Signal()
    form_wanted = Signal(object)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.index = 0
        self.empty = QLabel(self)
        self.empty.setProperty("role", "muted")
        self.empty.setWordWrap(True)
        self.choice = Combo(self)
        self.choice.activated.connect(self._choose)
        # The fields are those of any shock; the rows learn which one from set_path.
        self.rows: list[SettingRow] = []
        self.body = QWidget(self)
        body = QVBoxLayout(self.body)
        body.setContentsMargins(0, 0, 0, 0)
        self.more = Section(folded=True, is_part=True, parent=self.body)
        rest = [s.path for s in settings_of("shocks.0") if s.path not in FIRST]
        for path in (*FIRST, *rest):
            row = KINDS.get(setting_at(path).kind, NumberRow)(document, path, self.body)
            self.rows.append(row)
            if path in FIRST:
                body.addWidget(row)
            else:
                self.more.add(row)
        body.addWidget(self.more)
        self.own_sensitivities = QPushButton(self.body)
        self.own_sensitivities.clicked.connect(self._show_form)
        self.more.add(self.own_sensitivities)
        self.add = QPushButton(self)
        self.add.clicked.connect(self.add_wanted)
        self.remove = QPushButton(self)
        self.remove.clicked.connect(self._remove)
        buttons = QHBoxLayout()
        buttons.addWidget(self.add, 1)
        buttons.addWidget(self.remove, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.empty, self.choice, self.body):
            column.addWidget(widget)
        column.addLayout(buttons)

    def set_opened(self, scenario: Scenario) -> None:
        """Take another scenario as the one that changes are told from."""
        self.index = 0
        for row in self.rows:
            row.opened = scenario

    def show_scenario(self, scenario: Scenario) -> None:
        """Show the shocks of a scenario."""
        shocks = scenario.shocks
        self.empty.setVisible(not shocks)
        self.choice.setVisible(len(shocks) > 1)
        self.body.setVisible(bool(shocks))
        self.remove.setVisible(bool(shocks))
        self.index = max(0, min(self.index, len(shocks) - 1))
        names = [self._name(i, shock) for i, shock in enumerate(shocks)]
        if names != [self.choice.itemText(i) for i in range(self.choice.count())]:
            self.choice.clear()
            self.choice.addItems(names)
        self.choice.setCurrentIndex(self.index)
        if shocks:
            for row in self.rows:
                field = row.setting.path.rpartition(".")[2]
                path = f"shocks.{self.index}.{field}"
                if path != row.setting.path:
                    row.set_path(path)
                row.show_scenario(scenario)

    def show_last(self) -> None:
        """Show the shock that comes last in the list."""
        self.index = len(self.document.scenario.shocks) - 1
        self.show_scenario(self.document.scenario)

    def retranslate(self) -> None:
        self.empty.setText(
            tr("No shock yet: a calm market. Announce a tariff to see what follows.")
        )
        self.more.heading.setText(tr("More"))
        self.add.setText(tr("Add at the cursor"))
        self.own_sensitivities.setText(tr("Sensitivities of its own…"))
        self.own_sensitivities.setToolTip(
            tr("How strongly this shock moves an asset, if not as strongly as any other shock")
        )
        self.remove.setText(tr("Remove"))
        self.remove.setToolTip(tr("Take this shock out of the scenario"))
        self.choice.setAccessibleName(tr("Which shock"))
        if self.document.scenario.shocks:
            for row in self.rows:
                row.retranslate()
        self.show_scenario(self.document.scenario)

    def restyle(self) -> None:
        self.more.restyle()
        for row in self.rows:
            row.restyle()

    def _name(self, i: int, shock: Shock) -> str:
        start = self.document.scenario.clock.start_datetime()
        return f"{i + 1} · {fmt.date_clock(start, shock.at_min * 60.0)} · {as_shipped(shock.name)}"

    def _show_form(self) -> None:
        plans = planned(self.document.scenario)
        self.form_wanted.emit(next(p for p in plans if p.path == f"shocks.{self.index}"))

    def _choose(self, index: int) -> None:
        self.index = index
        self.show_scenario(self.document.scenario)

    def _remove(self) -> None:
        shocks = list(self.document.scenario.shocks)
        name = shocks.pop(self.index).name
        changed = self.document.scenario.model_copy(update={"shocks": tuple(shocks)})
        self.document.edit(tr("Remove “{name}”", name=name), changed)
