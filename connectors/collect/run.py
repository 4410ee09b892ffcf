"""Run: everything that a collector is made of, put together and taken apart again in order."""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.collect.app import Collector, routes
from connectors.collect.beside import beside
from connectors.collect.coverage import LAG, Coverage
from connectors.collect.gather import Gather
from connectors.collect.limits import Limits
from connectors.collect.meters import Meters
from connectors.collect.proof import Proof
from connectors.collect.secrets_file import TENANT, read_secrets
from connectors.collect.server import Listen, serve
from connectors.file_log import FileLog
from connectors.keys import TenantKey
from connectors.pull import vouched
from connectors.source import Source
from schemas.errors import Fatal

logger = logging.getLogger("upshot.collect")


@dataclass(frozen=True, kw_only=True)
class Probe:
    """How far whoever empties the spool is behind; nobody does, where the spool is the log."""

    behind: Callable[[], int] = lambda: 0
    """Deliveries that are spooled and not yet in the log."""
    too_far: int = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What a collector is given."""

    log: FileLog
    listen: Listen
    secrets: Path
    key: TenantKey
    sources: Mapping[str, Source]
    tenant: str = TENANT
    limits: Limits = field(default_factory=Limits)
    probe: Probe = field(default_factory=Probe)
    forward: Sequence[str] = ()
    """The command that forwards the spool until its standard input ends; none where nobody does."""
    cover_every_s: float = 300.0


def collect(setup: Setup, now_us: Callable[[], int], listening: Callable[[str], None]) -> None:
    """Take what is pushed until told to stop; all that was answered 2xx is then in the log.

    Raises Usage and Fatal where it cannot begin, and Fatal when the log takes nothing more.
    """
    heard = routes(setup.sources)

    def proof() -> Proof:
        secrets = read_secrets(setup.secrets, setup.sources, setup.tenant)
        return Proof(secrets, time.monotonic())

    def now() -> datetime:
        return datetime.fromtimestamp(now_us() / 1_000_000, UTC)

    proven = proof()
    setup.listen.check()
    broken: list[Fatal] = []
    stops: list[Callable[[], None]] = []

    def on_broken(refused: Fatal) -> None:
        broken.append(refused)
        for stop in stops:
            stop()

    with setup.log.writer() as appender, _forwarding(setup.forward) as failures:
        if appender.repaired:
            logger.warning("%s", appender.repaired)
        meters = Meters(
            lambda: setup.log.offsets(appender.partition),
            setup.probe.behind,
            lambda: _free_bytes(setup.log.folder),
            failures,
        )
        gather = Gather(
            appender,
            lambda: _free_bytes(setup.log.folder),
            setup.limits.free_bytes,
            meters.synced,
            on_broken,
        )
        coverage = Coverage(_vouched_for(setup.sources), now())

        def spoiled() -> None:
            coverage.spoil(now())

        collector = Collector(
            routes=heard,
            proof=proven,
            key=setup.key,
            gather=gather,
            meters=meters,
            limits=setup.limits,
            ready=lambda: _readiness(gather, setup.probe),
            spoiled=spoiled,
            received_us=now_us,
        )

        async def vouch(lag: timedelta) -> None:
            end = now() - lag
            words = [
                vouched(source, said, setup.key, now_us()) for source, said in coverage.until(end)
            ]
            if not words:
                return
            try:
                await gather.keep(words)
                coverage.given(end)
            except Fatal:
                spoiled()

        async def vouch_for_ever() -> None:
            while True:
                await asyncio.sleep(setup.cover_every_s)
                await vouch(LAG)

        async def app(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                await collector(scope, receive, send)
                return
            await receive()
            vouching = asyncio.create_task(vouch_for_ever())
            await send({"type": "lifespan.startup.complete"})
            await receive()
            vouching.cancel()
            with suppress(asyncio.CancelledError):
                await vouching
            await vouch(timedelta())
            await gather.close()
            await send({"type": "lifespan.shutdown.complete"})

        def take_up_secrets() -> None:
            try:
                collector.proof = proof()
                logger.info("took up the secrets anew")
            except Fatal as problem:
                logger.error("kept the secrets as they were: %s", problem)

        serve(
            app,
            setup.listen,
            setup.limits,
            listening=listening,
            turned_away=spoiled,
            hang_up=take_up_secrets,
            stopper=stops.append,
        )
        if broken:
            raise broken[0]


def _vouched_for(sources: Mapping[str, Source]) -> list[str]:
    """Return who is heard here: by a route of their own, or through another's."""
    return [source.name for source in sources.values() if source.push or source.services]


@contextmanager
def _forwarding(command: Sequence[str]) -> Iterator[Callable[[], int]]:
    """Keep a forwarder running meanwhile; give how often it has failed."""
    if not command:
        yield lambda: 0
        return
    with beside(command, lambda said: logger.warning("%s", said)) as running:
        yield lambda: running.ended


def _free_bytes(folder: Path) -> int:
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def _readiness(gather: Gather, probe: Probe) -> tuple[int, str]:
    behind = probe.behind()
    if not gather.room():
        return behind, "the collector's disk has less free space than must be left over"
    if behind > probe.too_far:
        return behind, f"{behind} deliveries wait to be forwarded, more than {probe.too_far}"
    return behind, ""
