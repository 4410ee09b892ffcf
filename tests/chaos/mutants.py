"""Broken code, one function for each checker of the chaos, which must catch it."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple
from unittest.mock import patch

from msgspec import Raw
from msgspec.structs import replace

from connectors.collect.gather import Gather
from pipelines.reach import Days
from schemas.envelope import Delivery
from tests.crash import mutants
from tests.crash.process import Prepare

_beside: list["asyncio.Task[None]"] = []


def answer_before_keeping() -> None:
    """Collector: a request is answered when its deliveries are known, and kept a little later."""
    keep = Gather.keep

    async def later(self: Gather, deliveries: Sequence[Delivery]) -> None:
        async def rest() -> None:
            await asyncio.sleep(0.3)
            await keep(self, deliveries)

        _beside.append(asyncio.create_task(rest()))

    patch.object(Gather, "keep", later).start()


def keep_something_else() -> None:
    """Collector: a heartbeat's time is written down years too late."""
    keep = Gather.keep

    async def altered(self: Gather, deliveries: Sequence[Delivery]) -> None:
        await keep(self, [replace(one, body=_later(one.body)) for one in deliveries])

    patch.object(Gather, "keep", altered).start()


def _later(body: Raw) -> Raw:
    return Raw(bytes(body).replace(b'"time":"17', b'"time":"18'))


def forget_who_reads() -> None:
    """Derive: what is made from the days around a changed one is left as it is."""
    patch.object(Days, "touches", lambda self, changed, parts: set()).start()


class Mutant(NamedTuple):
    """Whom it breaks, and which checker must say so."""

    prepare: Prepare
    actors: tuple[str, ...]
    checker: str


STREAMS = ("stream", "backfill")

MUTANTS = {
    "answer before keeping": Mutant(answer_before_keeping, ("collect",), "no loss"),
    "keep something else": Mutant(keep_something_else, ("collect",), "no invention"),
    "keep every telling": Mutant(mutants.keep_every_telling, STREAMS, "once"),
    "remember the offset apart": Mutant(mutants.remember_the_offset_apart, STREAMS, "audit"),
    "show before publishing": Mutant(mutants.catalog_before_snapshot, STREAMS, "reader"),
    "forget who reads": Mutant(forget_who_reads, STREAMS, "from nothing"),
}
