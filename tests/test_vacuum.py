"""Vacuum: what a kept snapshot names stays, all else that is old goes, and nobody reads wrong rows.

A file's age is its ``mtime``; here each moment of a lake's life is an hour, from 1 on.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copy, copytree
from typing import Any
from unittest.mock import patch

import duckdb
import pytest
from msgspec import structs

from pipelines import catalog, lake, snapshots
from pipelines import derive as derive_module
from pipelines import vacuum as vacuum_module
from pipelines.compact import compact
from pipelines.derive import derive
from pipelines.plan import tables
from pipelines.publish import publish_catalog
from pipelines.snapshots import SNAPSHOTS, Snapshot
from pipelines.table import DELIVERIES
from pipelines.vacuum import HOUR_S, Vacuumed, oldest_kept, vacuum
from schemas.errors import Fatal, LostRace
from tests.commands import Run, refused
from tests.deliveries import SOURCES
from tests.lakes import names, quietly, recorded, tell

LIVES = 4
"""Snapshots of the lake; each published at the hour of its number."""


SAID = [said for said in recorded() if said.source in ("gharchive", "roster")]


def grow_old(home: Path, hour: int) -> None:
    """Say of all files that came since that they came at an hour."""
    for path in home.rglob("*"):
        if path.is_file() and path.stat().st_mtime > LIVES * HOUR_S * 2:
            os.utime(path, (hour * HOUR_S,) * 2)


def hours(home: Path, now: float, keep: float, longest: float = 0, **more: Any) -> Vacuumed:
    return vacuum(home, now * HOUR_S, keep_s=keep * HOUR_S, pass_s=longest * HOUR_S, **more)


def named(home: Path, number: int) -> set[str]:
    """Return every data file that a snapshot names, below the lake."""
    of = snapshots.read(home, number)
    held = [(table, of.version(path)) for path, table in tables().items()]
    return {
        f"{table.path}/{file.path}"
        for table, version in [*held, (DELIVERIES, of.deliveries)]
        for file in lake.live(home, table, version)
    }


def on_disk(home: Path) -> set[str]:
    return {str(path.relative_to(home)) for path in home.rglob("part=*/*")}


@pytest.fixture(scope="module", autouse=True)
def events_alone() -> Iterator[None]:
    """Derive events and nothing more: every table is vacuumed alike."""
    with patch.object(derive_module, "levels", tuple):
        yield


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a lake that was landed, derived and compacted for hours, with a catalogue of each."""
    home = tmp_path_factory.mktemp("old") / "lake"
    for hour in range(1, LIVES + 1):
        tell(home, SAID[hour - 1 :: LIVES])
        derive(home, SOURCES)
        copy(catalog.path(home), home / f"hour-{hour}.duckdb")
        grow_old(home, hour)
        if hour % 2 == 0:
            compact(home, quietly)
            grow_old(home, hour)
    return home


@pytest.fixture
def home(old: Path, tmp_path: Path) -> Path:
    home = copytree(old, tmp_path / "lake")
    catalog.path(home).unlink()
    publish_catalog(home)
    return home


@pytest.mark.parametrize("keep", [0, 2, LIVES + 1])
def test_all_that_a_kept_snapshot_names_stays_and_nothing_else_that_is_old(
    keep: int, home: Path
) -> None:
    now, before = LIVES + 1, on_disk(home)
    done = hours(home, now, keep)
    oldest = max(1, min(LIVES, now - keep))
    assert done.oldest == oldest
    left = on_disk(home)
    assert left == before - set(done.paths)
    kept = set().union(*(named(home, number) for number in range(oldest, LIVES + 1)))
    assert kept <= left
    unnamed = {path for path in left - kept if not path.startswith(SNAPSHOTS.path)}
    newest = {f"{DELIVERIES.path}/{file.path}" for file in lake.live(home, DELIVERIES)}
    for path in unnamed - newest:
        assert (home / path).stat().st_mtime >= oldest * HOUR_S
    for number in range(1, oldest):
        with pytest.raises(Fatal, match=f"holds snapshots {oldest} to {LIVES}, not {number}"):
            snapshots.read(home, number)
    assert hours(home, now, keep).paths == ()


