"""OpenTelemetry: whatever exports over OTLP/HTTP, on one set of routes.

Records go to the source that declares their ``service.name`` (see ``claude_code``). Of any other
service only names, counts, times and a keyed hash are kept: enough to see that it speaks, and to
know what a source for it would be worth.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated

from connectors import all_sources, otlp
from connectors.record import Hidden, record
from connectors.source import Item, Push, Request, Source


@record
class Unknown:
    """What one request says of one name of a service without a source."""

    service: str
    signal: str
    name: str
    count: int
    first_us: int
    last_us: int
    records: Annotated[str, Hidden("record")]


@cache
def speakers() -> otlp.Speakers:
    """Return every source that declares a service, by the service's name."""
    return {service: source for source in all_sources().values() for service in source.services}


def read(path: Path) -> Iterator[Item]:
    """Yield the items of recorded bodies of any service. Raises Fatal where there is none."""
    return otlp.read(path, speakers())


def items(request: Request) -> Iterator[Item]:
    """Take an export request apart. Raises Rejected when it is not readable."""
    return otlp.items(request, speakers())


SOURCE = Source(
    name="otlp",
    topic="ide",
    records={otlp.UNKNOWN: Unknown},
    read=read,
    push=Push(
        routes=tuple(otlp.SIGNALS),
        proof="token",
        items=items,
        reply=otlp.reply,
        content_types=(otlp.PROTOBUF, otlp.JSON),
        max_bytes=2**24,
    ),
)
