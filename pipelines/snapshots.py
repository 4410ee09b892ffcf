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
from schemas.errors import LostRace
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


def read(home: Path) -> Snapshot:
    """Return the newest snapshot. Raises Fatal, naming its file, where that cannot be read."""
    number = lake.progress(home, SNAPSHOTS, lake.APP) or 0
    rows = [
        row
        for file in lake.live(home, SNAPSHOTS)
        if file.part == str(number)
        for row in datafile.read(home / SNAPSHOTS.path / file.path).to_pylist()
    ]
    return Snapshot(number, {row["table"]: Version(**row) for row in rows})


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
