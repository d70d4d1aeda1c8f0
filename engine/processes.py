"""Computing processes as an executor: each runs one call at a time and can be ended at any moment.

What :class:`concurrent.futures.ProcessPoolExecutor` has not: where a process dies, the call it was
busy with fails and no other; and calls under way can be given up at once.
"""

from __future__ import annotations

import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from typing import Any, TypeVar

T = TypeVar("T")


class Processes(Executor):
    """Plays calls in ``count`` processes, started where needed.

    They hold nothing that could be lost: they end with the one that started them, never hear
    Ctrl-C, and ``shutdown(cancel_futures=True)`` ends them in the middle of whatever they do.
    """

    def __init__(self, count: int) -> None:
        self._threads = ThreadPoolExecutor(count, "cascade-process")  # one looks after each
        self._mine = threading.local()
        self._started: list[_Process] = []
        self._lock = threading.Lock()
        self._given_up = False

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Call a function, which must be importable, in one of the processes.

        The future fails with :class:`concurrent.futures.BrokenExecutor` if the process dies.
        """
        return self._threads.submit(self._call, partial(fn, *args, **kwargs))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes: when they have done everything, or at once if asked to cancel."""
        if cancel_futures:
            with self._lock:
                self._given_up = True
                for process in self._started:
                    process.kill()
        self._threads.shutdown(wait, cancel_futures=cancel_futures)
        if wait:
            for process in self._started:
                process.end()

    def _call(self, work: Callable[[], T]) -> T:
        process: _Process | None = getattr(self._mine, "process", None)
        if process is None:
            process = self._mine.process = self._start()
        try:
            value: T = process.call(work)
        except BrokenExecutor:
            self._mine.process = None
            process.end()
            if self._given_up:
                raise CancelledError from None
            raise
        return value

    def _start(self) -> _Process:
        with self._lock:
            if self._given_up:
                raise CancelledError
            process = _Process()
            self._started.append(process)
            return process


class _Process:
    """One computing process and the pipe to it."""

    def __init__(self) -> None:
        spawn = get_context("spawn")  # the same on every system, and in the frozen program
        self._connection, theirs = spawn.Pipe()
        self._process = spawn.Process(target=_serve, args=(theirs,), daemon=True)
        with _deaf():
            self._process.start()
        theirs.close()  # so that our end learns when theirs is gone

    def call(self, work: Callable[[], Any]) -> Any:
        try:
            self._connection.send(work)
            succeeded, value = self._connection.recv()
        except (EOFError, OSError):
            raise BrokenExecutor("a computing process ended suddenly") from None
        if not succeeded:
            raise value
        return value

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self._connection.close()


def _serve(connection: Connection) -> None:
    """Answer calls until nobody makes any: the life of a computing process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(EOFError, OSError):
        while True:
            work = connection.recv()
            try:
                answer = (True, work())
            except Exception as error:  # whatever it is, the caller hears of it
                error.add_note(traceback.format_exc())
                answer = (False, error)
            connection.send(answer)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _deaf() -> Iterator[None]:
    """Start a process that never hears Ctrl-C, not even before it can say so itself."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # a child inherits this
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
