"""Reach: which partitions of its inputs a table's partition is made from, read both ways.

Forwards it says what to read in order to build a partition; backwards, what to rebuild when some
partitions of an input have changed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from schemas.partition import OUTSIDE


@dataclass(frozen=True)
class Same:
    """The partition of the same name: keys that shard alike."""

    def needs(self, part: str, held: Iterable[str]) -> set[str]:
        """Return the input's partitions that this partition is made from."""
        return {part} & set(held)

    def touches(self, changed: Iterable[str], parts: Iterable[str]) -> set[str]:
        """Return the partitions to rebuild when these of the input changed."""
        return set(changed)


@dataclass(frozen=True)
class Everything:
    """The whole input: small tables that anything may look up."""

    def needs(self, part: str, held: Iterable[str]) -> set[str]:
        """Return the input's partitions that this partition is made from."""
        return set(held)

    def touches(self, changed: Iterable[str], parts: Iterable[str]) -> set[str]:
        """Return the partitions to rebuild when these of the input changed."""
        return set(parts) if set(changed) else set()


@dataclass(frozen=True)
class Days:
    """The same day, some days before it and some after."""

    before: int
    after: int

    def needs(self, part: str, held: Iterable[str]) -> set[str]:
        """Return the input's partitions that this partition is made from."""
        return _around(part, self.before, self.after) & set(held)

    def touches(self, changed: Iterable[str], parts: Iterable[str]) -> set[str]:
        """Return the partitions to rebuild when these of the input changed."""
        return {day for part in changed for day in _around(part, self.after, self.before)}


Reach = Same | Everything | Days


def _around(part: str, before: int, after: int) -> set[str]:
    if part == OUTSIDE:
        return {OUTSIDE}
    day = date.fromisoformat(part)
    return {str(day + timedelta(days=n)) for n in range(-before, after + 1)}
