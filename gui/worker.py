"""The process that computes, seen from both of its ends. No Qt is imported here.

The window sends a scenario; the process answers with stretch after stretch, then with how it
ended. Between two stretches it looks whether it has been asked to stop.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Iterable
from enum import Enum
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:  # both ends load these while the other one does, not one after the other
    from engine.record import Stretch
    from engine.replay import Replay
    from engine.scenario import Scenario

Compute: TypeAlias = "Callable[[Scenario, int], Iterable[Stretch]]"
"""Plays a scenario; the number says how many steps of the one before the window still has."""


class Word(Enum):
    """What the two ends say to each other."""

    COMPUTE = "compute"  # window: (scenario, steps known of the one before), please
    STOP = "stop"  # window: leave it
    STRETCH = "stretch"  # process: the next stretch
    DONE = "done"  # process: that was the last one
    STOPPED = "stopped"  # process: left as asked
    FAILED = "failed"  # process: (sentence, traceback)


class Message(NamedTuple):
    """One word and what belongs to it."""

    word: Word
    content: Any = None


class WorkerDiedError(Exception):
    """The computing process is gone."""


class Engine:
    """Computes with the engine, and goes on from where a scenario parts from the one before."""

    def __init__(self) -> None:
        self._replay: Replay | None = None

    def __call__(self, scenario: Scenario, known_steps: int) -> Iterable[Stretch]:
        """Compute one world of a scenario."""
        from engine.replay import Replay

        if self._replay is None:
            self._replay = Replay()
        return self._replay.stretches(scenario, known_steps)


class Worker:
    """The window's end: a process kept warm, started again if it is gone."""

    def __init__(self, compute: Compute | None = None) -> None:
        self._compute = compute if compute is not None else Engine()
        self._process: Any = None
        self._connection: Connection | None = None

    @property
    def alive(self) -> bool:
        return self._process is not None and bool(self._process.is_alive())

    @property
    def process_id(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Start the process, unless it runs; returns at once."""
        if self.alive:
            return
        self.close()
        spawn = multiprocessing.get_context("spawn")
        ours, theirs = spawn.Pipe()
        process = spawn.Process(
            target=serve, args=(theirs, self._compute), name="cascade-engine", daemon=True
        )
        process.start()
        theirs.close()  # so that our end learns when theirs is gone
        self._process, self._connection = process, ours

    def send(self, word: Word, content: Any = None) -> None:
        """Say something to the process.

        Raises
        ------
        WorkerDiedError
            If nobody is there to hear it.
        """
        if self._connection is None:
            raise WorkerDiedError
        try:
            self._connection.send(Message(word, content))
        except (OSError, EOFError) as error:
            raise WorkerDiedError from error

    def receive(self) -> Message | None:
        """Return what the process said next; None if it said nothing. Never waits.

        Raises
        ------
        WorkerDiedError
            If it is gone and has nothing more to say.
        """
        if self._connection is None:
            raise WorkerDiedError
        try:
            if not self._connection.poll():
                return None
            message: Message = self._connection.recv()
        except (OSError, EOFError) as error:
            raise WorkerDiedError from error
        return message

    def close(self) -> None:
        """End the process now; it holds nothing that could be lost."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._process is not None:
            self._process.kill()
            self._process.join(1.0)
            self._process = None


def serve(connection: Connection, compute: Compute) -> None:
    """Answer until the window closes its end: the life of the computing process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the window's to answer
    if hasattr(os, "nice"):
        os.nice(5)  # on a busy machine the screen goes first
    with contextlib.suppress(Exception):  # if it can't be loaded, the first job says why
        import engine.replay  # noqa: F401 (loaded while the window builds itself)
    with contextlib.suppress(OSError, EOFError):
        while True:
            word, content = connection.recv()
            if word is Word.COMPUTE:
                scenario, known_steps = content
                _answer(connection, compute(scenario, known_steps))


def _answer(connection: Connection, stretches: Iterable[Stretch]) -> None:
    try:
        for stretch in stretches:
            connection.send(Message(Word.STRETCH, stretch))
            if connection.poll() and connection.recv().word is Word.STOP:
                connection.send(Message(Word.STOPPED))
                return
    except (OSError, EOFError):
        raise
    except Exception as error:  # whatever it is, the window has to hear of it
        refused = isinstance(error, (ValueError, MemoryError)) and str(error)
        sentence = str(error) if refused else f"{type(error).__name__}: {error}"
        connection.send(Message(Word.FAILED, (sentence, traceback.format_exc())))
        return
    connection.send(Message(Word.DONE))
