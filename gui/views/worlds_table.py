"""Finished worlds as a table: the settings varied, the seed, and every measure."""

from __future__ import annotations

from math import isfinite
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QTableView, QWidget

from engine.experiment import Results, Variant
from engine.sample import MEASURES
from gui import format as fmt
from gui.i18n import tr
from gui.panels.setting import setting_at
from gui.theme import theme
from gui.views.table import copy

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole


class WorldsModel(QAbstractTableModel):
    """Rows are asked for as they come into view, so ten thousand of them cost nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.worlds: list[tuple[Variant, int, tuple[float, ...]]] = []
        self._titles: list[str] = []

    def set_results(self, results: Results | None) -> None:
        """Show what is finished of an experiment."""
        self.beginResetModel()
        self.worlds, self._titles = [], []
        if results is not None:
            experiment = results.experiment
            self.worlds = [
                (variant, seed, found.values)
                for variant in experiment.variants
                for seed, found in results.samples(variant).items()
            ]
            varied = [tr(setting_at(vary.path).label) for vary in experiment.varied]
            pair = [tr("Scenario")] if experiment.kind == "comparison" else []
            self._titles = [*pair, *varied, tr("Seed")]
        self.endResetModel()

    def rowCount(self, _parent: Index = QModelIndex()) -> int:  # noqa: B008 (Qt's)
        return len(self.worlds)

    def columnCount(self, _parent: Index = QModelIndex()) -> int:  # noqa: B008 (Qt's)
        return len(self._titles) + len(MEASURES) if self._titles else 0

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Vertical:
            return None
        place = section - len(self._titles)
        if place < 0:
            return self._titles[section] if role == Role.DisplayRole else None
        measured = list(MEASURES.values())[place]
        if role in (Role.DisplayRole, Role.ToolTipRole):
            return f"{tr(measured.name)}\n{fmt.unit(measured.unit)}"
        return None

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if role == Role.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role != Role.DisplayRole:
            return None
        variant, seed, values = self.worlds[index.row()]
        place = index.column() - len(self._titles)
        if place >= 0:
            value = fmt.factor(list(MEASURES.values())[place].unit) * values[place]
            return fmt.significant(value) if isfinite(value) else fmt.MISSING
        told = [*(variant.at or ([variant.name] if len(self._titles) > 1 else [])), str(seed)]
        return told[index.column()]


class WorldsTable(QTableView):
    """Double click or Enter opens a world.

    Signals
    -------
    chosen(variant, seed)
        The person wants to see it.
    """

    chosen = Signal(object, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.worlds = WorldsModel()
        self.setModel(self.worlds)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignRight)
        self.activated.connect(self._open)

    def set_results(self, results: Results | None) -> None:
        """Show what is finished of an experiment."""
        self.worlds.set_results(results)
        self.fit()

    def fit(self) -> None:
        """Take up the size of text."""
        self.verticalHeader().setDefaultSectionSize(theme.unit(22))
        metrics = self.fontMetrics()
        for column in range(self.worlds.columnCount()):
            title = str(self.worlds.headerData(column, Qt.Orientation.Horizontal))
            widest = max(map(metrics.horizontalAdvance, title.split("\n")))
            self.setColumnWidth(column, max(widest, theme.unit(48)) + theme.unit(18))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy the chosen rows with their titles, all if none is chosen."""
        if not event.matches(QKeySequence.StandardKey.Copy):
            super().keyPressEvent(event)
            return
        chosen = sorted({index.row() for index in self.selectedIndexes()})
        columns = range(self.worlds.columnCount())
        across = Qt.Orientation.Horizontal
        titles = [str(self.worlds.headerData(nth, across)).replace("\n", ", ") for nth in columns]
        rows = [
            [str(self.worlds.data(self.worlds.index(row, column))) for column in columns]
            for row in chosen or range(self.worlds.rowCount())
        ]
        copy([titles, *rows])

    def _open(self, index: QModelIndex) -> None:
        variant, seed, _ = self.worlds.worlds[index.row()]
        self.chosen.emit(variant, seed)
