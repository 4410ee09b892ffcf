"""Deliveries become candidate rows: the sources' SQL, run over whole batches.

Pure: the same deliveries give the same rows, in any order and any company. Every delivery ends as
at least one item: a row of an event type, a row of ``rejected`` with the field that did not fit,
or a row of ``ignored``. Nothing is decided here about copies; one winner per id is ``winners``.
"""

import inspect
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from connectors.record import shape
from connectors.source import Source
from pipelines import winners
from pipelines.arrow import arrow_schema
from pipelines.engine import Connection, connect, quoted
from pipelines.step import fingerprint
from pipelines.table import IGNORED, REJECTED, Table, event_table
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
    db.register("_arrived", deliveries)
    db.execute(
        "CREATE OR REPLACE TEMP TABLE _d AS "
        "SELECT row_number() OVER () AS delivery, * FROM _arrived"
    )
    db.unregister("_arrived")
    db.execute("CREATE OR REPLACE TEMP TABLE _understood (delivery BIGINT)")
    rejects = [_unreadable()]
    rows: dict[str, list[pa.Table]] = {}
    for source, kinds in _present(db).items():
        speaker = sources.get(source)
        if speaker is None:
            continue
        for kind, declaration in speaker.records.items():
            _show_kind(db, source, kind, declaration, empty=kind not in kinds)
        for event_type, mapping in speaker.events.items():
            if not any(kind in mapping for kind in kinds):
                continue
            table = event_table(EVENTS[event_type])
            _say(db, table, mapping)
            db.execute("INSERT INTO _understood SELECT delivery FROM _said")
            rows.setdefault(table.path, []).append(_good(db, table))
            rejects.append(_bad(db, table, event_type))
    found = {path: pa.concat_tables(parts) for path, parts in rows.items()}
    found[REJECTED.path] = pa.concat_tables(
        db.sql(reject).to_arrow_table().cast(_schema(REJECTED))
        if isinstance(reject, str)
        else reject
        for reject in rejects
    )
    found[IGNORED.path] = db.sql(_ignored()).to_arrow_table().cast(_schema(IGNORED))
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


def _show_kind(db: Connection, source: str, kind: str, declaration: object, *, empty: bool) -> None:
    """Make one kind of delivery a table named like it, with the record's fields as columns."""
    where = "false" if empty else f"source = {quoted(source)} AND kind = {quoted(kind)}"
    db.execute(
        f'CREATE OR REPLACE TEMP TABLE "{kind}" AS SELECT delivery, unnest(said) FROM ('
        f"SELECT delivery, from_json(body, {quoted(json.dumps(shape(declaration)))}) AS said "
        f"FROM _d WHERE {where})"
    )


def _say(db: Connection, table: Table, mapping: str) -> None:
    """Run one mapping: its rows as ``_said``, each column beside what it casts to."""
    offered = {
        name: sql_type for name, sql_type, *_ in db.execute(f"DESCRIBE ({mapping})").fetchall()
    }
    if unknown := set(offered) - {"delivery", *table.types}:
        raise TypeError(f"{table.path}: the mapping names {sorted(unknown)}, which are no columns")
    casts = ", ".join(_cast(column, offered.get(column.name)) for column in table.columns)
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE _said AS SELECT *, {_fault(table, offered)} AS fault "
        f"FROM (SELECT delivery, {casts} FROM ({mapping}))"
    )


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


def _good(db: Connection, table: Table) -> pa.Table:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    part = table.partition.sql(table.types)
    good = db.sql(f"SELECT {names}, {part} AS {PART} FROM _said WHERE fault IS NULL")
    return good.to_arrow_table().cast(_schema(table))


def _bad(db: Connection, table: Table, event_type: str) -> pa.Table:
    bad = db.sql(
        f"SELECT _d.source, _d.kind, _d.content_hash, {quoted(event_type)} AS event_type, "
        "split_part(fault, ': ', 1) AS field, split_part(fault, ': ', 2) AS reason, "
        f"item, 'all' AS {PART} "
        f"FROM (SELECT delivery, fault, left({id_sql('item', table.types)}, 16) AS item "
        "FROM _said WHERE fault IS NOT NULL) JOIN _d USING (delivery)"
    )
    return bad.to_arrow_table().cast(_schema(REJECTED))


def _unreadable() -> str:
    return (
        "SELECT source, kind, content_hash, '' AS event_type, '' AS field, "
        "coalesce(body->>'reason', 'unreadable') AS reason, '' AS item, "
        f"'all' AS {PART} FROM _d WHERE kind = {quoted(UNREADABLE)}"
    )


def _ignored() -> str:
    part = IGNORED.partition.sql(IGNORED.types)
    return (
        f"SELECT *, {part} AS {PART} FROM ("
        "SELECT source, kind, left(content_hash, 16) AS content_hash FROM _d "
        f"WHERE kind <> {quoted(UNREADABLE)} "
        "AND delivery NOT IN (SELECT delivery FROM _understood))"
    )


def mapping_fingerprint(table: Table, sources: Mapping[str, Source]) -> str:
    """Return the hash of all code that decides what decoding puts into a table.

    ``rejected`` and ``ignored`` depend on every mapping; an event type on its own.
    """
    said = []
    for name, source in sorted(sources.items()):
        mappings = [
            (event_type, mapping)
            for event_type, mapping in sorted(source.events.items())
            if table in (REJECTED, IGNORED) or event_table(EVENTS[event_type]) == table
        ]
        if mappings:
            shapes = [(kind, shape(record)) for kind, record in sorted(source.records.items())]
            said.append((name, mappings, shapes))
    machinery = [inspect.getsource(module) for module in (sys.modules[__name__], winners)]
    return fingerprint(table, said, machinery)
