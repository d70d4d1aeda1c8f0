"""What a scenario is: every setting once, with its unit, bounds, default, meaning and source.

The form's sliders and tooltips, the checks on strangers' files, ``--set`` on the command line and
the documentation are all made from the fields below; nothing else states a bound or a default.
Values are frozen: a changed scenario is a new one.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

SHARES_TOLERANCE = 1e-6
"""How far a set of shares may stray from one: what six written decimals can lose."""

AdlRank = Literal[
    "pnl_times_leverage",
    "binance",
    "hyperliquid",
    "pnl_only",
    "pro_rata",
    "pro_rata_unhedged",
    "none",
]
MarkRule = Literal["median", "last"]
Side = Literal["long", "short"]


def setting(
    default: Any,
    label: str,
    meaning: str,
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    scale: Literal["linear", "log"] = "linear",
    source: str = "",
    choices: dict[str, str] | None = None,
) -> Any:
    """One setting of a scenario: its default and everything a person may ask about it.

    Parameters
    ----------
    default
        Value of a new scenario; ``...`` where there is none.
    label, meaning
        A short name and one or two plain sentences, in English; the screen translates them.
    unit
        ``share`` (shown as %), ``pct``, ``usd``, ``min``, ``h``, ``s``, ``x`` (a multiple) …
    low, high
        Bounds, both allowed.
    scale
        How a slider should run between the bounds.
    source
        Where the default comes from.
    choices
        For a setting chosen from a list: value → label.
    """
    extra: JsonDict = {
        "label": label,
        "meaning": meaning,
        "unit": unit,
        "scale": scale,
        "source": source,
        "choices": {**(choices or {})},
    }
    return Field(default, ge=low, le=high, json_schema_extra=extra)


class Part(BaseModel):
    """A frozen group of settings that refuses unknown names, NaN, infinities and lax types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


Name = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f]*$")]


class Tier(Part):
    """One step of a maintenance margin table: ``rate`` applies to notional above ``from_usd``."""

    from_usd: float = setting(
        ..., "From", "Notional at which this tier begins.", unit="usd", low=0, high=1e12
    )
    rate: float = setting(
        ...,
        "Maintenance rate",
        "Share of the notional in this tier that must be held as margin.",
        unit="share",
        low=0.0005,
        high=0.5,
    )


class Asset(Part):
    """A coin, or a group of coins of similar size traded as one."""

    name: Name = Field(..., json_schema_extra={"label": "Name"})
    price_usd: float = setting(
        ..., "Price", "Price at the start.", unit="usd", low=1e-9, high=1e9, scale="log"
    )
    open_interest_usd: float = setting(
        ...,
        "Open interest",
        "Notional of all long positions at the start, which equals that of all short ones.",
        unit="usd",
        low=1e3,
        high=1e13,
        scale="log",
    )
    depth_1pct_usd: float = setting(
        ...,
        "Depth within 1%",
        "Net selling over minutes that moves the price by 1% in calm times, all venues together. "
        "Several times what the books display, because books refill.",
        unit="usd",
        low=1e2,
        high=1e12,
        scale="log",
    )
    volatility_per_year: float = setting(
        0.5,
        "Volatility",
        "Standard deviation of a year's log price change in calm times.",
        unit="share",
        low=0.0,
        high=5.0,
    )
    shock_beta: float = setting(
        1.0,
        "Shock sensitivity",
        "How many times a shock's size this asset's fundamental value moves.",
        unit="x",
        low=-5.0,
        high=10.0,
    )
    leverage_cap: float = setting(
        50.0,
        "Leverage cap",
        "Highest leverage at which a position in this asset may be opened.",
        unit="x",
        low=1.0,
        high=125.0,
        scale="log",
    )
    tiers: tuple[Tier, ...] = Field(
        ..., min_length=1, max_length=20, json_schema_extra={"label": "Maintenance tiers"}
    )

    @model_validator(mode="after")
    def _tiers_rise_from_zero(self) -> Self:
        if self.tiers[0].from_usd != 0:
            raise ValueError("tiers: the first tier must begin from_usd = 0")
        for lower, upper in zip(self.tiers, self.tiers[1:], strict=False):
            if upper.from_usd <= lower.from_usd or upper.rate <= lower.rate:
                raise ValueError("tiers: from_usd and rate must rise from tier to tier")
        if self.leverage_cap * self.tiers[0].rate >= 1:
            raise ValueError(
                f"leverage_cap: {self.leverage_cap:g} leaves no room above the first tier's "
                f"maintenance rate; it must be below {1 / self.tiers[0].rate:g}"
            )
        return self


