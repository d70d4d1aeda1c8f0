"""The price path that a scenario follows, if it does: what it is, and how to be rid of it."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from engine.scenario import Scenario
from gui import format as fmt
from gui.document import Document
from gui.i18n import as_shipped, tr
from gui.panels.setting_row import ChoiceRow


class PathNote(QWidget):
    """Says whose prices were read from a file; hidden where there is no such path."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.text = QLabel(self)
        self.text.setWordWrap(True)
        self.between = ChoiceRow(document, "news.path.between", self)
        self.remove = QPushButton(self)
        self.remove.clicked.connect(self._remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.text)
        column.addWidget(self.between)
        column.addWidget(self.remove)

    def show_scenario(self, scenario: Scenario) -> None:
        """Show the path of a scenario, in the language on the screen."""
        path = scenario.news.path
        self.setVisible(path is not None)
        self.remove.setText(tr("Remove"))
        self.remove.setToolTip(tr("Let these values be moved by noise again"))
        if path is None:
            return
        self.between.retranslate()
        start = scenario.clock.start_datetime()
        text = tr(
            "Fundamental values from a file: {assets}; {n} prices each, {first} – {last} UTC.",
            assets=", ".join(as_shipped(column.asset) for column in path.columns),
            n=fmt.count(len(path.at_min)),
            first=fmt.date_clock(start, path.at_min[0] * 60.0),
            last=fmt.date_clock(start, path.at_min[-1] * 60.0),
        )
        self.text.setText(text)

    def set_opened(self, scenario: Scenario) -> None:
        """Take another scenario as the one that changes are told from."""
        self.between.opened = scenario

    def _remove(self) -> None:
        scenario = self.document.scenario
        news = scenario.news.model_copy(update={"path": None})
        self.document.edit(tr("Remove the price path"), scenario.model_copy(update={"news": news}))
