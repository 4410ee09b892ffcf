"""Take: the pure part of a request, from the body's bytes to what the log will hold of it."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from connectors.collect.body import unpacked
from connectors.collect.refused import Refused
from connectors.keys import TenantKey
from connectors.pull import delivered
from connectors.record import UNFIT
from connectors.source import Push, Request, Source
from schemas.envelope import UNREADABLE, Delivery
from schemas.errors import Rejected

_MARK = b'"%s":' % UNFIT.encode()


class _Listed(msgspec.Struct):
    """The edge's own list in a body."""

    unfit: list[str] = msgspec.field(name=UNFIT, default_factory=list)


class Taken(NamedTuple):
    """What a request brought, ready to be kept."""

    request: Request
    deliveries: list[Delivery]
    outcomes: list[tuple[str, str, str, int]]
    """Of each: source, kind, what became of it, and how many of its fields did not fit."""


def take(
    source: Source,
    push: Push,
    request: Request,
    packed: Mapping[str, str],
    unpacked_bytes: int,
    key: TenantKey,
    received: int,
) -> Taken:
    """Unpack a body, take it apart and strip each item to its source's allow-list.

    ``packed`` are the headers that say how it is packed. Raises Refused: 413 beyond
    ``unpacked_bytes``, 400 where the source finds nothing that it can read.
    """
    plain = request._replace(body=unpacked(request.body, packed, unpacked_bytes))
    deliveries, outcomes = [], []
    try:
        for item in push.items(plain):
            delivery = delivered(source, item, key, received)
            deliveries.append(delivery)
            outcomes.append(_outcome(item.speaker or source, delivery))
    except Rejected as problem:
        raise Refused(
            400,
            "unreadable",
            problem.problem,
            problem.next_step or "mend what sends it; nothing of it was kept",
        ) from None
    return Taken(plain, deliveries, outcomes)


def _outcome(speaker: Source, delivery: Delivery) -> tuple[str, str, str, int]:
    if delivery.kind == UNREADABLE:
        return speaker.name, UNREADABLE, "unreadable", 0
    if delivery.kind not in speaker.records:
        # Its name is the sender's own word, of which there may be any number.
        return speaker.name, "other", "counted", 0
    unfit = 0
    if _MARK in bytes(delivery.body):
        unfit = len(msgspec.json.decode(delivery.body, type=_Listed).unfit)
    return speaker.name, delivery.kind, "kept", unfit
