"""The tariff shocks of a scenario: one at a time, chosen from a list where there are several."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from engine.scenario import Scenario, Shock
from gui import format as fmt
from gui.document import Document
from gui.i18n import tr
from gui.panels.section import Section
from gui.panels.setting import POSITIONS, NotAllowedError, levers
from gui.panels.setting_row import Combo, NumberRow, SettingRow
from gui.theme import theme

TIME = re.compile(r"(?:(\d{4})-(\d\d?)-(\d\d?)[ T]+)?(\d\d?):(\d\d)(?::(\d\d))?(?:\s*UTC)?")


class TimeRow(NumberRow):
    """A moment: written as the time of day, UTC; kept as minutes from the start."""

    def text_of(self, value: float) -> str:
        return fmt.date_clock(self._start, value * 60.0, seconds=bool((value * 60.0) % 60))

    def value_of(self, text: str) -> float:
        """Return minutes from the start; a time without a date is one of the day it was."""
        found = TIME.fullmatch(_without_day(text))
        if found is None:
            raise NotAllowedError(self._allowed())
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
        before_s = self.setting.value(self.document.scenario) * 60.0
        date = fmt.moment(self._start, before_s).date()
        try:
            if year:
                date = date.replace(year=year, month=month, day=day)
            moment = datetime(
                date.year, date.month, date.day, hour, minute, second, tzinfo=self._start.tzinfo
            )
        except ValueError:
            raise NotAllowedError(self._allowed()) from None
        minutes = (moment - self._start) / timedelta(minutes=1)
        if not 0 <= minutes < self._duration_min:
            raise NotAllowedError(self._allowed())
        return minutes

    def value_at(self, position: int) -> float:
        return float(min(round(position / POSITIONS * self._duration_min), self._duration_min - 1))

    def position_of(self, value: float) -> int:
        return round(value / self._duration_min * POSITIONS)

    def _fit_edit(self) -> None:
        self.edit.setFixedWidth(theme.unit(130))

    def hint(self) -> str:
        return f"{tr(self.setting.meaning)}\n{self._allowed()}"

    @property
    def _start(self) -> datetime:
        start: datetime = self.document.scenario.clock.start_datetime()
        return start

    @property
    def _duration_min(self) -> int:
        return self.document.scenario.clock.duration_min

    def _allowed(self) -> str:
        last_s = (self._duration_min - 1) * 60.0
        return tr(
            "a time of day such as 20:50, or 2025-10-10 20:50; from {first} to {last} UTC",
            first=fmt.date_clock(self._start, 0.0),
            last=fmt.date_clock(self._start, last_s),
        )


def _without_day(text: str) -> str:
    """Return what was typed without the day that the row itself writes before the time."""
    return re.sub(r"^\s*(\d\d? [A-Za-z]{3}|\d+月\d+日)\s+", "", text).strip()


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
    """

    add_wanted = Signal()

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
        for path in (*FIRST, *(path for path in levers("shocks.0") if path not in FIRST)):
            row = (TimeRow if path.endswith(".at_min") else NumberRow)(document, path, self.body)
            self.rows.append(row)
            if path in FIRST:
                body.addWidget(row)
            else:
                self.more.add(row)
        body.addWidget(self.more)
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
        return f"{i + 1} · {fmt.date_clock(start, shock.at_min * 60.0)} · {shock.name}"

    def _choose(self, index: int) -> None:
        self.index = index
        self.show_scenario(self.document.scenario)

    def _remove(self) -> None:
        shocks = list(self.document.scenario.shocks)
        name = shocks.pop(self.index).name
        changed = self.document.scenario.model_copy(update={"shocks": tuple(shocks)})
        self.document.edit(tr("Remove “{name}”", name=name), changed)
