"""A part of a panel under a heading that folds it away."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget

from gui.icons import icon
from gui.theme import theme


class Section(QWidget):
    """A heading, and what it stands for while it is open."""

    def __init__(self, *, folded: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = QToolButton(self)
        self.heading.setProperty("role", "flat")
        self.heading.setCheckable(True)
        self.heading.setChecked(not folded)
        self.heading.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.heading.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.heading.setStyleSheet("text-align: left; font-weight: 600; padding: 3px 0;")
        self.body = QWidget(self)
        self.body.setVisible(not folded)
        self.rows = QVBoxLayout(self.body)
        self.rows.setContentsMargins(0, 0, 0, theme.unit(6))
        self.rows.setSpacing(theme.unit(6))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.unit(2))
        column.addWidget(self.heading)
        column.addWidget(self.body)
        self.heading.toggled.connect(self._fold)

    def add(self, widget: QWidget) -> None:
        """Put something into the section."""
        self.rows.addWidget(widget)

    def restyle(self) -> None:
        side = theme.unit(11)
        self.heading.setIconSize(QSize(side, side))
        self._show_fold()

    def _fold(self, is_open: bool) -> None:
        self.body.setVisible(is_open)
        self._show_fold()

    def _show_fold(self) -> None:
        name = "chevron-down" if self.heading.isChecked() else "chevron-right"
        self.heading.setIcon(icon(name, "muted"))
