"""Compaction: the same rows in fewer files; what is derived does not know of it."""

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from pipelines import compact as compact_module
from pipelines import compacted, datafile, lake, snapshots
from pipelines import derive as derive_module
from pipelines.check import gone
from pipelines.check import landed as audited
from pipelines.compact import FILE_ROWS, Compacted, compact, groups
from pipelines.datafile import DataFile
from pipelines.derive import derive
from pipelines.engine import connect
from pipelines.landed import COMPACTED
from pipelines.table import DELIVERIES
from schemas.envelope import Delivery
from schemas.errors import Fatal, LostRace
from tests.deliveries import SOURCES
from tests.lakes import made, names, quietly, recorded, tell


def landed(home: Path) -> list[dict[str, Any]]:
    """Return every delivery, in an order that no file decides."""
    found = [
        row
        for file in lake.live(home, DELIVERIES)
        for row in datafile.read(home / DELIVERIES.path / file.path).to_pylist()
    ]
    return sorted(found, key=lambda row: (row["origin"], row["position"]))


def shares(said: tuple[Delivery, ...], count: int) -> list[tuple[Delivery, ...]]:
    """Split deliveries into so many batches."""
    return [said[start::count] for start in range(count)]


@pytest.fixture(scope="module", autouse=True)
def events_alone() -> Iterator[None]:
    """Derive events and nothing more: what is behind them hangs on nothing but their files.

    That the rest is equal too is held by the kill sweep.
    """
    with patch.object(derive_module, "levels", tuple):
        yield


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a lake that came of four landings; to be copied, never changed."""
    home = tmp_path_factory.mktemp("many") / "lake"
    for batch in shares(recorded(), 4):
        tell(home, batch)
    derive(home, SOURCES)
    return home


@pytest.fixture
def home(many: Path, tmp_path: Path) -> Path:
    return copytree(many, tmp_path / "lake")


def test_many_files_become_one_and_no_row_changes(home: Path) -> None:
    before, rows = lake.live(home, DELIVERIES), landed(home)
    assert len(before) == 4
    done = compact(home, quietly)
    assert done == Compacted(partitions=1, removed=4, added=1, rows=len(recorded()), files=1)
    assert landed(home) == rows
    assert compact(home, quietly) == Compacted(files=1), "and again there is nothing to do"


def test_a_pass_behind_a_compaction_decodes_only_what_is_new(home: Path) -> None:
    before = names(home)
    compact(home, quietly)
    outcome = derive(home, SOURCES)
    assert outcome.recomputed == {}
    assert snapshots.read(home).deliveries == lake.newest(home, DELIVERIES)
    assert names(home) == before
    tell(home, recorded()[:3])
    derive(home, SOURCES)
    [counted] = {v.deliveries for v in snapshots.read(home).tables.values() if v.deliveries}
    assert counted == len(recorded()) + 3
    assert names(home) == before


SEEDS = range(5, 11 if os.environ.get("CI") == "true" else 6)
DAY_US = 86_400_000_000


@pytest.mark.parametrize("seed", SEEDS)
def test_compacted_at_any_moment_a_lake_equals_one_that_never_was(
    seed: int, many: Path, tmp_path: Path
) -> None:
    home, chance = tmp_path / "lake", random.Random(seed)
    batches = [
        [structs.replace(said, received=said.received + n % 2 * DAY_US) for said in batch]
        for n, batch in enumerate(shares(recorded(), 7))
    ]
    made(home, [batches.pop()])
    moments = [*("land" for _ in batches), "derive", "derive", *["compact"] * 4]
    chance.shuffle(moments)
    removed = 0
    for moment in moments:
        if moment == "land":
            tell(home, batches.pop())
        elif moment == "derive":
            derive(home, SOURCES)
        else:
            removed += compact(home, quietly).removed
    derive(home, SOURCES)
    assert removed or seed not in SEEDS[:1]
    # When they came is all that differs.
    assert names(home) == names(many) | {"arrivals": names(home)["arrivals"]}
    said = [*audited(home, connect(), gone(home, snapshots.read(home)))]
    assert [one.name for one in said if one.state == "FAIL"] == []
    for version in snapshots.read(home).tables.values():
        assert version.deliveries in (0, len(recorded())), "and nothing was decoded twice"


def test_what_no_snapshot_has_read_is_left_alone(home: Path) -> None:
    old = lake.live(home, DELIVERIES)
    tell(home, recorded()[:2])
    unread = lake.live(home, DELIVERIES) - old
    compact(home, quietly)
    assert unread < lake.live(home, DELIVERIES)


def test_a_lake_that_is_none_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(Fatal, match=r"there is no lake in .* run `upshot stream --once` first"):
        compact(tmp_path, quietly)
    tell(tmp_path, recorded()[:2])
    with pytest.raises(Fatal, match="there is no lake in"):
        compact(tmp_path, quietly)


@pytest.mark.parametrize("harm", ["flip", "remove"])
def test_a_damaged_file_is_named_and_never_written_anew(harm: str, home: Path) -> None:
    before = lake.newest(home, DELIVERIES)
    path = home / DELIVERIES.path / max(lake.live(home, DELIVERIES)).path
    spoilt = bytearray(path.read_bytes())
    spoilt[-6] ^= 1
    path.unlink() if harm == "remove" else path.write_bytes(spoilt)
    with pytest.raises(Fatal, match=f"{path.name} is not what its name says"):
        compact(home, quietly)
    assert lake.newest(home, DELIVERIES) == before


def _dropped(rows: pa.Table) -> pa.Table:
    return rows.slice(1)


def _twice(rows: pa.Table) -> pa.Table:
    return pa.concat_tables([rows.slice(1), rows.slice(1, 1)])


@pytest.mark.parametrize("change", [_dropped, _twice])
def test_a_compaction_that_would_change_a_row_commits_nothing(
    change: Callable[[pa.Table], pa.Table], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, write = lake.newest(home, DELIVERIES), datafile.write

    def wrong(home: Path, table: Any, part: str, rows: pa.Table, name: Any) -> DataFile | None:
        return write(home, table, part, change(rows), name)

    monkeypatch.setattr(datafile, "write", wrong)
    with pytest.raises(Fatal, match="what was written is not what was read"):
        compact(home, quietly)
    assert lake.newest(home, DELIVERIES) == before


def test_landing_goes_on_while_files_are_made(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = datafile.write

    def meanwhile(*args: Any) -> DataFile | None:
        monkeypatch.setattr(datafile, "write", write)
        tell(home, recorded()[:2])
        return write(*args)

    monkeypatch.setattr(datafile, "write", meanwhile)
    assert compact(home, quietly).removed == 4
    assert len(lake.live(home, DELIVERIES)) == 2
    assert len(landed(home)) == len(recorded()) + 2


def rivalling(act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let someone do something between our reading of the table and our commit."""
    commit = lake._commit

    def late(*args: Any, **more: Any) -> int:
        monkeypatch.setattr(lake, "_commit", commit)
        act()
        return commit(*args, **more)

    monkeypatch.setattr(lake, "_commit", late)


