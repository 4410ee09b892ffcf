"""Deliveries become candidate rows: the sources' SQL, run over whole batches.

Pure: the same deliveries give the same rows, in any order and any company. Every delivery ends as
at least one item: a row of an event type, a row of ``rejected`` with the field that did not fit,
or a row of ``ignored``; ``arrivals`` has which days they told of, and when. Nothing is decided here
about copies; one winner per id is ``winners``.
"""

import inspect
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from connectors.record import shape
from connectors.source import Source
from connectors.sources.upshot import COVERED
from pipelines import winners
from pipelines.arrow import arrow_schema
from pipelines.engine import Connection, connect, quoted
from pipelines.step import fingerprint
from pipelines.table import ARRIVALS, IGNORED, OF_ALL, REJECTED, Table, event_table
from schemas import EVENTS
from schemas.columns import Column
from schemas.envelope import UNREADABLE
from schemas.identity import id_sql
from schemas.partition import PART


@dataclass(frozen=True)
class Decoded:
    """What a batch of deliveries says: candidate rows by table path, and how many it held."""

    rows: dict[str, pa.Table]
    deliveries: int

    @property
    def items(self) -> int:
        """Everything that must be accounted for."""
        return sum(table.num_rows for table in self.rows.values())


def decode(
    deliveries: pa.Table, sources: Mapping[str, Source], connection: Connection | None = None
) -> Decoded:
    """Return the candidate rows of every table; columns as declared, plus ``part``.

    ``deliveries`` has the columns of ``lake.deliveries``; bodies are valid JSON.
    """
    db = connection or connect()
    told = deliveries.append_column("delivery", pa.arange(0, len(deliveries)))
    db.register("_d", told)
    rejects = [_unreadable(db)]
    rows: dict[str, list[pa.Table]] = {}
    told_of: list[pa.Table] = []
    understood: list[pa.Array] = []
    for source, kinds in _present(db).items():
        speaker = sources.get(source)
        if speaker is None:
            continue
        shown = {
            kind: _show_kind(db, speaker, kind, empty=kind not in kinds) for kind in speaker.records
        }
        for event_type, mapping in speaker.events.items():
            if not any(kind in mapping for kind in kinds):
                continue
            table = event_table(EVENTS[event_type])
            said = _say(db, table, mapping)
            understood += said["delivery"].chunks
            fits = pc.is_null(said["fault"])
            if not pc.all(fits).as_py():
                rejects.append(_bad(db, said.filter(pc.invert(fits)), table, event_type))
                said = said.filter(fits)
            if event_type != COVERED:
                told_of.append(_arrivals(source, event_type, said, told))
            said = said.select(_schema(table).names).cast(_schema(table))
            rows.setdefault(table.path, []).append(said)
        for kind, form in shown.items():
            db.execute(f'DROP {form} "{kind}"')
    found = {path: pa.concat_tables(parts) for path, parts in rows.items()}
    found[REJECTED.path] = pa.concat_tables(rejects)
    known = pc.is_in(told["delivery"], pa.chunked_array(understood, pa.int64()))
    if told_of:
        found[ARRIVALS.path] = pa.concat_tables(told_of)
    found[IGNORED.path] = _ignored(db, told.filter(pc.invert(known)))
    db.unregister("_d")
    return Decoded(
        {path: table for path, table in found.items() if table.num_rows}, len(deliveries)
    )


def _schema(table: Table) -> pa.Schema:
    return arrow_schema(table.columns).append(pa.field(PART, pa.string()))


def _present(db: Connection) -> dict[str, set[str]]:
    present: dict[str, set[str]] = {}
    for source, kind in db.execute("SELECT DISTINCT source, kind FROM _d").fetchall():
        present.setdefault(source, set()).add(kind)
    return present


def _show_kind(db: Connection, speaker: Source, kind: str, *, empty: bool) -> str:
    """Make one kind of delivery a table named like it, with the record's fields as columns.

    Returns which it is: a TABLE, so that it is parsed but once for all mappings that name it, or a
    VIEW, which spares a copy where one does.
    """
    named = sum(mapping.count(kind) for mapping in speaker.events.values())
    form = "TABLE" if named > 1 else "VIEW"
    where = "false" if empty else f"source = {quoted(speaker.name)} AND kind = {quoted(kind)}"
    fields = quoted(json.dumps(shape(speaker.records[kind])))
    db.execute(
        f'CREATE TEMP {form} "{kind}" AS SELECT delivery, unnest(said) FROM ('
        f"SELECT delivery, from_json(body, {fields}) AS said FROM _d WHERE {where})"
    )
    return form


def _say(db: Connection, table: Table, mapping: str) -> pa.Table:
    """Run one mapping: ``delivery``, the table's columns, ``part``, and ``fault`` (NULL: fits)."""
    offered = {
        name: sql_type for name, sql_type, *_ in db.execute(f"DESCRIBE ({mapping})").fetchall()
    }
    if unknown := set(offered) - {"delivery", *table.types}:
        raise TypeError(f"{table.path}: the mapping names {sorted(unknown)}, which are no columns")
    casts = ", ".join(_cast(column, offered.get(column.name)) for column in table.columns)
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    return db.sql(
        f"SELECT delivery, {names}, {table.partition.sql(table.types)} AS {PART}, "
        f"{_fault(table, offered)} AS fault FROM (SELECT delivery, {casts} FROM ({mapping}))"
    ).to_arrow_table()


