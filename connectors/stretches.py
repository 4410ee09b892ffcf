"""Stretches: rows that hold ``from`` a day up to (not on) a day, ``to``; empty is always, still."""

from collections.abc import Iterable
from datetime import date

from connectors.csv_rows import CsvRow
from schemas.errors import Fatal


def one_at_a_time(
    rows: Iterable[CsvRow], subject: str, value: str, source: str, problem: str
) -> None:
    """Raise Fatal when two rows give one subject two values on one day.

    Rows with an unfit date are left to be rejected by themselves.
    """
    seen: dict[str, list[tuple[date, date, str, str]]] = {}
    for row in rows:
        if subject not in row.cells or value not in row.cells:
            continue
        try:
            since = date.fromisoformat(row.cells.get("from", "0001-01-01"))
            until = date.fromisoformat(row.cells.get("to", "9999-12-31"))
        except ValueError:
            continue
        mine = row.cells[value].lower()
        others = seen.setdefault(row.cells[subject].lower(), [])
        for start, end, other, place in others:
            if mine != other and start < until and since < end:
                raise Fatal(
                    f"{source}: {place} and {row.place} put {problem} at one time",
                    "give the earlier row a `to`",
                )
        others.append((since, until, mine, row.place))