class Venue(Part):
    """An exchange with its own book, mark price, insurance fund, liquidation engine and ADL."""

    name: Name = Field(..., json_schema_extra={"label": "Name"})
    open_interest_share: float = setting(
        ..., "Open interest", "Share of all open interest held here.", unit="share", low=0, high=1
    )
    depth_share: float = setting(
        ..., "Depth", "Share of all order book depth found here.", unit="share", low=0.001, high=1
    )
    index_share: float = setting(
        ...,
        "Weight in the index",
        "Share of this venue's price in the index that every mark price is built on.",
        unit="share",
        low=0,
        high=1,
    )


class Clock(Part):
    """When a scenario runs, and how finely: long steps in calm, short ones after each shock."""

    start: str = Field(
        "2025-10-09T00:00:00Z",
        pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$",
        json_schema_extra={"label": "Start", "meaning": "Date and time of the start, UTC."},
    )
    duration_min: int = setting(
        5760, "Duration", "Length of the scenario.", unit="min", low=1, high=2_000_000
    )
    calm_step_s: int = setting(
        60,
        "Calm step",
        "Step of the clock in calm times; a whole number of minutes.",
        unit="s",
        low=60,
        high=86_400,
    )
    fine_step_s: int = setting(
        5,
        "Fine step",
        "Step of the clock after a shock; must divide a minute.",
        unit="s",
        low=1,
        high=60,
    )
    fine_window_min: int = setting(
        150,
        "Fine window",
        "How long after each shock the fine step is used.",
        unit="min",
        low=0,
        high=100_000,
    )

    @model_validator(mode="after")
    def _steps_fit_minutes(self) -> Self:
        if self.calm_step_s % 60:
            raise ValueError(f"calm_step_s: {self.calm_step_s} is not a whole number of minutes")
        if 60 % self.fine_step_s:
            raise ValueError(f"fine_step_s: {self.fine_step_s} does not divide a minute")
        try:
            self.start_datetime()
        except ValueError:
            raise ValueError(f"start: {self.start} is not a date and time") from None
        return self

    def start_datetime(self) -> Any:
        """Return the start as an aware :class:`datetime.datetime` in UTC."""
        from datetime import datetime

        return datetime.fromisoformat(self.start)


