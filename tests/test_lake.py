"""The lake's commits: all or nothing, rivals never mix, and what a dead pass left is no trouble."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake.transaction import AddAction, CommitProperties, Transaction

from pipelines import lake
from pipelines.arrow import arrow_schema
from pipelines.datafile import DataFile, write
from pipelines.engine import connect, scan
from pipelines.lake import EMPTY
from pipelines.plan import tables
from pipelines.table import DELIVERIES, Table
from schemas.errors import Fatal, LostRace
from schemas.partition import ALL, PART

MERGED = tables()["events/change.merged"]


def file(home: Path, change: str, part: str = "0", table: Table = MERGED) -> DataFile:
    row = {"forge": "f", "change": change, "origin": "o", "position": int(change)}
    schema = arrow_schema(table.columns)
    rows = pa.Table.from_pylist([{n: row.get(n) for n in schema.names}], schema=schema)
    written = write(home, table, part, rows, "derive-write")
    assert written is not None
    return written


def replaced(home: Path, number: int, *wanted: DataFile) -> int:
    return lake.replace(home, MERGED, wanted, number, "derive-commit")


def test_a_table_that_nobody_wrote_is_empty(tmp_path: Path) -> None:
    assert lake.newest(tmp_path, MERGED) == EMPTY
    assert lake.live(tmp_path, MERGED) == lake.live(tmp_path, MERGED, EMPTY) == frozenset()
    assert lake.progress(tmp_path, MERGED, lake.APP) is None
    assert replaced(tmp_path, 1) == EMPTY, "and none of its files wanted, it stays that way"
    assert not (tmp_path / MERGED.path).exists()


def test_replacing_makes_exactly_the_wanted_files_live_and_keeps_the_past(tmp_path: Path) -> None:
    a, b, c = (file(tmp_path, change) for change in "123")
    first = replaced(tmp_path, 1, a, b)
    second = replaced(tmp_path, 2, b, c)
    third = replaced(tmp_path, 3)
    assert lake.live(tmp_path, MERGED, first) == {a, b}
    assert lake.live(tmp_path, MERGED, second) == {b, c}
    assert lake.live(tmp_path, MERGED) == lake.live(tmp_path, MERGED, third) == frozenset()
    assert lake.progress(tmp_path, MERGED, lake.APP) == 3


def test_nothing_is_committed_where_the_wanted_files_are_live(tmp_path: Path) -> None:
    a = file(tmp_path, "1")
    version = replaced(tmp_path, 1, a)
    assert replaced(tmp_path, 2, a) == version == lake.newest(tmp_path, MERGED)


def test_what_a_dead_pass_committed_is_taken_up_or_undone(tmp_path: Path) -> None:
    a, b, c = (file(tmp_path, change) for change in "123")
    published = replaced(tmp_path, 1, a)
    orphan = replaced(tmp_path, 2, a, b)
    assert replaced(tmp_path, 2, a, b) == orphan, "the same pass again finds its work done"
    assert lake.live(tmp_path, MERGED, replaced(tmp_path, 2, a, c)) == {a, c}
    assert lake.live(tmp_path, MERGED, published) == {a}


@pytest.fixture
def rival(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Let someone else do something between our reading of a table and our commit to it."""

    def arrange(act: Callable[[], object]) -> None:
        commit = lake._commit

        def late(*args: object) -> int:
            monkeypatch.setattr(lake, "_commit", commit)
            act()
            return commit(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(lake, "_commit", late)

    return arrange


def test_of_two_that_replace_at_once_the_later_loses_and_changes_nothing(
    tmp_path: Path, rival: Callable[[Callable[[], object]], None]
) -> None:
    a, b, c = (file(tmp_path, change) for change in "123")
    replaced(tmp_path, 1, a)
    rival(lambda: replaced(tmp_path, 2, a, b))
    with pytest.raises(LostRace, match="committed first"):
        replaced(tmp_path, 2, a, c)
    assert lake.live(tmp_path, MERGED) == {a, b}


def test_of_two_that_create_a_table_at_once_one_commits(
    tmp_path: Path, rival: Callable[[Callable[[], object]], None]
) -> None:
    a, b = (file(tmp_path, change) for change in "12")
    rival(lambda: replaced(tmp_path, 1, a))
    with pytest.raises(LostRace):
        replaced(tmp_path, 1, b)
    assert lake.live(tmp_path, MERGED) == {a}


def appended(home: Path, change: str, start: int | None, stop: int) -> int:
    added = file(home, change, "2026-01-05", DELIVERIES)
    return lake.append(home, DELIVERIES, [added], {"log/p": (start, stop)}, "land-commit")


def test_appending_adds_to_what_is_there_and_moves_on(tmp_path: Path) -> None:
    appended(tmp_path, "1", None, 10)
    appended(tmp_path, "2", 10, 15)
    assert len(lake.live(tmp_path, DELIVERIES)) == 2
    assert lake.progress(tmp_path, DELIVERIES, "log/p") == 15


@pytest.mark.parametrize("start", [None, 0, 9, 11])
def test_a_replay_or_a_hole_is_refused(start: int | None, tmp_path: Path) -> None:
    appended(tmp_path, "1", None, 10)
    with pytest.raises(LostRace, match="ahead of us"):
        appended(tmp_path, "2", start, 20)
    assert lake.progress(tmp_path, DELIVERIES, "log/p") == 10
    assert len(lake.live(tmp_path, DELIVERIES)) == 1


def test_of_two_that_append_the_same_stretch_at_once_the_later_loses(
    tmp_path: Path, rival: Callable[[Callable[[], object]], None]
) -> None:
    appended(tmp_path, "1", None, 10)
    rival(lambda: appended(tmp_path, "2", 10, 20))
    with pytest.raises(LostRace, match="committed first"):
        appended(tmp_path, "2", 10, 20)
    assert len(lake.live(tmp_path, DELIVERIES)) == 2


@pytest.mark.parametrize("ours", [0, 1])
def test_a_file_that_another_program_added_is_named_not_guessed_at(
    ours: int, tmp_path: Path
) -> None:
    if ours:
        appended(tmp_path, "1", None, 10)
    opened = lake.delta(tmp_path, DELIVERIES) or lake._create(tmp_path, DELIVERIES)
    opened.create_write_transaction(
        [AddAction("x.parquet", 1, {PART: ALL}, 0, True, "{}")],
        mode="append",
        schema=opened.schema(),
        partition_by=[PART],
        commit_properties=CommitProperties(app_transactions=[Transaction("other", 1)]),
    )
    with pytest.raises(Fatal, match="deliveries holds files that this version did not write"):
        lake.live(tmp_path, DELIVERIES)


def test_a_version_that_is_not_there_is_named(tmp_path: Path) -> None:
    replaced(tmp_path, 1, file(tmp_path, "1"))
    with pytest.raises(Fatal, match=r"events/change.merged cannot be opened at version 99"):
        lake.live(tmp_path, MERGED, 99)


def test_every_row_of_every_table_lies_in_the_partition_that_its_key_names(
    complete: Path,
) -> None:
    db = connect()
    held = {path: table for path, table in tables().items() if path.startswith("events/")}
    seen = 0
    for path, table in {**held, "deliveries": DELIVERIES}.items():
        for one in lake.live(complete, table):
            rows = scan(table, [str(complete / path / one.path)])
            parts = db.execute(
                f"SELECT {table.partition.sql(table.types)} FROM ({rows})"
            ).fetchall()
            assert one.path.startswith(f"{PART}={one.part}/")
            assert set(parts) == {(one.part,)}, path
            seen += len(parts)
    assert seen > 60
