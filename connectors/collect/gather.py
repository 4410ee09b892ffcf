"""Gather: many requests share one fsync, and none is answered before it.

A request's deliveries wait up to about a millisecond for others; then all are appended and synced
at once in a thread of their own, while the next ones gather.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from connectors.log import NoSpace
from connectors.spool_writer import SpoolWriter
from schemas.envelope import Delivery
from schemas.errors import Fatal

WINDOW_S = 0.001


class Synced(NamedTuple):
    """What one fsync made durable."""

    requests: int
    deliveries: int
    seconds: float


class Gather:
    """The only one that writes the spool, from one thread.

    ``free_bytes`` tells the space on the spool's disk, of which ``floor_bytes`` are always left
    over. ``tell`` hears of each fsync, ``broken`` of an error that no waiting mends.
    """

    def __init__(
        self,
        appender: SpoolWriter,
        free_bytes: Callable[[], int],
        floor_bytes: int,
        tell: Callable[[Synced], None],
        broken: Callable[[Fatal], None],
        window_s: float = WINDOW_S,
    ) -> None:
        self._appender = appender
        self._free_bytes = free_bytes
        self._floor_bytes = floor_bytes
        self._tell = tell
        self._broken = broken
        self._window_s = window_s
        self._thread = ThreadPoolExecutor(1, "spool")
        self._waiting: list[tuple[Sequence[Delivery], asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._full_at: int | None = None

    async def keep(self, deliveries: Sequence[Delivery]) -> None:
        """Return when all of them survive a crash and a power cut.

        Raises NoSpace when the disk is full: then none of them counts as kept, and only what
        another process could have read before the disk said so may still be found in the log.
        Raises another Fatal when the log takes nothing more.
        """
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((deliveries, done))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        await done

    async def close(self) -> None:
        """Return when nothing is being written any more."""
        if self._writing:
            await self._writing
        self._thread.shutdown()

    def room(self) -> bool:
        """Return whether more may be sent: there is space, and more than when it did not do."""
        free = self._free_bytes()
        return free > self._floor_bytes and (self._full_at is None or free > self._full_at)

    async def _write_all(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            await asyncio.sleep(self._window_s)
            batch, self._waiting = self._waiting, []
            failed: Fatal | None = None
            try:
                synced = await loop.run_in_executor(
                    self._thread, self._write, [deliveries for deliveries, _ in batch]
                )
                self._tell(synced)
            except NoSpace as full:
                failed = full
            except Fatal as refused:
                failed = refused
                self._broken(refused)
            except OSError as problem:
                failed = Fatal(
                    f"the spool's disk cannot be used: {problem.strerror}", "check the disk"
                )
                self._broken(failed)
            for _, done in batch:
                if done.cancelled():
                    continue
                if failed:
                    done.set_exception(failed)
                else:
                    done.set_result(None)
        self._writing = None

    def _write(self, batch: list[Sequence[Delivery]]) -> Synced:
        """Append and sync a batch, all or nothing as far as the disk lets us."""
        started = time.perf_counter()
        size = sum(len(delivery.body) for deliveries in batch for delivery in deliveries)
        free = self._free_bytes()
        try:
            if free - size < self._floor_bytes:
                raise NoSpace(
                    "less free disk space than must be left over",
                    "free some space; everything acknowledged is kept",
                )
            for deliveries in batch:
                for delivery in deliveries:
                    self._appender.append(delivery)
            self._appender.sync()
        except NoSpace:
            self._appender.forget()
            self._full_at = self._free_bytes()
            raise
        self._full_at = None
        return Synced(len(batch), sum(map(len, batch)), time.perf_counter() - started)
