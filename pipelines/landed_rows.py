"""Log entries become rows of ``lake.deliveries``. Pure: the same entries give the same rows.

A batch that is sound, as nearly all are, is read at once: an order of magnitude cheaper than one
after the other. Anything odd in it, and each of its entries is looked at; the rows are the same.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from connectors.log import Entry, Lines, Part
from pipelines.arrow import arrow_schema
from pipelines.engine import Connection, connect
from pipelines.table import DELIVERIES
from schemas.envelope import UNREADABLE, content_hash, content_hashes, decode, decode_lines
from schemas.errors import Rejected
from schemas.identity import id128

SCHEMA = arrow_schema(DELIVERIES.columns)
BATCH = 2_000
EARLIEST_US, LATEST_US = -62_135_596_800_000_000, 253_402_300_799_999_999
"""The first microsecond of the year 1, and the last of the year 9999."""


def table(stream: str, entries: Sequence[Entry], connection: Connection | None = None) -> pa.Table:
    """Return log entries as rows, one each, in their order.

    What cannot be understood is an ``unreadable`` row, which says where and why and no more.
    """
    batches = [list(entries[start : start + BATCH]) for start in range(0, len(entries), BATCH)]
    tables = [rows(stream, batch) for batch in batches]
    return valid(pa.concat_tables(tables or [SCHEMA.empty_table()]), connection or connect())


def rows(stream: str, part: Part) -> pa.Table:
    """Return what a log gave at once as rows, one each, in their order; bodies not yet proven."""
    if isinstance(part, Lines):
        count = part.deliveries
        origins = pa.repeat(pa.scalar(part.origin or stream), count)
        positions = [place for first, n in part.runs for place in range(first, first + n)]
        at_once = _at_once(part.text, count, origins, positions) if count else None
        return at_once or _one_by_one(stream, part.entries())
    lines = [entry.line for entry in part if entry.line is not None]
    text = b"\n".join(lines)
    # One that cannot be read has no line, and one with a newline in it would count as two.
    if len(lines) != len(part) or text.count(b"\n") != len(part) - 1:
        return _one_by_one(stream, part)
    origins = [entry.origin or stream for entry in part]
    positions = [entry.position if entry.origin else entry.offset for entry in part]
    return _at_once(text, len(part), origins, positions) or _one_by_one(stream, part)


class _Row(NamedTuple):
    origin: str
    position: int
    source: str
    kind: str
    received_us: int | None
    content_hash: str
    body: bytes


def _at_once(text: bytes, count: int, origins: Any, positions: Any) -> pa.Table | None:
    """Return the rows of lines; None where any of them is not plainly a delivery."""
    try:
        said = decode_lines(text, count)
    except Rejected:
        return None
    times = [delivery.received for delivery in said]
    if not EARLIEST_US <= min(times) <= max(times) <= LATEST_US:
        return None
    bodies = [bytes(delivery.body) for delivery in said]
    try:
        return _columns(
            origins,
            positions,
            [delivery.source for delivery in said],
            [delivery.kind for delivery in said],
            times,
            content_hashes(said, bodies),
            bodies,
        )
    except pa.ArrowInvalid:
        return None


def _one_by_one(stream: str, entries: Sequence[Entry]) -> pa.Table:
    rows = [_row(stream, entry) for entry in entries]
    return _columns(*map(list, zip(*rows, strict=True)))


def _row(stream: str, entry: Entry) -> _Row:
    origin = entry.origin or stream
    position = entry.position if entry.origin else entry.offset
    if entry.line is None:
        return _unreadable(origin, position, entry.size, entry.reason)
    try:
        said = decode(entry.line)
        body = bytes(said.body)
        body.decode()
    except Rejected as problem:
        return _unreadable(origin, position, entry.size, problem.problem)
    except UnicodeDecodeError:
        return _unreadable(origin, position, entry.size, "not a delivery: not UTF-8")
    if not EARLIEST_US <= said.received <= LATEST_US:
        return _unreadable(origin, position, entry.size, "not a delivery: not a time")
    digest = content_hash(said.source, said.kind, body)
    return _Row(origin, position, said.source, said.kind, said.received, digest, body)


def _unreadable(origin: str, position: int, size: int, reason: str) -> _Row:
    body = msgspec.json.encode({"size": size, "reason": reason})
    place = id128("unreadable", origin, position)
    return _Row(origin, position, "log", UNREADABLE, None, place, body)


def _columns(*columns: Any) -> pa.Table:
    """Raises ArrowInvalid for a body that is no UTF-8."""
    *plain, received, hashes, bodies = columns
    arrays = [
        *(pa.array(values, field.type) for values, field in zip(plain, SCHEMA, strict=False)),
        pa.array(received, pa.int64()).cast(SCHEMA.field("received").type),
        pa.array(hashes, pa.string()),
        pa.array(bodies, pa.binary()).cast(pa.string()),
    ]
    return pa.table(arrays, schema=SCHEMA)


def valid(rows: pa.Table, db: Connection) -> pa.Table:
    """Turn rows whose body the engine cannot parse into unreadable ones."""
    db.register("rows", rows)
    proven = db.sql("SELECT json_valid(body) AS valid FROM rows").to_arrow_table()["valid"]
    db.unregister("rows")
    if pc.all(proven).as_py() is not False:
        return rows
    changed = {
        "kind": pc.if_else(proven, rows["kind"], UNREADABLE),
        "body": pc.if_else(proven, rows["body"], '{"reason":"broken JSON"}'),
    }
    for name, column in changed.items():
        rows = rows.set_column(SCHEMA.get_field_index(name), SCHEMA.field(name), column)
    return rows
