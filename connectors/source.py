"""How a source is declared: what it may say, how its files are read, what its words mean.

A source file holds three things, in this order: records (the allow-list), ``read`` (a path becomes
raw items), and ``events`` (SQL from records to event types). The SQL sees one table per kind, with
the record's fields as columns, and a number called ``delivery`` that every SELECT must pass on:
it is how the audit knows what became of each delivery.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

Topic = Literal["ide", "review", "deployment", "report", "control"]


class Item(NamedTuple):
    """One thing to keep: raw JSON bytes, or a row as a dict."""

    kind: str
    raw: bytes | dict[str, Any]
    speaker: "Source | None" = None
    """Who said it, where one receiver hears several sources; None is the source that was read."""


class Covered(NamedTuple):
    """The reader's word that it has told all that happened from ``start`` up to ``end`` (UTC)."""

    start: datetime
    end: datetime


Reader = Callable[[Path], Iterator[Item | Covered]]


class Request(NamedTuple):
    """One verified, bounded and unpacked HTTP request; header names in lower case."""

    path: str
    headers: Mapping[str, str]
    """Without those that prove who sent it."""
    body: bytes
    account: str = ""
    """Whose token it came with, as the secrets file says; empty where it does not say."""


class Reply(NamedTuple):
    """What a sender's client expects to read when all that it sent is kept."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Push:
    """How a source pushes: where to, how it proves itself, and what one request holds."""

    routes: tuple[str, ...]
    """Paths below the collector, such as ``/github``."""
    proof: Literal["token", "hub_signature"]
    """A bearer (or basic) token, or GitHub's HMAC over the raw bytes."""
    items: Callable[[Request], Iterator[Item]]
    """Takes a request apart. Pure. Raises Rejected, with the position, for what is not readable."""
    reply: Callable[[Request, int], Reply]
    """The answer once so many items are durable."""
    content_types: tuple[str, ...] = ("application/json",)
    """What a body may be; anything else is refused unread."""
    max_bytes: int = 2**20
    """The largest body, as sent."""
    credential: Literal["random", "uuid4"] = "random"
    """The form of its tokens; ``uuid4`` where clients refuse to send anything else."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One system that speaks."""

    name: str
    topic: Topic
    records: Mapping[str, Any]
    """The record of each kind of delivery; a kind without one is counted, never kept."""
    events: Mapping[str, str] = field(default_factory=dict)
    """By event type: a SELECT of ``delivery`` and the type's columns, from kinds as tables."""
    read: Reader
    """Reads a file or a folder. Raises Fatal for a path that is none of this source's."""
    push: Push | None = None
    """How it pushes to ``upshot collect``; None where it is only ever pulled."""
    services: tuple[str, ...] = ()
    """The OpenTelemetry ``service.name`` of its telemetry; ``otlp`` then hears it."""
