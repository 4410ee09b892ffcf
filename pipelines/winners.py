"""One winner per id, by what the rows say and never by when they came.

The order: the source's own revision (newest), then evidence (A before B before C), then how many
fields are filled, then the content hash. Every loser is counted: a *duplicate* says exactly what
the winner says, anything else was *superseded*. Merging is associative, so a table kept up to date
batch by batch equals one built at once.
"""

from dataclasses import dataclass
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.arrow import arrow_schema, packed
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
    """Return one row per key of rows of one partition (those kept before and candidates alike).

    Texts may come as they are or packed.
    """
    schema = arrow_schema(table.columns)
    if len(said) == 0:
        return Merged(schema.empty_table(), 0, 0)
    rows = packed(said.select(schema.names))
    keys = pa.table({name: _sortable(rows[name]) for name in table.key})
    order = pc.sort_indices(keys, [(name, "ascending") for name in table.key])
    rows, keys = rows.take(order), keys.take(order)
    again = _like_the_last(keys)
    if not pc.any(again).as_py():
        return Merged(rows.cast(schema), 0, 0)
    # Most that is said again is an exact copy, which needs no ranking.
    other = pc.and_not(again, _like_the_last(_comparable(rows, keys)))
    stays, duplicates, superseded = pc.invert(again), pc.sum(again).as_py(), 0
    if pc.any(other).as_py():
        told = pc.cumulative_sum(stays.cast(pa.int64()))
        contested = pc.is_in(told, told.filter(other))
        won, same, ranked = _ranked(table, rows, contested, connection or connect())
        settled = pc.sum(pc.and_not(again, contested)).as_py() or 0
        duplicates = settled + same
        superseded = ranked - len(won) - same
        stays = pc.or_(pc.and_not(stays, contested), pc.is_in(pa.arange(0, len(rows)), won))
    return Merged(rows.take(pc.indices_nonzero(stays)).cast(schema), duplicates, superseded)


def _sortable(column: pa.ChunkedArray) -> pa.Array:
    """Return numbers that sort like the texts of a packed column; any other sorts by itself."""
    whole = column.combine_chunks()
    if not pa.types.is_dictionary(whole.type):
        return whole
    return pc.rank(whole.dictionary).take(whole.indices)


def _comparable(rows: pa.Table, keys: pa.Table) -> pa.Table:
    """Return all columns as far as rows can be compared by them, packed texts by their numbers."""
    for place, name in enumerate(rows.column_names):
        column = rows.column(place)
        if name in keys.column_names:
            column = keys[name]
        elif pa.types.is_dictionary(column.type):
            column = column.combine_chunks().indices
        elif pa.types.is_list(column.type):
            # Lists cannot be compared here: never alike, so that they are ranked.
            column = pa.arange(0, len(rows))
        rows = rows.set_column(place, name, column)
    return rows


def _like_the_last(rows: pa.Table) -> pa.Array:
    """Return which rows say the same as the row before; unknown is like unknown."""
    last = len(rows) - 1
    pairs = ((column.slice(0, last), column.slice(1)) for column in rows.columns)
    alike = (
        pc.or_(
            pc.fill_null(pc.equal(here, behind), False),
            pc.and_(pc.is_null(here), pc.is_null(behind)),
        )
        for here, behind in pairs
    )
    return pa.chunked_array([pa.array([False]), *reduce(pc.and_, alike).chunks]).combine_chunks()


def _ranked(
    table: Table, rows: pa.Table, contested: pa.Array, db: Connection
) -> tuple[pa.Array, int, int]:
    """Return where the winners are, how many others say just the same, and how many there were."""
    rivals = rows.append_column("_place", pa.arange(0, len(rows))).filter(contested)
    db.register("_rivals", rivals)
    ranked = db.sql(_ranking(table)).to_arrow_table()
    db.unregister("_rivals")
    same = pc.sum(pc.and_not(ranked["same"], ranked["won"])).as_py() or 0
    return ranked["_place"].filter(ranked["won"]).combine_chunks(), same, len(rivals)


def _ranking(table: Table) -> str:
    """Return the SQL that says which rival won, and of every other if it says just the same."""
    key = ", ".join(f'"{name}"' for name in table.key)
    text = id_sql("row", table.types)
    filled = " + ".join(f'("{column.name}" IS NOT NULL)::INT' for column in table.columns)
    order = [f"{filled} DESC", "_text"]
    if "evidence" in table.types:
        order = ["rev DESC NULLS LAST", "evidence", *order]
    return (
        "SELECT _place, row_number() OVER rivals = 1 AS won, "
        "_text = first_value(_text) OVER rivals AS same "
        f"FROM (SELECT *, {text} AS _text FROM _rivals) "
        f"WINDOW rivals AS (PARTITION BY {key} ORDER BY {', '.join(order)})"
    )
