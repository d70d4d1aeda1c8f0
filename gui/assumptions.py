"""What lies behind a picture: the sections of docs/model.md, by their number."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QTextBrowser, QVBoxLayout, QWidget

from gui import MODEL_PAGE
from gui.i18n import language, tr
from gui.theme import theme

HEADING = re.compile(r"^### (\d+)\. (.+?)(?: — .*)?$", re.MULTILINE)
NEXT_PART = re.compile(r"^## ", re.MULTILINE)


LINE, MOST_WIDE, MOST_HIGH = 600, 900, 520
"""Units of a line of text; formulas may take more, up to a limit; and of the page's height."""


class Section(NamedTuple):
    """A section of the page that tells the model."""

    title: str
    markdown: str


@cache
def sections() -> dict[str, Section]:
    """Return the page's sections by number; none if the page isn't there."""
    if not MODEL_PAGE.exists():
        return {}
    text = MODEL_PAGE.read_text(encoding="utf-8")
    found = list(HEADING.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    return {
        match[1]: Section(
            match[2], re.split(r"^## ", text[match.end() : end], flags=re.MULTILINE)[0]
        )
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
    if language.name != "en":
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