def test_of_a_landing_and_a_compaction_at_once_the_later_loses(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rivalling(lambda: tell(home, recorded()[:2]), monkeypatch)
    with pytest.raises(LostRace, match="committed first"):
        compact(home, quietly)
    assert len(lake.live(home, DELIVERIES)) == 5
    rivalling(lambda: compact(home, quietly), monkeypatch)
    with pytest.raises(LostRace, match="committed first"):
        tell(home, recorded()[:2])
    assert len(lake.live(home, DELIVERIES)) == 2
    tell(home, ())
    assert len(landed(home)) == len(recorded()) + 4


def test_of_two_compactions_at_once_one_commits(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = datafile.write

    def meanwhile(*args: Any) -> DataFile | None:
        monkeypatch.setattr(datafile, "write", write)
        compact(home, quietly)
        return write(*args)

    monkeypatch.setattr(datafile, "write", meanwhile)
    with pytest.raises(LostRace, match="exchanged these"):
        compact(home, quietly)
    assert len(landed(home)) == len(recorded())


def test_a_compaction_of_what_was_never_read_makes_a_pass_decode_anew(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(home, [recorded()[0]])
    monkeypatch.setattr(compact_module, "known", lambda home, read, now: compacted.known(
        home, now, now
    ))  # fmt: skip
    compact(home, quietly)
    derive(home, SOURCES)
    assert {v.deliveries for v in snapshots.read(home).tables.values()} == {len(recorded()) + 1}


def test_copies_that_together_are_a_file_already_stay_as_they_are(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = sorted(lake.live(home, DELIVERIES))[:2]
    paths = [home / DELIVERIES.path / file.path for file in small]
    rows = pa.concat_tables(map(datafile.read, paths))
    rows = rows.sort_by([("origin", "ascending"), ("position", "ascending")])
    both = datafile.write(home, DELIVERIES, small[0].part, rows, "land-write")
    assert both is not None
    lake.replace(home, DELIVERIES, {*small, both}, 1, "land-commit")
    monkeypatch.setattr(compact_module, "known", lambda home, *_: lake.live(home, DELIVERIES))
    monkeypatch.setattr(compact_module, "FILE_ROWS", both.rows)
    assert compact(home, quietly) == Compacted(files=3)
    assert lake.live(home, DELIVERIES) == {*small, both}


def test_the_table_remembers_the_version_of_its_last_compaction(home: Path) -> None:
    assert lake.progress(home, DELIVERIES, COMPACTED) is None
    compact(home, quietly)
    assert lake.progress(home, DELIVERIES, COMPACTED) == lake.newest(home, DELIVERIES)


def file(rows: int, number: int = 0) -> DataFile:
    return DataFile(f"part=d/{number:06}.parquet", "d", rows, rows)


@pytest.mark.parametrize(
    ("held", "together"),
    [
        ([], []),
        ([5], []),
        ([5, 5], [[5, 5]]),
        ([5, 6], []),
        ([1, 1, 5], [[1, 1]]),
        ([3, 4, 5], [[3, 4, 5]]),
        ([FILE_ROWS // 2] * 5, [[FILE_ROWS // 2] * 2] * 2),
        ([FILE_ROWS] * 3, []),
    ],
)
def test_a_file_is_written_again_only_with_as_much_as_it_holds(
    held: list[int], together: list[list[int]]
) -> None:
    files = [file(rows, number) for number, rows in enumerate(held)]
    assert [[one.rows for one in group] for group in groups(files)] == together


def test_what_is_held_in_memory_is_bounded_by_bytes_too() -> None:
    large = [replace(file(1, number), size=compact_module.FILE_BYTES // 2) for number in range(5)]
    assert [len(group) for group in groups(large)] == [2, 2]


@given(st.lists(st.lists(st.integers(1, 30_000), max_size=20), max_size=20))
def test_however_often_one_compacts_few_files_stay_and_no_row_is_written_often(
    landings: list[list[int]],
) -> None:
    held: dict[DataFile, int] = {}
    numbers = iter(range(10**6))
    for landing in landings:
        held |= {file(rows, next(numbers)): 0 for rows in landing}
        found = list(groups(held))
        assert max(Counter(one for group in found for one in group).values(), default=0) <= 1
        for group in found:
            merged = file(sum(one.rows for one in group), next(numbers))
            assert merged.rows <= FILE_ROWS
            held[merged] = 1 + max(held.pop(one) for one in group)
    rows = sum(one.rows for one in held)
    assert rows == sum(map(sum, landings))
    assert max(held.values(), default=0) <= 17
    while again := list(groups(held)):
        for group in again:
            held[file(sum(one.rows for one in group), next(numbers))] = 0
            for one in group:
                del held[one]
    assert len(held) <= 17 + 4 * rows // FILE_ROWS
