"""The tabs of the charts: what is shown together, and where."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtWidgets import QWidget

from gui.charts.crowd_leverage import CrowdLeverage
from gui.charts.depth import DepthChart
from gui.charts.gaps import GapChart
from gui.charts.liquidation_map import LiquidationMapChart
from gui.charts.losses import LossView
from gui.charts.price import PriceChart
from gui.charts.time_view import TimeView
from gui.charts.view import View
from gui.charts.waterfall import Waterfall
from gui.i18n import tr

PRICE_BESIDE = 3
"""The price chart's share of the height where something else is looked at."""


class Tab(NamedTuple):
    """What is shown together.

    Attributes
    ----------
    name
        By which it is known to the program.
    above, below
        Names of the views above the price chart and below it.
    price
        The price chart's share of the height; 0 where it is not shown.
    assets, venues
        Whether it makes a difference which asset or venue is chosen.
    """

    name: str
    above: tuple[str, ...]
    price: int
    below: tuple[str, ...]
    assets: bool = True
    venues: bool = False


TABS = (
    Tab("overview", (), PriceChart.stretch, ("liquidations", "adl", "open_interest"), venues=True),
    Tab("map", ("map",), 0, ()),
    Tab("depth", (), PRICE_BESIDE, ("depth",), assets=False),
    Tab("gaps", (), PRICE_BESIDE, ("gaps",)),
    Tab("leverage", ("leverage",), PRICE_BESIDE, ()),
    Tab("causes", ("causes",), PRICE_BESIDE, ()),
    Tab("losses", ("losses",), PRICE_BESIDE, (), assets=False),
)
"""What has time to the right stands at the time axis; what shows one moment, above it."""

MADE: dict[str, Callable[[TimeView, QWidget], View]] = {
    "map": LiquidationMapChart,
    "depth": DepthChart,
    "gaps": GapChart,
    "leverage": CrowdLeverage,
    "causes": Waterfall,
    "losses": LossView,
}
"""What makes each view that isn't there from the start."""


def tab_words(tab: Tab) -> tuple[str, str]:
    """Return a tab's name and hint in the language on the screen."""
    return {
        "overview": (tr("Overview"), tr("Prices, liquidations, ADL, open interest and funds")),
        "map": (tr("Liquidation map"), tr("Where liquidations wait, over time and price")),
        "depth": (tr("Depth"), tr("What is left in the books")),
        "gaps": (tr("Gaps"), tr("Who is dear and who is cheap among the venues")),
        "leverage": (tr("Leverage"), tr("How leveraged the crowd is at the cursor")),
        "causes": (tr("Why it fell"), tr("The causes of the fall, which add up to it")),
        "losses": (tr("Losses"), tr("Loss → margin → fund → ADL → bad debt")),
    }[tab.name]
