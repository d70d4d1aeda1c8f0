"""What lies behind a picture: the sections of the page that tells the model, by their number."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QTextBrowser, QVBoxLayout, QWidget

from gui import MODEL_PAGE
from gui.i18n import language, tr
from gui.theme import theme

HEADING = re.compile(r"^### (\d+)\. (.+?)(?: — .*)?$", re.MULTILINE)
NEXT_PART = re.compile(r"^## ", re.MULTILINE)
GAP = re.compile(r"(?<=[，。；：、）])\n(?!\n|- |\Z) *")
"""The end of a line within a Chinese paragraph, which Qt would show as a space."""

LINE, MOST_WIDE, MOST_HIGH = 600, 900, 520
"""Units of a line of text; formulas may take more, up to a limit; and of the page's height."""


class Section(NamedTuple):
    """A section of the page that tells the model."""

    title: str
    markdown: str


def source() -> Path:
    """Return the page in the language on the screen; in English if there is none in it."""
    own = MODEL_PAGE.with_suffix(f".{language.name}.md")
    return own if own.exists() else MODEL_PAGE


def sections() -> dict[str, Section]:
    """Return the page's sections by number; none if the page isn't there."""
    return _sections(source())


@cache
def _sections(source: Path) -> dict[str, Section]:
    if not source.exists():
        return {}
    parts = source.read_text(encoding="utf-8").split("```")
    parts[::2] = [GAP.sub("", prose) for prose in parts[::2]]  # between them stand formulas
    text = "```".join(parts)
    found = list(HEADING.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    return {
        match[1]: Section(match[2], NEXT_PART.split(text[match.end() : end])[0])
        for match, end in zip(found, ends, strict=True)
    }


def title(number: str) -> str:
    """Return what the button says that opens a section; nothing if there is none."""
    if not number:
        return ""
    return tr("How this is computed, and when it is unrealistic (the model, section {n})", n=number)


def window(number: str, parent: QWidget) -> QDialog:
    """Return a window that shows a section."""
    section = sections().get(number, Section("", tr("This copy comes without the model's page.")))
    dialog = QDialog(parent)
    dialog.setWindowTitle(tr("Assumptions"))
    page = QTextBrowser()
    page.setMarkdown(f"## {section.title}\n{section.markdown}")
    page.setAccessibleName(section.title)
    page.setOpenLinks(False)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(*[theme.unit(14)] * 4)
    if language.name != "en" and source() == MODEL_PAGE:
        column.addWidget(QLabel(tr("This page is in English only.")))
    column.addWidget(page)
    column.addWidget(buttons)
    page.setMinimumSize(_wanted(page))
    size = dialog.sizeHint()
    page.setMinimumSize(0, 0)  # whoever wants it smaller may have it
    dialog.resize(size.boundedTo(dialog.screen().availableSize()))
    return dialog


def _wanted(page: QTextBrowser) -> QSize:
    """Return the size at which nothing of a page has to be scrolled, within limits."""
    text = page.document().clone()
    text.setTextWidth(theme.unit(LINE))
    width = min(max(text.idealWidth(), theme.unit(LINE)), theme.unit(MOST_WIDE))
    text.setTextWidth(width)
    edges = 2 * page.frameWidth() + page.verticalScrollBar().sizeHint().width()
    height = min(text.size().height() + edges, theme.unit(MOST_HIGH))
    return QSize(round(width) + edges, round(height))
