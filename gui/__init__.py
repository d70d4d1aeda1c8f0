"""The window. Importing this package loads no Qt, so that the computing process stays light."""

from pathlib import Path

from engine import VERSION as VERSION

ASSETS = Path(__file__).resolve().parent.parent / "assets"
"""Scenarios, themes, icons and translations; beside the program, frozen or not."""

OCTOBER = ASSETS / "scenarios" / "october-2025.cascade"
"""The scenario that opens at start."""

MODEL_PAGE = ASSETS.parent / "docs" / "model.md"
"""The page that tells the model; in another language beside it, as ``model.<language>.md``."""


def shipped_scenarios() -> list[Path]:
    """Return the scenarios that come with the program."""
    return sorted((ASSETS / "scenarios").glob("*.cascade"))
