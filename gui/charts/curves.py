"""What the charts of curves share: one curve for each of some names, each with its switch."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg

from gui.charts import thinning
from gui.charts.chart import Chart, Text
from gui.charts.figures import Figures
from gui.charts.thinning import Floats
from gui.i18n import as_shipped

BEHIND = -100.0
"""Where curves of another run lie; those of the run on the screen lie above."""


class CurveChart(Chart):
    """One curve a name; subclasses say which names, in which colours, and what values they have.

    Behind each curve lies that of its namesake in another run, if there is one.
    """

    color_names = "asset"
    """Beginning of the names of the theme's eight colours."""

    def build(self) -> None:
        self.curves: list[pg.PlotCurveItem] = []
        self.other_curves: list[pg.PlotCurveItem] = []
        self.names: list[str] = []

    def names_of(self, figures: Figures) -> list[str]:
        """Return what has a curve of its own."""
        raise NotImplementedError

    def widest_value(self) -> str:
        """Return the widest value that the legend has room for."""
        raise NotImplementedError

    def values(self, figures: Figures, place: int, steps: slice | int) -> Floats:
        """Return the values of a run's curve at some steps."""
        raise NotImplementedError

    def levels(self, values: Floats, _figures: Figures, _place: int) -> Floats:
        """Return where values lie on the axis; the larger, the higher."""
        return values

    def told_value(self, figures: Figures, place: int, step: int) -> float:
        """Return what the legend tells of a curve at a step."""
        return float(self.values(figures, place, step))

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
                self.other_curves.append(self.curve(z=BEHIND))
            entry = self.entry(f"{self.color_names}{i % 8}", i)
            entries.append(entry)
        for curve in (*self.curves[len(names) :], *self.other_curves[len(names) :]):
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
            self.other_curves[i].setPen(self.other_pen(entry.color))

    # ---------------------------------------------------------------- drawing and telling

    def draw_curves(self, figures: Figures) -> list[float]:
        """Draw all curves that are switched on; return the levels they reach."""
        found = []
        for i, entry in enumerate(self.header.entries):
            on, behind = entry.isChecked(), self._namesake(i)
            self.curves[i].setVisible(on)
            self.other_curves[i].setVisible(on and behind is not None)
            if on:
                found += self._draw_curve(self.curves[i], figures, i)
            if on and behind is not None:
                found += self._draw_curve(self.other_curves[i], *behind)
        return found

    def tell_curves(self, figures: Figures, text: Text, difference: Text) -> None:
        """Tell the values at the cursor, and what lies between the two runs."""
        step, other_step = figures.step_at(self.cursor_s), self.other_step()
        for i, entry in enumerate(self.header.entries):
            value, other, behind = np.nan, np.nan, self._namesake(i)
            if step >= 0:
                value = self.told_value(figures, i, step)
            if behind is not None and other_step >= 0:
                other = self.told_value(*behind, other_step)
            self.tell(entry, value, other, text, difference)

    def _draw_curve(self, curve: pg.PlotCurveItem, figures: Figures, place: int) -> list[float]:
        """Draw a curve of a run; return the lowest and highest level in view, if any."""
        known_s = figures.time_s[: figures.computed]
        part = thinning.visible(known_s, self.view.first_s, self.view.last_s)
        time_s, values = thinning.thin(known_s[part], self.values(figures, place, part))
        levels = self.levels(values, figures, place)
        curve.setData(time_s, levels)
        return [float(levels.min()), float(levels.max())] if len(levels) else []

    def _namesake(self, i: int) -> tuple[Figures, int] | None:
        """Return the other run and the place in it of what has this curve's name."""
        if self.other is None:
            return None
        names = list(self.names_of(self.other))
        return (self.other, names.index(self.names[i])) if self.names[i] in names else None
