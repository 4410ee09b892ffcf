"""Many small commits at once: every position lands once, and one winner takes each number."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines import datafile, lake, snapshots
from pipelines.arrow import arrow_schema
from pipelines.snapshots import SNAPSHOTS, Snapshot, Version
from pipelines.table import DELIVERIES
from schemas.errors import LostRace
from tests.crash import mutants
from tests.crash.home import Home
from tests.crash.process import Prepare

RIVALS = 4
ROUNDS = 20
DAY = "2026-01-05"


def _land(home: Path, rival: int, prepare: Prepare | None) -> None:
    """Land the next position again and again; each rival's row says whose it is."""
    if prepare:
        prepare()
    for _ in range(ROUNDS):
        at = lake.progress(home, DELIVERIES, "log/spool") or 0
        row = dict.fromkeys(arrow_schema(DELIVERIES.columns).names, "") | {
            "origin": "spool",
            "position": at,
            "received": None,
            "content_hash": f"rival {rival}",
        }
        rows = pa.Table.from_pylist([row], schema=arrow_schema(DELIVERIES.columns))
        file = datafile.write(home, DELIVERIES, DAY, rows, "land-write")
        assert file is not None
        try:
            moves = {"log/spool": (at or None, at + 1)}
            lake.append(home, DELIVERIES, [file], moves, "land-commit")
        except LostRace:
            continue
        print(at)  # noqa: T201


def _publish(home: Path, rival: int, prepare: Prepare | None) -> None:
    """Publish the next snapshot again and again."""
    if prepare:
        prepare()
    for _ in range(ROUNDS):
        number = snapshots.read(home).number + 1
        version = Version(number, f"table of {rival}", 0, "{}", "", 0)
        try:
            snapshots.publish(home, Snapshot(number, {version.table: version}))
        except LostRace:
            continue
        print(number)  # noqa: T201


def _race(
    folder: Path, work: Callable[[Path, int, Prepare | None], None], prepare: Prepare | None
) -> tuple[Path, list[int]]:
    """Let rivals loose on a lake that nobody has made yet; return what they say they won."""
    home = Home(folder)
    running = [home.start_work(partial(work, home.lake, rival, prepare)) for rival in range(RIVALS)]
    won: list[int] = []
    for one in running:
        done = one.wait()
        assert done.code == 0, done.err
        won += map(int, done.out.split())
    return home.lake, sorted(won)


def _positions(home: Path) -> list[int]:
    return sorted(
        position
        for file in lake.live(home, DELIVERIES)
        for position in pq.read_table(home / DELIVERIES.path / file.path, partitioning=None)[
            "position"
        ].to_pylist()
    )


def test_every_position_lands_once_whoever_lands_it(tmp_path: Path) -> None:
    home, won = _race(tmp_path, _land, None)
    assert len(won) >= ROUNDS
    assert won == list(range(len(won))) == _positions(home)
    assert lake.progress(home, DELIVERIES, "log/spool") == len(won)
    assert list(home.rglob(".*.tmp")) == [], "a file was left half written"


def test_without_the_look_at_where_the_table_stands_positions_land_twice(tmp_path: Path) -> None:
    home, _ = _race(tmp_path, _land, mutants.move_without_looking)
    assert len(_positions(home)) > len(set(_positions(home)))


def test_every_snapshot_has_one_publisher(tmp_path: Path) -> None:
    home, won = _race(tmp_path, _publish, None)
    assert len(won) >= ROUNDS
    assert won == list(range(1, len(won) + 1))
    parts = [file.part for file in lake.live(home, SNAPSHOTS)]
    assert sorted(map(int, parts)) == won
