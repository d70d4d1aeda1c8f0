"""How far a long computation is: one line that changes on a terminal, else a line per scenario."""

from __future__ import annotations

from collections.abc import Collection
from typing import TextIO

from engine.check import World


class Progress:
    """Tells of worlds that have been played; ``stream`` is None where nobody could read it."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._all = 0
        self._width = 0

    def __call__(self, world: World, left: Collection[World]) -> None:
        """Tell that a world has been played, and how many there were and are."""
        self._all = max(self._all, len(left) + 1)
        if self._stream is None:
            return
        if self._stream.isatty():
            self._write(f"{self._all - len(left)} of {self._all} worlds played")
        elif all(other.scenario != world.scenario for other in left):
            print(f"{world.scenario}: played", file=self._stream, flush=True)

    def end(self) -> None:
        """Leave an empty line where the changing one was."""
        if self._stream is not None and self._width:
            self._write("")
            self._stream.write("\r")
            self._stream.flush()

    def _write(self, text: str) -> None:
        """Write over what the line says."""
        stream = self._stream
        if stream is not None:
            stream.write("\r" + text.ljust(self._width))
            stream.flush()
            self._width = len(text)
