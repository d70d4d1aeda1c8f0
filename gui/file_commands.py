"""New, Open, Save, Import, presets: what is asked, what is said, and nothing lost on the way."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox, QWidget

from engine.presets import applied, preset
from engine.scenario_file import SUFFIX, ScenarioError
from gui import settings as kept
from gui.document import Document
from gui.engine_sentences import translated
from gui.i18n import as_shipped, tr
from gui.laid_presets import refusal, step_of, tag_of
from gui.settings import Settings


class FileCommands(QObject):
    """Opens and saves the document's file, asking the person where need be.

    Signals
    -------
    refused(sentence)
        Something could not be read or written; the document is as it was.
    settled()
        A file was opened or saved.
    """

    refused = Signal(str)
    settled = Signal()

    def __init__(self, document: Document, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._settings, self._window = document, settings, window

    def new(self) -> None:
        if self.may_leave():
            self._document.new()
            self.settled.emit()

    def choose_and_open(self) -> None:
        if not self.may_leave():
            return
        name, _kind = QFileDialog.getOpenFileName(
            self._window, tr("Open a scenario"), self._folder(), _name_filter()
        )
        if name:
            self._open(Path(name))

    def open(self, path: Path) -> bool:
        """Open a file; return whether it is open now."""
        return self.may_leave() and self._open(path)

    def open_example(self, path: Path) -> None:
        """Open one of the program's own scenarios."""
        if not self.may_leave():
            return
        try:
            self._document.open_example(path)
        except ScenarioError as error:
            self.refused.emit(translated(str(error)))
            return
        self.settled.emit()

    def save(self) -> bool:
        """Save to the document's file, asking for one if there is none; return whether saved."""
        path = self._document.path
        return self.save_as() if path is None else self._save(path)

    def save_as(self) -> bool:
        """Ask for a file and save to it; return whether saved."""
        suggestion = Path(self._folder()) / f"{_file_name(self._document.title)}{SUFFIX}"
        name, _kind = QFileDialog.getSaveFileName(
            self._window, tr("Save the scenario"), str(suggestion), _name_filter()
        )
        if not name:
            return False
        path = Path(name)
        return self._save(path if path.suffix else path.with_suffix(SUFFIX))

    def import_path(self) -> None:
        """Ask for a CSV file and let fundamental values follow its prices; can be undone."""
        name, _kind = QFileDialog.getOpenFileName(
            self._window, tr("Import a price path"), self._folder(), f"{tr('Prices')} (*.csv)"
        )
        if name:
            self._follow(Path(name))

    def _follow(self, path: Path, asset: str | None = None) -> None:
        """Take over the prices of a file, asking whose they are where it doesn't say."""
        from engine import price_path  # few need it, and it takes its time

        try:
            changed = price_path.load(path, self._document.scenario, asset)
            self._document.edit(tr("Import prices from {name}", name=path.name), changed)
        except price_path.WhichAssetError:
            names = {as_shipped(name): name for name in self._document.scenario.asset_names}
            chosen, said = QInputDialog.getItem(
                self._window,
                tr("Import a price path"),
                tr("{name} holds candles of one asset. Which one?", name=path.name),
                list(names),
                0,
                False,
            )
            if said:
                self._follow(path, names[chosen])
        except ScenarioError as error:
            self.refused.emit(
                tr("These prices were not taken. {reason}", reason=translated(str(error)))
            )
        else:
            self.settled.emit()

    def lay_over(self, key: str) -> None:
        """Lay a preset over the scenario, in one step that can be undone."""
        idea = preset(key)
        try:
            changed = applied(self._document.scenario, idea)
            self._document.edit(step_of(idea.name), changed, tag=tag_of(key))
        except ScenarioError as error:
            self.refused.emit(refusal(self._document, key, error))
        else:
            self.settled.emit()

    def may_leave(self) -> bool:
        """Ask about unsaved changes; return whether the document may be replaced or closed."""
        if not self._document.modified:
            return True
        choice = QMessageBox.StandardButton
        answer = QMessageBox(self._window)
        answer.setIcon(QMessageBox.Icon.Warning)
        answer.setWindowTitle(tr("Unsaved changes"))
        answer.setText(tr("Save the changes to “{name}”?", name=self._document.title))
        answer.setInformativeText(tr("They are lost otherwise."))
        answer.setStandardButtons(choice.Save | choice.Discard | choice.Cancel)
        answer.setDefaultButton(choice.Save)
        chosen = answer.exec()
        if chosen == choice.Save:
            return self.save()
        return chosen == choice.Discard

    def _open(self, path: Path) -> bool:
        try:
            self._document.open(path)
        except ScenarioError as error:
            if not path.exists():
                self._settings.forget_recent(path)
            self.refused.emit(
                tr("This file was not opened. {reason}", reason=translated(str(error)))
            )
            return False
        self._remember(path)
        return True

    def _save(self, path: Path) -> bool:
        try:
            self._document.save(path)
        except OSError as error:
            reason = translated(error.strerror or str(error))
            self.refused.emit(
                tr("{name} could not be written: {reason}.", name=path, reason=reason)
            )
            return False
        self._remember(path)
        return True

    def _remember(self, path: Path) -> None:
        self._settings.add_recent(path)
        kept.save(self._settings)
        self.settled.emit()

    def _folder(self) -> str:
        """Return where to begin looking: beside the open file, else where the last one was."""
        if self._document.path is not None:
            return str(self._document.path.parent)
        recent = self._settings.recent_files
        return str(Path(recent[0]).parent if recent else Path.home())


def _name_filter() -> str:
    return f"{tr('Scenarios')} (*{SUFFIX})"


def _file_name(title: str) -> str:
    """Return a title without what some system forbids in a file's name."""
    name = "".join("-" if letter in '<>:"/\\|?*' else letter for letter in title).strip(". ")
    return name or "scenario"
