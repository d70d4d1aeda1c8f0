"""Which setting a sweep varies, found by its words, and the values it takes."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCompleter, QHBoxLayout, QLabel, QSpinBox, QWidget

from engine.experiment import Vary
from engine.scenario import Scenario
from gui.i18n import as_shipped, tr
from gui.panels.inputs import Combo, ValueEdit
from gui.panels.setting import NotAllowedError, Setting, levers, setting_at
from gui.panels.setup_sections import SECTIONS, headings
from gui.theme import theme

USUAL_VALUES, MOST_VALUES = 5, 60
SPAN = 4.0
"""To begin with, a setting goes from its value divided by this to its value times this."""


class SettingPicker(QWidget):
    """A list of settings to be searched, and below it from, to and how many.

    Signals
    -------
    changed()
        Another setting is chosen, or other values.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.paths: list[str] = []
        self.scenario: Scenario | None = None
        self.list = Combo()
        self.list.setEditable(True)
        self.list.setInsertPolicy(Combo.InsertPolicy.NoInsert)
        completer = QCompleter(self.list.model(), self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.list.setCompleter(completer)
        self.first, self.last = ValueEdit(), ValueEdit()
        self.count = QSpinBox()
        self.count.setRange(2, MOST_VALUES)
        self.count.setValue(USUAL_VALUES)
        self.count.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.to, self.times = QLabel(), QLabel()
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.addWidget(self.list, 3)
        for widget in (self.first, self.to, self.last, self.times, self.count):
            self.row.addWidget(widget, 1 if isinstance(widget, ValueEdit) else 0)
        self.list.activated.connect(self._suggest)
        self.list.currentIndexChanged.connect(self.changed)
        self.count.valueChanged.connect(self.changed)
        for edit in (self.first, self.last):
            edit.textChanged.connect(self.changed)
        completer.activated.connect(self._take_found)
        typed = self.list.lineEdit()
        assert typed is not None  # it is editable
        typed.editingFinished.connect(self._settle)

    @property
    def setting(self) -> Setting:
        """The setting that is chosen."""
        return setting_at(self.paths[self.list.currentIndex()])

    def set_scenario(self, scenario: Scenario) -> None:
        """Offer the settings of a scenario: its shocks too."""
        self.scenario = scenario
        paths = [path for each in SECTIONS for path in (*each.first, *each.more)]
        paths += [path for nth in range(len(scenario.shocks)) for path in levers(f"shocks.{nth}")]
        kinds = ("number", "choice")
        paths = [path for path in dict.fromkeys(paths) if setting_at(path).kind in kinds]
        if paths != self.paths:
            chosen = self.paths[self.list.currentIndex()] if self.paths else ""
            self.paths = paths
            self._fill()
            self.choose(chosen if chosen in paths else "insurance.fund_pct")

    def choose(self, path: str) -> None:
        """Choose a setting, and suggest values for it."""
        self.list.setCurrentIndex(self.paths.index(path))
        self._suggest()

    def values_count(self) -> int:
        """Return how many values there are to play."""
        choices = self.setting.choices if self.setting.kind == "choice" else ()
        return len(choices) or self.count.value()

    def vary(self) -> Vary:
        """Return the setting and its values.

        Raises
        ------
        NotAllowedError
            If from or to is no value of it, or both are the same; the text says what is allowed.
        """
        setting = self.setting
        if setting.kind == "choice":
            return Vary(setting.path, tuple(setting.choices))
        ends = []
        for edit in (self.first, self.last):
            try:
                ends.append(setting.typed(edit.text()))
            except NotAllowedError as error:
                name = tr(setting.label)
                raise NotAllowedError(
                    tr("“{setting}”: type {allowed}.", setting=name, allowed=error)
                ) from None
        low, high = ends
        spaced = np.geomspace if setting.scale == "log" and min(ends) > 0 else np.linspace
        values = spaced(low, high, self.count.value())
        texts = [str(round(v)) if setting.whole else f"{v:.4g}" for v in values.tolist()]
        texts = list(dict.fromkeys(texts))
        if len(texts) < 2:
            raise NotAllowedError(
                tr("“{setting}” needs two different values at least.", setting=tr(setting.label))
            )
        return Vary(setting.path, tuple(texts))

    def _fill(self) -> None:
        self.list.clear()
        names = headings()
        sections = {path: names[s.name] for s in SECTIONS for path in (*s.first, *s.more)}
        for path in self.paths:
            where = sections.get(path) or self._shock_name(path)
            self.list.addItem(f"{where} · {tr(setting_at(path).label)}")

    def _shock_name(self, path: str) -> str:
        assert self.scenario is not None
        return as_shipped(self.scenario.shocks[int(path.split(".")[1])].name)

    def _take_found(self, text: str) -> None:
        place = self.list.findText(text)
        if place >= 0:
            self.list.setCurrentIndex(place)
            self._suggest()

    def _settle(self) -> None:
        """Words that are no setting's name give way to the one that is chosen."""
        if self.list.findText(self.list.currentText()) < 0:
            self.list.setEditText(self.list.itemText(self.list.currentIndex()))

    def _suggest(self, *_chosen: object) -> None:
        """Suggest a range around the value the scenario has; a choice takes all there are."""
        assert self.scenario is not None
        setting = self.setting
        is_number = setting.kind == "number"
        for widget in (self.first, self.last, self.to, self.times, self.count):
            widget.setEnabled(is_number)
        self.list.setToolTip(setting.hint())
        if not is_number:
            everything = tr("all {n} choices", n=len(setting.choices))
            self.first.settle(everything)
            self.last.settle("")
            return
        value = float(setting.value(self.scenario) or 0.0)
        ends = sorted((value / SPAN, value * SPAN))
        if not value:
            usual = setting.default or (setting.high if setting.high < 1e6 else 1.0)
            ends = [0.0, float(usual)]
        low, high = (min(max(end, setting.low), setting.high) for end in ends)
        self.first.settle(setting.text(float(f"{low:.2g}")))
        self.last.settle(setting.text(float(f"{high:.2g}")))

    def retranslate(self) -> None:
        """Take up another language."""
        self.to.setText(tr("to"))
        self.times.setText(tr("values:"))
        self.list.setAccessibleName(tr("Setting to vary"))
        for widget, name in (
            (self.first, tr("From")),
            (self.last, tr("To")),
            (self.count, tr("How many values")),
        ):
            widget.setAccessibleName(name)
            widget.setToolTip(name)
        if self.paths:
            place = self.list.currentIndex()
            self._fill()
            self.list.setCurrentIndex(place)
            self._suggest()

    def restyle(self) -> None:
        """Take up another size of text."""
        self.row.setSpacing(theme.unit(6))
        self.list.setMinimumWidth(theme.unit(190))
        for edit in (self.first, self.last):
            edit.setMinimumWidth(theme.unit(70))
