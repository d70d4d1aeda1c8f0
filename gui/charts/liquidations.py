"""Forced liquidations: long positions taken over upwards, short ones downwards."""

from __future__ import annotations

from gui import format as fmt
from gui.charts.figures import Figures
from gui.charts.flows import FlowChart
from gui.charts.thinning import Floats
from gui.i18n import tr


class LiquidationChart(FlowChart):
    """USD of positions taken over; the direction tells the side without its colour too."""

    section = "10"
    colors = ("long", "short")

    def names(self) -> tuple[str, str]:
        return tr("long"), tr("short")

    def texts(self) -> tuple[str, str]:
        so_far = 0.0
        if self.figures is not None:
            so_far = sum(
                float(self.figures.sum_until(name, self.cursor_s))
                for name in ("liquidated_long_usd", "liquidated_short_usd")
            )
        return self.of_what(tr("Liquidations")), self.unit(so_far)

    def summary(self) -> str:
        figures = self.figures
        assert figures is not None
        long, short = (
            float(figures.sum_until(name, self.cursor_s))
            for name in ("liquidated_long_usd", "liquidated_short_usd")
        )
        return tr(
            "Up to {time} UTC, {long} USD of long and {short} USD of short positions were "
            "liquidated.",
            time=fmt.date_clock(self.start, self.cursor_s),
            long=fmt.usd(long),
            short=fmt.usd(short),
        )

    def tops(self, figures: Figures, edges: Floats) -> tuple[Floats, Floats]:
        long, short = self.header.entries
        return (
            self.sums(figures, "liquidated_long_usd", edges) * long.isChecked(),
            -self.sums(figures, "liquidated_short_usd", edges) * short.isChecked(),
        )

    def read_out(self, figures: Figures) -> None:
        long, short = self.header.entries
        self.tell_flow(long, figures, "liquidated_long_usd")
        self.tell_flow(short, figures, "liquidated_short_usd")
        self.header.set_texts(*self.texts())
