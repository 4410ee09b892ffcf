"""Vacuum: what no snapshot that is kept can name leaves the disk, and older snapshots with it.

A snapshot is kept until a newer one has been there for the retention; the newest always is. What
any of them names is named by the oldest, or came to be behind it. So a file may go that the oldest
does not name and that is older than it, by more than any pass takes: a younger one may be about to
be named. No list of what every snapshot names is needed, and no clock but the disk's own. A table's
own log goes up to the last checkpoint that the oldest snapshot can begin at.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pipelines import lake, snapshots
from pipelines.plan import tables
from pipelines.publish import publish_catalog
from pipelines.snapshots import SNAPSHOTS, Snapshot
from pipelines.table import DELIVERIES, Table
from schemas.errors import Fatal
from schemas.partition import PART
from schemas.steps import step

HOUR_S = 3600.0

DIGITS = 20
"""Of a version, in the name of a file of Delta's log."""


@dataclass(frozen=True)
class Vacuumed:
    """What a vacuum removed, or would remove."""

    oldest: int
    """The oldest snapshot that can still be read."""
    snapshots: int
    """Snapshots before it."""
    paths: tuple[str, ...]
    """The files below the lake that no kept snapshot names or needs."""
    size: int
    """Their bytes."""


def vacuum(
    home: Path,
    now: float,
    *,
    keep_s: float,
    pass_s: float,
    dry_run: bool = False,
    tell: Callable[[str, int, int], None] = lambda what, done, of: None,
) -> Vacuumed:
    """Forget the snapshots that were followed ``keep_s`` before ``now``, and what only they name.

    Files younger than ``pass_s`` before the oldest that is kept stay. Idempotent; safe to kill
    anywhere and beside everything else. Raises LostRace, having removed nothing, where another
    snapshot was published meanwhile.
    """
    times = snapshots.published(home)
    if not times:
        raise Fatal(f"there is no lake in {home}", "run `upshot stream --once` first")
    if not dry_run:
        # It must show what stays, whatever a pass that died has left undone.
        publish_catalog(home)
    oldest = oldest_kept(times, now - keep_s)
    older = sum(number < oldest for number in times)
    if not dry_run:
        snapshots.forget(home, oldest)
    kept, before = snapshots.read(home, oldest), times[oldest] - pass_s
    found = dict([*_unnamed(home, kept, before), *_passed(home, kept, before)])
    for done, path in enumerate(() if dry_run else found):
        tell("remove", done, len(found))
        with step("vacuum-remove"):
            path.unlink(missing_ok=True)
    paths = tuple(str(path.relative_to(home)) for path in found)
    return Vacuumed(oldest, older, paths, sum(found.values()))


def oldest_kept(published: Mapping[int, float], until: float) -> int:
    """Return the oldest snapshot that was still the newest at a time, or the first behind it."""
    numbers = sorted(published)
    kept = numbers.pop()
    while numbers and published[kept] > until:
        kept = numbers.pop()
    return kept


def _unnamed(home: Path, oldest: Snapshot, before: float) -> Iterator[tuple[Path, int]]:
    """Yield the files that were there before a time and that no kept snapshot names, with size."""
    newest = snapshots.read(home)
    for table in (*tables().values(), DELIVERIES, SNAPSHOTS):
        named = _named(home, table, oldest, newest)
        for path, size in _older(home / table.path, f"{PART}=*/*", before):
            if str(path.relative_to(home / table.path)) not in named:
                yield path, size
    yield from _older(home / "_tmp", "*", before)


def _passed(home: Path, oldest: Snapshot, before: float) -> Iterator[tuple[Path, int]]:
    """Yield what tables' own logs hold before a checkpoint that is old enough to begin at.

    Delta does so by age alone, days later; passes that are seconds apart leave many thousands.
    """
    floors = {path: oldest.version(path) for path in tables()}
    floors |= {DELIVERIES.path: oldest.deliveries, SNAPSHOTS.path: lake.newest(home, SNAPSHOTS)}
    for path, floor in floors.items():
        folder = home / path / "_delta_log"
        starts = [int(one.name[:DIGITS]) for one in folder.glob("*.checkpoint.parquet")]
        start = max((version for version in starts if version <= floor), default=0)
        for entry, size in _older(folder, "[0-9]*", before):
            if int(entry.name[:DIGITS]) < start:
                yield entry, size


def _older(folder: Path, pattern: str, before: float) -> Iterator[tuple[Path, int]]:
    for path in sorted(folder.glob(pattern)):
        # Another vacuum, or a pass that tidies up, may take it while we look.
        with suppress(FileNotFoundError):
            seen = path.stat()
            if seen.st_mtime < before:
                yield path, seen.st_size


def _named(home: Path, table: Table, oldest: Snapshot, newest: Snapshot) -> set[str]:
    if table == SNAPSHOTS:
        return {f.path for f in lake.live(home, table) if int(f.part) >= oldest.number}
    if table == DELIVERIES:
        # What has landed and was not read yet is named by no snapshot.
        versions = {oldest.deliveries, newest.deliveries, lake.newest(home, table)}
    else:
        versions = {oldest.version(table.path), newest.version(table.path)}
    return {file.path for version in versions for file in lake.live(home, table, version)}
