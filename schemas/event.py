"""How an event type is declared: a class, its natural key, and where its rows live.

    @event("change.reviewed", key=("forge", "change", "review"), partition=CHANGE)
    class ChangeReviewed(Event):
        '''Someone finished one review of a change.'''

Events are derived from deliveries and derived again whenever a mapping changes, so a type has no
versions and no migrations: edit the class, and its table is rebuilt.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import ClassVar, Literal, TypeVar, dataclass_transform

from schemas.columns import Column, columns
from schemas.identity import KeyField, id128, id_sql
from schemas.partition import Partition

Evidence = Literal["A", "B", "C"]
"""A: the system of record said so. B: a client said so. C: inferred."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """What every event has beside its own columns."""

    kind: ClassVar["EventType"]

    time: datetime
    """When it happened, in UTC, by the clock of whoever said so."""
    evidence: Evidence = "A"
    """A: the system of record said so; B: a client said so; C: inferred."""
    rev: int | None = None
    """The source's own revision (microseconds since 1970); the newest revision of an id wins."""

    @property
    def id(self) -> str:
        """The event's id: what makes two tellings of one fact the same event."""
        row = asdict(self)
        return id128(self.kind.name, *(row[name] for name in self.kind.key))


@dataclass(frozen=True)
class EventType:
    """One declared type: its name, columns, natural key and partition."""

    name: str
    declaration: type[Event]
    key: tuple[str, ...]
    partition: Partition
    columns: tuple[Column, ...]

    @property
    def table(self) -> str:
        """The type's name as SQL spells it: ``change.reviewed`` is ``change_reviewed``."""
        return self.name.replace(".", "_")

    @property
    def types(self) -> dict[str, str]:
        """SQL type by column name."""
        return {column.name: column.sql_type for column in self.columns}

    @property
    def id_sql(self) -> str:
        """The id as an SQL expression over the columns."""
        return id_sql(self.name, {name: self.types[name] for name in self.key})

    def partition_of(self, row: dict[str, KeyField]) -> str:
        """Return the partition that holds this row."""
        return self.partition.of(row)


EVENTS: dict[str, EventType] = {}
"""Every declared type by name; filled by importing ``schemas``."""

E = TypeVar("E", bound=Event)


@dataclass_transform(kw_only_default=True, frozen_default=True)
def event(name: str, *, key: tuple[str, ...], partition: Partition) -> Callable[[type[E]], type[E]]:
    """Declare an event type; its partition may use columns of its key and no others.

    Raises TypeError when the name is taken by another file or a key column is not declared.
    """

    def declare(cls: type[E]) -> type[E]:
        made = dataclass(frozen=True, kw_only=True)(cls)
        declared = EventType(name, made, key, partition, columns(made))
        if name in EVENTS and EVENTS[name].declaration.__module__ != cls.__module__:
            raise TypeError(f"{name} is declared twice; give one of them another name")
        if unknown := set(key) - set(declared.types):
            raise TypeError(f"{name}: key columns {sorted(unknown)} are not declared")
        made.kind = declared
        EVENTS[name] = declared
        return made

    return declare
