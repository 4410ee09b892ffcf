"""The tables of the lake: what each holds, where it lives, and the name analysts know it by."""

from dataclasses import dataclass
from datetime import date, datetime

from schemas import EVENTS
from schemas.columns import Column, columns
from schemas.event import EventType
from schemas.partition import Bucket, Day, Partition, Whole


@dataclass(frozen=True)
class Table:
    """One Delta table of the lake and the view over it."""

    path: str
    """Below the lake: ``events/change.reviewed``."""
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    partition: Partition
    computed: tuple[tuple[str, str, str], ...] = ()
    """Columns of the view that are not stored: (name, SQL, what it says)."""
    doc: str = ""

    @property
    def view(self) -> str:
        """The name in the catalogue: ``events.change_reviewed``."""
        schema, _, name = self.path.rpartition("/")
        return f"{schema or 'lake'}.{name.replace('.', '_')}"

    @property
    def types(self) -> dict[str, str]:
        """SQL type by column name."""
        return {column.name: column.sql_type for column in self.columns}


class Delivery:
    """One thing a source said, allow-listed, as the log held it."""

    origin: str
    """The spool that first kept it."""
    position: int
    """Its place in that spool; (origin, position) names one append, copies included."""
    source: str
    """Who said it."""
    kind: str
    """What the source calls it; ``unreadable`` where its content could not be kept."""
    received: datetime | None
    """When the edge kept it; measures lateness and nothing else. NULL where unreadable."""
    content_hash: str
    """32 hex characters of source, kind and body: equal for copies and replays."""
    body: str | None
    """The allow-listed record, as JSON."""


class Rejected:
    """One item that could not be understood, and why; its delivery is in lake.deliveries."""

    source: str
    """Who said it."""
    kind: str
    """The kind of the delivery."""
    content_hash: str
    """The delivery's content hash."""
    event_type: str
    """The event it should have become; empty where the whole delivery was unreadable."""
    field: str
    """The field that was missing or did not fit."""
    reason: str
    """What was wrong with it, never its value."""
    item: str
    """Which item of the delivery, as a hash of what was understood of it."""


class Ignored:
    """One delivery that was understood and is of no event type of ours."""

    source: str
    """Who said it."""
    kind: str
    """The kind of the delivery."""
    content_hash: str
    """The first 16 hex characters of the delivery's content hash."""


class Gone:
    """One pseudonym that nothing may tell of any more, hashed once more."""

    digest: str
    """32 hex characters; nothing leads back from it to the pseudonym."""


class Arrival:
    """One day that a source told of in events of a type, and a day on which it did so (UTC)."""

    source: str
    """Who said it."""
    event_type: str
    """What was told: ``change.merged``."""
    day: date
    """The day on which it happened, by whoever said so."""
    received: date
    """The day on which the edge kept it; the later it is, the later that was told."""


def event_table(kind: EventType) -> Table:
    """Return the table of one event type."""
    doc = " ".join((kind.declaration.__doc__ or "").split())
    computed = (("id", kind.id_sql, "The event's id: 128 bits of its type and natural key."),)
    return Table(f"events/{kind.name}", kind.columns, kind.key, kind.partition, computed, doc)


def _plain(path: str, declaration: type, key: tuple[str, ...], partition: Partition) -> Table:
    doc = " ".join((declaration.__doc__ or "").split())
    return Table(path, columns(declaration), key, partition, (), doc)


DELIVERIES = _plain("deliveries", Delivery, ("origin", "position"), Day("received"))
ERASED = _plain("erased", Gone, ("digest",), Whole())
REJECTED = _plain(
    "rejected",
    Rejected,
    ("source", "kind", "content_hash", "event_type", "field", "item"),
    Whole(),
)
IGNORED = _plain("ignored", Ignored, ("source", "kind", "content_hash"), Bucket(("content_hash",)))
ARRIVALS = _plain("arrivals", Arrival, ("source", "event_type", "day", "received"), Whole())

OF_ALL = (REJECTED, IGNORED, ARRIVALS)
"""The tables that every mapping of every source has a part in."""


def decoded_tables() -> dict[str, Table]:
    """Return every table that decoding fills, by path."""
    tables = [event_table(kind) for kind in EVENTS.values()]
    return {table.path: table for table in (*tables, *OF_ALL)}
