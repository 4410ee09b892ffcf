"""DuckDB as we use it: one way to open it, one way to show it files.

Nothing here may need an extension (many machines cannot download one), and nothing may depend on
the machine's time zone. Views are over lists of files that never change; never over a glob.
"""

from collections.abc import Iterable, Sequence

import duckdb

from pipelines.table import Table

Connection = duckdb.DuckDBPyConnection


def connect(threads: int = 1) -> Connection:
    """Open an in-memory DuckDB that is deterministic and offline."""
    connection = duckdb.connect(
        ":memory:", config={"threads": threads, "autoinstall_known_extensions": False}
    )
    connection.execute("SET TimeZone = 'UTC'")
    # It would be drawn over what a command prints, as soon as a query takes two seconds.
    connection.execute("SET enable_progress_bar_print = false")
    for schema in ("events", "facts", "metrics", "lake"):
        connection.execute(f"CREATE SCHEMA {schema}")
    return connection


def quoted(text: str) -> str:
    """Return text as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def scan(table: Table, files: Sequence[str]) -> str:
    """Return a SELECT of the table's stored columns from these files; none gives no rows."""
    paths = ", ".join(quoted(path) for path in files)
    return scan_from(table, f"[{paths}]" if files else None)


def scan_from(table: Table, files: str | None) -> str:
    """Return the same from an SQL list of files; None is no files."""
    if files is None:
        blanks = (f'NULL::{column.sql_type} AS "{column.name}"' for column in table.columns)
        return f"SELECT {', '.join(blanks)} WHERE false"
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    return f"SELECT {names} FROM read_parquet({files}, hive_partitioning = false)"


def show(connection: Connection, table: Table, files: Iterable[str]) -> None:
    """Make a table visible under its catalogue name, with its computed columns."""
    computed = "".join(f', {sql} AS "{name}"' for name, sql, _ in table.computed)
    rows = scan(table, list(files))
    connection.execute(f"CREATE OR REPLACE VIEW {table.view} AS SELECT *{computed} FROM ({rows})")
