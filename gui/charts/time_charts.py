"""All charts of a run under each other, on one time axis with one cursor."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.record import Run
from gui.charts.adl import AdlChart
from gui.charts.chart import Chart
from gui.charts.figures import Figures
from gui.charts.liquidations import LiquidationChart
from gui.charts.open_interest import OpenInterestChart
from gui.charts.price import PriceChart
from gui.charts.time_axis import TimeAxis
from gui.charts.time_view import TimeView
from gui.charts.view_bar import ViewBar
from gui.i18n import language
from gui.player import Player
from gui.theme import theme

DESCRIBE_AFTER_MS = 400
"""Screen readers get new sentences once the cursor rests this long."""


class TimeCharts(QWidget):
    """Price, liquidations, ADL hits, open interest and funds, of the run that the player shows."""

    def __init__(self, player: Player, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.player = player
        self.figures: Figures | None = None
        self.view = TimeView(self)
        self.bar = ViewBar(self.view, self)
        self.price = PriceChart(self.view, self)
        self.liquidations = LiquidationChart(self.view, self)
        self.adl = AdlChart(self.view, self)
        self.open_interest = OpenInterestChart(self.view, self)
        self.charts: tuple[Chart, ...] = (
            self.price,
            self.liquidations,
            self.adl,
            self.open_interest,
        )
        self.axis = TimeAxis(self.price.plot, self)
        self._describe = QTimer(self)
        self._describe.setSingleShot(True)
        self._describe.setInterval(DESCRIBE_AFTER_MS)
        self._describe.timeout.connect(self._describe_charts)

        column = QVBoxLayout(self)
        column.setContentsMargins(theme.unit(12), theme.unit(6), theme.unit(6), 0)
        column.setSpacing(theme.unit(4))
        column.addWidget(self.bar)
        for chart in self.charts:
            column.addWidget(chart, chart.stretch)
            chart.plot.sought.connect(player.seek)
        column.addWidget(self.axis)

        self.view.changed.connect(self._redraw)
        player.run_changed.connect(self._show_run)
        player.grew.connect(self._extend)
        player.moved.connect(self._move_cursor)
        theme.changed.connect(self._restyle)
        language.language_changed.connect(self._retranslate)
        if player.run is not None:
            self._show_run(player.run)

    def show_storm(self) -> None:
        """Show what happens around the first shock."""
        self.view.show_storm()

    def show_all(self) -> None:
        """Show the whole scenario."""
        self.view.show_all()

    def zoom(self, factor: float) -> None:
        """Show ``factor`` times as much time, around the cursor if it is in view."""
        at_s = self.player.time_s
        self.view.zoom(factor, at_s if self.view.first_s <= at_s <= self.view.last_s else None)

    def _show_run(self, run: Run | None) -> None:
        self.figures = Figures(run) if run is not None else None
        for chart in self.charts:
            chart.figures = None  # no drawing of the old run at the new one's view
        if run is not None:
            start = run.scenario.clock.start_datetime()
            self.view.set_scenario(run.scenario)
            self.bar.set_start(start)
            self.axis.set_start(start)
            shocks = [(shock.at_min * 60.0, shock.name) for shock in run.scenario.shocks]
            for chart in self.charts:
                nameless = [(time_s, "") for time_s, _ in shocks]
                chart.plot.shocks = shocks if chart is self.price else nameless
        for chart in self.charts:
            chart.set_figures(self.figures)
        self._show_cursor()

    def _extend(self) -> None:
        if self.figures is None:
            return
        before_s = self.figures.computed_s
        self.figures.extend()
        if before_s <= self.view.last_s and self.figures.computed_s > self.view.first_s:
            self._redraw()

    def _move_cursor(self) -> None:
        if self.player.opening_s is None:  # on its way, it turns no pages
            self.view.cursor_moved(self.player.time_s, playing=self.player.playing)
        self._show_cursor()

    def _show_cursor(self) -> None:
        for chart in self.charts:
            chart.move_cursor(self.player.time_s)
        self._describe.start()

    def _redraw(self) -> None:
        for chart in self.charts:
            chart.redraw()

    def _restyle(self) -> None:
        for chart in self.charts:
            chart.restyle()
        self.axis.update()

    def _retranslate(self) -> None:
        for chart in self.charts:
            chart.retranslate()
        self.axis.update()

    def _describe_charts(self) -> None:
        for chart in self.charts:
            chart.describe()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._describe.start()
