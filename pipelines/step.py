"""A step: one derived table, the SQL that makes a partition of it, and what that SQL reads.

Facts are declared in ``facts/`` (a class for the columns, a SELECT); metrics come from ``sql/``.
Both are steps, and both are built by the same hop.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

import duckdb
import pyarrow as pa

from pipelines.datafile import WRITER
from pipelines.reach import Reach
from pipelines.table import Table
from schemas.columns import columns
from schemas.partition import Partition


@dataclass(frozen=True)
class Step:
    """One derived table and how it is made."""

    table: Table
    sql: str
    """A SELECT of the table's columns, from inputs under their catalogue names.

    Several partitions are built by one run of it, so a row must be the same whatever others are
    built beside it; ``getvariable('parts')`` lists them, for SQL that can read less by it.
    """
    reads: Mapping[str, Reach]
    """Inputs by path, and how far into them a partition reaches."""
    days: tuple[str, str] | None = None
    """The SQL of the first and last day a row reaches; None where backfills of days pass it by."""

    @property
    def fingerprint(self) -> str:
        """Hash of everything but the data that decides the rows (and their bytes)."""
        return fingerprint(self.sql, self.table, sorted(self.reads.items()))


def fingerprint(*parts: object) -> str:
    """Return 16 hex characters of the parts, and of what computes and writes."""
    said = repr((parts, duckdb.__version__, pa.__version__, WRITER))
    return sha256(said.encode()).hexdigest()[:16]


_DAYS = "list_transform(getvariable('parts')::VARCHAR[], lambda part: TRY_CAST(part AS DATE))"

FIRST_DAY, LAST_DAY = f"list_min({_DAYS})", f"list_max({_DAYS})"
"""SQL of the first and last day whose partition is being built; NULL where none is a day's."""


def is_built(day: str) -> str:
    """Return the condition that a day's partition may be among those being built."""
    return f"({FIRST_DAY} IS NULL OR ({day}) BETWEEN {FIRST_DAY} AND {LAST_DAY})"


FACTS: dict[str, Step] = {}
"""Every declared fact by path; filled by ``facts()``."""

C = TypeVar("C", bound=type)


def fact(
    name: str,
    *,
    key: tuple[str, ...],
    partition: Partition,
    reads: Mapping[str, Reach],
    sql: str,
    days: tuple[str, str] | None = None,
    computed: tuple[tuple[str, str, str], ...] = (),
) -> Callable[[C], C]:
    """Declare a fact table: the class holds its columns, ``sql`` selects them.

    ``computed`` are columns of the view that are not stored: (name, SQL, what it says).
    """

    def declare(cls: C) -> C:
        doc = " ".join((cls.__doc__ or "").split())
        table = Table(f"facts/{name}", columns(cls), key, partition, computed, doc)
        FACTS[table.path] = Step(table, sql, dict(reads), days)
        return cls

    return declare
