"""Where a row lives: a function of its natural key alone, so copies of one id always meet."""

from dataclasses import dataclass
from datetime import date, datetime

from schemas.identity import KeyField, id128, id_sql

PART = "part"
"""The partition column of every table, in Delta and in folder names; never a column of a row."""

OUTSIDE = "outside"
"""The one partition of all days before 2000 or after 2100: clocks that cannot be right."""

ALL = "all"
"""The one partition of a table that is written whole."""


@dataclass(frozen=True, slots=True)
class Day:
    """By the UTC day of a time that is part of the key."""

    time: str

    def of(self, row: dict[str, KeyField]) -> str:
        """Return the partition of one row, as ``2026-01-31``."""
        moment = row[self.time]
        if not isinstance(moment, date):
            raise TypeError(f"{self.time} must be a day or a time, not {type(moment).__name__}")
        day = moment.date() if isinstance(moment, datetime) else moment
        return day.isoformat() if 2000 <= day.year <= 2100 else OUTSIDE

    def sql(self, types: dict[str, str]) -> str:
        """Return the same rule as an SQL expression."""
        day = f'"{self.time}"::DATE'
        return (
            f"CASE WHEN year({day}) BETWEEN 2000 AND 2100 THEN {day}::VARCHAR ELSE '{OUTSIDE}' END"
        )


@dataclass(frozen=True, slots=True)
class Bucket:
    """By the first hex digit of the hash of some key columns: sixteen shards, for ever."""

    by: tuple[str, ...]

    def of(self, row: dict[str, KeyField]) -> str:
        """Return the partition of one row, one of ``0`` to ``f``."""
        return id128("bucket", *(row[name] for name in self.by))[0]

    def sql(self, types: dict[str, str]) -> str:
        """Return the same rule as an SQL expression."""
        return f"left({id_sql('bucket', {name: types[name] for name in self.by})}, 1)"


@dataclass(frozen=True, slots=True)
class Whole:
    """Not at all: the table is small and always written whole."""

    def of(self, row: dict[str, KeyField]) -> str:
        """Return the only partition there is."""
        return ALL

    def sql(self, types: dict[str, str]) -> str:
        """Return the same rule as an SQL expression."""
        return f"'{ALL}'"


Partition = Day | Bucket | Whole
