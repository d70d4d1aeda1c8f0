"""What came of an experiment: the pictures that suit its kind, and all worlds as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from engine.experiment import Results
from engine.sample import CURVES, MEASURES
from gui import format as fmt
from gui.charts.time_view import TimeView
from gui.experiments.differences import Differences
from gui.experiments.distribution import Distribution
from gui.experiments.fan import FanChart
from gui.experiments.heat_map import HeatMap
from gui.experiments.sweep_line import SweepLine
from gui.i18n import in_a_row, tr
from gui.panels.setting import setting_at
from gui.theme import mark, theme
from gui.views.invitation import Invitation
from gui.views.worlds_table import WorldsTable

if TYPE_CHECKING:
    from gui.experiments.frame import FramedChart


class ExperimentResults(QWidget):
    """Shows an experiment while it grows.

    Signals
    -------
    chosen(variant, seed)
        The person wants to see a world in the main window.
    """

    chosen = Signal(object, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.results: Results | None = None
        self.curve, self.measure = QComboBox(), QComboBox()
        self.curve_label, self.measure_label, self.how = QLabel(), QLabel(), QLabel()
        for box, table in ((self.curve, CURVES), (self.measure, MEASURES)):
            for key in table:
                box.addItem(key, key)
            box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            box.activated.connect(self._choose)
        self.belongs, self.invitation = QLabel(), Invitation()
        self.belongs.setWordWrap(True)
        self.how.setProperty("role", "muted")
        self.how.setWordWrap(True)
        self.view = TimeView(self)
        self.fan = FanChart("price_index_pct", self.view)
        self.distribution = Distribution("liquidated_bn")
        self.line, self.heat = SweepLine("liquidated_bn"), HeatMap("liquidated_bn")
        self.differences = Differences()
        self.table = WorldsTable()
        for chart in (self.line, self.heat):
            chart.chosen.connect(self.open_variant)
        self.distribution.chosen.connect(self._world_chosen)
        self.table.chosen.connect(self.chosen)
        self._lay_out()
        self._show_kind()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        for widget in (self.curve_label, self.curve, self.measure_label, self.measure):
            top.addWidget(widget)
        top.addStretch(1)
        self.picture = QWidget()
        self.charts = QVBoxLayout(self.picture)
        self.charts.setContentsMargins(0, 0, 0, 0)
        for chart in (self.fan, self.distribution, self.line, self.heat, self.differences):
            self.charts.addWidget(chart, 1)
        self.charts.addWidget(self.how)
        self.tabs = QTabWidget()
        self.tabs.addTab(self.picture, "")
        self.tabs.addTab(self.table, "")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.addWidget(self.belongs)
        self.column.addLayout(top)
        self.column.addWidget(self.tabs, 1)
        self.column.addWidget(self.invitation, 1)

    @property
    def kind(self) -> str:
        """What the pictures are made for; nothing as long as no world is finished."""
        if self.results is None or not self.results.found:
            return ""
        varied = len(self.results.experiment.varied)
        return {0: self.results.experiment.kind, 1: "line"}.get(varied, "heat")

    def shown(self) -> list[FramedChart]:
        """Return the charts that suit the kind, from top to bottom."""
        charts: dict[str, list[FramedChart]] = {
            "": [],
            "ensemble": [self.fan, self.distribution],
            "comparison": [self.fan, self.differences],
            "line": [self.line],
            "heat": [self.heat],
        }
        return charts[self.kind]

    def set_results(self, results: Results | None) -> None:
        """Show another experiment, or more of the same one."""
        another = self.results is None or (
            results is not None and results.experiment is not self.results.experiment
        )
        self.results = results
        if another and results is not None:
            self.view.set_scenario(results.experiment.variants[0].scenario)
        self._show_kind()
        self.table.set_results(results)
        if not self.kind:
            return
        for chart in self.shown():
            chart.set_results(results)  # type: ignore[attr-defined]
        self._name_settings()

    def tell_what_of(self, text: str, stale: str) -> None:
        """Say what is shown, and, if it is not what is chosen now, why it is stale."""
        self.belongs.setText(f"{text} · ⚠ {stale}" if stale else text)
        mark(self.belongs, "role", "danger" if stale else "muted")

    def _show_kind(self) -> None:
        shown = self.shown()
        for chart in (self.fan, self.distribution, self.line, self.heat, self.differences):
            chart.setVisible(chart in shown)
        for widget in (self.curve, self.curve_label):
            widget.setVisible(self.fan in shown)
        for widget in (self.measure, self.measure_label):
            widget.setVisible(self.kind in ("ensemble", "line", "heat"))
        told = self.kind != ""
        for part in (self.tabs, self.belongs):
            part.setVisible(told)
        self.invitation.setVisible(not told)
        self.how.setText(self._how() if told else "")

    def _how(self) -> str:
        """Say how to read the pictures."""
        bands = tr(
            "Line: median of the worlds; dark band: the middle half; light band: 90% of them."
        )
        dots = tr(
            "Below, each dot is a world: a click opens it; dashed: so many of them lie to the left."
        )
        return {
            "ensemble": in_a_row(bands, dots),
            "line": in_a_row(bands, tr("A click opens the world nearest to the median there.")),
            "heat": tr(
                "Colour and number: the median of the worlds in a cell. A click opens the world "
                "nearest to it."
            ),
            "comparison": in_a_row(
                bands,
                tr(
                    "Each dot is one seed, played in both; the stroke is their median; p is the "
                    "chance of such a majority if both ways were as likely (sign test)."
                ),
            ),
        }[self.kind]

    def _name_settings(self) -> None:
        """Call settings by their labels, and values as the set-up writes them."""
        if self.results is None or not self.results.experiment.varied:
            return
        varied = self.results.experiment.varied
        names = [tr(setting_at(vary.path).label) for vary in varied]
        texts = [_shown(vary.path, vary.values) for vary in varied]
        if len(varied) == 1:
            self.line.path, self.line.labels = names[0], texts[0]
            self.line.retranslate()
        else:
            self.heat.paths = (names[0], names[1])
            self.heat.across, self.heat.upward = texts[0], texts[1]
            self.heat.retranslate()

    def _choose(self) -> None:
        """Show another quantity."""
        self.fan.curve = self.curve.currentData()
        for chart in (self.distribution, self.line, self.heat):
            chart.measure = self.measure.currentData()
        if self.results is not None:
            self.set_results(self.results)

    # ---------------------------------------------------------------- choosing a world

    def open_variant(self, place: int) -> None:
        """Open, of one value or cell, the world that lies nearest to their median."""
        if self.results is None:
            return
        variant = self.results.experiment.variants[place]
        nth = list(MEASURES).index(self.measure.currentData())
        told = sorted((found.values[nth], s) for s, found in self.results.samples(variant).items())
        if told:
            self.chosen.emit(variant, told[len(told) // 2][1])

    def _world_chosen(self, seed: int) -> None:
        if self.results is not None:
            self.chosen.emit(self.results.experiment.variants[0], seed)

    # ---------------------------------------------------------------- look

    def retranslate(self) -> None:
        """Take up another language."""
        self.curve_label.setText(tr("Over time"))
        self.measure_label.setText(tr("Measure"))
        self.curve.setAccessibleName(tr("Over time"))
        self.measure.setAccessibleName(tr("Measure"))
        for place, curve in enumerate(CURVES.values()):
            self.curve.setItemText(place, f"{tr(curve.name)}, {fmt.unit(curve.unit)}")
        for place, measured in enumerate(MEASURES.values()):
            self.measure.setItemText(place, f"{tr(measured.name)}, {fmt.unit(measured.unit)}")
        self.tabs.setTabText(0, tr("Picture"))
        self.tabs.setTabText(1, tr("Worlds"))
        self.table.setAccessibleName(tr("Worlds"))
        self.table.setToolTip(tr("Double click or Enter opens a world in the main window"))
        self.set_results(self.results)

    def restyle(self) -> None:
        """Take up another size of text."""
        self.column.setSpacing(theme.unit(4))
        self.tabs.tabBar().setFont(QApplication.font())  # a bar that was hidden keeps its old one
        self.charts.setSpacing(theme.unit(8))
        self.table.fit()


def _shown(path: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """Return values of a setting as they are read."""
    setting = setting_at(path)
    if setting.kind == "choice":
        return tuple(setting.shown(value) for value in values)
    return tuple(setting.shown(float(value)) for value in values)
