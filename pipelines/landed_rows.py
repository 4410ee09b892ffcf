"""Log entries become rows of ``lake.deliveries``. Pure: the same entries give the same rows."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import pyarrow as pa

from connectors.log import Entry
from pipelines.arrow import arrow_schema
from pipelines.engine import connect
from pipelines.table import DELIVERIES
from schemas.envelope import UNREADABLE, content_hash, decode
from schemas.errors import Rejected
from schemas.identity import id128

SCHEMA = arrow_schema(DELIVERIES.columns)
EARLIEST_US, LATEST_US = -62_135_596_800_000_000, 253_402_300_799_999_999
"""The first microsecond of the year 1, and the last of the year 9999."""


class _Row(NamedTuple):
    origin: str
    position: int
    source: str
    kind: str
    received_us: int | None
    content_hash: str
    body: bytes


def table(stream: str, entries: Sequence[Entry]) -> pa.Table:
    """Return log entries as rows, one each, by origin and position.

    What cannot be understood is an ``unreadable`` row, which says where and why and no more.
    """
    rows = [_row(stream, entry) for entry in entries]
    try:
        return _valid(_columns(rows))
    except UnicodeDecodeError:
        # Some body is no UTF-8; which one is found by looking at each.
        checked = [row if _utf8(row.body) else _unfit(row, "not a delivery") for row in rows]
        return _valid(_columns(checked))


def _row(stream: str, entry: Entry) -> _Row:
    origin = entry.origin or stream
    position = entry.position if entry.origin else entry.offset
    if entry.line is None:
        return _unreadable(origin, position, entry.size, entry.reason)
    try:
        said = decode(entry.line)
    except Rejected as problem:
        return _unreadable(origin, position, entry.size, problem.problem)
    if not EARLIEST_US <= said.received <= LATEST_US:
        return _unreadable(origin, position, entry.size, "not a delivery")
    body = bytes(said.body)
    digest = content_hash(said.source, said.kind, body)
    return _Row(origin, position, said.source, said.kind, said.received, digest, body)


def _unreadable(origin: str, position: int, size: int, reason: str) -> _Row:
    body = msgspec.json.encode({"size": size, "reason": reason})
    place = id128("unreadable", origin, position)
    return _Row(origin, position, "log", UNREADABLE, None, place, body)


def _unfit(row: _Row, reason: str) -> _Row:
    return _unreadable(row.origin, row.position, len(row.body), reason)


def _utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _columns(rows: Sequence[_Row]) -> pa.Table:
    """Raises UnicodeDecodeError when a body is no UTF-8."""
    columns = list(map(list, zip(*rows, strict=True))) if rows else [[] for _ in SCHEMA]
    *plain, received, hashes, bodies = columns
    arrays = [
        *(pa.array(values, field.type) for values, field in zip(plain, SCHEMA, strict=False)),
        pa.array(received, pa.int64()).cast(SCHEMA.field("received").type),
        pa.array(hashes, pa.string()),
        pa.array([body.decode() for body in bodies], pa.string()),
    ]
    return pa.table(arrays, schema=SCHEMA)


def _valid(rows: pa.Table) -> pa.Table:
    """Turn rows whose body the engine cannot parse into unreadable ones."""
    db = connect()
    db.register("rows", rows)
    ((broken,),) = db.execute("SELECT count(*) FROM rows WHERE NOT json_valid(body)").fetchall()
    kind, body = "kind", "body"
    if broken:
        kind = f"CASE WHEN json_valid(body) THEN kind ELSE '{UNREADABLE}' END AS kind"
        body = (
            """CASE WHEN json_valid(body) THEN body ELSE '{"reason":"broken JSON"}' END AS body"""
        )
    query = (
        f"SELECT origin, position, source, {kind}, received, content_hash, {body} "
        "FROM rows ORDER BY origin, position"
    )
    return db.sql(query).to_arrow_table().cast(SCHEMA)
