"""The stretch of time that all charts show, and the ways to change it."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, Signal

from engine.scenario import Scenario

BEFORE_STORM_S = 45 * 60.0
AFTER_STORM_S = 3 * 3_600.0
CLOSEST_S = 60.0
PAGE_TURN = 0.1
"""Where the cursor stands in the view after a page was turned, as a share of the width."""

Mode = Literal["storm", "all", "free"]


class TimeView(QObject):
    """From ``first_s`` to ``last_s``, seconds since the start; a mode holds from run to run."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.first_s = 0.0
        self.last_s = AFTER_STORM_S
        self.mode: Mode = "storm"
        self.following = True
        self._scenario: Scenario | None = None
        self._left_cursor = False

    @property
    def span_s(self) -> float:
        """How much time is in view."""
        return self.last_s - self.first_s

    @property
    def duration_s(self) -> float:
        """How long the scenario is."""
        return self._scenario.clock.duration_min * 60.0 if self._scenario else AFTER_STORM_S

    @property
    def has_storm(self) -> bool:
        """Whether there is a shock to look at."""
        return self._scenario is not None and bool(self._scenario.shocks)

    def set_scenario(self, scenario: Scenario) -> None:
        """Show another scenario: the same part of it, unless that lies beyond its end."""
        self._scenario = scenario
        if self.mode == "free":
            self._set(self.first_s, self.last_s)
        elif self.mode == "all":
            self.show_all()
        else:
            self.show_storm()

    def show_storm(self) -> None:
        """Show what happens around the first shock; everything if there is none."""
        self.mode = "storm"
        self._set(*self._storm())

    def _storm(self) -> tuple[float, float]:
        if self._scenario is None or not self._scenario.shocks:
            return 0.0, self.duration_s
        shock_s = min(shock.at_min for shock in self._scenario.shocks) * 60.0
        first_s = max(0.0, shock_s - BEFORE_STORM_S)
        return first_s, min(first_s + BEFORE_STORM_S + AFTER_STORM_S, self.duration_s)

    def show_all(self) -> None:
        """Show the whole scenario."""
        self.mode = "all"
        self._set(0.0, self.duration_s)

    def show(self, first_s: float, last_s: float) -> None:
        """Show a stretch that a person chose."""
        self.mode = "free"
        self._left_cursor = True
        self._set(first_s, last_s)

    def zoom(self, factor: float, at_s: float | None = None) -> None:
        """Show ``factor`` times as much time, with ``at_s`` (else the middle) where it is."""
        at_s = (self.first_s + self.last_s) / 2 if at_s is None else at_s
        span_s = min(max(self.span_s * factor, CLOSEST_S), self.duration_s)
        share = (at_s - self.first_s) / self.span_s
        self.show(at_s - share * span_s, at_s + (1 - share) * span_s)

    def pan(self, by_s: float) -> None:
        """Move the view later by ``by_s``."""
        self.show(self.first_s + by_s, self.last_s + by_s)

    def set_following(self, on: bool) -> None:
        """Turn pages after the cursor, or leave the view where it is."""
        self.following = on
        self._left_cursor = False

    def cursor_moved(self, time_s: float, *, playing: bool) -> None:
        """Turn the page if the cursor has left the view.

        Whoever has moved the view away from a playing cursor wants to look at something else and
        is left alone until the cursor comes by.
        """
        if self.first_s <= time_s <= self.last_s:
            self._left_cursor = False
        elif self.following and not (playing and self._left_cursor):
            self._turn_page(time_s)

    def _turn_page(self, time_s: float) -> None:
        """Show as much time as before with the cursor in it: the storm again if that suits."""
        first_s, last_s = self._storm()
        if self.has_storm and first_s <= time_s <= last_s and self.span_s == last_s - first_s:
            self.show_storm()
            return
        first_s = time_s - PAGE_TURN * self.span_s
        self.mode = "free"
        self._set(first_s, first_s + self.span_s)

    def _set(self, first_s: float, last_s: float) -> None:
        span_s = min(max(last_s - first_s, CLOSEST_S), self.duration_s)
        first_s = min(max(first_s, 0.0), self.duration_s - span_s)
        self.first_s, self.last_s = first_s, first_s + span_s
        self.changed.emit()
