"""A spool to forward from, and what the log then holds."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from connectors.file_log import FileLog
from connectors.log import Entry, Log
from schemas.envelope import Delivery, decode
from tests.kafka.broker import opened
from tests.lakes import recorded

SEGMENT_BYTES = 50_000
Place = tuple[str, int]


def spools(folder: Path) -> FileLog:
    """Return a spool with small segments, so that there is something to trim."""
    return FileLog(folder, segment_bytes=SEGMENT_BYTES)


def many(count: int) -> list[Delivery]:
    """Return deliveries of all topics, each different from the others."""
    said = recorded()
    return [
        Delivery(one.source, one.kind, 1_767_600_000_000_000 + number, one.body)
        for number in range(count)
        for one in [said[number % len(said)]]
    ]


def spool(log: FileLog, said: Iterable[Delivery]) -> str:
    """Spool deliveries and return their origin."""
    with log.writer() as appender:
        for delivery in said:
            appender.append(delivery)
        return appender.partition


def entries(log: Log) -> list[Entry]:
    """Return all that a log holds, copies included."""
    return [
        entry
        for partition in log.partitions()
        for entry in log.read(partition, *log.offsets(partition))
    ]


def held(name: str, folder: Path) -> tuple[dict[Place, Delivery], int]:
    """Return every delivery of a Kafka log by its place, and how many copies there are.

    A copy is equal to what it is a copy of.
    """
    log = opened(name, folder / "unused")
    found: dict[Place, Delivery] = {}
    copies = Counter[Place]()
    for entry in entries(log):
        assert entry.line is not None
        place = (entry.origin, entry.position)
        said = decode(entry.line)
        assert found.setdefault(place, said) == said
        copies[place] += 1
    log.close()
    return found, copies.total() - len(copies)
