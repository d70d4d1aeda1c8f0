"""A table of texts, read with the keyboard and copied as it stands."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from gui.theme import theme

Row = Sequence[str]

LEAST_FIRST, MOST_WIDE = 210, 220
"""Units the first column has at least, if its texts need them, and any other one at most."""

MOST_ACROSS = 1_100
"""Units of all columns: along wider rows the eye goes astray."""


class Table(QTableWidget):
    """Shows rows of texts; numbers stand to the right, long texts wrap in the first column.

    A row of one text is a heading over the rows below it, or, with a colour, a note on them.
    """

    def __init__(self, numbers: Sequence[int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._numbers = frozenset(numbers)
        self._titles: list[str] = []
        self._fitted_px = 0
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setWordWrap(True)
        self.setTabKeyNavigation(False)  # Tab leaves the table
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.horizontalHeader().setHighlightSections(False)
        theme.changed.connect(self.fit)

    def set_titles(self, titles: Sequence[str]) -> None:
        """Name the columns."""
        self._titles = list(titles)
        self.setColumnCount(len(titles))
        for column, title in enumerate(titles):
            header = QTableWidgetItem(title)
            header.setTextAlignment(self._alignment(column))
            self.setHorizontalHeaderItem(column, header)

    def set_rows(self, rows: Sequence[Row], colors: Sequence[dict[int, str]] = ()) -> None:
        """Show these rows; ``colors`` are names of the theme's colours by column, one a row."""
        self.clearSpans()
        self.setRowCount(len(rows))
        for place, row in enumerate(rows):
            for column, text in enumerate(row):
                item = QTableWidgetItem(text)
                item.setTextAlignment(self._alignment(column))
                colored = place < len(colors) and column in colors[place]
                if colored:
                    item.setForeground(theme.color(colors[place][column]))
                elif len(row) == 1:
                    item.setFont(_bold(self.font()))
                self.setItem(place, column, item)
            if len(row) == 1 and self.columnCount() > 1:
                self.setSpan(place, 0, 1, self.columnCount())
        self.fit()

    def texts(self) -> list[list[str]]:
        """Return what it shows, titles first."""
        return [
            self._titles,
            *(
                [item.text() if (item := self.item(row, column)) else "" for column in columns]
                for columns in [range(self.columnCount())]
                for row in range(self.rowCount())
            ),
        ]

    def as_csv(self) -> str:
        """Return what it shows as CSV."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(self.texts())
        return text.getvalue()

    def needed_px(self) -> int:
        """Return the height at which nothing has to be scrolled."""
        return (
            self.horizontalHeader().sizeHint().height()
            + self.verticalHeader().length()
            + 2 * self.frameWidth()
        )

    def fit(self) -> None:
        """Give each column the room its texts need, and the first one the rest, up to a limit.

        Where that is too little for the first one, the table is scrolled.
        """
        self._fitted_px = self.width()
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        widths = [self._needed_px(column) for column in range(self.columnCount())]
        if not widths:
            return
        # Room for the scroll bar is kept free even if there is none: it comes and goes with widths.
        bar = self.verticalScrollBar().sizeHint().width()
        room = min(self.width() - 2 * self.frameWidth() - bar, theme.unit(MOST_ACROSS))
        rest = room - sum(widths[1:])
        widths[0] = max(rest, min(widths[0], theme.unit(LEAST_FIRST)))
        for column, width in enumerate(widths):
            if not self.isColumnHidden(column):
                self.setColumnWidth(column, width)
        self.resizeRowsToContents()

    def _needed_px(self, column: int) -> int:
        if self.isColumnHidden(column):
            return 0
        texts = self._titles[column].split("\n")
        for row in range(self.rowCount()):
            item = self.item(row, column)
            if item is not None and self.columnSpan(row, 0) == 1:
                texts.append(item.text())
        wide = max(map(self.fontMetrics().horizontalAdvance, texts), default=0)
        return min(wide + theme.unit(18), theme.unit(MOST_WIDE))

    def _alignment(self, column: int) -> Qt.AlignmentFlag:
        side = (
            Qt.AlignmentFlag.AlignRight if column in self._numbers else Qt.AlignmentFlag.AlignLeft
        )
        return side | Qt.AlignmentFlag.AlignVCenter

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.width() != self._fitted_px:
            self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy the chosen rows, all if none is chosen, as lines with tabs."""
        if not event.matches(QKeySequence.StandardKey.Copy):
            super().keyPressEvent(event)
            return
        chosen = {index.row() for index in self.selectedIndexes()}
        lines = [row for nth, row in enumerate(self.texts()[1:]) if not chosen or nth in chosen]
        copy(
            [
                [text for nth, text in enumerate(row) if not self.isColumnHidden(nth)]
                for row in lines
            ]
        )


def copy(rows: Sequence[Row]) -> None:
    """Put rows on the clipboard, as lines with tabs: what a spreadsheet takes."""
    QGuiApplication.clipboard().setText("\n".join("\t".join(row) for row in rows))


def _bold(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setWeight(QFont.Weight.DemiBold)
    return bold
