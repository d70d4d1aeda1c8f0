"""All charts of a run, in tabs, on one time axis with one cursor."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QTabBar, QVBoxLayout, QWidget

from engine.record import Run
from gui.charts.adl import AdlChart
from gui.charts.chart import Chart
from gui.charts.choice import Choice
from gui.charts.figures import Figures
from gui.charts.liquidations import LiquidationChart
from gui.charts.open_interest import OpenInterestChart
from gui.charts.plot import Plot
from gui.charts.price import PriceChart
from gui.charts.tabs import MADE, TABS, Tab, tab_words
from gui.charts.time_axis import TimeAxis
from gui.charts.time_view import TimeView
from gui.charts.view import View
from gui.charts.view_bar import ViewBar
from gui.i18n import as_shipped, language, tr
from gui.player import Player
from gui.theme import theme
from gui.timers import once_after

DESCRIBE_AFTER_MS = 400
"""Screen readers get new sentences once the cursor rests this long."""


class TimeCharts(QWidget):
    """The charts of the run that the player shows, a tab at a time.

    Those that can't be seen are not there until they are looked at first, and draw nothing.

    Signals
    -------
    arranged()
        Other charts are shown, and may lie elsewhere.
    """

    arranged = Signal()

    def __init__(self, player: Player, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.player = player
        self.figures: Figures | None = None
        self._other: Run | None = None
        self._other_figures: Figures | None = None
        self.view = TimeView(self)
        self.choice = Choice(self)
        self.tabs = QTabBar(self)
        self.bar = ViewBar(self.view, self.choice, self)
        self.price = PriceChart(self.view, self)
        self.liquidations = LiquidationChart(self.view, self)
        self.adl = AdlChart(self.view, self)
        self.open_interest = OpenInterestChart(self.view, self)
        self.views: dict[str, View] = {
            "price": self.price,
            "liquidations": self.liquidations,
            "adl": self.adl,
            "open_interest": self.open_interest,
        }
        self.axis = TimeAxis(self.price.plot, self)
        self._describe = once_after(DESCRIBE_AFTER_MS, self._describe_views, self)
        self._lay_out()

        self.view.changed.connect(self._redraw)
        self.choice.changed.connect(self._choose)
        self.tabs.currentChanged.connect(self.show_tab)
        player.run_changed.connect(self._show_run)
        player.grew.connect(self._extend)
        player.moved.connect(self._move_cursor)
        theme.changed.connect(self._restyle)
        language.language_changed.connect(self._retranslate)
        self._name_tabs()
        if player.run is not None:
            self._show_run(player.run)

    def _lay_out(self) -> None:
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.setUsesScrollButtons(False)  # the charts are never narrower than their names
        self.tabs.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for _ in TABS:
            self.tabs.addTab("")
        self.column = QVBoxLayout(self)
        self._space()
        self.top = QHBoxLayout()
        self.top.addWidget(self.tabs)
        self.column.addLayout(self.top)
        self.column.addWidget(self.bar)
        for chart in self.views.values():
            self.column.addWidget(chart, chart.stretch)
            self._connect(chart)
        self.column.addWidget(self.axis)

    def _space(self) -> None:
        """Keep distances that suit the size of the text."""
        self.column.setContentsMargins(theme.unit(12), theme.unit(2), theme.unit(6), 0)
        self.column.setSpacing(theme.unit(4))
        self.bar.restyle()

    def _connect(self, view: View) -> None:
        if isinstance(view, Chart):
            view.plot.sought.connect(self.player.seek)

    # ---------------------------------------------------------------- tabs

    @property
    def tab(self) -> Tab:
        """What is shown."""
        return TABS[self.tabs.currentIndex()]

    @property
    def charts(self) -> tuple[Chart, ...]:
        """The charts over time that are shown, from top to bottom."""
        names = (*self.tab.above, *(("price",) if self.tab.price else ()), *self.tab.below)
        shown = [self.views[name] for name in names if name in self.views]
        return tuple(chart for chart in shown if isinstance(chart, Chart))

    @property
    def plot(self) -> Plot:
        """A picture that is shown; all lie between the same times and the same edges."""
        return self.charts[-1].plot

    def show_tab(self, index: int) -> None:
        """Show the charts of a tab; they are made when they are looked at first."""
        self.tabs.setCurrentIndex(index)
        tab = TABS[index]
        names = (*tab.above, *tab.below)
        for name in names:
            if name not in self.views:
                self._add(name, above=name in tab.above)
        self.column.setStretchFactor(self.price, max(tab.price, 1))
        for name, view in self.views.items():
            view.setVisible(name in names or (name == "price" and bool(tab.price)))
        self.axis.set_plot(self.plot)
        self._offer()
        self._describe.start()
        self.arranged.emit()

    def _add(self, name: str, *, above: bool) -> None:
        view = MADE[name](self.view, self)
        self.views[name] = view
        at = self.column.indexOf(self.price if above else self.axis)
        self.column.insertWidget(at, view, view.stretch)
        self._connect(view)
        if isinstance(view, Chart) and self.figures is not None:
            self._mark_shocks(name, view, self.figures.run)
            view.set_other(self._other_figures)
        view.set_figures(self.figures)
        view.move_cursor(self.player.time_s)

    def _offer(self) -> None:
        """Offer the choices that make a difference to what is shown."""
        names = (*self.tab.above, *self.tab.below)
        one_asset = any(self.views[name].needs_one_asset() for name in names)
        self.bar.offer(one_asset=one_asset, assets=self.tab.assets, venues=self.tab.venues)

    def _name_tabs(self) -> None:
        for i, tab in enumerate(TABS):
            text, hint = tab_words(tab)
            self.tabs.setTabText(i, text)
            self.tabs.setTabToolTip(i, hint)
        self.tabs.setAccessibleName(tr("Charts"))

    def put_beside_tabs(self, widget: QWidget) -> None:
        """Let something have the room beside the tabs."""
        self.top.addWidget(widget, 1)

    # ---------------------------------------------------------------- what is in view

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
        for view in self.views.values():
            view.figures = None  # no drawing of the old run at the new one's view
        self.figures = None
        if run is not None:
            self.choice.keep_within(run.scenario)
            self.view.set_scenario(run.scenario)
            self.bar.set_scenario(run.scenario)
            self.axis.set_start(run.scenario.clock.start_datetime())
            for name, view in self.views.items():
                if isinstance(view, Chart):
                    self._mark_shocks(name, view, run)
        self._set_figures(run)
        self._show_cursor()

    def _mark_shocks(self, name: str, chart: Chart, run: Run) -> None:
        """Mark when shocks come; the uppermost chart says in words what they are."""
        worded = name == "price" or any(name in tab.above for tab in TABS)
        chart.plot.shocks = [
            (shock.at_min * 60.0, as_shipped(shock.name) if worded else "")
            for shock in run.scenario.shocks
        ]

    def _set_figures(self, run: Run | None) -> None:
        self.figures = None
        if run is not None:
            self.figures = Figures(run, *self.choice.places(run.scenario))
        self._other_figures = self._figures_of_other()
        for view in self.views.values():
            if isinstance(view, Chart):
                view.set_other(self._other_figures)
            view.set_figures(self.figures)

    def set_other(self, run: Run | None) -> None:
        """Draw another run behind the one on the screen, or none; its clock begins at the same 0.

        Of what is chosen by name, nothing of it is drawn if it doesn't have it.
        """
        if run is self._other:
            return
        self._other = run
        self._other_figures = self._figures_of_other()
        for view in self.views.values():
            if isinstance(view, Chart):
                view.set_other(self._other_figures)
        self.arranged.emit()

    def _figures_of_other(self) -> Figures | None:
        if self._other is None or not self.choice.is_within(self._other.scenario):
            return None
        return Figures(self._other, *self.choice.places(self._other.scenario))

    def _choose(self) -> None:
        """Show another asset or venue of the same run."""
        if self.figures is not None:
            self._set_figures(self.figures.run)
            self._retranslate()

    def _extend(self) -> None:
        if self.figures is None:
            return
        before_s = self.figures.computed_s
        self.figures.extend()
        for view in self.views.values():
            view.grown(before_s)

    def _move_cursor(self) -> None:
        if self.player.opening_s is None:  # on its way, it turns no pages
            self.view.cursor_moved(self.player.time_s, playing=self.player.playing)
        self._show_cursor()

    def _show_cursor(self) -> None:
        for view in self.views.values():
            view.move_cursor(self.player.time_s)
        self._describe.start()

    def _redraw(self) -> None:
        for view in self.views.values():
            if isinstance(view, Chart):
                view.redraw()

    def _restyle(self) -> None:
        self._space()
        for view in self.views.values():
            view.restyle()
        self.axis.update()

    def _retranslate(self) -> None:
        self._name_tabs()
        for name, view in self.views.items():
            if isinstance(view, Chart) and self.figures is not None:
                self._mark_shocks(name, view, self.figures.run)
            view.retranslate()
        self.axis.update()

    def _describe_views(self) -> None:
        for view in self.views.values():
            if view.isVisible():
                view.describe()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._describe.start()
