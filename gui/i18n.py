"""English in the code, other languages in ``assets/i18n/<language>/*.json`` (English → other).

A text that has no translation is shown in English: half a translation beats none.
"""

from __future__ import annotations

import json

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QTranslator, Signal

from gui import ASSETS

LANGUAGES = {"en": "English", "zh_CN": "简体中文"}
"""Each language by its own name, as a person looking for it would read it."""


NEW, MY_TARIFF = "New scenario", "Tariff announced by me"
"""Names that the program gives: kept in English, and told in the language on the screen."""


class Language(QObject):
    """The language on the screen; whoever shows text listens to ``language_changed``."""

    language_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.name = "en"
        self.texts: dict[str, str] = {}
        self.of_scenarios: dict[str, str] = {}
        self._qt_texts: QTranslator | None = None

    def choose(self, name: str) -> None:
        """Switch to a language of LANGUAGES; an unknown one counts as English."""
        name = name if name in LANGUAGES else "en"
        if name == self.name:
            return
        self.name = name
        self.texts = _texts(name)
        self.of_scenarios = _texts(name, "scenarios.json")
        QLocale.setDefault(QLocale("en_US" if name == "en" else name))
        self.translate_qt()
        self.language_changed.emit()

    def translate_qt(self) -> None:
        """Translate Qt's own texts (Cancel, Copy, …) too, if an application runs already."""
        application = QCoreApplication.instance()
        if application is None:
            return
        if self._qt_texts is not None:
            application.removeTranslator(self._qt_texts)
            self._qt_texts = None
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        translator = QTranslator(self)
        if self.name != "en" and translator.load(f"qtbase_{self.name}", folder):
            application.installTranslator(translator)
            self._qt_texts = translator


language = Language()


def set_language(name: str) -> None:
    """Switch the whole window to a language of LANGUAGES."""
    language.choose(name)


def tr(text: str, /, **values: object) -> str:
    """Return ``text`` in the language on the screen, with ``{name}`` replaced by its value.

    A value that is a name of the program's own scenarios is told in that language too.
    """
    text = language.texts.get(text, text)
    if not values:
        return text
    told = {k: as_shipped(v) if isinstance(v, str) else v for k, v in values.items()}
    return text.format(**told)


def in_a_row(*sentences: str) -> str:
    """Return sentences one after the other; a Chinese full stop brings its own room."""
    return ("" if language.name == "zh_CN" else " ").join(sentences)


def as_shipped(text: str) -> str:
    """Return a name or note that the program has given in the language on the screen.

    Whatever else stands in a scenario somebody has written, and it stays as it is.
    """
    return language.of_scenarios.get(text, text)


def _texts(name: str, files: str = "*.json") -> dict[str, str]:
    """Return the translations of a language, from all of its files or some."""
    texts: dict[str, str] = {}
    for file in sorted((ASSETS / "i18n" / name).glob(files)):
        texts.update(json.loads(file.read_text(encoding="utf-8")))
    return texts


def system_language() -> str:
    """Return the language of LANGUAGES that suits the desktop."""
    return "zh_CN" if QLocale.system().language() == QLocale.Language.Chinese else "en"
