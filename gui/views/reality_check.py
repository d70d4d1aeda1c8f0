"""The reality check: the article's figures, what this run gives, and what many seeds do."""

from __future__ import annotations

from functools import cache
from math import inf, isfinite
from pathlib import Path

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engine import check, check_export, scenario_file
from engine.claims import CLAIMS, all_checks, all_contrasts
from engine.evidence import Check, Claim, Contrast, Finding, Shift
from engine.experiment import Results
from engine.presets import preset
from engine.run import BudgetError
from engine.scenario import Scenario
from engine.scenario_file import ScenarioError
from gui import format as fmt
from gui import shipped_scenarios
from gui.engine_sentences import translated
from gui.i18n import as_shipped, tr
from gui.menus import title_of
from gui.session import Session
from gui.theme import mark, theme
from gui.timers import once_after
from gui.views.invitation import Invitation
from gui.views.measuring import Measuring
from gui.views.play_bar import PlayBar, unnamed
from gui.views.table import Table
from gui.views.window import ViewWindow

RENEW_MS = 1_000
MET, NOT_MET = "fund", "danger"


class RealityCheck(ViewWindow):
    """A row for every check of every claim; below, what it takes to play it over many seeds."""

    size_units = (1160, 720)

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.session = session
        self.outcome: check.Outcome | None = None
        self._seeds = 0
        self._scenarios = {"": session.document.scenario}
        self.which = QComboBox()
        self.which.addItem("", None)
        for path in shipped_scenarios():
            self.which.addItem("", path)
        self.which_label = QLabel()
        self.which_label.setBuddy(self.which)
        checks = {str(nth): each.measure for nth, each in enumerate(all_checks())}
        self.measuring = Measuring(checks, self)
        self.measuring.done.connect(self._show)
        self.told, self.sums = QLabel(), QLabel()
        self.told.setWordWrap(True)
        self.sums.setProperty("role", "value")
        self.table = Table((1, 2, 4))
        self.begin_button = QPushButton()
        self.invitation = Invitation(self.begin_button)
        self.begin_button.clicked.connect(self.play_wanted)
        self.contrasts = QCheckBox()
        self.play_bar = PlayBar()
        self.play_bar.play_wanted.connect(self._play)
        self.play_bar.grew.connect(self._grew)
        self.play_bar.ended.connect(self._show)
        self.play_bar.fewer.toggled.connect(self._sum_up)
        self.contrasts.toggled.connect(self._expect)
        self.which.currentIndexChanged.connect(self._choose_which)
        self.export = QPushButton()
        self.export.setEnabled(False)
        self.export.clicked.connect(self._choose_folder)
        self._lay_out()
        self._renew_timer = once_after(RENEW_MS, self._measure, self)
        session.document.changed.connect(self._take_scenario)
        session.player.run_changed.connect(self._measure_soon)
        session.player.grew.connect(self._measure_soon)
        self.begin()

    def _lay_out(self) -> None:
        self.column = QVBoxLayout(self)
        top = QHBoxLayout()
        top.addWidget(self.which_label)
        top.addWidget(self.which)
        top.addStretch(1)
        self.column.addLayout(top)
        self.column.addWidget(self.told)
        self.column.addWidget(self.table, 1)
        self.column.addWidget(self.invitation, 1)
        self.column.addWidget(self.sums)
        self.column.addWidget(self.contrasts)
        self.column.addWidget(self.play_bar)
        self.column.addLayout(self.foot(self.export))

    # ---------------------------------------------------------------- what is shown

    def retranslate(self) -> None:
        super().retranslate()
        self.setWindowTitle(tr("Reality check"))
        self.table.setAccessibleName(tr("Reality check"))
        self.told.setText(
            tr(
                "The thirteen figures and statements of the article behind this program, and where "
                "each counts as met. A dash: this scenario can't tell, or has not been computed so "
                "far; the year's figures need the year 2025."
            )
        )
        self.which_label.setText(tr("What to check"))
        for place in range(self.which.count()):
            path = self.which.itemData(place)
            title = tr("The open scenario") if path is None else tr(title_of(path))
            self.which.setItemText(place, title)
        self.begin_button.setText(tr("Begin"))
        self.contrasts.setText(tr("Counterfactuals too"))
        self.contrasts.setToolTip(
            tr(
                "Statements in words: the same seeds with a preset laid over must move a measure "
                "the way the article says; takes ten times as long"
            )
        )
        self.export.setText(tr("Export…"))
        self.export.setToolTip(tr("Save what the seeds say as check.csv and check.json"))
        self.play_bar.retranslate()
        self._show()

    def restyle(self) -> None:
        unit = theme.unit
        self.column.setContentsMargins(unit(16), unit(12), unit(16), unit(12))
        self.column.setSpacing(unit(8))
        self.play_bar.restyle()
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._take_scenario()
        self._measure()

    @property
    def scenario(self) -> Scenario:
        """What is to be checked."""
        path = self.which.currentData()
        return self.session.document.scenario if path is None else _shipped(path)

    def _choose_which(self) -> None:
        self._take_scenario()
        self._show()

    def _take_scenario(self, *_changed: object) -> None:
        if self.isVisible():
            self.play_bar.take_scenario(self.scenario)
            self._expect()
            self._sum_up()

    def _expect(self) -> None:
        """Say how many worlds each seed takes: one, and one more for every preset laid over."""
        presets = {contrast.preset for contrast in all_contrasts()}
        both = self.contrasts.isChecked() and self.scenario.shocks
        self.play_bar.expect(1 + len(presets) if both else 1)

    def _measure_soon(self) -> None:
        if self.isVisible() and not self._renew_timer.isActive():
            self._renew_timer.start()

    def _measure(self) -> None:
        run = self.session.player.run
        if self.isVisible() and run is not None:
            self.measuring.start([("run", run)])

    def _show(self) -> None:
        """Write the table anew."""
        run = self.session.player.run
        seeds = self._seeds
        here = tr("This run") if run is None else tr("Seed {seed}", seed=run.scenario.seed)
        many = tr("Median of {n} seeds\n(middle half)", n=seeds) if seeds else tr("Many seeds")
        self.table.set_titles(
            [tr("What is measured"), tr("Met where"), here, "", many, "", tr("Source")]
        )
        rows: list[tuple[str, ...]] = []
        colors: list[dict[int, str]] = []
        for claim in CLAIMS:
            for row, color in self._claim(claim):
                rows.append(row)
                colors.append(color)
        of_run = self.which.currentData() is None and any(map(isfinite, self._values().values()))
        of_many = self.outcome is not None
        for columns, seen in (((2, 3), of_run), ((4, 5), of_many)):
            for column in columns:
                self.table.setColumnHidden(column, not seen)
        self.table.set_rows(rows, colors)
        self.table.setVisible(of_run or of_many)
        self.invitation.setVisible(not of_run and not of_many)
        self._sum_up()

    def _values(self) -> dict[str, float]:
        """Return what the run on the screen is measured at; empty before the first measuring."""
        return self.measuring.values.get("run", {})

    def _claim(self, claim: Claim) -> list[tuple[tuple[str, ...], dict[int, str]]]:
        lines: list[tuple[tuple[str, ...], dict[int, str]]] = [
            ((f"{claim.number}. {tr(claim.says)}",), {})
        ]
        if claim.note:
            lines.append(((tr("Note: {note}", note=tr(claim.note)),), {0: "muted"}))
        values = self._values()
        places = {id(each): str(nth) for nth, each in enumerate(all_checks())}
        for asked in claim.checks:
            value = values.get(places[id(asked)], float("nan"))
            finding = Finding(asked, (value,) if isfinite(value) else ())
            many = self._found(asked)
            lines.append(self._line(tr(asked.name), asked, finding, many, tr(asked.source)))
        for contrast in claim.contrasts:
            shift = self._moved(contrast)
            if shift is not None:
                source = tr("preset: {name}", name=tr(preset(contrast.preset).name))
                lines.append(self._line(tr(contrast.name), contrast, None, shift, source))
        return lines

    def _line(
        self,
        name: str,
        asked: Check | Contrast,
        here: Finding | None,
        many: Finding | Shift | None,
        source: str,
    ) -> tuple[tuple[str, ...], dict[int, str]]:
        first, second = verdict(here), verdict(many)
        row = (name, target(asked), _middle(here), first[0], _middle(many), second[0], source)
        return row, {3: first[1], 5: second[1], 6: "muted"}

    def _found(self, asked: Check) -> Finding | None:
        found = self.outcome.findings if self.outcome is not None else ()
        return next((each for each in found if each.check is asked), None)

    def _moved(self, contrast: Contrast) -> Shift | None:
        moved = self.outcome.shifts if self.outcome is not None else ()
        return next((each for each in moved if each.contrast is contrast), None)

    def _sum_up(self) -> None:
        """Say how many are met, and what will be shown as long as nothing is."""
        name = as_shipped(self.scenario.name)
        if self.play_bar.playing:
            self.invitation.say(tr("The first worlds are under way; the table follows them."))
        elif self.which.currentData() is None:
            self.invitation.say(
                tr(
                    "Here stands what this run gives beside the article's figures, as soon as it "
                    "is computed so far. Begin plays many seeds: what of it was chance?"
                )
            )
        else:
            self.invitation.say(
                tr(
                    "Here will stand what many seeds of “{name}” give beside the article's "
                    "figures: their median, the middle half, and what is met.",
                    name=name,
                )
            )
        self.begin_button.setVisible(not self.play_bar.playing)
        parts = []
        values = self._values()
        checks = zip(all_checks(), values.values(), strict=False)  # none before the first measuring
        told = [each.low <= value <= each.high for each, value in checks if isfinite(value)]
        if self.which.currentData() is None and told:
            parts.append(tr("This run: {met} of {told} that it can tell are met", met=sum(told),
                            told=len(told)))  # fmt: skip
        stale = ""
        if self.outcome is not None:
            verdicts = [each.met for each in self.outcome.all if each.met is not None]
            ((name, played),) = self._scenarios.items()
            parts.append(tr("Over {n} seeds of {name}: {met} of {told}", n=self._seeds,
                            name=as_shipped(name), met=sum(verdicts),
                            told=len(verdicts)))  # fmt: skip
            if unnamed(played) != unnamed(self.play_bar.with_crowd(self.scenario)):
                stale = tr("That is not what is chosen now; Begin plays it")
        self.sums.setText(" · ".join([*parts, f"⚠ {stale}"] if stale else parts))
        mark(self.sums, "role", "danger" if stale else "value")

    # ---------------------------------------------------------------- many seeds

    def play_wanted(self) -> None:
        """Play, as the button below does."""
        self.play_bar.button.click()

    def _play(self) -> None:
        scenario = self.play_bar.with_crowd(self.scenario)
        scenarios = {scenario.name: scenario}
        try:
            experiment = check.experiment(
                scenarios, self.play_bar.seeds.value(), self.contrasts.isChecked()
            )
        except (ScenarioError, BudgetError) as error:
            self.play_bar.refuse(translated(str(error)))
            return
        self._scenarios, self.outcome = scenarios, None
        self.export.setEnabled(False)
        self.play_bar.play(experiment)
        self._show()

    def _grew(self, results: Results) -> None:
        """Write down what the seeds say so far."""
        first, *others = results.experiment.variants
        self._seeds = len(results.samples(first))
        (self.outcome,) = check.outcomes(results, self._scenarios, bool(others))
        self.export.setEnabled(True)
        self._show()

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("Export to a folder"), str(Path.home()))
        if folder:
            self.save(Path(folder))

    def save(self, folder: Path) -> None:
        """Write what the seeds say to a folder; say so if it can't be written."""
        if self.outcome is None:
            return
        try:
            paths = check_export.write([self.outcome], folder)
        except OSError as error:
            self.play_bar.refuse(
                tr(
                    "{name} could not be written: {reason}.",
                    name=folder,
                    reason=translated(error.strerror or ""),
                )
            )
        else:
            self.play_bar.say(tr("Written: {names}", names=", ".join(path.name for path in paths)))

    def shut(self) -> None:
        self.play_bar.close_job()
        super().shut()


