"""A and B in tables: which settings differ, and what that changes."""

from __future__ import annotations

from math import isfinite
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engine.atomic import write_atomically
from engine.record import Run
from engine.sample import MEASURES
from gui import format as fmt
from gui.actions import Actions
from gui.engine_sentences import translated
from gui.i18n import as_shipped, tr
from gui.pinned import Pinned
from gui.setting_differences import told_differences
from gui.theme import theme
from gui.timers import once_after
from gui.views.invitation import Invitation
from gui.views.measuring import Measuring
from gui.views.table import Table
from gui.views.window import ViewWindow

RENEW_MS = 1_000
"""While B is computed its measures are taken anew this often."""

INVITING = ("pin", "pin_before", "presets")
"""Commands that give the window something to show; in the middle as long as it has nothing."""

BUTTONS = (*INVITING, "seed_of_a", "unpin")

MOST_UNITS = 210
"""Height that the settings may take of the measures; more of them are scrolled."""


class CompareWindow(ViewWindow):
    """Follows A and B as they change, while it can be seen.

    Signals
    -------
    worlds_wanted()
        The person wants both played with many seeds.
    """

    worlds_wanted = Signal()
    size_units = (760, 700)

    def __init__(self, pinned: Pinned, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self.pinned, self._actions = pinned, actions
        self.measuring = Measuring({key: each.measure for key, each in MEASURES.items()}, self)
        self.measuring.done.connect(self._show_measures)
        self.told = _wrapped()
        self.warning = _wrapped("danger")
        self.settings_title, self.measures_title = QLabel(), QLabel()
        for label in (self.settings_title, self.measures_title):
            label.setProperty("role", "heading")
        self.settings, self.measures = Table((1, 2)), Table((1, 2, 3))
        self.note = _wrapped("muted")
        self.buttons = {name: QPushButton() for name in BUTTONS}
        self.worlds, self.export = QPushButton(), QPushButton()
        self.buttons["presets"].setProperty("role", "primary")
        self.invitation = Invitation(*(self.buttons[name] for name in INVITING))
        self._lay_out()
        for name, button in self.buttons.items():
            button.clicked.connect(actions[name].trigger)
        self.worlds.clicked.connect(self.worlds_wanted)
        self.export.clicked.connect(self._choose_file)
        self._renew_timer = once_after(RENEW_MS, self._measure, self)
        pinned.changed.connect(self._renew)
        pinned.player.grew.connect(self._measure_soon)
        self.begin()

    def _lay_out(self) -> None:
        self.column = QVBoxLayout(self)
        self.column.addWidget(self.told)
        self.column.addWidget(self.warning)
        self.column.addWidget(self.settings_title)
        self.column.addWidget(self.settings)
        self.column.addWidget(self.measures_title)
        self.column.addWidget(self.measures, 1)
        self.column.addWidget(self.note)
        self.column.addWidget(self.invitation, 1)
        others = [button for name, button in self.buttons.items() if name not in INVITING]
        self.column.addLayout(self.foot(*others, self.worlds, self.export))

    # ---------------------------------------------------------------- what is shown

    def retranslate(self) -> None:
        super().retranslate()
        self.setWindowTitle(tr("Compare A and B"))
        self.settings_title.setText(tr("Which settings differ"))
        self.measures_title.setText(tr("What that changes"))
        self.settings.setAccessibleName(tr("Which settings differ"))
        self.measures.setAccessibleName(tr("What that changes"))
        self.settings.set_titles([tr("Setting"), "A", "B"])
        self.measures.set_titles([tr("Measure"), "A", "B", "B − A"])
        self.note.setText(
            tr(
                "One seed is one throw of the dice: play both over many seeds to see which "
                "differences are more than chance."
            )
        )
        for name, button in self.buttons.items():
            button.setText(self._actions[name].text())
            button.setToolTip(self._actions[name].toolTip())
        self.worlds.setText(tr("Over many seeds…"))
        self.worlds.setToolTip(tr("Play A and B with the same seeds, pair by pair"))
        self.export.setText(tr("Save as CSV…"))
        self.export.setToolTip(tr("Both tables, for other programs"))
        self._renew()

    def restyle(self) -> None:
        unit = theme.unit
        self.column.setContentsMargins(unit(16), unit(12), unit(16), unit(12))
        self.column.setSpacing(unit(8))

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        self._renew()

    def _renew(self) -> None:
        """Show A and B as they are now."""
        if not self.isVisible():
            return
        a, b = self.pinned.other, self.pinned.player.run
        comparing = a is not None
        for widget in (
            self.settings, self.settings_title, self.measures, self.measures_title, self.note,
            self.worlds, self.export,
        ):  # fmt: skip
            widget.setVisible(comparing)
        self.told.setVisible(comparing)
        self.invitation.setVisible(not comparing)
        for name, seen in {
            "pin": self.pinned.run is None,
            "pin_before": self.pinned.run is None and self.pinned.can_pin_before,
            "presets": self.pinned.run is not None and not comparing,
            "seed_of_a": comparing and self.pinned.seeds_differ,
            "unpin": self.pinned.run is not None,
        }.items():
            self.buttons[name].setVisible(seen)
        self.warning.setVisible(comparing and self.pinned.seeds_differ)
        self.warning.setText(
            tr("⚠ Their seeds differ: part of every difference below is chance, not the settings.")
        )
        if a is None or b is None:
            self.invitation.say(
                tr(
                    "This run is A. Change anything, or try a preset: the next run is B, and here "
                    "stands which settings differ and what that changes."
                )
                if self.pinned.run is not None
                else tr(
                    "There is no A yet. Keep this run as A, then change something: the next run "
                    "is B, drawn over A, and here stands what differs."
                )
            )
            return
        self._name(a, b)
        told = told_differences(a.scenario, b.scenario)
        self.settings.set_rows(told or [(tr("No setting differs."), "", "")])
        self.settings.setFixedHeight(min(self.settings.needed_px(), theme.unit(MOST_UNITS)))
        self._measure()

    def _name(self, a: Run, b: Run) -> None:
        self.told.setText(f"A: {_what(a)}\nB: {_what(b)}")

    def _measure_soon(self) -> None:
        if self.isVisible() and self.pinned.other is not None and not self._renew_timer.isActive():
            self._renew_timer.start()

    def _measure(self) -> None:
        a, b = self.pinned.other, self.pinned.player.run
        if self.isVisible() and a is not None and b is not None:
            self._name(a, b)
            self.measuring.start([("A", a), ("B", b)])

    def _show_measures(self) -> None:
        found = self.measuring.values
        rows, colors = [], []
        for key, measure in MEASURES.items():
            factor = fmt.factor(measure.unit)
            a, b = (factor * found[name][key] for name in ("A", "B"))
            if isfinite(a) or isfinite(b):
                name = f"{tr(measure.name)}, {fmt.unit(measure.unit)}"
                difference = fmt.difference(b - a, a, b)
                rows.append((name, fmt.significant(a), fmt.significant(b), difference))
                colors.append({3: "accent" if difference[0] in ("+", fmt.MINUS) else "muted"})
        nothing = tr("Nothing can be told before an hour after the shock is computed.")
        self.measures.set_rows(rows or [(nothing, "", "", "")], colors)

    # ---------------------------------------------------------------- what is saved

    def _choose_file(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, tr("Save as CSV"), str(Path.home() / "a-b.csv"), "CSV (*.csv)"
        )
        if name:
            self.save(Path(name))

    def save(self, path: Path) -> None:
        """Write both tables to a file; say so if it can't be written."""
        text = f"{self.settings.as_csv()}\n{self.measures.as_csv()}"
        try:
            write_atomically(path, text)
        except OSError as error:
            self.warning.setText(
                tr(
                    "{name} could not be written: {reason}.",
                    name=path,
                    reason=translated(error.strerror or ""),
                )
            )
            self.warning.show()


def _what(run: Run) -> str:
    """Return which run it is: scenario, seed, and how far it is computed."""
    scenario = run.scenario
    text = tr("{name}, seed {seed}", name=as_shipped(scenario.name), seed=scenario.seed)
    if run.complete:
        return text
    end_s = float(run.grid.end_s[run.computed - 1]) if run.computed else 0.0
    to = fmt.date_clock(scenario.clock.start_datetime(), end_s)
    return f"{text}, {tr('computed to {time}', time=to)}"


def _wrapped(role: str = "") -> QLabel:
    label = QLabel()
    label.setProperty("role", role)
    label.setWordWrap(True)
    return label
