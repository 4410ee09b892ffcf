"""Snapshots: the only way anything derived is published.

One row per table: its version, the versions of what it was made from, the fingerprint of the code
that made it, and the account of its items. Readers, hops, the catalogue and vacuum know tables by
these rows alone, so a table version that no snapshot names does not exist for anyone.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa

from pipelines import datafile, lake
from pipelines.arrow import arrow_schema
from pipelines.table import DELIVERIES, REJECTED, Table
from schemas.columns import columns
from schemas.errors import Fatal, LostRace
from schemas.partition import Whole


@dataclass(frozen=True)
class Version:
    """One table within one snapshot."""

    snapshot: int
    """The snapshot's number, from 1."""
    table: str
    """The table's path in the lake."""
    version: int
    """Its Delta version; -1 where it has no rows and no files yet."""
    inputs: str
    """The versions of the tables it was made from, as JSON."""
    fingerprint: str
    """Hash of the code, SQL, schema and parameters that made it."""
    rows: int
    """Rows it holds."""
    items: int = 0
    """Items decoded into it since it was last rebuilt."""
    duplicates: int = 0
    """Items that said exactly what another said."""
    superseded: int = 0
    """Items that lost to a newer or better telling of the same fact."""
    deliveries: int = 0
    """Deliveries decoded for it since it was last rebuilt."""
    restated: int = 0
    """Rows that a later snapshot took back or said otherwise since it was last rebuilt."""
    changed_in: str = "{}"
    """The number of the snapshot in which each partition last changed, as JSON."""

    def read(self, path: str) -> int:
        """Return the version of an input that it was made from."""
        return int(json.loads(self.inputs).get(path, lake.EMPTY))


SNAPSHOTS = Table("snapshots", columns(Version), ("snapshot", "table"), Whole())


@dataclass(frozen=True)
class Snapshot:
    """A set of table versions that belong together; number 0 is the empty lake."""

    number: int
    tables: Mapping[str, Version]

    def version(self, path: str) -> int:
        """Return the table's version, EMPTY where it has none."""
        held = self.tables.get(path)
        return lake.EMPTY if held is None else held.version

    @property
    def deliveries(self) -> int:
        """The version of the deliveries that it was made from."""
        decoded = self.tables.get(REJECTED.path)
        return lake.EMPTY if decoded is None else decoded.read(DELIVERIES.path)


def read(home: Path, number: int | None = None) -> Snapshot:
    """Return a snapshot (the newest by default). Raises Fatal, naming its file, where it cannot.

    One that `upshot vacuum` has forgotten is named with the oldest that is left.
    """
    newest = lake.progress(home, SNAPSHOTS, lake.APP) or 0
    number = newest if number is None else number
    held = lake.live(home, SNAPSHOTS)
    files = [file for file in held if file.part == str(number)]
    if number and not files and held:
        oldest = min(int(file.part) for file in held)
        raise Fatal(
            f"{home} holds snapshots {oldest} to {newest}, not {number}",
            "open the catalogue again, or vacuum less: --older-than says for how long one stays",
        )
    rows = [
        row
        for file in files
        for row in datafile.read(home / SNAPSHOTS.path / file.path).to_pylist()
    ]
    return Snapshot(number, {row["table"]: Version(**row) for row in rows})


def published(home: Path) -> dict[int, float]:
    """Return when each snapshot that is left was published, in seconds since 1970."""
    held = {
        int(file.part): home / SNAPSHOTS.path / file.path for file in lake.live(home, SNAPSHOTS)
    }
    try:
        return {number: held[number].stat().st_mtime for number in sorted(held)}
    except FileNotFoundError as gone:
        raise Fatal(f"{gone.filename} is gone", datafile.RESTORE) from None


def forget(home: Path, oldest: int) -> int:
    """Take all snapshots before one out of the table; return how many. The newest always stays.

    Raises LostRace where another was published meanwhile.
    """
    newest = lake.progress(home, SNAPSHOTS, lake.APP) or 0
    older = [f for f in lake.live(home, SNAPSHOTS) if int(f.part) < min(oldest, newest)]
    if older:
        # It moves to where it stands: whoever publishes at the same time conflicts with it.
        stays = {lake.APP: (newest, newest)}
        lake.append(home, SNAPSHOTS, [], stays, "vacuum-commit", removed=older)
    return len(older)


def publish(home: Path, snapshot: Snapshot) -> None:
    """Publish the snapshot that follows the newest one; exactly one of two rivals succeeds.

    Raises LostRace, having published nothing, when another snapshot came first.
    """
    rows = [asdict(version) for _, version in sorted(snapshot.tables.items())]
    table = pa.Table.from_pylist(rows, schema=arrow_schema(SNAPSHOTS.columns))
    before = snapshot.number - 1 or None
    if lake.progress(home, SNAPSHOTS, lake.APP) != before:
        raise LostRace("another pass published first", "run the command again")
    file = datafile.write(home, SNAPSHOTS, str(snapshot.number), table, "derive-write")
    lake.append(
        home,
        SNAPSHOTS,
        [file] if file else [],
        {lake.APP: (before, snapshot.number)},
        "snapshot-commit",
    )
