"""A lake as tests need it: landed and derived from deliveries, in any order and any batches."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from connectors.file_log import FileLog
from connectors.source import Source
from pipelines import lake, snapshots
from pipelines.derive import Outcome, derive
from pipelines.engine import connect, scan
from pipelines.land import Landed, land
from pipelines.plan import tables
from schemas.envelope import Delivery
from tests.deliveries import SOURCES, pulled

RECORDINGS = Path(__file__).parent / "recordings"

SILENT = {"facts/late_work", "metrics/deployments_per_engineer_week"}
"""What recordings of a few hours cannot fill: it takes weeks."""


def quietly(what: str, done: int, of: int) -> None:
    """Tell nobody how far it is."""


@cache
def recorded() -> tuple[Delivery, ...]:
    """Return everything that the recordings say."""
    names = sorted(path.name for path in RECORDINGS.iterdir() if path.is_dir())
    return tuple(said for name in names for said in pulled(name, RECORDINGS / name))


def tell(home: Path, said: Iterable[Delivery]) -> Landed:
    """Append deliveries to the lake's own log and land them all."""
    with FileLog(home / "log").writer() as appender:
        for delivery in said:
            appender.append(delivery)
    total = Landed()
    while (landed := land(home, f"file:{home / 'log'}")).consumed:
        total += landed
    return total


def made(
    home: Path,
    batches: Iterable[Sequence[Delivery]],
    sources: Mapping[str, Source] = SOURCES,
) -> Outcome:
    """Make (or go on with) a lake, with a pass of derive behind each batch."""
    for batch in batches:
        tell(home, batch)
        outcome = derive(home, sources)
    return outcome


def names(home: Path) -> dict[str, set[str]]:
    """Return the names of the data files of every derived table, in the newest snapshot."""
    newest = snapshots.read(home)
    return {
        path: {file.path for file in lake.live(home, table, newest.version(path))}
        for path, table in tables().items()
    }


def versions(home: Path) -> dict[str, int]:
    """Return the version of every derived table in the newest snapshot."""
    return {path: version.version for path, version in snapshots.read(home).tables.items()}


def rows(home: Path, query: str) -> list[tuple[Any, ...]]:
    """Ask a lake's tables under their paths, such as ``FROM "facts/changes"``."""
    db = connect()
    newest = snapshots.read(home)
    for path, table in tables().items():
        files = lake.live(home, table, newest.version(path))
        listed = sorted(str(home / path / file.path) for file in files)
        db.execute(f'CREATE VIEW "{path}" AS {scan(table, listed)}')
    return db.execute(query).fetchall()


def differences(one: Path, other: Path) -> dict[str, tuple[int, int]]:
    """Return, of every derived table that is not equal, the rows only here and only there."""
    db = connect()
    found = {}
    for path, table in tables().items():
        scans = []
        for home in (one, other):
            files = lake.live(home, table, snapshots.read(home).version(path))
            scans.append(scan(table, sorted(str(home / path / file.path) for file in files)))
        here, there = (
            db.execute(f"SELECT count(*) FROM (({a}) EXCEPT ALL ({b}))").fetchall()[0][0]
            for a, b in (scans, scans[::-1])
        )
        if (here, there) != (0, 0):
            found[path] = (here, there)
    return found
