"""CSV files that people keep by hand: rows by column name, and where each one stands."""

import csv
from pathlib import Path
from typing import NamedTuple

from schemas.errors import Fatal


class CsvRow(NamedTuple):
    """One row: its cells by column, empty ones left out."""

    place: str
    cells: dict[str, str]
    surplus: tuple[str, ...]
    """Cells beyond the header: a row that has some cannot be trusted in any of its cells."""


class CsvFile(NamedTuple):
    """A file's columns (lower case, in order) and rows."""

    columns: tuple[str, ...]
    rows: tuple[CsvRow, ...]


def read_csv(file: Path, source: str) -> CsvFile:
    """Read a whole CSV file, with or without a byte-order mark.

    Raises Fatal when it is not CSV in UTF-8.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            lines = csv.reader(text, strict=True)
            columns = tuple(name.strip().lower() for name in next(lines, []))
            rows = tuple(
                CsvRow(
                    f"{file.name} line {lines.line_num}",
                    {
                        name: cell.strip()
                        for name, cell in zip(columns, cells, strict=False)
                        if cell.strip()
                    },
                    tuple(cells[len(columns) :]),
                )
                for cells in lines
                if any(map(str.strip, cells))
            )
    except (csv.Error, UnicodeDecodeError):
        raise Fatal(f"{source}: {file} is not CSV in UTF-8", "save it as such") from None
    return CsvFile(columns, rows)
