"""Two small windows: the sheet of shortcuts, and what this program is."""

from __future__ import annotations

import platform

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QVBoxLayout,
    QWidget,
)

from gui import VERSION
from gui.actions import GROUPS, Actions
from gui.i18n import tr
from gui.theme import theme


def shortcut_sheet(actions: Actions, parent: QWidget) -> QDialog:
    """Return a window that lists every command with its keys, groups beside each other."""
    dialog = QDialog(parent)
    dialog.setWindowTitle(tr("Keyboard shortcuts"))
    halves = QHBoxLayout()
    halves.setSpacing(theme.unit(36))
    for titles in (("File", "Edit", "View", "Help"), ("Play",), ("Compare",)):
        halves.addLayout(_keys_of(titles, actions))
    return _finish(dialog, halves)


def _keys_of(titles: tuple[str, ...], actions: Actions) -> QGridLayout:
    """Return the commands of some menus, each with its first key."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(theme.unit(18))
    grid.setVerticalSpacing(theme.unit(3))
    row = 0
    for title in titles:
        if row:
            grid.setRowMinimumHeight(row, theme.unit(8))
            row += 1
        grid.addWidget(_label(tr(title), "heading"), row, 0, 1, 2)
        row += 1
        for command in GROUPS[title]:
            keys = actions[command.name].shortcut()
            if not keys.isEmpty():
                text = keys.toString(QKeySequence.SequenceFormat.NativeText)
                grid.addWidget(_label(tr(command.text), ""), row, 0)
                grid.addWidget(_label(text, "muted"), row, 1)
                row += 1
    grid.setRowStretch(row, 1)
    return grid


def about(parent: QWidget) -> QDialog:
    """Return a window that says what this program is, and what it is not."""
    import numpy
    import pydantic
    import PySide6

    dialog = QDialog(parent)
    dialog.setWindowTitle(tr("About Cascade Lab"))
    column = QVBoxLayout()
    column.setSpacing(theme.unit(8))
    sentences = (
        tr("A sandbox for cascades of forced liquidation in leveraged crypto markets."),
        tr(
            "Everything on the screen is computed by a model from the settings you see. It is a "
            "model, not data, and no advice on what to buy or sell."
        ),
        tr(
            "Nothing is sent anywhere: the program keeps your files here and opens no connection, "
            "unless you name a cluster to compute on."
        ),
    )
    column.addWidget(_label(f"Cascade Lab {VERSION}", "title"))
    for sentence in sentences:
        column.addWidget(_paragraph(sentence))
    versions = (
        f"Python {platform.python_version()} · PySide6 {PySide6.__version__} · Qt {qVersion()} · "
        f"numpy {numpy.__version__} · pydantic {pydantic.VERSION}"
    )
    column.addWidget(_paragraph(versions, "faint"))
    return _finish(dialog, column)


def _finish(dialog: QDialog, content: QLayout) -> QDialog:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(*[theme.unit(20)] * 4)
    column.setSpacing(theme.unit(14))
    column.addLayout(content)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.button(QDialogButtonBox.StandardButton.Close).setText(tr("Close"))
    buttons.rejected.connect(dialog.reject)
    column.addWidget(buttons)
    return dialog


def _label(text: str, role: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    return label


def _paragraph(text: str, role: str = "") -> QLabel:
    label = _label(text, role)
    label.setWordWrap(True)
    label.setMinimumWidth(theme.unit(420))
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
