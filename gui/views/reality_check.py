"""The reality check: the article's figures, what this run gives, and what many seeds do."""

from __future__ import annotations

from math import inf, isfinite
from pathlib import Path

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engine import check, check_export
from engine.claims import CLAIMS, all_checks
from engine.evidence import Check, Claim, Contrast, Finding, Shift
from engine.experiment import Results
from engine.presets import preset
from engine.run import BudgetError
from engine.scenario_file import ScenarioError
from gui import format as fmt
from gui.engine_sentences import translated
from gui.i18n import tr
from gui.session import Session
from gui.theme import theme
from gui.timers import once_after
from gui.views.measuring import Measuring
from gui.views.play_bar import PlayBar
from gui.views.table import Table
from gui.views.window import ViewWindow

RENEW_MS = 1_000
MET, NOT_MET = "fund", "danger"


class RealityCheck(ViewWindow):
    """A row for every check of every claim; below, what it takes to play it over many seeds."""

    size_units = (1080, 720)

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.session = session
        self.outcome: check.Outcome | None = None
        self._seeds = 0
        self._scenarios = {"": session.document.scenario}
        checks = {str(nth): each.measure for nth, each in enumerate(all_checks())}
        self.measuring = Measuring(checks, self)
        self.measuring.done.connect(self._show)
        self.told, self.sums = QLabel(), QLabel()
        self.told.setWordWrap(True)
        self.sums.setProperty("role", "value")
        self.table = Table((1, 2, 4))
        self.contrasts = QCheckBox()
        self.play_bar = PlayBar()
        self.play_bar.play_wanted.connect(self._play)
        self.play_bar.grew.connect(self._grew)
        self.export = QPushButton()
        self.export.setEnabled(False)
        self.export.clicked.connect(self._choose_folder)
        self._lay_out()
        self._renew_timer = once_after(RENEW_MS, self._measure, self)
        session.player.run_changed.connect(self._measure_soon)
        session.player.grew.connect(self._measure_soon)
        self.begin()

    def _lay_out(self) -> None:
        self.column = QVBoxLayout(self)
        self.column.addWidget(self.told)
        self.column.addWidget(self.table, 1)
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
                "far; the year's figures need the year 2025 (File → Examples)."
            )
        )
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
        self.play_bar.take_scenario(self.session.document.scenario)
        self._measure()

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
        many = tr("Median of {n} seeds (middle half)", n=seeds) if seeds else tr("Many seeds")
        self.table.set_titles(
            [tr("What is measured"), tr("Met where"), here, "", many, "", tr("Source")]
        )
        rows: list[tuple[str, ...]] = []
        colors: list[dict[int, str]] = []
        for claim in CLAIMS:
            for row, color in self._claim(claim):
                rows.append(row)
                colors.append(color)
        self.table.set_rows(rows, colors)
        self._sum_up()

    def _claim(self, claim: Claim) -> list[tuple[tuple[str, ...], dict[int, str]]]:
        lines: list[tuple[tuple[str, ...], dict[int, str]]] = [
            ((f"{claim.number}. {tr(claim.says)}",), {})
        ]
        if claim.note:
            lines.append(((tr("Note: {note}", note=tr(claim.note)),), {0: "muted"}))
        values = self.measuring.values.get("run", {})
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
        values = self.measuring.values.get("run", {})
        checks = zip(all_checks(), values.values(), strict=False)  # none before the first measuring
        told = [each.low <= value <= each.high for each, value in checks if isfinite(value)]
        text = tr("This run: {met} of {told} that it can tell are met", met=sum(told),
                  told=len(told))  # fmt: skip
        if self.outcome is not None:
            verdicts = [each.met for each in self.outcome.all if each.met is not None]
            text += " · " + tr("Over {n} seeds: {met} of {told}", n=self._seeds,
                               met=sum(verdicts), told=len(verdicts))  # fmt: skip
        self.sums.setText(text)

    # ---------------------------------------------------------------- many seeds

    def _play(self) -> None:
        scenario = self.play_bar.with_crowd(self.session.document.scenario)
        self._scenarios = {scenario.name: scenario}
        try:
            experiment = check.experiment(
                self._scenarios, self.play_bar.seeds.value(), self.contrasts.isChecked()
            )
        except (ScenarioError, BudgetError) as error:
            self.play_bar.refuse(translated(str(error)))
            return
        self.play_bar.play(experiment)

    def _grew(self, results: Results) -> None:
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
    return f"{span} {tr(asked.unit)}"


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
