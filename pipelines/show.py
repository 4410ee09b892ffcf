"""Rows for people and machines: a table, CSV or JSON."""

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from io import StringIO
from typing import Any, Literal

import duckdb
from rich.console import Console
from rich.table import Table

from sql.card import above, below, complete
from sql.metric import Metric

WIDE = 200
"""Characters a line where no terminal says how many it has."""


def print_rows(
    found: duckdb.DuckDBPyConnection, form: Literal["table", "csv", "json"] = "table"
) -> None:
    """Print the rows of an executed query; NULL is empty in tables and CSV, null in JSON."""
    names = [name for name, *_ in found.description or ()]
    rows = found.fetchall()
    if form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)
    elif form == "json":
        said = [dict(zip(names, map(_plain, row), strict=True)) for row in rows]
        print(json.dumps(said))
    else:
        width = None if sys.stdout.isatty() else WIDE
        Console(width=width, highlight=False, markup=False).print(_table(names, rows))


def print_metric(
    db: duckdb.DuckDBPyConnection, metric: Metric, form: Literal["table", "json"] = "table"
) -> None:
    """Print a metric's rows; in a table, with what they rest on, what is refused, and its pair.

    As JSON each row says up to when all is there that it is made from.
    """
    rows = f"FROM metrics.{metric.name}"
    order = ", ".join(metric.grain)
    known = f"FROM lake.metrics WHERE metric = '{metric.name}'"
    # Asked before anything is printed: a lake that cannot be read says only so.
    [held] = db.execute(f"SELECT complete_up_to, sources, silent {known}").fetchall()
    each = f", (SELECT complete_up_to {known}) AS complete_up_to" if form == "json" else ""
    found = db.execute(f"SELECT *{each} {rows} ORDER BY {order}")
    if form == "table":
        print("\n".join(above(metric)))
    print_rows(found, form)
    if form == "table":
        print(complete(*held))
        said = "suppressed" if metric.reasons else "NULL"
        counted = dict(db.execute(f"SELECT {said}, count(*) {rows} GROUP BY ALL").fetchall())
        refused = {reason: count for reason, count in counted.items() if reason is not None}
        print("\n".join(below(metric, sum(counted.values()), refused)))


def table_text(found: duckdb.DuckDBPyConnection) -> str:
    """Return the rows of an executed query as the lines of a table, whatever the terminal."""
    table = _table([name for name, *_ in found.description or ()], found.fetchall())
    out = StringIO()
    Console(file=out, width=WIDE, highlight=False, markup=False).print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def _table(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    table = Table(*names, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    return table


def _plain(value: Any) -> Any:
    """Return a value as JSON has it; whatever has no JSON form becomes its text."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in value.items()}
    return value if isinstance(value, str | int | float | bool | None) else str(value)
