"""The menu bar, made from the commands; and choices of presets, files, theme and language."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QMenuBar

from engine.presets import PRESETS
from gui import shipped_scenarios
from gui.actions import GROUPS, Actions
from gui.i18n import LANGUAGES, language, tr
from gui.settings import Settings
from gui.theme import CHOICES, theme

THEME_NAMES = {
    "system": "As the system",
    "dark": "Dark",
    "light": "Light",
    "projector": "Projector",
}
BREAK_BEFORE = frozenset(
    {
        "save",
        "import_path",
        "quit",
        "slower",
        "same_seed",
        "announce",
        "cancel",
        "find",
        "about",
        "zoom_in",
        "compare",
        "presets",
    }
    | {"full_screen"}
)
"""Commands that a line separates from the one above."""


class Menus(QObject):
    """Fills a menu bar and keeps it in the language on the screen.

    Signals
    -------
    recent_chosen(path), example_chosen(path)
        Somebody wants that file.
    preset_chosen(key)
        Somebody wants that preset laid over the scenario.
    """

    recent_chosen = Signal(Path)
    example_chosen = Signal(Path)
    preset_chosen = Signal(str)

    def __init__(self, bar: QMenuBar, actions: Actions, settings: Settings) -> None:
        super().__init__(bar)
        self._bar, self._actions, self._settings = bar, actions, settings
        self.recent = QMenu(bar)
        self.recent.aboutToShow.connect(self._list_recent)
        self.recent.triggered.connect(self._recent_triggered)
        self.examples = QMenu(bar)
        self.examples.triggered.connect(self._example_triggered)
        self.presets = QMenu(bar)
        self.presets.setToolTipsVisible(True)
        self.presets.triggered.connect(self._preset_triggered)
        self.themes = QMenu(bar)
        self.themes.triggered.connect(self._theme_triggered)
        self.languages = QMenu(bar)
        self.languages.triggered.connect(self._language_triggered)
        language.language_changed.connect(self.translate)
        theme.changed.connect(self._check_choices)
        self._menus = {title: bar.addMenu(title) for title in GROUPS}
        self._fill()
        self.translate()

    def _fill(self) -> None:
        self._menus["View"].addMenu(self.themes)
        self._menus["View"].addMenu(self.languages)
        self._menus["View"].addSeparator()
        for title, commands in GROUPS.items():
            menu = self._menus[title]
            for command in commands:
                if command.name in BREAK_BEFORE:
                    menu.addSeparator()
                menu.addAction(self._actions[command.name])
                if command.name == "open":
                    menu.addMenu(self.recent)
                    menu.addMenu(self.examples)
                    menu.addMenu(self.presets)
        for path in shipped_scenarios():
            self.examples.addAction(path.stem).setData(path)
        for preset in PRESETS:
            self.presets.addAction(preset.name).setData(preset)
        _add_choices(self.themes, CHOICES)
        _add_choices(self.languages, LANGUAGES)

    def translate(self) -> None:
        """Write the titles and choices in the language on the screen."""
        for title, menu in self._menus.items():
            menu.setTitle(_with_key(title))
        self.recent.setTitle(tr("Open recent"))
        self.examples.setTitle(tr("Examples"))
        self.presets.setTitle(tr("Presets"))
        self.themes.setTitle(tr("Theme"))
        self.languages.setTitle(tr("Language"))
        for action in self.examples.actions():
            action.setText(tr(title_of(action.data())))
        for action in self.presets.actions():
            action.setText(tr(action.data().name))
            action.setToolTip(_wrapped(tr(action.data().idea)))
            action.setStatusTip(tr(action.data().idea))
        for action in self.themes.actions():
            action.setText(tr(THEME_NAMES[action.data()]))
        for action in self.languages.actions():
            action.setText(LANGUAGES[action.data()])
        self._check_choices()

    def _check_choices(self) -> None:
        for action in self.themes.actions():
            action.setChecked(action.data() == theme.choice)
        for action in self.languages.actions():
            action.setChecked(action.data() == language.name)

    def _list_recent(self) -> None:
        self.recent.clear()
        for name in self._settings.recent_files:
            path = Path(name)
            action = self.recent.addAction(path.name.replace("&", "&&"))
            action.setData(path)
            action.setToolTip(name)
            action.setStatusTip(name)
        self.recent.setToolTipsVisible(True)
        if not self._settings.recent_files:
            self.recent.addAction(tr("None yet")).setEnabled(False)

    def _recent_triggered(self, action: QAction) -> None:
        self.recent_chosen.emit(action.data())

    def _example_triggered(self, action: QAction) -> None:
        self.example_chosen.emit(action.data())

    def _preset_triggered(self, action: QAction) -> None:
        self.preset_chosen.emit(action.data().key)

    def _theme_triggered(self, action: QAction) -> None:
        self._settings.theme = action.data()
        theme.set(self._settings.theme)

    def _language_triggered(self, action: QAction) -> None:
        self._settings.language = action.data()
        language.choose(self._settings.language)


def title_of(example: Path) -> str:
    """Return what one of the program's own scenarios is called, in English: after its file."""
    title = example.stem.replace("-", " ")
    return title[:1].upper() + title[1:]


def _wrapped(paragraph: str) -> str:
    """Return a paragraph as a tooltip of several lines; as plain text it would be one."""
    return f"<p>{escape(paragraph)}</p>"


def _with_key(title: str) -> str:
    """Return a menu's title with the key that opens it together with Alt: the English initial."""
    name = tr(title)
    return f"&{name}" if name == title else f"{name}(&{title[0]})"


def _add_choices(menu: QMenu, keys: Iterable[str]) -> None:
    group = QActionGroup(menu)
    for key in keys:
        action = menu.addAction(key)
        action.setData(key)
        action.setCheckable(True)
        group.addAction(action)