def test_a_vacuumed_lake_goes_on_as_if_nothing_had_happened(home: Path, old: Path) -> None:
    assert len(hours(home, LIVES + 1, 0).paths) > 10
    assert not derive(home, SOURCES).recomputed
    tell(home, SAID[:5])
    derive(home, SOURCES)
    assert names(home) == names(old)


def test_a_tables_own_log_goes_up_to_where_the_oldest_snapshot_can_begin(
    home: Path, old: Path
) -> None:
    newest = snapshots.read(home)
    for number in range(newest.number + 1, newest.number + 61):
        versions = {path: replace(v, snapshot=number) for path, v in newest.tables.items()}
        snapshots.publish(home, Snapshot(number, versions))
    log = home / SNAPSHOTS.path / "_delta_log"
    whole = {path.name for path in log.glob("0*")}
    last = lake.newest(home, SNAPSHOTS)
    [*_, begin] = sorted(int(path.name[:20]) for path in log.glob("*.checkpoint.parquet"))
    assert len(whole) > 60

    done = vacuum(home, time.time(), keep_s=0, pass_s=0)

    assert done.oldest == newest.number + 60
    left = {path.name for path in log.glob("0*")}
    # The vacuum's own commit is the last.
    assert {int(name[:20]) for name in left} == {*range(begin, last + 2)}
    assert {f"{SNAPSHOTS.path}/_delta_log/{name}" for name in whole - left} <= set(done.paths)
    tell(home, SAID[:5])
    derive(home, SOURCES)
    assert names(home) == names(old)


def test_a_reader_of_a_snapshot_that_went_gets_an_error_and_never_wrong_rows(
    home: Path, old: Path, upshot: Run
) -> None:
    hours(home, LIVES + 1, 3)
    answered = []
    for hour in range(1, LIVES + 1):
        with duckdb.connect(str(home / f"hour-{hour}.duckdb"), read_only=True) as db:
            db.execute(f"SET VARIABLE lake = '{home}'")
            for view in ("lake.deliveries", "events.change_created", "lake.rejected"):
                query = f"SELECT count(*) FROM {view}"
                try:
                    answered.append((hour, db.execute(query).fetchall()))
                except duckdb.IOException:
                    continue
                db.execute(f"SET VARIABLE lake = '{old}'")
                assert answered[-1] == (hour, db.execute(query).fetchall())
                db.execute(f"SET VARIABLE lake = '{home}'")
    assert [hour for hour, _ in answered if hour >= 2] == [2] * 3 + [3] * 3 + [4] * 3
    hours(home, LIVES + 1, 0)
    query = f"SET VARIABLE lake = '{home}'; SELECT count(*) FROM lake.deliveries"
    copy(home / "hour-1.duckdb", catalog.path(home))
    refused(upshot("sql", query, "--lake", home), 1, "`upshot vacuum` removed that snapshot")


def test_what_a_pass_is_about_to_name_is_young_and_stays(home: Path) -> None:
    folder = home / next(iter(tables())) / "part=0"
    folder.mkdir(parents=True)
    made = {age: folder / f"{age}.parquet" for age in (1, 2, 3, 3.5)}
    for age, path in made.items():
        path.write_bytes(b"PAR1")
        os.utime(path, ((LIVES - age) * HOUR_S,) * 2)
    (home / "_tmp" / "left.json").write_text("[]")
    (folder / ".1-2.tmp").write_text("half")
    hours(home, LIVES + 1, 0, longest=2.5)
    assert [age for age, path in made.items() if path.exists()] == [1, 2]
    assert (home / "_tmp/left.json").exists()
    assert (folder / ".1-2.tmp").exists()
    for path in (home / "_tmp/left.json", folder / ".1-2.tmp"):
        os.utime(path, (0, 0))
    assert len(hours(home, LIVES + 1, 0, longest=2.5).paths) == 2


