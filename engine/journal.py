"""What is finished of an experiment, one line per world, so that it can go on after any end.

The first line says which experiment it is; a journal of another one is refused. Lines are only
ever added and are on the disk before anybody is told of them. A last line that was not written to
its end counts for nothing.

Only settings, measures and the engine make the identity: the same experiment with more seeds goes
on from the same journal.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

import engine
from engine.worlds import World

FORMAT = "cascade-journal"
NAME = "journal.jsonl"


class JournalError(ValueError):
    """A journal that can't be gone on from; the text says why and what to do."""


def engine_identity() -> str:
    """Return what stands for the version of the engine: its own source, where there is one."""
    digest = hashlib.sha256(f"{engine.VERSION} numpy {np.__version__}".encode())
    for path in sorted(Path(engine.__file__).parent.glob("*.py")):  # none in the frozen program
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


class Journal:
    """An open journal.

    Attributes
    ----------
    found
        What it held when it was opened, by world.

    Raises
    ------
    JournalError
        If it belongs to another experiment, or is no journal.
    OSError
        If it can't be read or written.
    """

    def __init__(self, path: Path, identity: Mapping[str, str]) -> None:
        self.path = path
        self.found: dict[World, dict[str, Any]] = {}
        head = {"format": FORMAT, **identity}
        end = self._read(head) if path.is_file() else 0
        self._file = path.open("r+b" if end else "wb")
        self._file.seek(end)
        try:
            if end:
                self._file.truncate()  # a torn line
            else:
                self._write(_line(head))
        except OSError:
            self.close()
            raise

    def add(self, worlds: Mapping[World, dict[str, Any]]) -> None:
        """Write down worlds that are finished; they are on the disk when this returns.

        Raises
        ------
        OSError
            If they can't be written; what was there before is still good.
        """
        self._write(
            b"".join(_line({**world._asdict(), **content}) for world, content in worlds.items())
        )

    def close(self) -> None:
        """Close the file; all that was told to be on the disk is."""
        with suppress(OSError):  # what could not be written has been told already
            self._file.close()

    def _write(self, lines: bytes) -> None:
        try:
            self._file.write(lines)
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:  # which knows of no file
            raise OSError(error.errno, error.strerror, str(self.path)) from None

    def _read(self, head: dict[str, str]) -> int:
        """Read a journal; return where its last whole line ends, 0 if there is none."""
        whole, newline, torn = self.path.read_bytes().rpartition(b"\n")
        if not newline and _line(head).startswith(torn):  # not even the first line was finished
            return 0
        first, *lines = whole.split(b"\n")
        self._check(_parsed(first), head)
        for number, line in enumerate(lines, 2):
            content = _parsed(line)
            try:
                world = World(str(content.pop("variant")), int(content.pop("seed")))
            except (AttributeError, KeyError, TypeError, ValueError):
                raise JournalError(
                    f"{self.path}: line {number} is damaged; remove the file to begin anew"
                ) from None
            self.found.setdefault(world, content)
        return len(whole) + 1

    def _check(self, first: Any, head: dict[str, str]) -> None:
        if not isinstance(first, dict) or first.get("format") != FORMAT:
            raise JournalError(f"{self.path} is no journal of an experiment; choose another folder")
        differing = [name for name, value in head.items() if first.get(name) != value]
        if differing:
            raise JournalError(
                f"{self.path} belongs to another experiment ({', '.join(differing)} differ); "
                "choose another folder, or remove the file to begin anew"
            )


def _line(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False) + "\n").encode()


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None
