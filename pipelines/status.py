"""The status of a lake: how far behind it is, what it could not understand, what it heard twice.

It is read from the newest snapshot's own account, from what has landed since, and from two small
columns of the deliveries; no body is read. It names sources, kinds, fields and reasons that we have
declared ourselves; what anybody else may have named is counted as ``other``.
"""

from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from connectors.log import open_log
from connectors.source import Source
from pipelines import lake, snapshots
from pipelines.engine import Connection, connect, quoted, scan
from pipelines.freshness import FRESHNESS
from pipelines.landed import app_id
from pipelines.table import (
    ARRIVALS,
    DELIVERIES,
    IGNORED,
    REJECTED,
    Table,
    decoded_tables,
    event_table,
)
from schemas import EVENTS
from schemas.envelope import UNREADABLE
from schemas.errors import Fatal

OTHER = "other"
"""What is counted of sources and kinds that nobody declared: their names may be anybody's words."""
LOG = "log"
"""The source of what could not be read at all."""
COVERED = event_table(EVENTS["source.covered"])


class Heard(NamedTuple):
    """What has landed of one source; times are seconds since 1970 UTC."""

    deliveries: int
    last_received: float | None
    """When the edge last kept something of it; None where nothing of it could be read."""
    complete_up_to: float | None
    """Up to when it has told all; None where nobody vouches for it."""


class Reject(NamedTuple):
    """A reason for which items were rejected; the whole delivery, where there is no event type."""

    source: str
    event_type: str
    field: str
    reason: str


class Account(NamedTuple):
    """What became of a table's items; kept, duplicates and superseded are all of them."""

    kept: int
    duplicate: int
    superseded: int


@dataclass(frozen=True)
class Status:
    """How a lake stands."""

    snapshot: int
    """The newest snapshot's number; 0 where none was published yet."""
    published: float | None
    """When it was published, in seconds since 1970 UTC."""
    not_derived: int
    """Deliveries that have landed and that this snapshot has not read."""
    not_landed: int | None
    """Positions that the log holds and that have not landed; None where no log was named."""
    sources: Mapping[str, Heard]
    rejected: Mapping[Reject, int]
    ignored: Mapping[tuple[str, str], int]
    """Deliveries by source and kind that are of no event type of ours."""
    items: Mapping[str, Account]
    """What became of the items that each table was decoded from."""


def status(home: Path, sources: Mapping[str, Source], log: str | None = None) -> Status:
    """Return how a lake stands, and how far it is behind a log. Raises Fatal where there is none.

    It takes no lock and changes nothing; what is published meanwhile is in the next.
    """
    # The snapshot first: what it has read has landed by then, so what waits is never less than 0.
    snapshot = snapshots.read(home)
    newest = lake.newest(home, DELIVERIES)
    if newest == lake.EMPTY:
        raise Fatal(f"there is no lake in {home}", "run `upshot stream --once` first")
    speaker = _declared("source", [*sources, LOG])
    db = connect(threads=2)

    def rows(table: Table, version: int) -> str:
        files = sorted(lake.live(home, table, version))
        return f"({scan(table, [str(home / table.path / file.path) for file in files])})"

    def seen(table: Table) -> str:
        return rows(table, snapshot.version(table.path))

    return Status(
        snapshot=snapshot.number,
        published=snapshots.published(home).get(snapshot.number),
        not_derived=_landed(home, newest) - _landed(home, snapshot.deliveries),
        not_landed=None if log is None else _not_landed(home, log),
        sources=_heard(db, speaker, rows(DELIVERIES, newest), seen(COVERED)),
        rejected=_rejected(db, speaker, seen(REJECTED)),
        ignored=_ignored(db, speaker, seen(IGNORED), sources),
        items={
            path: Account(
                kept=held.items - held.duplicates - held.superseded,
                duplicate=held.duplicates,
                superseded=held.superseded,
            )
            # That a day was told of before is no copy of anything.
            for path in sorted(decoded_tables().keys() - {ARRIVALS.path})
            if (held := snapshot.tables.get(path)) and held.items
        },
    )


def _landed(home: Path, version: int) -> int:
    return sum(file.rows for file in lake.live(home, DELIVERIES, version))


def _not_landed(home: Path, name: str) -> int:
    with closing(open_log(name)) as log:
        held = {log.stream(one): log.offsets(one) for one in log.partitions()}
    landed = lake.committed(home, DELIVERIES, map(app_id, held))
    return sum(
        max(0, end - max(first, landed[app_id(stream)] or 0))
        for stream, (first, end) in held.items()
    )


def _declared(column: str, names: Iterable[str]) -> str:
    """Return the SQL of a column in which every other name is ``other``."""
    listed = ", ".join(quoted(name) for name in names)
    return f"CASE WHEN {column} IN ({listed}) THEN {column} ELSE {quoted(OTHER)} END"


def _heard(db: Connection, speaker: str, deliveries: str, covered: str) -> dict[str, Heard]:
    found = db.execute(
        f"SELECT * FROM (SELECT {speaker} AS source, count(*)::BIGINT, epoch(max(received)) "
        f"FROM {deliveries} GROUP BY ALL) FULL JOIN (SELECT {speaker} AS source, "
        f"epoch(max(complete_up_to)) FROM ({FRESHNESS.format(covered=covered)}) GROUP BY ALL) "
        "USING (source) ORDER BY source"
    ).fetchall()
    return {
        source: Heard(deliveries or 0, received, complete)
        for source, deliveries, received, complete in found
    }


def _rejected(db: Connection, speaker: str, rejected: str) -> dict[Reject, int]:
    # Why a whole delivery could not be read names its place, of which there may be any number.
    reason = f"if(event_type = '', {quoted(UNREADABLE)}, reason)"
    found = db.execute(
        f"SELECT {speaker} AS source, event_type, field, {reason} AS reason, count(*)::BIGINT "
        f"FROM {rejected} GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return {Reject(*what): count for *what, count in found}


def _ignored(
    db: Connection, speaker: str, ignored: str, sources: Mapping[str, Source]
) -> dict[tuple[str, str], int]:
    pairs = [f"{one.name}/{kind}" for one in sources.values() for kind in one.records]
    known = _declared("source || '/' || kind", pairs)
    found = db.execute(
        f"SELECT {speaker} AS source, if({known} = {quoted(OTHER)}, {quoted(OTHER)}, kind) AS kind,"
        f" count(*)::BIGINT FROM {ignored} GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return {(source, kind): count for source, kind, count in found}
