"""A part of a panel under a heading that folds it away."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from gui.icons import icon
from gui.theme import theme


class Section(QWidget):
    """A heading, and what it stands for while it is open; a part of another one is less loud.

    Signals
    -------
    reset_wanted()
        The person wants everything in the section as it was.
    """

    reset_wanted = Signal()

    def __init__(
        self, *, folded: bool = False, is_part: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._is_part = is_part
        self.heading = QToolButton(self)
        self.heading.setProperty("role", "flat")
        self.heading.setCheckable(True)
        self.heading.setChecked(not folded)
        self.heading.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.heading.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.reset = QToolButton(self)
        self.reset.setProperty("role", "flat")
        self.reset.hide()
        self.reset.clicked.connect(self.reset_wanted)
        self.body = QWidget(self)
        self.body.setVisible(not folded)
        self.rows = QVBoxLayout(self.body)
        self.rows.setContentsMargins(0, 0, 0, theme.unit(6))
        self.rows.setSpacing(theme.unit(6))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.unit(2))
        top = QHBoxLayout()
        top.addWidget(self.heading, 1)
        top.addWidget(self.reset)
        column.addLayout(top)
        column.addWidget(self.body)
        self.heading.toggled.connect(self._fold)

    def add(self, widget: QWidget) -> None:
        """Put something into the section."""
        self.rows.addWidget(widget)

    def offer_reset(self, changed: bool) -> None:
        """Offer to take everything back, while there is anything to be taken back."""
        if changed and self.reset.icon().isNull():
            self.reset.setIcon(icon("undo", "accent"))
        self.reset.setVisible(changed)

    def show_found(self, found: bool | None) -> None:
        """While something is searched for, be open where there is any of it, else not be there.

        None: the search is over; the section is as the person left it.
        """
        self.setVisible(found is not False)
        self.body.setVisible(self.heading.isChecked() if found is None else found)

    def restyle(self) -> None:
        side = theme.unit(11)
        self.heading.setIconSize(QSize(side, side))
        self.reset.setIconSize(QSize(side, side))
        if not self.reset.icon().isNull():
            self.reset.setIcon(icon("undo", "accent"))
        look = f"color: {theme.color('muted').name()};" if self._is_part else "font-weight: 600;"
        self.heading.setStyleSheet(f"text-align: left; padding: 3px 0; {look}")
        self._show_fold()

    def _fold(self, is_open: bool) -> None:
        self.body.setVisible(is_open)
        self._show_fold()

    def _show_fold(self) -> None:
        name = "chevron-down" if self.heading.isChecked() else "chevron-right"
        self.heading.setIcon(icon(name, "muted"))
