"""The commands of the Compare menu, and the windows they open beside the main one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from gui.actions import Actions
from gui.file_commands import FileCommands
from gui.i18n import tr
from gui.panels.pinned_bar import PinnedBar
from gui.pinned import Pinned
from gui.session import Session

if TYPE_CHECKING:
    from gui.charts.time_charts import TimeCharts
    from gui.views.many_worlds import ManyWorlds
    from gui.views.window import ViewWindow


class Comparing(QObject):
    """Keeps A, draws it in the charts, and opens each window when it is first asked for."""

    def __init__(
        self, session: Session, actions: Actions, files: FileCommands, window: QWidget
    ) -> None:
        super().__init__(window)
        self.session, self.actions, self.files, self.window = session, actions, files, window
        self.pinned = Pinned(session.player, self)
        self.bar = PinnedBar(self.pinned, actions, window)
        self.charts: TimeCharts | None = None
        self.windows: dict[str, ViewWindow] = {}
        actions["show_a"].setCheckable(True)
        for name, slot in {
            "pin": self.pinned.pin,
            "pin_before": self.pinned.pin_before,
            "unpin": self.pinned.unpin,
            "show_a": self.pinned.set_shown,
            "seed_of_a": self.take_seed,
            "compare": self.open_compare,
            "presets": self.open_presets,
            "many": self.open_many,
            "check": self.open_check,
        }.items():
            actions[name].triggered.connect(slot)
        session.document.opened.connect(self.pinned.forget_document)
        self.pinned.changed.connect(self._renew)
        self._renew()

    def serve(self, charts: TimeCharts) -> None:
        """Draw A in these charts from now on, and tell of it beside their tabs."""
        self.charts = charts
        charts.put_beside_tabs(self.bar)
        self._renew()

    def take_seed(self) -> None:
        """Give the open scenario the seed of A, as one step that can be undone."""
        if self.pinned.run is not None:
            seed = self.pinned.run.scenario.seed
            self.session.document.change(tr("Take the seed of A"), "seed", seed)

    def close(self) -> None:
        """Close the windows; the main one is closing."""
        for window in self.windows.values():
            window.shut()

    # ---------------------------------------------------------------- the windows

    def open_compare(self) -> ViewWindow:
        """Show A and B in tables."""
        return self._open("compare", self._make_compare)

    def _make_compare(self) -> ViewWindow:
        from gui.views.compare import CompareWindow

        window = CompareWindow(self.pinned, self.actions, self.window)
        window.worlds_wanted.connect(self.compare_over_seeds)
        return window

    def open_many(self) -> ManyWorlds:
        """Show what plays many worlds."""
        from gui.views.many_worlds import ManyWorlds

        window = self._open(
            "many", lambda: ManyWorlds(self.session.document, self.pinned, self.window)
        )
        assert isinstance(window, ManyWorlds)
        return window

    def compare_over_seeds(self) -> None:
        """Offer to play A against B with many seeds."""
        self.open_many().compare()

    def open_presets(self) -> ViewWindow:
        """Show all presets."""
        return self._open("presets", self._make_presets)

    def open_check(self) -> ViewWindow:
        """Show the reality check."""
        from gui.views.reality_check import RealityCheck

        return self._open("check", lambda: RealityCheck(self.session, self.window))

    def _make_presets(self) -> ViewWindow:
        from gui.views.presets import PresetWindow

        window = PresetWindow(self.session.document, self.window)
        window.wanted.connect(self.files.lay_over)
        window.comparison_wanted.connect(self.compare_with_preset)
        return window

    def compare_with_preset(self, key: str) -> None:
        """Keep the run on the screen as A and lay a preset over the scenario: B."""
        self.pinned.pin()
        self.files.lay_over(key)

    def _open(self, name: str, make: Callable[[], ViewWindow]) -> ViewWindow:
        """Show a window, which is made when it is first asked for."""
        if name not in self.windows:
            self.windows[name] = make()
        window = self.windows[name]
        window.show()
        window.raise_()
        window.activateWindow()
        return window

    def _renew(self) -> None:
        pinned = self.pinned
        self.actions["show_a"].setChecked(pinned.shown)
        usable = {
            "pin": pinned.can_pin,
            "pin_before": pinned.can_pin_before,
            "unpin": pinned.run is not None,
            "show_a": pinned.other is not None,
            "seed_of_a": pinned.seeds_differ,
        }
        self.actions.set_out_of_place(name for name, usable_now in usable.items() if not usable_now)
        if self.charts is not None:
            self.charts.set_other(pinned.drawn)
