"""Reach: which partitions of its inputs a table's partition is made from, read both ways.

Forwards it says what to read in order to build a partition; backwards, what to rebuild when some
partitions of an input have changed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from schemas.partition import OUTSIDE


class Changed(Protocol):
    """What became different in an input: in which partitions, and which rows came or went."""

    @property
    def parts(self) -> set[str]:
        """The partitions that differ."""

    def listed(self, sql: str) -> set[str]:
        """Return what an SQL list over a row holds, of every row that came or went."""

    def peers(self, key: str) -> set[str]:
        """Return the partitions with a row whose key, in SQL, one that came or went has."""

    def seen(self, path: str, day: str, columns: tuple[str, ...], what: set[str]) -> set[str]:
        """Return the days, in SQL, of another table's rows that have any of this in a column."""


@dataclass(frozen=True)
class Same:
    """The partition of the same name: keys that shard alike."""

    def needs(self, part: str, held: Iterable[str]) -> set[str]:
        """Return the input's partitions that this partition is made from."""
        return {part} & set(held)

    def touches(self, changed: Changed, parts: Iterable[str]) -> set[str]:
        """Return the partitions to rebuild when the input changed so."""
        return set(changed.parts)


@dataclass(frozen=True)
class Everything:
    """The whole input: small tables that anything may look up."""

    def needs(self, part: str, held: Iterable[str]) -> set[str]:
        """Return the input's partitions that this partition is made from."""
        return set(held)

    def touches(self, changed: Changed, parts: Iterable[str]) -> set[str]:
        """Return the partitions to rebuild when the input changed so."""
        return set(parts) if changed.parts else set()


@dataclass(frozen=True)
class Days:
    """The same day, some days before it and some after."""

    before: int
    after: int

    def needs(self, part: str, held: Iterable[str]) -> set[str]:
        """Return the input's partitions that this partition is made from."""
        return _around(part, self.before, self.after) & set(held)

    def touches(self, changed: Changed, parts: Iterable[str]) -> set[str]:
        """Return the partitions to rebuild when the input changed so."""
        return {day for part in changed.parts for day in _around(part, self.after, self.before)}


@dataclass(frozen=True)
class Rows:
    """All of an input that is sharded otherwise; a row of it reaches the partitions it names."""

    to: str
    """SQL over a row of the input: a list of the partitions that are made from it, or NULL."""

    def needs(self, part: str, held: Iterable[str]) -> set[str]:
        """Return the input's partitions that this partition is made from."""
        return set(held)

    def touches(self, changed: Changed, parts: Iterable[str]) -> set[str]:
        """Return the partitions to rebuild when the input changed so."""
        return changed.listed(self.to)


@dataclass(frozen=True)
class LookUp:
    """All of an input, looked up; a row of it reaches partitions that it names and that exist."""

    to: str
    """SQL over a row of the input: a list of the partitions that may look it up, or NULL."""

    def needs(self, part: str, held: Iterable[str]) -> set[str]:
        """Return the input's partitions that this partition is made from."""
        return set(held)

    def touches(self, changed: Changed, parts: Iterable[str]) -> set[str]:
        """Return the partitions to rebuild when the input changed so."""
        return changed.listed(self.to) & set(parts)


@dataclass(frozen=True)
class Peers:
    """All of an input that is sharded by day; a row reaches the days that have a row of its key.

    For what is told by the same thing on other days, however far away; and some days around those.
    """

    key: str
    """SQL over a row of the input."""
    around: int = 0

    def needs(self, part: str, held: Iterable[str]) -> set[str]:
        """Return the input's partitions that this partition is made from."""
        return set(held)

    def touches(self, changed: Changed, parts: Iterable[str]) -> set[str]:
        """Return the partitions to rebuild when the input changed so."""
        peers = changed.peers(self.key)
        return {day for part in peers for day in _around(part, self.around, self.around)}


@dataclass(frozen=True)
class Sight:
    """Where something of a row may be seen: a table that tells of days, and its columns."""

    path: str
    columns: tuple[str, ...]
    day: str = "time::DATE"


@dataclass(frozen=True)
class Seen:
    """All of an input, looked up; a row reaches the days on which something of it was seen.

    What was seen when is told by other tables; beside those days it reaches the ones it names.
    """

    what: str
    """SQL over a row of the input: a list of what may be seen of it."""
    where: tuple[Sight, ...]
    around: int = 0
    """How many days around such a day may look it up."""
    always: str = "[]"
    """SQL over a row of the input: a list of days that may look it up whatever was seen."""

    def needs(self, part: str, held: Iterable[str]) -> set[str]:
        """Return the input's partitions that this partition is made from."""
        return set(held)

    def touches(self, changed: Changed, parts: Iterable[str]) -> set[str]:
        """Return the partitions to rebuild when the input changed so."""
        what = changed.listed(self.what) if parts else set()
        if not what:
            return set()
        seen = {
            day for one in self.where for day in changed.seen(one.path, one.day, one.columns, what)
        }
        around = {day for one in seen for day in _around(one, self.around, self.around)}
        return (around | changed.listed(self.always)) & set(parts)


Reach = Same | Everything | Days | Rows | LookUp | Peers | Seen


def possible(reads: Mapping[str, Reach], there: Callable[[str], Changed]) -> set[str]:
    """Return the partitions that inputs sharded alike could have rows for, whatever is looked up.

    What had no rows yet has no file, but a look-up may give it some.
    """
    alike = {name: reach for name, reach in reads.items() if isinstance(reach, Same | Days | Peers)}
    return set[str]().union(*(reach.touches(there(name), ()) for name, reach in alike.items()))


def days(first: str, last: str) -> str:
    """Return the SQL list of the days from one time or date to another, both inclusive.

    Only days that have a partition of their own (2000 to 2100) are listed; NULL where an end is.
    """
    begin = f"CASE WHEN ({first}) IS NOT NULL THEN greatest(({first})::DATE, DATE '2000-01-01') END"
    end = f"CASE WHEN ({last}) IS NOT NULL THEN least(({last})::DATE, DATE '2100-12-31') END"
    listed = f"generate_series({begin}, {end}, INTERVAL 1 DAY)"
    return f"list_transform({listed}, lambda day: day::DATE::VARCHAR)"


def _around(part: str, before: int, after: int) -> set[str]:
    if part == OUTSIDE:
        return {OUTSIDE}
    day = date.fromisoformat(part)
    return {str(day + timedelta(days=n)) for n in range(-before, after + 1)}