def _cast(column: Column, offered: str | None) -> str:
    """Return the SQL that turns what the mapping offers into what the column holds."""
    name = f'"{column.name}"'
    default = "'A'" if column.name == "evidence" else f"NULL::{column.sql_type}"
    if offered is None:
        return f"{default} AS {name}, false AS {_misfit(column)}"
    cast = f"TRY_CAST({name} AS {column.sql_type})"
    if offered == column.sql_type:
        cast = name
    elif column.sql_type == "TIMESTAMP" and offered == "VARCHAR":
        # A plain cast to TIMESTAMP reads 10:00+07:00 as 10:00 and says nothing.
        cast = f"(TRY_CAST({name} AS TIMESTAMPTZ) AT TIME ZONE 'UTC')"
    if column.sql_type in ("TIMESTAMP", "DATE"):
        # The engine knows infinity and 300,000 years, and no fact can count on from there.
        cast = f"CASE WHEN {cast} BETWEEN '0001-01-01' AND '9998-12-31' THEN {cast} END"
    misfit = "false" if cast == name else f"({name} IS NOT NULL AND {cast} IS NULL)"
    return f"{cast} AS {name}, {misfit} AS {_misfit(column)}"


def _misfit(column: Column) -> str:
    return f'"_misfit_{column.name}"'


def _fault(table: Table, offered: Mapping[str, str]) -> str:
    """Return the SQL of the first thing wrong with a row: ``field: reason``, or NULL."""
    cases = []
    for column in table.columns:
        name = f'"{column.name}"'
        if column.name in offered:
            cases.append(f"WHEN {_misfit(column)} THEN '{column.name}: not a {column.sql_type}'")
        if column.required:
            cases.append(f"WHEN {name} IS NULL THEN '{column.name}: missing or unfit'")
        if column.allowed:
            allowed = ", ".join(quoted(value) for value in column.allowed)
            cases.append(
                f"WHEN {name} NOT IN ({allowed}) "
                f"THEN '{column.name}: not one of {', '.join(column.allowed)}'"
            )
    return f"CASE {' '.join(cases)} END"


def _bad(db: Connection, said: pa.Table, table: Table, event_type: str) -> pa.Table:
    """Return what is kept of rows that do not fit: where it was said, and why, never what."""
    db.register("_faulty", said)
    bad = db.sql(
        f"SELECT _d.source, _d.kind, _d.content_hash, {quoted(event_type)} AS event_type, "
        "split_part(fault, ': ', 1) AS field, split_part(fault, ': ', 2) AS reason, "
        f"item, 'all' AS {PART} "
        f"FROM (SELECT delivery, fault, left({id_sql('item', table.types)}, 16) AS item "
        "FROM _faulty) JOIN _d USING (delivery)"
    ).to_arrow_table()
    db.unregister("_faulty")
    return bad.cast(_schema(REJECTED))


def _unreadable(db: Connection) -> pa.Table:
    unreadable = db.sql(
        "SELECT source, kind, content_hash, '' AS event_type, '' AS field, "
        "coalesce(body->>'reason', 'unreadable') AS reason, '' AS item, "
        f"'all' AS {PART} FROM _d WHERE kind = {quoted(UNREADABLE)}"
    )
    return unreadable.to_arrow_table().cast(_schema(REJECTED))


def _ignored(db: Connection, rest: pa.Table) -> pa.Table:
    """Return deliveries that no mapping made anything of, but for those that nobody could read."""
    db.register("_rest", rest)
    ignored = db.sql(
        f"SELECT *, {IGNORED.partition.sql(IGNORED.types)} AS {PART} FROM ("
        "SELECT source, kind, left(content_hash, 16) AS content_hash FROM _rest "
        f"WHERE kind <> {quoted(UNREADABLE)})"
    ).to_arrow_table()
    db.unregister("_rest")
    return ignored.cast(_schema(IGNORED))


def _arrivals(source: str, event_type: str, said: pa.Table, told: pa.Table) -> pa.Table:
    """Return the days that these rows are of, each with the days on which one was received."""
    kept = pc.take(told["received"].combine_chunks(), said["delivery"].combine_chunks())
    days = pa.table(
        {"day": said["time"].cast(pa.date32()), "received": kept.cast(pa.date32())}
    ).filter((pc.year(pc.field("day")) >= 2000) & (pc.year(pc.field("day")) <= 2100))
    # Once for each: a batch of a day's heartbeats tells of one day.
    once = days.group_by(["day", "received"]).aggregate([]).drop_null()
    named = {"source": source, "event_type": event_type, PART: ARRIVALS.partition.of({})}
    for name, value in named.items():
        once = once.append_column(name, pa.repeat(value, len(once)))
    return once.select(_schema(ARRIVALS).names).cast(_schema(ARRIVALS))


def mapping_fingerprint(table: Table, sources: Mapping[str, Source]) -> str:
    """Return the hash of all code that decides what decoding puts into a table.

    ``rejected``, ``ignored`` and ``arrivals`` depend on every mapping; an event type on its own.
    """
    said = []
    for name, source in sorted(sources.items()):
        mappings = [
            (event_type, mapping)
            for event_type, mapping in sorted(source.events.items())
            if table in OF_ALL or event_table(EVENTS[event_type]) == table
        ]
        if mappings:
            shapes = [(kind, shape(record)) for kind, record in sorted(source.records.items())]
            said.append((name, mappings, shapes))
    machinery = [inspect.getsource(module) for module in (sys.modules[__name__], winners)]
    return fingerprint(table, said, machinery)
