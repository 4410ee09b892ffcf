"""Replay: deliveries of a lake go through the code as it is now, into a lake beside it.

In its own place a lake needs none: a pass rebuilds whatever changed code makes. Replay tells what
a change of code will do before that: to all that was landed, to one source, to what was received
on some days, or to what was rejected. The new lake is for looking at, and is never landed into.
"""

import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from connectors.source import Source
from pipelines import datafile, erased, lake, snapshots
from pipelines.datafile import DataFile
from pipelines.derive import derive
from pipelines.diff import Difference, diff
from pipelines.landed import PACKED, REPLAYED
from pipelines.snapshots import Snapshot
from pipelines.table import DELIVERIES, REJECTED, decoded_tables
from schemas.errors import Fatal, Usage


@dataclass(frozen=True)
class Chosen:
    """Which deliveries are replayed: those for which all holds."""

    source: str | None = None
    """Said by this source."""
    days: tuple[date, date] | None = None
    """Received on these days, UTC, the last one included."""
    rejected: bool = False
    """Something of them was rejected."""

    @property
    def all(self) -> bool:
        """Whether every delivery is."""
        return self == Chosen()


@dataclass(frozen=True)
class Replayed:
    """What was replayed, and what came of it."""

    deliveries: int
    """Deliveries that went into the new lake."""
    rejected: int
    """Items of them that are rejected now."""
    differences: list[Difference]
    """Left is the old lake, right the new. Of a part of the deliveries: events alone, and no more
    of them than the new lake has and the old has not."""


def replay(
    home: Path,
    into: Path,
    chosen: Chosen,
    sources: Mapping[str, Source],
    tell: Callable[[str, int, int], None] = lambda what, done, of: None,
) -> Replayed:
    """Derive a new lake from deliveries that the newest snapshot of another has read; compare.

    Idempotent; safe to kill anywhere. Raises Usage where ``into`` holds another lake.
    """
    snapshot = snapshots.read(home)
    if snapshot.number == 0:
        raise Fatal(f"there is no lake in {home}", "run `upshot stream --once` first")
    if chosen.source not in (None, *sources):
        raise Usage(
            f"there is no source called {chosen.source}",
            f"use one of: {', '.join(sorted(sources))}",
        )
    new = lake.newest(into, DELIVERIES) == lake.EMPTY
    if not new and lake.progress(into, DELIVERIES, REPLAYED) is None:
        raise Usage(f"{into} is a lake of its own", "name a folder that is not there yet")
    erased.add(into, erased.read(home).digests)
    files = _taken(home, into, snapshot, chosen)
    if new:
        rows = sum(file.rows for file in files)
        moves: dict[str, tuple[int | None, int]] = {PACKED: (None, rows), REPLAYED: (None, 1)}
        lake.append(into, DELIVERIES, files, moves, "land-commit")
    elif lake.live(into, DELIVERIES) != files:
        raise Usage(f"{into} holds another replay", "name a folder that is not there yet")
    made = derive(into, sources, tell=tell)
    found = diff(home, into, () if chosen.all else decoded_tables())
    if not chosen.all:
        found = [Difference(one.table, 0, one.right, one.columns, ()) for one in found]
    return Replayed(sum(file.rows for file in files), made.rows[REJECTED.path], found)


def _taken(home: Path, into: Path, snapshot: Snapshot, chosen: Chosen) -> frozenset[DataFile]:
    """Put the chosen deliveries where the new lake has its files; return those."""
    held = lake.live(home, DELIVERIES, snapshot.deliveries)
    if chosen.days:
        first, last = (day.isoformat() for day in chosen.days)
        held = frozenset(file for file in held if first <= file.part <= last)
    if not (chosen.source or chosen.rejected):
        for file in held:
            _link(home / DELIVERIES.path / file.path, into / DELIVERIES.path / file.path)
        return held
    rejected = _rejected(home, snapshot) if chosen.rejected else None
    taken = set()
    for file in sorted(held):
        rows = datafile.read(home / DELIVERIES.path / file.path)
        if chosen.source:
            rows = rows.filter(pc.equal(rows["source"], chosen.source))
        if rejected is not None:
            rows = rows.filter(pc.is_in(rows["content_hash"], rejected))
        made = datafile.write(into, DELIVERIES, file.part, rows, "land-write")
        taken |= {made} if made else set()
    return frozenset(taken)


def _link(path: Path, target: Path) -> None:
    """Make a file be there too: without a copy where the disk is the same. Files never change."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        try:
            os.link(path, target)
        except OSError as refused:
            if isinstance(refused, FileExistsError):
                raise
            aside = target.with_suffix(".tmp")
            shutil.copyfile(path, aside)
            os.replace(aside, target)


def _rejected(home: Path, snapshot: Snapshot) -> pa.Array:
    """Return the content hashes of the deliveries of which something was rejected."""
    files = lake.live(home, REJECTED, snapshot.version(REJECTED.path))
    tables = [
        datafile.read(home / REJECTED.path / file.path, ["content_hash"]) for file in sorted(files)
    ]
    hashes = [table["content_hash"].combine_chunks() for table in tables]
    return pa.concat_arrays(hashes) if hashes else pa.array([], pa.string())