@cache
def _shipped(path: Path) -> Scenario:
    return scenario_file.load(path)


def verdict(told: Finding | Shift | None) -> tuple[str, str]:
    """Return whether it is met, as sign and word, and the name of its colour."""
    if told is None or told.met is None:
        return "", "muted"
    return (f"✓ {tr('met')}", MET) if told.met else (f"✗ {tr('not met')}", NOT_MET)


def target(asked: Check | Contrast) -> str:
    """Return in words what counts as met, with its unit."""
    factor = fmt.factor(asked.unit)
    low, high = (_short(factor * bound) for bound in (asked.low, asked.high))
    if asked.low == asked.high:
        span = low
    elif asked.high == inf:
        span = tr("at least {low}", low=low)
    elif asked.low == -inf:
        span = tr("at most {high}", high=high)
    else:
        span = tr("{low} to {high}", low=low, high=high)
    return f"{span} {fmt.unit(asked.unit)}"


def _short(bound: float) -> str:
    """Return a bound without noughts that say nothing."""
    text = fmt.significant(bound)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _middle(told: Finding | Shift | None) -> str:
    """Return the value, with the middle half if there are several."""
    if told is None or told.value is None or told.quartiles is None:
        return fmt.MISSING
    if isinstance(told, Finding):
        values, unit = told.values, told.check.unit
    else:
        values, unit = told.moves, told.contrast.unit
    figures = (told.value, *told.quartiles)
    value, low, high = (fmt.significant(fmt.factor(unit) * figure) for figure in figures)
    return (
        value
        if len(values) == 1
        else tr("{value} ({low} to {high})", value=value, low=low, high=high)
    )
