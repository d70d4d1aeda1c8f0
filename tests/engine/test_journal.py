"""The journal of an experiment: what is finished stays finished."""

from __future__ import annotations

import json
from contextlib import closing
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.journal import Journal, JournalError, engine_identity
from engine.sample import CURVES, MEASURES, Sample
from engine.worlds import World

IDENTITY = {"scenarios": "a", "measures": "b", "engine": "c"}
ONE, TWO = World("storm", 3), World("storm", 4)


def written(path: Path, *worlds: World) -> Path:
    with closing(Journal(path, IDENTITY)) as journal:
        for world in worlds:
            journal.add({world: {"values": [1.5, None]}})
    return path


def found(path: Path) -> dict[World, Any]:
    with closing(Journal(path, IDENTITY)) as journal:
        return journal.found


def test_what_was_added_is_found_again(tmp_path: Path) -> None:
    path = written(written(tmp_path / "j", ONE), TWO)
    assert found(path) == {world: {"values": [1.5, None]} for world in (ONE, TWO)}
    assert path.read_bytes().count(b"\n") == 3


def test_a_world_is_on_the_disk_as_soon_as_it_was_added(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j", IDENTITY)
    journal.add({ONE: {"values": []}})
    assert set(found(tmp_path / "j")) == {ONE}
    journal.close()


@pytest.mark.parametrize("left", range(1, 40))
def test_a_torn_last_line_counts_for_nothing_and_is_taken_off(tmp_path: Path, left: int) -> None:
    path = written(tmp_path / "j", ONE)
    whole = path.read_bytes()
    path.write_bytes(written(path, TWO).read_bytes()[: len(whole) + left])
    assert set(found(path)) == {ONE}
    assert path.read_bytes() == whole
    assert set(found(written(path, TWO))) == {ONE, TWO}


def test_a_torn_first_line_is_begun_anew(tmp_path: Path) -> None:
    path = written(tmp_path / "j")
    path.write_bytes(path.read_bytes()[:30])
    assert set(found(written(path, ONE))) == {ONE}
    path.write_bytes(b"")
    assert found(path) == {}


@pytest.mark.parametrize("part", IDENTITY)
def test_that_of_another_experiment_is_refused_and_says_what_differs(
    tmp_path: Path, part: str
) -> None:
    path = written(tmp_path / "j", ONE)
    before = path.read_bytes()
    with pytest.raises(JournalError, match=rf"another experiment \({part} differ") as refused:
        Journal(path, {**IDENTITY, part: "other"})
    assert "choose another folder" in str(refused.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"my notes", b"my notes\n", b"{}\n", b"[]\n", b"\xff\n"])
def test_what_is_no_journal_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "j"
    path.write_bytes(content)
    with pytest.raises(JournalError, match="no journal"):
        Journal(path, IDENTITY)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "line", [b"not JSON", b"[]", b'{"seed": 1}', b'{"variant": 1, "seed": []}']
)
def test_a_damaged_line_in_the_middle_is_told_with_its_number(tmp_path: Path, line: bytes) -> None:
    path = written(tmp_path / "j", ONE)
    path.write_bytes(path.read_bytes() + line + b"\n")
    with pytest.raises(JournalError, match="line 3 is damaged"):
        Journal(path, IDENTITY)


def test_a_world_written_twice_counts_once(tmp_path: Path) -> None:
    path = written(tmp_path / "j", ONE)
    head, line = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(head + line + line.replace(b"1.5", b"2.5"))
    assert found(path) == {ONE: {"values": [1.5, None]}}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device here")
def test_a_full_disk_is_told(tmp_path: Path) -> None:
    (tmp_path / "j").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        Journal(tmp_path / "j", IDENTITY)


def test_a_sample_survives_to_the_bit() -> None:
    values = (nan, 1 / 3, *range(len(MEASURES) - 2))
    curves = np.random.default_rng(1).normal(size=(len(CURVES), 7)).astype(np.float32)
    again = Sample.from_json(json.loads(json.dumps(Sample(values, curves).as_json())))
    assert np.array_equal(again.values, values, equal_nan=True)
    assert np.array_equal(again.curves, curves)
    assert again.curves.dtype == np.float32
    with pytest.raises(ValueError, match="values"):
        Sample.from_json({"values": [1.0], "curves": ""})


def test_the_engine_is_known_by_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    before = engine_identity()
    assert before == engine_identity()
    monkeypatch.setattr("engine.VERSION", "9.9.9")
    assert engine_identity() != before
