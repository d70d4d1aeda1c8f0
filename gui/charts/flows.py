"""What the charts of flows share: bars of USD per stretch of time, wide enough to be seen."""

from __future__ import annotations

from functools import partial

import numpy as np

from gui import format as fmt
from gui.charts import thinning
from gui.charts.bars import Bars
from gui.charts.chart import Chart
from gui.charts.figures import Figures
from gui.charts.legend import Entry
from gui.charts.thinning import Floats
from gui.i18n import tr
from gui.theme import theme

LEAST_USD = 1e6
"""What the value axis reaches at least."""


class FlowChart(Chart):
    """Bars of two series; their width adapts to the view and stands in the header."""

    colors: tuple[str, str]
    stretch = 3

    def build(self) -> None:
        self.cumulative = self.header.add_switch(lambda _on: self.start_over())
        self.bars = (Bars(), Bars())
        for bars in self.bars:
            self.plot.add(bars)
        self.outlines = (self.curve(z=1), self.curve(z=1))
        self.offer_other()
        self.header.set_entries([self.entry(color) for color in self.colors])
        self.bin_s = 60.0

    def recolor(self) -> None:
        for bars, outline, color in zip(self.bars, self.outlines, self.colors, strict=True):
            bars.set_color(theme.color(color))
            outline.setPen(self.other_pen(theme.color(color)))

    def rename(self) -> None:
        self.cumulative.setText("Σ")
        self.cumulative.setToolTip(tr("Show the sum since the start"))
        self.cumulative.setAccessibleName(self.cumulative.toolTip())
        for entry, name in zip(self.header.entries, self.names(), strict=True):
            entry.setText(name)
            entry.widest_value = fmt.short(-8.88e11)

    def names(self) -> tuple[str, str]:
        """Return the names of the series."""
        raise NotImplementedError

    def tops(self, figures: Figures, edges: Floats) -> tuple[Floats, Floats]:
        """Return where the bars of both series end; a series switched off has none."""
        raise NotImplementedError

    def bases(self, tops: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
        """Return where the bars of both series begin: at nought, unless they stand on others."""
        return np.zeros_like(tops[0]), np.zeros_like(tops[1])

    def draw(self, figures: Figures) -> None:
        self.bin_s = thinning.bin_width_s(self.view.span_s)
        edges = self.edges(figures)
        tops = self.tops(figures, edges)
        for bars, base, top in zip(self.bars, self.bases(tops), tops, strict=True):
            bars.set_bars(edges, base, top)
        reached = (*tops, *self._draw_outlines())
        low = min(float(top.min(initial=0.0)) for top in reached)
        high = max(float(top.max(initial=0.0)) for top in reached)
        self.amount_scale(low, max(high, LEAST_USD if low == 0 else 0.0))

    def _draw_outlines(self) -> tuple[Floats, ...]:
        """Outline the other run's bars; return where they end."""
        for outline in self.outlines:
            outline.setVisible(self.other is not None)
        if self.other is None:
            return ()
        edges = self.edges(self.other)
        tops = self.tops(self.other, edges)
        for outline, top in zip(self.outlines, tops, strict=True):
            outline.setData(edges, top, stepMode="center")
        return tops

    def tell_flow(self, entry: Entry, figures: Figures, *names: str) -> None:
        """Show the first flow less the others, at the cursor."""
        value = self._at_cursor(figures, names)
        other = np.nan
        if self.other is not None and self.cursor_s <= self.other.computed_s:
            other = self._at_cursor(self.other, names)
        self.tell(entry, value, other, fmt.usd, partial(fmt.usd, signed=True))

    def _at_cursor(self, figures: Figures, names: tuple[str, ...]) -> float:
        first, *less = (self.up_to_cursor(figures, name) for name in names)
        return max(first - sum(less), 0.0)

    def unit(self, so_far_usd: float) -> str:
        """Return the unit with the bars' width, and the sum up to the cursor."""
        if self.cumulative.isChecked():
            return tr("USD since the start")
        return f"{per(self.bin_s)} · " + tr("{sum} so far", sum=fmt.usd(so_far_usd))

    def edges(self, figures: Figures) -> Floats:
        """Return the edges of the bars in view, none beyond what is computed, (n + 1,)."""
        last_s = min(self.view.last_s, figures.computed_s)
        return thinning.bin_edges_s(self.view.first_s, last_s, self.bin_s)

    def sums(self, figures: Figures, name: str, edges: Floats) -> Floats:
        """Return the sum of a flow between neighbouring edges, or up to the later one, (n,)."""
        if self.cumulative.isChecked():
            return figures.sum_until(name, edges[1:])
        return np.diff(figures.sum_until(name, edges))

    def up_to_cursor(self, figures: Figures, name: str) -> float:
        """Return the sum of a flow up to the cursor: over a bar's width, or since the start.

        Where bars end it is the bar before; what is still to come is in no number.
        """
        since_s = 0.0 if self.cumulative.isChecked() else self.cursor_s - self.bin_s
        ends = figures.sum_until(name, np.array([since_s, self.cursor_s]))
        return float(ends[1] - ends[0])


def per(bin_s: float) -> str:
    """Return the unit of bars of one of the widths of :data:`gui.charts.thinning.BINS_S`."""
    return {
        10.0: tr("USD per 10 s"),
        30.0: tr("USD per 30 s"),
        60.0: tr("USD per minute"),
        300.0: tr("USD per 5 min"),
        900.0: tr("USD per 15 min"),
        3_600.0: tr("USD per hour"),
        21_600.0: tr("USD per 6 h"),
        86_400.0: tr("USD per day"),
        604_800.0: tr("USD per week"),
        2_592_000.0: tr("USD per 30 days"),
    }[bin_s]
