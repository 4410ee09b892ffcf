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
    rows, rival = rows.take(order), _like_a_neighbour(keys.take(order))
    if not pc.any(rival).as_py():
        return Merged(rows.cast(schema), 0, 0)
    db = connection or connect()
    place = pa.arange(0, len(rows))
    db.register("_rivals", rows.append_column("_place", place).filter(rival))
    ranked = db.sql(_ranked(table)).to_arrow_table()
    db.unregister("_rivals")
    lost = ranked.filter(pc.invert(ranked["won"]))
    duplicates = pc.sum(lost["same"]).as_py() or 0
    stays = pc.invert(pc.is_in(place, lost["_place"]))
    return Merged(rows.filter(stays).cast(schema), duplicates, len(lost) - duplicates)


def _sortable(column: pa.ChunkedArray) -> pa.Array:
    """Return numbers that sort like the texts of a packed column; any other sorts by itself."""
    whole = column.combine_chunks()
    if not pa.types.is_dictionary(whole.type):
        return whole
    return pc.rank(whole.dictionary).take(whole.indices)


def _like_a_neighbour(keys: pa.Table) -> pa.ChunkedArray:
    """Return which of some sorted keys are there more than once; unknown is like unknown."""
    last = len(keys) - 1
    pairs = ((column.slice(0, last), column.slice(1)) for column in keys.columns)
    alike = (
        pc.or_(
            pc.fill_null(pc.equal(here, behind), False),
            pc.and_(pc.is_null(here), pc.is_null(behind)),
        )
        for here, behind in pairs
    )
    like_next = reduce(pc.and_, alike).chunks
    edge = pa.array([False])
    return pc.or_(pa.chunked_array([*like_next, edge]), pa.chunked_array([edge, *like_next]))


def _ranked(table: Table) -> str:
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