class Crowd(Part):
    """Who holds positions, how large and at what leverage."""

    accounts: int = setting(
        100_000,
        "Accounts",
        "Number of margin accounts simulated; together they hold the open interest.",
        low=100,
        high=5_000_000,
        scale="log",
    )
    people: int = setting(
        5_000_000,
        "People",
        "Number of accounts in the real market; each simulated account stands for people ÷ "
        "accounts alike, so that maintenance tiers see real sizes.",
        low=100,
        high=1_000_000_000,
        scale="log",
        source="Estimate: 1.6 million traders were liquidated on 10 October 2025",
    )
    leverage_median: float = setting(
        9.0,
        "Typical leverage",
        "Half of the leveraged accounts have more: position size ÷ equity, counted by accounts.",
        unit="x",
        low=1.0,
        high=50.0,
        scale="log",
        source="Median by number 8–10×; exchanges' and data vendors' reports, 2025",
    )
    leverage_median_by_notional: float = setting(
        3.0,
        "Leverage of the money",
        "Half of the open interest is held at more than this leverage: large accounts use less.",
        unit="x",
        low=0.3,
        high=50.0,
        scale="log",
        source="Hyperliquid, late 2025: 36% of open interest at 0–3×, 48% at 3–7×, 15% above",
    )
    leverage_spread: float = setting(
        0.7,
        "Spread of leverage",
        "Standard deviation of log leverage among accounts of the same size.",
        low=0.05,
        high=2.0,
        source="Calibrated",
    )
    size_spread: float = setting(
        1.5,
        "Spread of sizes",
        "Standard deviation of log position size among accounts; the largest are cut off.",
        low=0.1,
        high=3.0,
        source="Calibrated",
    )
    long_share: float = setting(
        0.68,
        "Long side",
        "Share of the crowd's notional that is long. Others take the other side: hedgers, then "
        "market makers.",
        unit="share",
        low=0.05,
        high=0.95,
        source="Calibrated to 85–90% of liquidations being long",
    )
    hedged_share: float = setting(
        0.45,
        "Hedged shorts",
        "Share of short open interest held by market-neutral accounts against spot they own.",
        unit="share",
        low=0.0,
        high=0.9,
        source="Estimate: shorts are more often hedgers",
    )
    hedge_leverage: float = setting(
        3.0,
        "Hedgers' leverage",
        "Typical leverage of market-neutral accounts on the venue where they are short.",
        unit="x",
        low=1.0,
        high=20.0,
        scale="log",
        source="Estimate: 3–10× where they trade most, less in small assets",
    )
    holding_days: float = setting(
        1.0,
        "Holding time",
        "How long accounts have held when the scenario begins: whoever such a time's price swings "
        "would have liquidated isn't there any more.",
        unit="d",
        low=0.0,
        high=365.0,
        source="Estimate; leveraged positions are held for hours to days",
    )
    turnover_per_day: float = setting(
        0.25,
        "Turnover",
        "Share of the crowd's accounts that are closed by their owners and opened anew by others "
        "each day, at the crowd's usual leverage.",
        unit="share",
        low=0.0,
        high=5.0,
        source="Calibrated to 0.2–0.8 bn USD of liquidations on a calm day",
    )
    entry_spread_pct: float = setting(
        6.0,
        "Spread of entry prices",
        "Standard deviation of entry prices around the price at the start.",
        unit="pct",
        low=0.0,
        high=50.0,
        source="About a week's price change",
    )


class Shock(Part):
    """A piece of news that moves the fundamental value of every asset."""

    name: Name = Field("Tariff post", json_schema_extra={"label": "Name"})
    at_min: float = setting(
        ...,
        "Time",
        "When the news breaks, in minutes from the start.",
        unit="min",
        low=0,
        high=2_000_000,
    )
    size_pct: float = setting(
        -5.0,
        "Size",
        "Lasting change of an asset's fundamental value at sensitivity 1 (Bitcoin's).",
        unit="pct",
        low=-60.0,
        high=60.0,
    )
    ramp_min: float = setting(
        30.0,
        "Ramp",
        "How long the market takes to digest the news: the change is spread over this time.",
        unit="min",
        low=0.0,
        high=10_000.0,
    )
    volatility_multiplier: float = setting(
        3.4,
        "Excitement",
        "Factor on the volatility of news when the shock breaks; it then fades.",
        unit="x",
        low=1.0,
        high=20.0,
    )
    volatility_halflife_min: float = setting(
        120.0,
        "Excitement halves in",
        "Time in which the added volatility falls to half.",
        unit="min",
        low=1.0,
        high=10_000.0,
    )


class News(Part):
    """Noise in fundamental values."""

    correlation: float = setting(
        0.7,
        "Correlation",
        "Correlation of the assets' everyday price changes with each other.",
        unit="share",
        low=0.0,
        high=0.99,
    )


