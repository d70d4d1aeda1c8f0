"""The computers of a Dask cluster as an executor, by way of the optional package ``distributed``.

Where a worker dies, the scheduler gives its work to another one. Every worker must have the same
version of the engine: start it in this program's folder (``PYTHONPATH``), best with one thread,
``dask worker tcp://host:port --nthreads 1 --nworkers auto``.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from functools import partial
from importlib.util import find_spec
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

from engine.journal import engine_identity
from engine.worlds import unwanted

T = TypeVar("T")

PATIENCE_S = 5.0
"""How long a scheduler has to answer, and to have a worker."""

ASK_EVERY_S = 0.5
"""How often a worker asks whether its work is still wanted."""


class ClusterError(RuntimeError):
    """A cluster that can't be used; the text says which, why and what to do."""


def available() -> bool:
    """Return whether the optional package is there; nothing is loaded for that."""
    return find_spec("distributed") is not None


class Cluster(Executor):
    """Plays calls on the workers of the scheduler at ``address``, e.g. ``tcp://10.0.0.5:8786``.

    Raises
    ------
    ClusterError
        If the package is missing, nobody answers, or there is no worker.
    """

    def __init__(self, address: str) -> None:
        try:
            import distributed
        except ImportError:
            raise ClusterError(
                "a cluster takes the package distributed: python3 dev.py setup distributed"
            ) from None
        _knock(address)
        _silence()
        try:
            self._client = distributed.Client(
                address, timeout=PATIENCE_S, set_as_default=False, name="cascade-lab"
            )
        except (OSError, ValueError):  # refused, too late, or no address
            raise ClusterError(f"{address}: no scheduler answers there") from None
        try:
            self._client.wait_for_workers(1, timeout=PATIENCE_S)
        except TimeoutError:
            self._client.close()
            raise ClusterError(f"{address}: the scheduler has no worker; start one") from None
        self._stop = distributed.Event(f"cascade-stop-{uuid4()}", client=self._client)
        self._work: list[Any] = []

    @property
    def threads(self) -> int:
        """How much it does at a time."""
        return sum(self._client.nthreads().values())

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Call a function, which must be importable, on a worker.

        The future fails with :class:`concurrent.futures.BrokenExecutor` if worker after worker
        dies of it, or the scheduler is gone.
        """
        work = partial(fn, *args, **kwargs)
        ours: Future[T] = Future()
        ours.set_running_or_notify_cancel()
        theirs = self._client.submit(
            _on_worker, self._stop.name, engine_identity(), work, pure=False
        )
        theirs.add_done_callback(partial(_hand_on, ours))
        self._work.append(theirs)  # what nobody holds is forgotten by the scheduler
        return ours

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002
        """Leave the cluster; work under way is given up if asked to cancel."""
        if self._client.status == "running" and cancel_futures:
            self._stop.set()
            self._client.cancel(self._work)
        self._client.close()


def _knock(address: str) -> None:
    """See whether anybody answers; the package itself waits long for who is mute.

    Whoever connects to a scheduler is greeted by it at once.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme != "tcp" or not parts.hostname or not port:
        raise ClusterError(f"{address}: this is no address of a scheduler; write tcp://host:port")
    try:
        with socket.create_connection((parts.hostname, port), timeout=PATIENCE_S) as door:
            greeted = bool(door.recv(1))
    except OSError:
        greeted = False
    if not greeted:
        raise ClusterError(f"{address}: no scheduler answers there")


def _silence() -> None:
    """Keep the package from telling in pages what is told here in a line."""
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _on_worker(stop: str, engine: str, work: Callable[[], T]) -> T:
    """Do something on a worker, and look now and then whether it is still wanted."""
    from distributed import Event

    if engine != engine_identity():
        raise ClusterError("a worker of the cluster has another version of the engine")
    event, asked_s = Event(stop), monotonic()

    def is_unwanted() -> bool:
        nonlocal asked_s
        if monotonic() < asked_s + ASK_EVERY_S:
            return False
        asked_s = monotonic()
        return bool(event.is_set())

    token = unwanted.set(is_unwanted)
    try:
        return work()
    finally:
        unwanted.reset(token)


def _hand_on(ours: Future[T], theirs: Any) -> None:
    """Give what came of a Dask future to one of the standard library."""
    from distributed import KilledWorker

    if theirs.status == "finished":
        ours.set_result(theirs.result())
    elif theirs.status == "error":
        error = theirs.exception()
        if isinstance(error, KilledWorker):
            error = BrokenExecutor("worker after worker of the cluster died")
        ours.set_exception(error)
    else:
        ours.set_exception(ClusterError("the scheduler is gone"))
