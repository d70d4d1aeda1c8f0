"""Which asset and which venue the charts show; all of both to begin with."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.scenario import Scenario


class Choice(QObject):
    """The names chosen, which hold from run to run as long as there is something of that name.

    Signals
    -------
    changed()
        Another asset or venue is chosen.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.asset: str | None = None
        self.venue: str | None = None

    def choose(self, asset: str | None, venue: str | None) -> None:
        """Show only this asset and this venue; None for all."""
        if (asset, venue) != (self.asset, self.venue):
            self.asset, self.venue = asset, venue
            self.changed.emit()

    def keep_within(self, scenario: Scenario) -> None:
        """Let go of what this scenario doesn't have."""
        venues = [venue.name for venue in scenario.venues]
        self.choose(
            self.asset if self.asset in scenario.asset_names else None,
            self.venue if self.venue in venues else None,
        )

    def is_within(self, scenario: Scenario) -> bool:
        """Whether a scenario has what is chosen."""
        venues = [venue.name for venue in scenario.venues]
        return self.asset in (None, *scenario.asset_names) and self.venue in (None, *venues)

    def places(self, scenario: Scenario) -> tuple[int | None, int | None]:
        """Return the places of asset and venue among the scenario's; None for all."""
        venues = [venue.name for venue in scenario.venues]
        return (
            scenario.asset_names.index(self.asset) if self.asset is not None else None,
            venues.index(self.venue) if self.venue is not None else None,
        )
