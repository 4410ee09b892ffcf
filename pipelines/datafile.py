"""The one writer of data files: equal rows give equal bytes, and the name is their sha256.

A file is written beside its place, synced, and renamed to ``<partition>/<sha256>.parquet``; a name
that exists already holds the same bytes. So a step that runs twice writes nothing new, a partition
whose rows did not change keeps its file, and any reader can tell rot from truth.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.arrow import arrow_schema
from pipelines.table import Table
from schemas.columns import Column
from schemas.errors import Fatal
from schemas.partition import PART
from schemas.steps import Step, step

ROW_GROUP_ROWS = 128 * 1024

WRITER = 2
"""Raise it with any change by which equal rows become other bytes: lakes are then written anew."""

DIFFERENCES = "DELTA_BINARY_PACKED"
"""How sorted numbers are kept. A time is 4 bytes then, not 8: a third of what a heartbeat takes."""

RESTORE = "restore that file from a copy (its name is its sha256), or derive a new lake"


@dataclass(frozen=True, order=True)
class DataFile:
    """One immutable file of a table: its path below the table, its partition, bytes and rows."""

    path: str
    part: str
    size: int
    rows: int

    @property
    def sha256(self) -> str:
        """The digest that its name promises."""
        return Path(self.path).stem


def write(lake: Path, table: Table, part: str, rows: pa.Table, name: Step) -> DataFile | None:
    """Write one partition's rows, in the order given; no rows, no file.

    Durable when it returns. Page checksums are written; min/max statistics are left out for
    columns about people. Idempotent.
    """
    if rows.num_rows == 0:
        return None
    folder = lake / table.path / f"{PART}={part}"
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f".{os.getpid()}-{id(rows)}.tmp"
    plain = [column.name for column in table.columns if not column.about_people]
    stored = {_stored(column): _sorts(table, column) for column in table.columns}
    with step(name):
        pq.write_table(
            rows.select(arrow_schema(table.columns).names)
            .cast(arrow_schema(table.columns))
            .combine_chunks(),
            aside,
            compression="zstd",
            row_group_size=ROW_GROUP_ROWS,
            write_page_checksum=True,
            write_statistics=plain,
            use_dictionary=[path for path, sorts in stored.items() if not sorts],
            column_encoding={path: DIFFERENCES for path, sorts in stored.items() if sorts},
            store_schema=False,
        )
        with aside.open("rb+") as file:
            digest = file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        final = folder / f"{digest}.parquet"
        os.replace(aside, final)
        sync_folder(folder)
    path = str(final.relative_to(lake / table.path))
    return DataFile(path, part, final.stat().st_size, rows.num_rows)


def _sorts(table: Table, column: Column) -> bool:
    """Return whether a column is a time, or a number in the key: it differs little row by row."""
    counted = column.sql_type == "BIGINT" and column.name in table.key
    return counted or column.sql_type == "TIMESTAMP"


def _stored(column: Column) -> str:
    """Return the path of a column's values within a file."""
    return f"{column.name}.list.element" if column.sql_type.endswith("[]") else column.name


def read(
    path: Path, columns: list[str] | None = None, dictionaries: Sequence[str] = ()
) -> pa.Table:
    """Read a data file, holding every page to its checksum.

    ``dictionaries`` are columns of texts to keep as such. Raises Fatal, naming the file, where it
    is gone or damaged: what has rotted must not be written anew under a good name.
    """
    try:
        return pq.read_table(
            path,
            columns=columns,
            partitioning=None,
            read_dictionary=list(dictionaries),
            page_checksum_verification=True,
        )
    except (OSError, pa.ArrowException):
        raise Fatal(f"{path} cannot be read", RESTORE) from None


def sound(path: Path) -> bool:
    """Return whether a data file's bytes are those that its name, their sha256, promises."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest() == path.stem


def sync_folder(folder: Path) -> None:
    """Make a rename within the folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def by_part(files: Iterable[DataFile]) -> dict[str, list[DataFile]]:
    """Group files by partition, in name order."""
    grouped: dict[str, list[DataFile]] = {}
    for file in sorted(files):
        grouped.setdefault(file.part, []).append(file)
    return grouped
