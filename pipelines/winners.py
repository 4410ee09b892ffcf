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


@dataclass(frozen=True)
class Merged:
    """The rows that stay, sorted by key, and what became of the others."""

    rows: pa.Table
    duplicates: int
    superseded: int


def merge(table: Table, said: pa.Table, connection: Connection | None = None) -> Merged:
    """Return one row per key of rows of one partition (those kept before and candidates alike)."""
    db = connection or connect()
    db.register("said", said.select(arrow_schema(table.columns).names))
    key = ", ".join(f'"{name}"' for name in table.key)
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    # Nearly every key is alone, and a hash of it says so for the price of one integer.
    db.execute(f"CREATE OR REPLACE TEMP TABLE keyed AS SELECT *, hash({key}) AS _h FROM said")
    db.unregister("said")
    db.execute(
        "CREATE OR REPLACE TEMP TABLE shared AS "
        "SELECT _h FROM keyed GROUP BY _h HAVING count(*) > 1"
    )
    text = " || '|' || ".join(f"coalesce({c.name}::VARCHAR, '-')" for c in table.columns)
    filled = " + ".join(f'("{column.name}" IS NOT NULL)::INT' for column in table.columns)
    order = [f"{filled} DESC", "_text"]
    if "evidence" in table.types:
        order = ["rev DESC NULLS LAST", "evidence", *order]
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE ranked AS SELECT *, "
        f"row_number() OVER rivals AS _rank, first_value(_text) OVER rivals AS _winner "
        f"FROM (SELECT *, sha256({text}) AS _text FROM keyed SEMI JOIN shared USING (_h)) "
        f"WINDOW rivals AS (PARTITION BY {key} ORDER BY {', '.join(order)})"
    )
    rows = db.sql(
        f"SELECT {names} FROM (SELECT {names} FROM keyed ANTI JOIN shared USING (_h) "
        f"UNION ALL SELECT {names} FROM ranked WHERE _rank = 1) ORDER BY {key}"
    ).to_arrow_table()
    ((duplicates, losers),) = db.execute(
        "SELECT count(*) FILTER (_rank > 1 AND _text = _winner), count(*) FILTER (_rank > 1) "
        "FROM ranked"
    ).fetchall()
    return Merged(rows.cast(arrow_schema(table.columns)), duplicates, losers - duplicates)
