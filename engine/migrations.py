"""What earlier versions of the scenario format meant, in the words of today's.

Version 1   Had one refill time and one strain for bridges and fiat channels alike, and knew nothing
            of what version 2 added: that stays switched off.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Settings = dict[str, Any]

OFF_IN_VERSION_1: dict[str, Settings] = {
    "crowd": {"cross_share": 0.0, "away_share": 0.0, "pair_share": 0.0},
    "behaviour": {
        "stops_per_h": 0.0,
        "profits_per_h": 0.0,
        "trend_per_h": 0.0,
        "dips_per_h": 0.0,
        "comeback_days": 10_000.0,
    },
    "news": {"clustering": 0.0},
    "liquidity": {"loss_withdrawal": 0.0, "adl_withdrawal": 0.0, "resilience_share": 0.0},
    "hedging": {"reopen_share": 0.0, "basis_exit_per_day": 0.0},
    "plumbing": {"congestion": 0.0},
    "funding": {"cap_pct": 0.0},
}


def _from_version_1(settings: Settings) -> Settings:
    settings = {**settings}
    for name, off in OFF_IN_VERSION_1.items():
        part = settings.get(name, {})
        if isinstance(part, dict):  # else the checks refuse it
            settings[name] = {**off, **part}
    plumbing = settings["plumbing"]
    for old, both in (("refill_h", "{}_h"), ("strain", "{}_strain")):
        if isinstance(plumbing, dict) and old in plumbing:
            value = plumbing.pop(old)
            plumbing |= {both.format(channel): value for channel in ("bridge", "fiat")}
    return settings


FROM: dict[int, Callable[[Settings], Settings]] = {1: _from_version_1}
"""Version → what turns its settings into those of the next."""
