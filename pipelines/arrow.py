"""Tables as Arrow: the types of declared columns, and rows packed so that they move cheaply."""

from collections.abc import Iterable

import pyarrow as pa

from schemas.columns import Column

ARROW_TYPES: dict[str, pa.DataType] = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "DOUBLE": pa.float64(),
    "TIMESTAMP": pa.timestamp("us"),
    "DATE": pa.date32(),
    "DECIMAL(38,18)": pa.decimal128(38, 18),
    "VARCHAR[]": pa.list_(pa.string()),
}


def arrow_schema(columns: Iterable[Column]) -> pa.Schema:
    """Return the Arrow schema of declared columns; times are UTC without a zone."""
    return pa.schema([pa.field(column.name, ARROW_TYPES[column.sql_type]) for column in columns])


def packed(rows: pa.Table) -> pa.Table:
    """Return the same rows with each column of texts as one dictionary of the texts it has.

    A text that comes often is then moved and compared as a number.
    """
    for place, field in enumerate(rows.schema):
        if field.type == pa.string():
            rows = rows.set_column(place, field.name, rows.column(place).dictionary_encode())
    return rows.unify_dictionaries()


def one_batch(table: pa.Table) -> pa.RecordBatch:
    """Return a table as a single batch."""
    batches = table.combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=table.schema)
