"""Broken protocols, one function each: every checker must catch the one that it is there for.

Each replaces a part of the real code in the process that calls it.
"""

import os
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa

from connectors.log import Log
from pipelines import (
    catalog,
    compact,
    datafile,
    derive,
    hops,
    lake,
    land,
    publish,
    snapshots,
    vacuum,
)
from pipelines.datafile import DataFile
from pipelines.engine import Connection
from pipelines.land import Range
from pipelines.landed import app_id
from pipelines.snapshots import Snapshot
from pipelines.table import DELIVERIES, Table
from pipelines.winners import Merged
from schemas.steps import Step, step


def commit_before_write() -> None:
    """Land: the commit is recorded first, then the files that it names are put in their place."""
    aside: list[tuple[Path, Path]] = []
    write, append = datafile.write, lake.append

    def later(home: Path, table: Table, part: str, rows: pa.Table, name: Step) -> DataFile | None:
        if name != "land-write":
            return write(home, table, part, rows, name)
        with patch.object(datafile, "step", nullcontext):
            file = write(home / "_aside", table, part, rows, name)
        if file is not None:
            below = Path(table.path) / file.path
            aside.append((home / "_aside" / below, home / below))
        return file

    def first(home: Path, table: Table, added: Any, moves: Any, name: Step) -> int:
        version = append(home, table, added, moves, name)
        while aside:
            with step("land-write"):
                source, target = aside.pop()
                target.parent.mkdir(parents=True, exist_ok=True)
                source.replace(target)
        return version

    patch.object(datafile, "write", later).start()
    patch.object(lake, "append", first).start()
    patch.object(lake, "_all_there", lambda *_: None).start()


def remember_the_offset_apart() -> None:
    """Land: where the next one starts is recorded by a commit of its own, behind the rows."""
    append = lake.append

    def apart(home: Path, table: Table, added: Any, moves: Mapping[str, Any], name: Step) -> int:
        if table == DELIVERIES:
            append(home, table, added, {}, name)
            added = []
        return append(home, table, added, moves, name)

    patch.object(lake, "append", apart).start()


def move_without_looking() -> None:
    """Land and publish: where the table stands is recorded, but not compared with our start."""
    append = lake.append

    def careless(home: Path, table: Table, added: Any, moves: Mapping[str, Any], name: Step) -> int:
        stands = {app: (lake.progress(home, table, app), to) for app, (_, to) in moves.items()}
        return append(home, table, added, stands, name)

    patch.object(lake, "append", careless).start()


def tolerate_a_hole() -> None:
    """Land: where the log no longer holds the next position, go on with the first it has."""

    def plan(log: Log, home: Path, **asked: object) -> list[Range]:
        ranges = []
        for partition in log.partitions():
            first, end = log.offsets(partition)
            landed = lake.progress(home, DELIVERIES, app_id(partition)) or 0
            if max(first, landed) < end:
                ranges.append(Range(partition, max(first, landed), end))
        return ranges

    patch.object(land, "plan", plan).start()
    move_without_looking()


def keep_every_telling() -> None:
    """Decode: candidates are appended to what is held, without one winner per id."""

    def append(table: Table, said: pa.Table, connection: Connection | None = None) -> Merged:
        return Merged(said, 0, 0)

    patch.object(hops, "merge", append).start()


def publish_before_tables() -> None:
    """Derive: the snapshot is published with the versions that its tables are about to get."""
    replace, publish = lake.replace, snapshots.publish
    promised: list[tuple[Any, ...]] = []

    def promise(home: Path, table: Table, wanted: Iterable[DataFile], *how: Any) -> int:
        promised.append((home, table, list(wanted), *how))
        newest = lake.newest(home, table)
        return 1 if newest == lake.EMPTY else newest + 1

    def publish_first(home: Path, snapshot: Snapshot) -> None:
        publish(home, snapshot)
        for one in promised:
            replace(*one)

    patch.object(lake, "replace", promise).start()
    patch.object(snapshots, "publish", publish_first).start()


def catalog_before_snapshot() -> None:
    """Derive: the catalogue shows a snapshot that is not published yet."""
    publish_snapshot = snapshots.publish

    def show_first(home: Path, snapshot: Snapshot) -> None:
        aside = home / ".early.duckdb"
        publish._write(home, snapshot, aside)
        os.replace(aside, catalog.path(home))
        publish_snapshot(home, snapshot)

    patch.object(snapshots, "publish", show_first).start()


def publish_beside_others() -> None:
    """Publish: nobody waits for another publisher of the catalogue."""
    patch.object(publish, "_alone", lambda home: nullcontext()).start()
    patch.object(publish, "ASIDE", f".catalog-{os.getpid()}.duckdb").start()


def compact_what_was_never_read() -> None:
    """Compact all that is there, and derive: whatever a compaction wrote was read before."""

    def known(home: Path, read: int, newest: int) -> frozenset[DataFile]:
        return lake.live(home, DELIVERIES, newest)

    patch.object(compact, "known", known).start()
    patch.object(derive, "known", known).start()


def spare_what_tables_hold_now() -> None:
    """Vacuum: what a table's newest version does not hold goes, whatever a snapshot names."""

    def named(home: Path, table: Table, oldest: Snapshot, newest: Snapshot) -> set[str]:
        return {file.path for file in lake.live(home, table)}

    patch.object(vacuum, "_named", named).start()
