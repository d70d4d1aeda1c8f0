"""Computing processes: what they return, how they end, who hears of it."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import BrokenExecutor, CancelledError
from pathlib import Path

import pytest

from engine.processes import Processes


def where(_: int) -> int:
    return os.getpid()


def fail(text: str) -> None:
    raise ValueError(text)


def die() -> None:
    os._exit(9)


def touch_and_wait(path: Path) -> None:
    path.touch()
    time.sleep(600)


def test_calls_are_spread_over_processes_that_are_kept() -> None:
    with Processes(2) as executor:
        ids = {future.result() for future in [executor.submit(where, i) for i in range(40)]}
    assert os.getpid() not in ids
    assert 1 <= len(ids) <= 2


def test_what_a_call_raises_comes_back_and_says_where_it_was_raised() -> None:
    with Processes(1) as executor:
        error = executor.submit(fail, "of its own").exception()
        assert isinstance(error, ValueError)
        assert str(error) == "of its own"
        assert "in fail" in "".join(error.__notes__)
        assert executor.submit(where, 0).result() != os.getpid()


def test_only_the_call_a_process_dies_of_fails() -> None:
    with Processes(1) as executor:
        before, killed, after = (
            executor.submit(where, 0), executor.submit(die), executor.submit(where, 0)
        )  # fmt: skip
        with pytest.raises(BrokenExecutor, match="ended suddenly"):
            killed.result()
        assert before.result() != after.result()


def test_calls_under_way_are_given_up_at_once(tmp_path: Path) -> None:
    executor = Processes(1)
    busy, queued = executor.submit(touch_and_wait, tmp_path / "begun"), executor.submit(where, 0)
    while not (tmp_path / "begun").exists():
        time.sleep(0.01)
    executor.shutdown(cancel_futures=True)  # ten minutes too early
    with pytest.raises(CancelledError):
        busy.result()
    assert queued.cancelled()
    assert not [thread for thread in threading.enumerate() if "cascade" in thread.name]
