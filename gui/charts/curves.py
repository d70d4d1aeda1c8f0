"""What the charts of curves share: one curve for each of some names, each with its switch."""

from __future__ import annotations

import pyqtgraph as pg

from gui.charts.chart import Chart
from gui.charts.figures import Figures
from gui.i18n import as_shipped


class CurveChart(Chart):
    """One curve a name; subclasses say which names, in which colours, and draw them."""

    color_names = "asset"
    """Beginning of the names of the theme's eight colours."""

    def build(self) -> None:
        self.curves: list[pg.PlotCurveItem] = []
        self.names: list[str] = []

    def names_of(self, figures: Figures) -> list[str]:
        """Return what has a curve of its own."""
        raise NotImplementedError

    def widest_value(self) -> str:
        """Return the widest value that the legend has room for."""
        raise NotImplementedError

    def set_figures(self, figures: Figures | None) -> None:
        names = self.names_of(figures) if figures is not None else []
        if names != self.names:
            self._set_names(names)
        super().set_figures(figures)

    def _set_names(self, names: list[str]) -> None:
        self.names = list(names)
        entries = []
        for i in range(len(names)):
            if i == len(self.curves):
                self.curves.append(self.curve(z=-i))
            entry = self.entry(f"{self.color_names}{i % 8}", i)
            entries.append(entry)
        for curve in self.curves[len(names) :]:
            curve.setVisible(False)
        self.header.set_entries(entries)
        self.rename()
        self.recolor()

    def rename(self) -> None:
        for name, entry in zip(self.names, self.header.entries, strict=True):
            entry.setText(as_shipped(name))
            entry.widest_value = self.widest_value()

    def rename_and_redraw(self) -> None:
        """Take up another unit."""
        self.rename()
        self.header.arrange()
        self.start_over()

    def told(self) -> str:
        """Return the names with their values at the cursor."""
        entries = zip(self.names, self.header.entries, strict=True)
        return ", ".join(f"{as_shipped(name)} {entry.value}" for name, entry in entries)

    def recolor(self) -> None:
        for i, entry in enumerate(self.header.entries):
            self.curves[i].setPen(self.pen(entry.color, i))

    def shown(self, i: int) -> bool:
        """Return whether a curve is switched on, and show it or hide it accordingly."""
        on = self.header.entries[i].isChecked()
        self.curves[i].setVisible(on)
        return on
