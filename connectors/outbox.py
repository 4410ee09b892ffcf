"""What is on its way to the broker: bounded by us, counted until acknowledged, never given up.

kafka-python takes any number of bytes and never blocks; here ``send`` waits while too many are
unacknowledged. A future that failed means unknown, not absent, and an idempotent producer may never
send again after it; so the first failure ends everything, and whoever started us starts again.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Condition
from typing import Any

from schemas.errors import Fatal, Unsent

UNACKED_BYTES = 32 << 20
SILENCE_S = 10.0
"""After so long without an acknowledgement we say that we wait."""


@dataclass
class Batch:
    """Records that count only together."""

    left: int = 0
    """How many of them are not acknowledged yet."""


class Outbox:
    """Sends records; of one thread. Left by an error, what is unacknowledged is not waited for."""

    def __init__(
        self,
        producer: Any,
        tell: Callable[[str], object] = lambda _: None,
        unacked_bytes: int = UNACKED_BYTES,
    ) -> None:
        self._producer = producer
        self._tell = tell
        self._limit = unacked_bytes
        self._bytes = 0
        self._changed = Condition()
        self._failed: BaseException | None = None

    def learn(self, topics: Iterable[str]) -> None:
        """Ask where topics are, while there is somebody to ask.

        Of one that it knows, the producer keeps what is sent until the broker is back; for one that
        it has not heard of before, it would wait a minute and then fail.
        """
        from kafka.errors import KafkaError

        for topic in topics:
            try:
                self._producer.partitions_for(topic)
            except KafkaError as problem:
                raise Fatal(
                    f"topic {topic} cannot be looked at: {type(problem).__name__}",
                    "see that the broker runs, then start it again; nothing is lost",
                ) from None

    def send(self, batch: Batch, topic: str, key: bytes, value: bytes) -> None:
        """Hand over a record once there is room for it.

        Raises Unsent when any record so far was refused, or this one is.
        """
        from kafka.errors import KafkaError

        # One larger than the bound goes when it is alone.
        self._wait(lambda: self._bytes == 0 or self._bytes + len(value) <= self._limit)
        with self._changed:
            self._bytes += len(value)
            batch.left += 1
        try:
            future = self._producer.send(topic, key=key, value=value)
        except KafkaError as problem:
            raise _unsent(problem) from None
        future.add_callback(self._acknowledged, batch, len(value))
        future.add_errback(self._refused)

    def wait(self, batch: Batch) -> None:
        """Return when every record of a batch is acknowledged. Raises Unsent for a refused one."""
        self._wait(lambda: batch.left == 0)

    def close(self) -> None:
        """Close the producer if nothing is on its way; else leave it: closing it could hang."""
        with self._changed:
            idle = not self._bytes and self._failed is None
        if idle:
            self._producer.close()

    def _wait(self, ready: Callable[[], bool]) -> None:
        with self._changed:
            while self._failed is None and not ready():
                before = self._bytes
                if not self._changed.wait(SILENCE_S) and self._bytes == before:
                    self._tell(f"{before} bytes wait for the broker to acknowledge them")
            if self._failed is not None:
                raise _unsent(self._failed)

    def _acknowledged(self, batch: Batch, size: int, _: object) -> None:
        with self._changed:
            batch.left -= 1
            self._bytes -= size
            self._changed.notify_all()

    def _refused(self, problem: BaseException) -> None:
        with self._changed:
            self._failed = self._failed or problem
            self._changed.notify_all()


def _unsent(problem: BaseException) -> Unsent:
    return Unsent(
        f"the broker refused a record: {type(problem).__name__}",
        "start it again: it goes on with what is not acknowledged; nothing is lost",
    )
