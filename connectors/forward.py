"""Forward: what the spools hold becomes packed records in Kafka, at least once.

A chunk of one spool is read, sorted by topic, packed and sent; when every record of it is
acknowledged, the spool's progress moves past it, and whole segments behind that may go. After a
crash the unacknowledged chunks are sent again: copies, which keep their origin and position, and
which decoding drops. A key gives locality only: neighbours in a spool meet in one partition.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import NamedTuple

from connectors import all_sources
from connectors.file_log import FileLog
from connectors.forwarded import Forwarded
from connectors.kafka_access import Access
from connectors.kafka_client import admin, producer
from connectors.log import Entry
from connectors.outbox import Batch, Outbox
from connectors.packed import pack
from connectors.topics import find, topic_name
from schemas.errors import Fatal
from schemas.steps import step

CHUNK = 20_000
"""Positions that progress moves past at once."""
CHUNK_BYTES = 32 << 20
STRETCH = 16_384
"""Positions of a spool that share a key."""
_SOURCE = b'{"source":"'


class Chunk(NamedTuple):
    """Positions of one spool that are on their way."""

    progress: Forwarded
    end: int
    batch: Batch


class Forwarder:
    """Sends spools to the log. Of one thread; raises Unsent when a record is refused."""

    def __init__(
        self, spools: FileLog, access: Access, outbox: Outbox, *, trim: bool, again: bool
    ) -> None:
        self._spools = spools
        self._access = access
        self._outbox = outbox
        self._trim = trim
        self._again = again
        self._waiting: deque[Chunk] = deque()
        self._route = router()
        client = admin(access)
        with closing(client):
            self._topics = {name: found.id for name, found in find(client, access).items()}
        outbox.learn(map(access.topic, self._topics))

    def forward(self, origins: list[str] | None = None) -> int:
        """Send all that the spools hold now and return how many positions that was.

        Returns when everything is acknowledged. Without named spools, those that someone else
        forwards are left to them. Raises Fatal when a spool lost what was never sent.
        """
        held = []
        sent = 0
        try:
            for origin in origins or self._spools.partitions():
                progress = Forwarded.lock(
                    self._spools.folder,
                    origin,
                    self._topics,
                    wait=origins is not None,
                    again=self._again,
                )
                if progress is not None:
                    held.append(progress)
                    sent += self._send_spool(origin, progress)
            while self._waiting:
                self._settle()
            self._again = False
            # Still locked: of two that forward, one would find a segment gone that the other took.
            for progress in held if self._trim else ():
                self._spools.trim(progress.origin, progress.position)
        finally:
            self._waiting.clear()
            for progress in held:
                progress.close()
        return sent

    def _send_spool(self, origin: str, progress: Forwarded) -> int:
        first, end = self._spools.offsets(origin)
        start = first if self._again else progress.position
        if start < first:
            raise Fatal(
                f"positions {start} to {first - 1} of spool {origin} are gone and never reached "
                "the log",
                "restore the spool's older segments, or pull those days from their sources again",
            )
        if end < start:
            raise Fatal(
                f"spool {origin} ends at {end}, but {start} positions were forwarded",
                "this is not the spool that was forwarded; name the right one with --spool",
            )
        for chunk in chunks(self._spools.read(origin, start, end)):
            batch = Batch()
            by_topic: dict[str, list[Entry]] = {}
            for entry in chunk:
                by_topic.setdefault(self._route(entry.line), []).append(entry)
            for topic, entries in by_topic.items():
                for record in pack(origin, entries):
                    key = b"%s/%d" % (origin.encode(), record.first // STRETCH)
                    with step("forward-send"):
                        self._outbox.send(batch, self._access.topic(topic), key, record.value)
            self._waiting.append(Chunk(progress, chunk[-1].offset + 1, batch))
            while self._waiting and self._waiting[0].batch.left == 0:
                self._settle()
        return end - start

    def _settle(self) -> None:
        """Move progress past the oldest chunk once it is acknowledged."""
        oldest = self._waiting[0]
        with step("forward-ack"):
            self._outbox.wait(oldest.batch)
        oldest.progress.move(oldest.end)
        self._waiting.popleft()


@contextmanager
def forwarder(
    spools: FileLog,
    access: Access,
    tell: Callable[[str], object] = lambda _: None,
    *,
    trim: bool = True,
    again: bool = False,
) -> Iterator[Forwarder]:
    """Connect a forwarder. Raises Fatal, naming the real cause, when there is no way to the log."""
    outbox = Outbox(producer(access), tell)
    try:
        yield Forwarder(spools, access, outbox, trim=trim, again=again)
    finally:
        outbox.close()


def chunks(entries: Iterator[Entry]) -> Iterator[list[Entry]]:
    """Cut entries into chunks that are bounded in number and in bytes."""
    chunk: list[Entry] = []
    size = 0
    for entry in entries:
        if chunk and (len(chunk) == CHUNK or size + entry.size > CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(entry)
        size += entry.size
    if chunk:
        yield chunk


def router() -> Callable[[bytes | None], str]:
    """Return what names the topic of a line: its source's; ``control`` where that is unknown."""
    topics = {source.name: topic_name(source.topic) for source in all_sources().values()}
    control = topic_name("control")
    known: dict[bytes, str] = {}

    def route(line: bytes | None) -> str:
        if line is None or not line.startswith(_SOURCE):
            return control
        name = line[len(_SOURCE) : line.find(b'"', len(_SOURCE))]
        topic = known.get(name)
        if topic is None:
            topic = topics.get(name.decode(errors="replace"), control)
            if topic != control:
                known[name] = topic
        return topic

    return route
