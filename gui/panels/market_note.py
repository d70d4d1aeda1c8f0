"""The assets of a market in a few lines, and the way to their table."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from engine.scenario import Scenario
from gui import format as fmt
from gui.i18n import as_shipped, tr
from gui.panels.setting import setting_at

MOST_LINES = 8
COLUMNS = ("open_interest_usd", "depth_1pct_usd")


class MarketNote(QWidget):
    """Each asset with its open interest and depth.

    Signals
    -------
    table_wanted()
        The person wants to change them.
    """

    table_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines = QWidget(self)
        self.grid = QGridLayout(self.lines)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setColumnStretch(0, 1)
        self.cells: list[list[QLabel]] = []
        for row in range(MOST_LINES + 2):
            cells = [QLabel(self.lines) for _ in range(1 + len(COLUMNS))]
            for column, cell in enumerate(cells):
                if row == 0:
                    cell.setProperty("role", "muted")
                if column:
                    cell.setAlignment(Qt.AlignmentFlag.AlignRight)
                self.grid.addWidget(cell, row, column)
            self.cells.append(cells)
        self.table = QPushButton(self)
        self.table.clicked.connect(self.table_wanted)
        column_ = QVBoxLayout(self)
        column_.setContentsMargins(0, 0, 0, 0)
        column_.addWidget(self.lines)
        column_.addWidget(self.table)

    def show_scenario(self, scenario: Scenario) -> None:
        """Show the assets of a scenario, in the language on the screen."""
        labels = [setting_at(f"assets.0.{name}").label for name in COLUMNS]
        heads = ["", *map(tr, labels)]
        rows = [heads]
        rows += [
            [as_shipped(asset.name), *(fmt.usd(getattr(asset, name)) for name in COLUMNS)]
            for asset in scenario.assets[:MOST_LINES]
        ]
        left = len(scenario.assets) - MOST_LINES
        if left > 0:
            rows.append([tr("and {n} more", n=left), "", ""])
        for i, cells in enumerate(self.cells):
            for k, cell in enumerate(cells):
                cell.setVisible(i < len(rows))
                cell.setText(rows[i][k] if i < len(rows) else "")
        for k, name in enumerate(COLUMNS):
            self.cells[0][k + 1].setToolTip(setting_at(f"assets.0.{name}").hint())
        self.table.setText(tr("All about the assets…"))
        self.table.setToolTip(
            tr("Prices, open interest, depth, volatility, sensitivity, leverage, margin tiers")
        )
