"""ADL hits: winners' positions that were closed because a fund couldn't carry the losers'."""

from __future__ import annotations

import numpy as np

from gui import format as fmt
from gui.charts.figures import Figures
from gui.charts.flows import FlowChart
from gui.charts.thinning import Floats
from gui.i18n import tr


class AdlChart(FlowChart):
    """USD of winners' positions closed; hedged accounts, who lost no bet, stand on top."""

    section = "13"
    colors = ("adl", "hedged")
    stretch = 3

    def names(self) -> tuple[str, str]:
        return tr("winners"), tr("hedged accounts")

    def texts(self) -> tuple[str, str]:
        so_far, accounts = 0.0, 0.0
        if self.figures is not None:
            so_far = float(self.figures.sum_until("adl_usd", self.cursor_s))
            accounts = float(self.figures.sum_until("adl_accounts", self.cursor_s))
        unit = self.unit(so_far)
        if accounts >= 0.5:
            unit += " · " + tr("{n} accounts", n=fmt.count(accounts))
        return self.of_what(tr("ADL hits")), unit

    def summary(self) -> str:
        figures = self.figures
        assert figures is not None
        total, hedged, accounts = (
            float(figures.sum_until(name, self.cursor_s))
            for name in ("adl_usd", "adl_hedged_usd", "adl_accounts")
        )
        return tr(
            "Up to {time} UTC, ADL closed {total} USD of {n} winning accounts, {hedged} USD of it "
            "hedged.",
            time=fmt.date_clock(self.start, self.cursor_s),
            total=fmt.usd(total),
            n=fmt.count(accounts),
            hedged=fmt.usd(hedged),
        )

    def tops(self, figures: Figures, edges: Floats) -> tuple[Floats, Floats]:
        winners, hedged_too = self.header.entries
        hedged = self.sums(figures, "adl_hedged_usd", edges)
        others = np.maximum(self.sums(figures, "adl_usd", edges) - hedged, 0.0)
        lower = others * winners.isChecked()
        return lower, lower + hedged * hedged_too.isChecked()

    def bases(self, tops: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
        return np.zeros_like(tops[0]), tops[0]

    def read_out(self, figures: Figures) -> None:
        winners, hedged = self.header.entries
        self.tell_flow(winners, figures, "adl_usd", "adl_hedged_usd")
        self.tell_flow(hedged, figures, "adl_hedged_usd")
        self.header.set_texts(*self.texts())
