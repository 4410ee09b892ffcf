"""Snapshots: one commit publishes all tables together, and one of two rivals."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines import datafile, lake, snapshots
from pipelines.lake import EMPTY
from pipelines.snapshots import SNAPSHOTS, Snapshot, Version
from schemas.errors import LostRace


def made(number: int, *paths: str) -> Snapshot:
    inputs = json.dumps({"deliveries": 3})
    return Snapshot(number, {p: Version(number, p, number, inputs, "code", 7) for p in paths})


def test_a_lake_without_a_snapshot_is_number_0_and_has_no_tables(tmp_path: Path) -> None:
    empty = snapshots.read(tmp_path)
    assert empty == Snapshot(0, {})
    assert empty.version("facts/changes") == EMPTY


def test_what_is_published_is_what_is_read(tmp_path: Path) -> None:
    snapshots.publish(tmp_path, made(1, "a", "b"))
    snapshots.publish(tmp_path, made(2, "a"))
    newest = snapshots.read(tmp_path)
    assert newest == made(2, "a")
    assert (newest.version("a"), newest.version("b")) == (2, EMPTY)
    assert newest.tables["a"].read("deliveries") == 3
    assert newest.tables["a"].read("facts/changes") == EMPTY


@pytest.mark.parametrize("number", [1, 2, 4])
def test_only_the_next_number_can_be_published(number: int, tmp_path: Path) -> None:
    snapshots.publish(tmp_path, made(1, "a"))
    snapshots.publish(tmp_path, made(2, "a"))
    with pytest.raises(LostRace, match="published first"):
        snapshots.publish(tmp_path, made(number, "b"))
    assert snapshots.read(tmp_path) == made(2, "a")


def test_a_rival_that_publishes_behind_our_look_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = datafile.write

    def late(*args: Any) -> Any:
        monkeypatch.setattr(datafile, "write", write)
        snapshots.publish(tmp_path, made(1, "theirs"))
        return write(*args)

    monkeypatch.setattr(datafile, "write", late)
    with pytest.raises(LostRace):
        snapshots.publish(tmp_path, made(1, "ours"))
    assert snapshots.read(tmp_path) == made(1, "theirs")


def test_every_snapshot_stays_readable_as_rows(tmp_path: Path) -> None:
    snapshots.publish(tmp_path, made(1, "a", "b"))
    snapshots.publish(tmp_path, made(2, "a"))
    parts = {file.part: file.rows for file in lake.live(tmp_path, SNAPSHOTS)}
    assert parts == {"1": 2, "2": 1}
