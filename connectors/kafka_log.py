"""The log's second home: topics of a Kafka, filled by the forwarder with packed records.

A partition is ``<topic>/<number>``; a position is an offset. Kafka lets offsets be missing (the end
of a transaction takes one), and that is no hole; but what retention has deleted is, and stops the
reader with the exact gap. A reader asks for offsets, never for a group's, and is never reset.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

from connectors.kafka_access import Access
from connectors.kafka_client import admin, consumer, listening
from connectors.log import Appender, Entry, Part, entries_of
from connectors.packed import opened
from connectors.topics import Found, find
from schemas.errors import Fatal

RANGE_RECORDS = 500
ANSWER_MS = 10_000
POLL_MS = 500
PATIENCE_S = 60.0
"""How long a reader waits for a broker that went away."""


class KafkaLog:
    """A log in Kafka; see ``connectors.log.Log`` for what it promises. Of one thread."""

    range_positions = RANGE_RECORDS

    def __init__(self, access: Access, spool: Path) -> None:
        self._access = access
        self._spool = spool
        self._found: dict[str, Found] | None = None
        self._idle: list[Any] = []

    def partitions(self) -> list[str]:
        """Return ``<topic>/<number>`` of every topic, sorted.

        Raises Fatal where a topic is missing, forbidden or too small, or no broker is reached.
        """
        return sorted(
            f"{name}/{number}"
            for name, found in self._topics().items()
            for number in range(found.partitions)
        )

    def stream(self, partition: str) -> str:
        """Return ``<topic id>/<number>``: a topic made anew has another id."""
        name, _, number = partition.rpartition("/")
        self._check(partition)
        return f"{self._topics()[name].id}/{number}"

    def offsets(self, partition: str) -> tuple[int, int]:
        """Return the first offset that is kept and the one to be written next."""
        place = self._place(partition)
        with self._lent() as client, self._explained(partition):
            client.assign([place])
            return (
                client.beginning_offsets([place], timeout_ms=ANSWER_MS)[place],
                client.end_offsets([place], timeout_ms=ANSWER_MS)[place],
            )

    def read(self, partition: str, start: int, stop: int) -> Iterator[Entry]:
        """Yield all deliveries of the records from ``start`` up to ``stop``, in order."""
        return chain.from_iterable(map(entries_of, self.parts(partition, start, stop)))

    def parts(self, partition: str, start: int, stop: int) -> Iterator[Part]:
        """Yield the same, a record at a time."""
        first, end = self.offsets(partition)
        gone, asked = min(stop, first), max(start, stop)
        if start < gone:
            raise self._gone(partition, start, first)
        if asked > end:
            raise Fatal(
                f"log partition {partition} ends before position {end}, "
                f"and was asked for all before {asked}",
                "name the broker whose topics were landed before",
            )
        return self._parts(partition, start, stop) if start < stop else iter(())

    def deliveries(self, partition: str, start: int, stop: int) -> None:
        """Only the records know how many deliveries they hold."""

    @contextmanager
    def writer(self) -> Iterator[Appender]:
        """Open a spool that nobody else writes; ``sync`` returns when the broker has it too."""
        from connectors.kafka_writer import writer

        with writer(self._access, self._spool) as appender:
            yield appender

    def close(self) -> None:
        """Let go of connections."""
        while self._idle:
            self._idle.pop().close()
        self._found = None

    def _parts(self, partition: str, start: int, stop: int) -> Iterator[Part]:
        from kafka.errors import OffsetOutOfRangeError

        place = self._place(partition)
        with self._lent() as client, self._explained(partition), listening() as said:
            client.assign([place])
            client.seek(place, start)
            position, since = start, time.monotonic()
            while position < stop:
                try:
                    polled = client.poll(timeout_ms=POLL_MS)
                except OffsetOutOfRangeError:
                    first = client.beginning_offsets([place], timeout_ms=ANSWER_MS)[place]
                    raise self._gone(partition, position, first) from None
                for record in polled.get(place, ()):
                    if record.offset >= stop:
                        return
                    yield opened(record.offset, record.value)
                before, position = position, client.position(place)
                if position != before:
                    since = time.monotonic()
                elif any("Not authorized" in line for line in said):
                    # The client gives nothing and says so in its log alone.
                    raise self._forbidden(partition)
                elif time.monotonic() - since > PATIENCE_S:
                    raise Fatal(
                        f"log partition {partition}: the broker gives nothing from {position} on",
                        "see that it runs and that this user may read, then run it again",
                    )

    def _topics(self) -> dict[str, Found]:
        if self._found is None:
            client = admin(self._access)
            try:
                self._found = find(client, self._access)
            finally:
                client.close()
        return self._found

    def _check(self, partition: str) -> None:
        if partition not in self.partitions():
            raise Fatal(f"the log has no partition {partition}", "name another log")

    def _place(self, partition: str) -> Any:
        from kafka import TopicPartition

        self._check(partition)
        name, _, number = partition.rpartition("/")
        return TopicPartition(self._access.topic(name), int(number))

    @contextmanager
    def _lent(self) -> Iterator[Any]:
        """Lend a consumer; one that met an error is not used again."""
        client = self._idle.pop() if self._idle else consumer(self._access)
        try:
            yield client
        except BaseException:
            client.close()
            raise
        self._idle.append(client)

    @contextmanager
    def _explained(self, partition: str) -> Iterator[None]:
        from kafka.errors import KafkaError, TopicAuthorizationFailedError

        try:
            yield
        except TopicAuthorizationFailedError:
            raise self._forbidden(partition) from None
        except KafkaError as problem:
            raise Fatal(
                f"log partition {partition} cannot be read: {type(problem).__name__}",
                "see that the broker runs, then run it again",
            ) from None

    def _forbidden(self, partition: str) -> Fatal:
        return Fatal(
            f"log partition {partition} is forbidden to this user",
            "let it read and describe the topics of the log",
        )

    def _gone(self, partition: str, start: int, first: int) -> Fatal:
        return Fatal(
            f"positions {start} to {first - 1} of log partition {partition} are gone: "
            f"the log keeps {first} and on",
            "pull those days from their sources again, and land with --accept-loss",
        )
