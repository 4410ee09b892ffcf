"""The job of a pass as plain DuckDB SQL: no Beam, no partitions, no increments.

What someone would write who needs the tables once: every mapping over all deliveries, the newest
telling of each id, ``facts/changes`` on top, sorted zstd Parquet out. It shares the declared
mappings and the fact's SQL with the pipeline, and none of its machinery.
"""

import json
from pathlib import Path

from connectors.record import shape
from pipelines import lake
from pipelines.engine import connect, quoted, scan, show
from pipelines.plan import facts, levels
from pipelines.step import Step
from pipelines.table import DELIVERIES, IGNORED, Table, event_table
from schemas import EVENTS
from tests.bench.workload import SOURCE


def plain(home: Path, out: Path, threads: int) -> None:
    """Write events, ``ignored`` and every fact as one file a table below ``out``."""
    db = connect(threads)
    files = sorted(str(home / DELIVERIES.path / f.path) for f in lake.live(home, DELIVERIES))
    db.execute(f"CREATE VIEW d AS {scan(DELIVERIES, files)}")
    for kind, declaration in SOURCE.records.items():
        form = quoted(json.dumps(shape(declaration)))
        db.execute(
            f"CREATE VIEW {kind} AS SELECT content_hash AS delivery, "
            f"unnest(from_json(body, {form})) FROM d WHERE kind = '{kind}'"
        )
    made: dict[str, Path] = {}

    def write(table: Table, query: str) -> None:
        path = file_of(out, table)
        key = ", ".join(table.key)
        db.execute(
            f"COPY (SELECT * FROM ({query}) ORDER BY {key}) TO {quoted(str(path))} "
            "(FORMAT parquet, COMPRESSION zstd)"
        )
        made[table.path] = path
        show(db, table, [str(path)])

    for event_type, mapping in SOURCE.events.items():
        table = event_table(EVENTS[event_type])
        offered = {name for name, *_ in db.execute(f"DESCRIBE {mapping}").fetchall()}
        write(table, _winners(table, mapping, offered))
    kinds = ", ".join(quoted(kind) for kind in SOURCE.records)
    ignored = "SELECT DISTINCT source, kind, left(content_hash, 16) AS content_hash"
    write(IGNORED, f"{ignored} FROM d WHERE kind NOT IN ({kinds})")

    for kind_name in EVENTS:
        table = event_table(EVENTS[kind_name])
        if table.path not in made:
            show(db, table, [])
    for fact in in_order():
        names = ", ".join(f'"{c.name}"::{c.sql_type} AS "{c.name}"' for c in fact.table.columns)
        write(fact.table, f"SELECT {names} FROM ({fact.sql})")


def in_order() -> list[Step]:
    """Return every fact, inputs before what reads them."""
    return [step for level in levels() for step in level if step.table.path in facts()]


def file_of(out: Path, table: Table) -> Path:
    """Return where a table's answer is."""
    return out / f"{table.path.replace('/', '.')}.parquet"


def _winners(table: Table, mapping: str, offered: set[str]) -> str:
    """Return the SQL of one row an id: the newest telling of it."""
    casts = ", ".join(
        f'"{name}"::{sql_type} AS "{name}"'
        if name in offered
        else f"""{"'A'" if name == "evidence" else "NULL"}::{sql_type} AS "{name}" """
        for name, sql_type in table.types.items()
    )
    required = " AND ".join(f'"{c.name}" IS NOT NULL' for c in table.columns if c.required)
    # Of four ways to write it the cheapest; a hash of 64 bits stands for eight columns of key.
    alike = f"hash({', '.join(table.key)})"
    return (
        f"SELECT * FROM (SELECT {casts} FROM ({mapping})) WHERE {required} QUALIFY row_number() "
        f"OVER (PARTITION BY {alike} ORDER BY rev DESC NULLS LAST, evidence) = 1"
    )
