"""How far a long computation is: one line that changes on a terminal, else a line now and then."""

from __future__ import annotations

from typing import TextIO

LINES = 10
"""How many lines it takes where they can't change."""


class Progress:
    """Tells of worlds that are finished; ``stream`` is None where nobody could read it."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._told = 0
        self._width = 0

    def __call__(self, done: int, count: int) -> None:
        """Tell how many worlds are finished, and of how many."""
        if self._stream is None:
            return
        text = f"{done:,} of {count:,} worlds played"
        if self._stream.isatty():
            self._write(text)
        elif done * LINES // count > self._told:
            print(text, file=self._stream, flush=True)
            self._told = done * LINES // count

    def say(self, text: str) -> None:
        """Print a line of its own."""
        self.end()
        if self._stream is not None:
            print(text, file=self._stream, flush=True)

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