class Liquidity(Part):
    """How the order books thin out under stress and fill again."""

    withdrawal_threshold: float = setting(
        1.75,
        "Withdrawal begins at",
        "Market makers pull orders once an asset is this many times as volatile as normal.",
        unit="x",
        low=1.0,
        high=50.0,
        source="Calibrated",
    )
    withdrawal_exponent: float = setting(
        1.0,
        "Withdrawal strength",
        "Depth falls as (threshold ÷ volatility ratio) to this power; 0 keeps books full.",
        low=0.0,
        high=4.0,
        source="Calibrated",
    )
    depth_floor: float = setting(
        0.03,
        "Least depth left",
        "Share of normal depth that stays in the book whatever happens.",
        unit="share",
        low=0.005,
        high=1.0,
        source="10 October 2025: 2–10% of normal in small assets",
    )
    fall_min: float = setting(
        1.0, "Withdraws within", "Time constant of falling depth.", unit="min", low=0.05, high=600
    )
    return_min: float = setting(
        60.0,
        "Returns within",
        "Time constant of returning depth.",
        unit="min",
        low=0.1,
        high=10_000,
    )
    volatility_window_min: float = setting(
        5.0,
        "Volatility window",
        "Time constant over which market makers judge volatility.",
        unit="min",
        low=0.5,
        high=1_000,
    )
    dislocation_halflife_h: float = setting(
        1.6,
        "Dislocations halve in",
        "Value buyers pull a price back towards its fundamental value at this pace.",
        unit="h",
        low=0.01,
        high=10_000,
        source="Calibrated to the rebound of 10 October 2025",
    )


class Liquidation(Part):
    """What a venue does with accounts below maintenance margin."""

    fee_pct: float = setting(
        0.5,
        "Liquidation fee",
        "Share of the closed notional paid to the insurance fund, at most what is left.",
        unit="pct",
        low=0.0,
        high=10.0,
        source="Usual clearance fee of large venues: 0.3–1.5%",
    )
    selling_pace_pct_per_min: float = setting(
        1.3,
        "Selling pace",
        "The liquidation engine sends at most orders that move the price this much a minute.",
        unit="pct/min",
        low=0.01,
        high=100.0,
        scale="log",
        source="Calibrated",
    )


class Insurance(Part):
    """The insurance funds, one for each asset at each venue."""

    fund_pct: float = setting(
        0.4,
        "Insurance fund",
        "Money in each contract's fund at the start, as a share of its open interest.",
        unit="pct",
        low=0.0,
        high=20.0,
        source="Binance futures: 1.23 bn USD before 10 October 2025",
    )


class Adl(Part):
    """Auto-deleveraging: closing winners' positions when the fund can't carry the losers'."""

    rank: AdlRank = setting(
        "pnl_times_leverage",
        "ADL rule",
        "Who is closed first when the insurance fund can't carry a bankrupt position.",
        choices={
            "pnl_times_leverage": "Profit × leverage",
            "binance": "Binance's formula",
            "hyperliquid": "Hyperliquid's formula",
            "pnl_only": "Profit only",
            "pro_rata": "Pro rata to gains",
            "pro_rata_unhedged": "Pro rata, hedged accounts spared",
            "none": "No ADL: the venue carries the loss",
        },
        source="BitMEX and Bybit rank by profit × effective leverage",
    )
    trigger_drawdown: float = setting(
        0.30,
        "ADL begins at",
        "Fall of the fund's value from its 8-hour high that starts ADL.",
        unit="share",
        low=0.0,
        high=1.0,
        source="Bybit and OKX: 30% below the 8-hour high",
    )
    stop_drawdown: float = setting(
        0.25,
        "ADL stops at",
        "ADL closes only as much as brings the fund's value back to this fall from its high.",
        unit="share",
        low=0.0,
        high=1.0,
        source="Bybit: stops at 25%",
    )

    @model_validator(mode="after")
    def _stops_before_it_begins(self) -> Self:
        if self.stop_drawdown > self.trigger_drawdown:
            raise ValueError(
                f"stop_drawdown: {self.stop_drawdown:g} must not exceed trigger_drawdown "
                f"({self.trigger_drawdown:g})"
            )
        return self