def test_what_has_landed_and_was_never_read_stays_however_old(home: Path) -> None:
    before = lake.live(home, DELIVERIES)
    tell(home, SAID[:3])
    [unread] = lake.live(home, DELIVERIES) - before
    os.utime(home / DELIVERIES.path / unread.path, (0, 0))
    hours(home, LIVES + 1, 0)
    assert (home / DELIVERIES.path / unread.path).exists()


def test_a_dry_run_lists_what_would_go_and_changes_nothing(home: Path) -> None:
    before = {path: path.stat().st_mtime for path in home.rglob("*")}
    said = hours(home, LIVES + 1, 2, dry_run=True)
    assert {path: path.stat().st_mtime for path in home.rglob("*")} == before
    assert said.paths
    assert said.snapshots == 2
    assert hours(home, LIVES + 1, 2) == said


def test_where_another_publishes_meanwhile_nothing_is_removed(home: Path) -> None:
    before, forget = on_disk(home), snapshots.forget

    def late(home: Path, oldest: int) -> int:
        commit = lake._commit

        def publish_first(*args: Any, **more: Any) -> int:
            with patch.object(lake, "_commit", commit):
                tell(home, SAID[:1])
                derive(home, SOURCES)
            return commit(*args, **more)

        with patch.object(lake, "_commit", publish_first):
            return forget(home, oldest)

    with (
        patch.object(snapshots, "forget", late),
        pytest.raises(LostRace, match="committed first"),
    ):
        hours(home, LIVES + 1, 0)
    assert before <= on_disk(home)


def test_two_vacuums_at_once_remove_each_file_once(home: Path) -> None:
    paths, inner = vacuum_module._older, list[Vacuumed]()

    def both(*args: Any) -> Iterator[tuple[Path, int]]:
        for found in paths(*args):
            if not inner:
                with patch.object(vacuum_module, "_older", paths):
                    inner.append(hours(home, LIVES + 1, 0))
            yield found

    with patch.object(vacuum_module, "_older", both):
        outer = hours(home, LIVES + 1, 0)
    assert set(outer.paths) < set(inner[0].paths)
    assert not on_disk(home) & set(inner[0].paths)


def test_a_file_that_went_before_it_was_named_is_never_named(home: Path) -> None:
    replace = lake.replace

    def late(home: Path, table: Any, wanted: Any, *rest: Any) -> int:
        for file in wanted:
            (home / table.path / file.path).unlink()
        return replace(home, table, wanted, *rest)

    tell(home, [structs.replace(SAID[0], kind="never heard of")])
    before = snapshots.read(home).number
    with (
        patch.object(lake, "replace", late),
        pytest.raises(LostRace, match="a file that was to be added is gone"),
    ):
        derive(home, SOURCES)
    assert snapshots.read(home).number == before


def test_a_lake_that_is_none_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(Fatal, match=r"there is no lake in .* run `upshot stream --once` first"):
        hours(tmp_path, 1, 1)


def test_a_snapshot_whose_file_is_gone_is_named(home: Path) -> None:
    file = min(lake.live(home, SNAPSHOTS))
    (home / SNAPSHOTS.path / file.path).unlink()
    with pytest.raises(Fatal, match=f"{Path(file.path).name} is gone"):
        hours(home, LIVES + 1, 1)


@pytest.mark.parametrize(
    ("published", "until", "oldest"),
    [
        ({1: 10}, 0, 1),
        ({1: 10}, 99, 1),
        ({1: 10, 2: 20, 3: 30}, 0, 1),
        ({1: 10, 2: 20, 3: 30}, 10, 1),
        ({1: 10, 2: 20, 3: 30}, 19, 1),
        ({1: 10, 2: 20, 3: 30}, 20, 2),
        ({1: 10, 2: 20, 3: 30}, 29, 2),
        ({1: 10, 2: 20, 3: 30}, 30, 3),
        ({7: 10, 8: 10, 9: 10}, 10, 9),
    ],
)
def test_a_snapshot_is_kept_until_a_newer_one_was_there_for_the_retention(
    published: dict[int, float], until: float, oldest: int
) -> None:
    assert oldest_kept(published, until) == oldest
