"""Finished worlds of a batch that is under way, kept so that whatever ends it costs none of them.

Each batch has a journal (:mod:`engine.journal`) in the person's data folder, named after what is
played: the same scenarios and settings go on from it, with more seeds too. It is removed once the
batch is whole. Keeping is a kindness: where it fails, worlds are played without it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from PySide6.QtCore import QLockFile

from engine.experiment import Experiment, Results
from engine.journal import Journal, JournalError
from engine.worlds import World
from gui import settings

MOST_WORLDS = 10_000
"""Larger batches are not kept: a world takes some 13 kB."""

MOST_BATCHES = 5
"""So many batches are kept, the latest ones."""

SUFFIX = ".worlds"

log = logging.getLogger(__name__)


class KeptWorlds(Journal):
    """The journal of one batch, held by one window at a time.

    Raises
    ------
    JournalError, OSError
        As :class:`engine.journal.Journal`; BlockingIOError if another window holds it.
    """

    def __init__(self, experiment: Experiment) -> None:
        folder = settings.folder("data") / "worlds"
        folder.mkdir(parents=True, exist_ok=True)
        identity = experiment.identity()
        path = folder / f"{identity['scenarios'][:20]}-{identity['engine'][:8]}{SUFFIX}"
        self._lock = QLockFile(f"{path}.lock")
        self._lock.setStaleLockTime(0)  # held for hours; left over only if its process is gone
        if not self._lock.tryLock(0):
            raise BlockingIOError(None, "another window plays these worlds", str(path))
        try:
            super().__init__(path, identity)
        except JournalError as error:
            log.warning("%s; begun anew", error)
            path.unlink()
            super().__init__(path, identity)
        path.touch()
        for old in _latest(folder)[MOST_BATCHES:]:
            with suppress(OSError):  # another window's, on a system that locks open files
                old.unlink()

    def add(self, worlds: Mapping[World, dict[str, Any]]) -> None:
        """Write down worlds that are finished, if that is possible."""
        try:
            super().add(worlds)
        except (OSError, ValueError) as error:  # a file that is closed
            log.warning("worlds are not kept: %s", error)
            super().close()

    def end(self, whole: bool) -> None:
        """Let it go; a batch that is whole needs it no more."""
        self.close()
        if whole:
            self.path.unlink(missing_ok=True)
        self._lock.unlock()


def keep(experiment: Experiment) -> tuple[Results, KeptWorlds | None]:
    """Return what is kept of an experiment, and where to keep the rest, if it can be kept."""
    if len(experiment.worlds) > MOST_WORLDS or experiment.kind == "check":
        return Results(experiment), None  # of a check nothing comes back that a journal holds
    try:
        kept = KeptWorlds(experiment)
    except OSError as error:
        log.warning("worlds are not kept: %s", error)
        return Results(experiment), None
    try:
        return Results.gone_on(experiment, kept), kept
    except JournalError as error:
        log.warning("%s", error)
        kept.end(whole=True)
        return Results(experiment), None


def _latest(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime, reverse=True)