class Hedging(Part):
    """What market-neutral accounts do when one leg of their hedge is closed for them."""

    unwind_min: float = setting(
        4.0,
        "Naked spot is sold within",
        "Time constant with which an account that lost its short sells the coins it hedged.",
        unit="min",
        low=0.1,
        high=10_000,
        source="Estimate: within minutes",
    )
    selling_pace_pct_per_min: float = setting(
        1.0,
        "Pace of unwinding",
        "Broken hedges are sold at most at the pace that moves the price this much a minute.",
        unit="pct/min",
        low=0.01,
        high=100.0,
        scale="log",
        source="Estimate",
    )
    handover_h: float = setting(
        10.0,
        "Market makers hand on within",
        "Time constant with which market makers pass their inventory to traders who close.",
        unit="h",
        low=0.1,
        high=10_000,
        source="Calibrated to open interest falling by 70 bn USD within days",
    )


class Plumbing(Part):
    """Bridges and fiat channels: what arbitrage between venues lives on."""

    arbitrage_pct: float = setting(
        0.1,
        "Arbitrage capital",
        "Dollars and coins that arbitrageurs keep ready on each venue, as a share of open "
        "interest there.",
        unit="pct",
        low=0.0,
        high=50.0,
        source="Calibrated",
    )
    refill_h: float = setting(
        0.7,
        "Refill time",
        "Time constant with which bridges and fiat channels refill used balances.",
        unit="h",
        low=0.01,
        high=1_000,
        source="Calibrated",
    )
    strain: float = setting(
        0.64,
        "Bridge strain",
        "Share of bridge and fiat capacity that is missing; at 100% nothing is refilled.",
        unit="share",
        low=0.0,
        high=1.0,
        source="Calibrated",
    )
    speed_s: float = setting(
        20.0,
        "Arbitrage speed",
        "Time constant with which arbitrage closes a gap while it has balances.",
        unit="s",
        low=1.0,
        high=10_000,
    )


class Marking(Part):
    """How the mark price, which decides who is liquidated, is formed."""

    rule: MarkRule = setting(
        "median",
        "Mark price",
        "Median of index, index + average basis, and last price; or the venue's own last price.",
        choices={"median": "Median with index", "last": "Own last price"},
        source="Binance: median of three; window 30 s since 18 September 2025",
    )
    window_s: float = setting(
        30.0, "Basis window", "Time constant of the average basis.", unit="s", low=1, high=36_000
    )


class Position(Part):
    """One position of the person at the screen: isolated margin, same rules as everybody's."""

    asset: Name = Field(..., json_schema_extra={"label": "Asset"})
    venue: Name = Field(..., json_schema_extra={"label": "Venue"})
    side: Side = setting(
        "long",
        "Side",
        "Long gains when the price rises, short when it falls.",
        choices={"long": "Long", "short": "Short"},
    )
    notional_usd: float = setting(
        10_000.0, "Notional", "Size of the position.", unit="usd", low=1, high=1e10, scale="log"
    )
    leverage: float = setting(
        10.0,
        "Leverage",
        "Notional ÷ collateral at opening.",
        unit="x",
        low=1,
        high=125,
        scale="log",
    )
    open_min: float = setting(
        0.0,
        "Opened",
        "When it is opened, in minutes from the start.",
        unit="min",
        low=0,
        high=2_000_000,
    )
    close_min: float | None = setting(
        None,
        "Closed",
        "When it is closed, in minutes from the start; empty: never.",
        unit="min",
        low=0,
        high=2_000_000,
    )


