"""Many worlds: the open scenario with many seeds, over values of settings, or A against B."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import NamedTuple

from PySide6.QtGui import QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engine import experiment_export
from engine.experiment import Experiment, Results, Variant, Vary, comparison, ensemble, sweep
from engine.run import BudgetError
from engine.scenario import Scenario
from engine.scenario_file import ScenarioError
from gui import format as fmt
from gui.document import Document
from gui.engine_sentences import translated
from gui.i18n import as_shipped, tr
from gui.panels.refusal import in_plain_words
from gui.panels.setting import NotAllowedError, setting_at
from gui.pinned import Pinned
from gui.theme import theme
from gui.views.experiment_results import ExperimentResults
from gui.views.play_bar import PlayBar, unnamed
from gui.views.setting_picker import SettingPicker
from gui.views.window import ViewWindow

KINDS = ("seeds", "one", "two", "pair")

SHARPNESS = 2.0


class Question(NamedTuple):
    """What is played: everything results hang on, apart from seeds and names."""

    kind: str
    scenario: Scenario
    other: Scenario | None
    varied: tuple[Vary, ...]


class ManyWorlds(ViewWindow):
    """What to play on top, how often and how far below it, and what came out."""

    size_units = (1040, 740)

    def __init__(self, document: Document, pinned: Pinned, parent: QWidget) -> None:
        super().__init__(parent)
        self.document, self.pinned = document, pinned
        self._asked: Question | None = None
        self.kind = QComboBox()
        for name in KINDS:
            self.kind.addItem(name, name)
        self.kind_label = QLabel()
        self.kind_label.setBuddy(self.kind)
        self.pickers = (SettingPicker(), SettingPicker())
        self.play_bar = PlayBar()
        self.results = ExperimentResults()
        self.csv, self.image = QPushButton(), QPushButton()
        self._lay_out()
        self.kind.currentIndexChanged.connect(self._show_kind)
        self.play_bar.fewer.toggled.connect(self._show_standing)
        for picker in self.pickers:
            picker.changed.connect(self._show_standing)
        self.play_bar.play_wanted.connect(self._play)
        self.play_bar.grew.connect(self._grew)
        self.play_bar.ended.connect(self._show_standing)
        self.results.chosen.connect(self.open_world)
        self.csv.clicked.connect(self._choose_folder)
        self.image.clicked.connect(self._choose_file)
        document.changed.connect(self._take_scenario)
        pinned.changed.connect(self._show_kind)
        self._take_scenario(document.scenario)
        self.pickers[1].choose("liquidity.withdrawal_exponent")
        self.begin()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.kind_label)
        top.addWidget(self.kind)
        top.addStretch(1)
        self.column = QVBoxLayout(self)
        self.column.addLayout(top)
        for picker in self.pickers:
            self.column.addWidget(picker)
        self.column.addWidget(self.play_bar)
        self.column.addWidget(self.results, 1)
        for button in (self.csv, self.image):
            button.setEnabled(False)
        self.column.addLayout(self.foot(self.csv, self.image))

    # ---------------------------------------------------------------- what is shown

    def retranslate(self) -> None:
        super().retranslate()
        self.setWindowTitle(tr("Many worlds"))
        self.kind_label.setText(tr("What to play"))
        for place, text in enumerate(
            (
                tr("This scenario, many seeds"),
                tr("Over values of one setting"),
                tr("Over values of two settings"),
                tr("A against B, the same seeds"),
            )
        ):
            self.kind.setItemText(place, text)
        self.csv.setText(tr("Save as CSV…"))
        self.csv.setToolTip(
            tr("A folder with every world, quantiles, and the scenario, for other programs")
        )
        self.image.setText(tr("Save picture…"))
        self.image.setToolTip(tr("What is shown, as PNG"))
        for picker in self.pickers:
            picker.retranslate()
        self.play_bar.retranslate()
        self.results.retranslate()
        self._show_kind()

    def restyle(self) -> None:
        unit = theme.unit
        self.column.setContentsMargins(unit(16), unit(12), unit(16), unit(12))
        self.column.setSpacing(unit(8))
        for part in (*self.pickers, self.play_bar, self.results):
            part.restyle()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._take_scenario(self.document.scenario)

    def compare(self) -> None:
        """Choose to play A against B."""
        self.kind.setCurrentIndex(KINDS.index("pair"))

    def _take_scenario(self, scenario: Scenario) -> None:
        self.play_bar.take_scenario(scenario)
        for picker in self.pickers:
            picker.set_scenario(scenario)
        self._show_standing()

    def _show_kind(self, *_changed: object) -> None:
        kind = self.kind.currentData()
        self.pickers[0].setVisible(kind in ("one", "two"))
        self.pickers[1].setVisible(kind == "two")
        missing = kind == "pair" and self.pinned.run is None
        told = tr("There is no A yet: keep a run as A first (Ctrl+K).")
        if not self.play_bar.playing:
            self.play_bar.button.setEnabled(not missing)
            if missing or self.play_bar.status.text() == told:
                self.play_bar.say(told if missing else "")
        self._show_standing()

    def _show_standing(self, *_changed: object) -> None:
        """Say what there is to play, and what the pictures belong to."""
        if not self.isVisible():
            return
        kind = self.kind.currentData()
        counts = [picker.values_count() for picker in self._picked()]
        self.play_bar.expect(2 if kind == "pair" else prod(counts))
        self.results.invitation.say(self._invitation())
        shown = self.results.results
        if shown is not None and self._asked is not None:
            self.results.tell_what_of(_told(shown), self._stale())

    def _picked(self) -> tuple[SettingPicker, ...]:
        """Return the pickers that count."""
        return self.pickers[: {"one": 1, "two": 2}.get(self.kind.currentData(), 0)]

    def _invitation(self) -> str:
        """Say what the window will show."""
        if self.play_bar.playing:
            return tr("The first worlds are under way; the pictures grow as they are finished.")
        answers = {
            "seeds": tr(
                "How much of it was chance? The same scenario with many seeds: other people, other "
                "news between the shocks. You will see how far apart they go and can open any of "
                "them."
            ),
            "one": tr(
                "Where does it tip over? The same seeds at several values of one setting. You will "
                "see how any measure goes with it, and open the world of any value."
            ),
            "two": tr(
                "What do two settings do together? The same seeds at every pair of their values. "
                "You will see a map of any measure, and open the world of any cell."
            ),
            "pair": tr(
                "Which differences are more than chance? A and B with the same seeds, pair by "
                "pair. You will see both, and for each measure how many seeds rise or fall."
            ),
        }
        press = tr("Begin plays them in the background; it can be stopped and gone on with.")
        return f"{answers[self.kind.currentData()]}\n\n{press}"

    def _question(self) -> Question | None:
        """Return what Begin would play now; None if it can't be played."""
        other = self.pinned.run
        try:
            varied = tuple(picker.vary() for picker in self._picked())
        except NotAllowedError:
            return None
        pair = self.kind.currentData() == "pair" and other is not None
        return Question(
            self.kind.currentData(),
            unnamed(self.play_bar.with_crowd(self.document.scenario)),
            unnamed(self.play_bar.with_crowd(other.scenario)) if pair and other else None,
            varied,
        )

    def _stale(self) -> str:
        """Return why the pictures are not what Begin would play; empty if they are."""
        now, asked = self._question(), self._asked
        if asked is None or now == asked:
            return ""
        if now is None or now.kind != asked.kind or now.varied != asked.varied:
            return tr("Above something else is chosen; Begin plays that")
        return tr("The scenario was changed since; Begin plays it as it is now")

    # ---------------------------------------------------------------- playing

    def _play(self) -> None:
        try:
            experiment = self.experiment()
        except NotAllowedError as error:
            self.play_bar.refuse(str(error))
        except ScenarioError as error:
            self.play_bar.refuse(in_plain_words(error))
        except BudgetError as error:
            self.play_bar.refuse(translated(str(error)))
        else:
            self._asked = self._question()
            for button in (self.csv, self.image):
                button.setEnabled(False)
            self.play_bar.play(experiment)
            self.results.set_results(Results(experiment))
            self._show_standing()

    def experiment(self) -> Experiment:
        """Return what the person has chosen.

        Raises
        ------
        NotAllowedError, ScenarioError, BudgetError
            If it can't be played; the text says why.
        """
        seeds, kind = self.play_bar.seeds.value(), self.kind.currentData()
        scenario = self.play_bar.with_crowd(self.document.scenario)
        if kind == "seeds":
            return ensemble("worlds", scenario, seeds)
        if kind == "pair":
            assert self.pinned.run is not None  # the button rests without A
            one = self.play_bar.with_crowd(self.pinned.run.scenario)
            return comparison(("A", "B"), one, scenario, seeds)
        return sweep(scenario, [picker.vary() for picker in self._picked()], seeds)

    def _grew(self, results: Results) -> None:
        self.results.set_results(results)
        for button in (self.csv, self.image):
            button.setEnabled(True)
        self._show_standing()

    def open_world(self, variant: Variant, seed: int) -> None:
        """Open a world in the main window, as one step that can be undone."""
        scenario = variant.scenario.model_copy(update={"seed": seed})
        text = tr("World with seed {seed}", seed=seed)
        self.document.edit(text, scenario)
        self.play_bar.say(tr("{what} is open in the main window; undo takes it back.", what=text))

    # ---------------------------------------------------------------- what is saved

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("Export to a folder"), str(Path.home()))
        if folder:
            self.save_csv(Path(folder))

    def save_csv(self, folder: Path) -> None:
        """Write everything to a folder; say so if it can't be written."""
        results = self.results.results
        if results is None:
            return
        try:
            paths = experiment_export.write(results, folder)
        except OSError as error:
            self._refuse_file(folder, error)
        else:
            names = ", ".join(path.name for path in paths)
            self.play_bar.say(tr("Written: {names}", names=names))

    def _choose_file(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, tr("Save picture"), str(Path.home() / "worlds.png"), "PNG (*.png)"
        )
        if name:
            self.save_image(Path(name))

    def save_image(self, path: Path) -> None:
        """Save the picture as it is shown, but sharper."""
        picture = self.results.picture
        image = QPixmap(picture.size() * SHARPNESS)
        image.setDevicePixelRatio(SHARPNESS)
        image.fill(theme.color("background"))
        picture.render(image)
        if image.save(str(path), "PNG"):
            self.play_bar.say(tr("Written: {names}", names=path.name))
        else:
            self._refuse_file(path, OSError())

    def _refuse_file(self, path: Path, error: OSError) -> None:
        reason = translated(error.strerror or str(error)) or "PNG"
        self.play_bar.refuse(tr("{name} could not be written: {reason}.", name=path, reason=reason))

    def shut(self) -> None:
        self.play_bar.close_job()
        super().shut()


def _told(results: Results) -> str:
    """Return of what results are: scenario, seeds, accounts."""
    experiment = results.experiment
    scenario = experiment.variants[0].scenario
    names = [tr(setting_at(vary.path).label) for vary in experiment.varied]
    what = "A – B" if experiment.kind == "comparison" else as_shipped(scenario.name)
    return " · ".join(
        [
            *([what, " × ".join(names)] if names else [what]),
            tr(
                "seeds {first} to {last}",
                first=scenario.seed,
                last=scenario.seed + experiment.seeds - 1,
            ),
            tr("{n} accounts", n=fmt.count(scenario.crowd.accounts)),
        ]
    )
