"""One winner per id, by what the rows say and never by when they came.

The order: the source's own revision (newest), then evidence (A before B before C), then how many
fields are filled, then the content hash. Every loser is counted: a *duplicate* says exactly what
the winner says, anything else was *superseded*. Merging is associative, so a table kept up to date
batch by batch equals one built at once.
"""

from dataclasses import dataclass

import pyarrow as pa

from pipelines.arrow import arrow_schema
from pipelines.engine import Connection, connect
from pipelines.table import Table
from schemas.identity import id_sql


@dataclass(frozen=True)
class Merged:
    """The rows that stay, sorted by key, and what became of the others."""

    rows: pa.Table
    duplicates: int
    superseded: int


def merge(table: Table, said: pa.Table, connection: Connection | None = None) -> Merged:
    """Return one row per key of rows of one partition (those kept before and candidates alike)."""
    db = connection or connect()
    schema = arrow_schema(table.columns)
    key = ", ".join(f'"{name}"' for name in table.key)
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    db.register("_said", said.select(schema.names))
    # Nearly every key is alone, and a hash of it says so for the price of one integer.
    shared = f"SELECT hash({key}) FROM _said GROUP BY ALL HAVING count(*) > 1"
    rivals = db.sql(f"SELECT {names} FROM _said WHERE hash({key}) IN ({shared})").to_arrow_table()
    if rivals.num_rows == 0:
        rows = db.sql(f"SELECT {names} FROM _said ORDER BY {key}").to_arrow_table()
        db.unregister("_said")
        return Merged(rows.cast(schema), 0, 0)
    db.register("_rivals", rivals)
    db.execute(f"CREATE OR REPLACE TEMP TABLE _ranked AS {_ranked(table, key)}")
    rows = db.sql(
        f"SELECT {names} FROM _said WHERE hash({key}) NOT IN ({shared}) "
        f"UNION ALL SELECT {names} FROM _ranked WHERE _rank = 1 ORDER BY {key}"
    ).to_arrow_table()
    ((duplicates, losers),) = db.execute(
        "SELECT count(*) FILTER (_rank > 1 AND _text = _winner), count(*) FILTER (_rank > 1) "
        "FROM _ranked"
    ).fetchall()
    db.unregister("_said")
    db.unregister("_rivals")
    return Merged(rows.cast(schema), duplicates, losers - duplicates)


def _ranked(table: Table, key: str) -> str:
    """Return the SQL that ranks rivals for one id: the best telling first."""
    text = id_sql("row", table.types)
    filled = " + ".join(f'("{column.name}" IS NOT NULL)::INT' for column in table.columns)
    order = [f"{filled} DESC", "_text"]
    if "evidence" in table.types:
        order = ["rev DESC NULLS LAST", "evidence", *order]
    return (
        "SELECT *, row_number() OVER rivals AS _rank, first_value(_text) OVER rivals AS _winner "
        f"FROM (SELECT *, {text} AS _text FROM _rivals) "
        f"WINDOW rivals AS (PARTITION BY {key} ORDER BY {', '.join(order)})"
    )