class Scenario(Part):
    """Everything that decides a run: the same scenario gives the same numbers."""

    name: Name = Field("New scenario", json_schema_extra={"label": "Name"})
    note: str = Field("", max_length=20_000, json_schema_extra={"label": "Note"})
    seed: int = setting(
        1,
        "Seed",
        "Starting point of all random numbers; the same seed gives the same run.",
        low=0,
        high=2**53 - 1,
    )
    clock: Clock = Field(default_factory=Clock)
    assets: tuple[Asset, ...] = Field(..., min_length=1, max_length=20)
    venues: tuple[Venue, ...] = Field(..., min_length=1, max_length=10)
    crowd: Crowd = Field(default_factory=Crowd)
    news: News = Field(default_factory=News)
    shocks: tuple[Shock, ...] = Field((), max_length=100)
    liquidity: Liquidity = Field(default_factory=Liquidity)
    liquidation: Liquidation = Field(default_factory=Liquidation)
    insurance: Insurance = Field(default_factory=Insurance)
    adl: Adl = Field(default_factory=Adl)
    hedging: Hedging = Field(default_factory=Hedging)
    plumbing: Plumbing = Field(default_factory=Plumbing)
    marking: Marking = Field(default_factory=Marking)
    desk: tuple[Position, ...] = Field((), max_length=100)

    @model_validator(mode="after")
    def _parts_agree(self) -> Self:
        _names_differ(self.assets, "assets")
        _names_differ(self.venues, "venues")
        for share in ("open_interest_share", "depth_share", "index_share"):
            total = sum(getattr(venue, share) for venue in self.venues)
            if abs(total - 1) > SHARES_TOLERANCE:
                raise ValueError(
                    f"venues: the {share} of all venues must add up to 1, not {total:.6g}"
                )
        for i, shock in enumerate(self.shocks):
            _within(f"shocks[{i}].at_min", shock.at_min, self.clock)
        for i, position in enumerate(self.desk):
            _position_fits(f"desk[{i}]", position, self)
        return self

    @property
    def asset_names(self) -> list[str]:
        """Names of the assets, in the order of the last axis of market arrays."""
        return [asset.name for asset in self.assets]

    @property
    def venue_names(self) -> list[str]:
        """Names of the venues, in the order of the venue axis of market arrays."""
        return [venue.name for venue in self.venues]


def _names_differ(parts: tuple[Asset, ...] | tuple[Venue, ...], where: str) -> None:
    names = [part.name for part in parts]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{where}: the name {name!r} is used twice; names must differ")


def _within(where: str, at_min: float, clock: Clock) -> None:
    if at_min >= clock.duration_min:
        raise ValueError(
            f"{where}: {at_min:g} lies after the end; it must be below {clock.duration_min}"
        )


def _position_fits(where: str, position: Position, scenario: Scenario) -> None:
    if position.venue not in scenario.venue_names:
        raise ValueError(
            f"{where}.venue: {position.venue!r} is not one of {', '.join(scenario.venue_names)}"
        )
    if position.asset not in scenario.asset_names:
        raise ValueError(
            f"{where}.asset: {position.asset!r} is not one of {', '.join(scenario.asset_names)}"
        )
    asset = scenario.assets[scenario.asset_names.index(position.asset)]
    if position.leverage > asset.leverage_cap:
        raise ValueError(
            f"{where}.leverage: {position.leverage:g} is above the cap of {asset.name}, "
            f"{asset.leverage_cap:g}"
        )
    _within(f"{where}.open_min", position.open_min, scenario.clock)
    if position.close_min is not None:
        _within(f"{where}.close_min", position.close_min, scenario.clock)
        if position.close_min <= position.open_min:
            raise ValueError(
                f"{where}.close_min: {position.close_min:g} must lie after open_min "
                f"({position.open_min:g})"
            )
