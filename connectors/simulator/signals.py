"""Signals: what the organisation's systems notice, before it is put into anybody's words."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

Json = dict[str, Any]


class Beat(NamedTuple):
    """An editor's or a browser's sign of life."""

    at_ms: int
    entity: str
    """A path, or the address of a page."""
    category: str
    branch: str | None = None
    is_write: bool = False
    added: int = 0
    removed: int = 0
    ai: int = 0
    """Lines that an AI tool has changed since the last one."""
    human: int = 0
    """Lines that were changed by hand."""
    project: str | None = None

    @property
    def is_page(self) -> bool:
        """Whether it came from a browser."""
        return self.entity.startswith("https://")


class AgentSaid(NamedTuple):
    """A log event of the coding agent."""

    at_ms: int
    session: str
    name: str
    attributes: Json


class Hook(NamedTuple):
    """A webhook of the forge."""

    at_ms: int
    event: str
    payload: Json


class CdEvent(NamedTuple):
    """What a delivery or alerting tool tells, as a CDEvent."""

    at_ms: int
    event: Json


@dataclass
class Signals:
    """All that was noticed; people by their login."""

    beats: dict[str, list[Beat]] = field(default_factory=dict)
    agent: dict[str, list[AgentSaid]] = field(default_factory=dict)
    hooks: list[Hook] = field(default_factory=list)
    cdevents: list[CdEvent] = field(default_factory=list)
