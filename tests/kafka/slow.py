"""A producer that answers one record after the other, a little later, from a thread of its own."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any


class _Future:
    def __init__(self) -> None:
        self.answers: list[Callable[[], object]] = []
        self.failures: list[Callable[[BaseException], object]] = []

    def add_callback(self, call: Callable[..., object], *said: Any) -> None:
        self.answers.append(lambda: call(*said, None))

    def add_errback(self, call: Callable[[BaseException], object]) -> None:
        self.failures.append(call)


@dataclass
class SlowProducer:
    """Acts like kafka-python's, as far as the outbox knows it."""

    fail: bool = False
    closed: bool = False
    waiting_bytes: int = 0
    most_bytes: int = 0
    may_answer: Event = field(default_factory=Event)
    _queue: SimpleQueue[tuple[int, _Future] | None] = field(default_factory=SimpleQueue)

    def __post_init__(self) -> None:
        self.may_answer.set()
        self._thread = Thread(target=self._answer)
        self._thread.start()

    def send(self, topic: str, key: bytes, value: bytes) -> _Future:
        """Take a record."""
        future = _Future()
        self.waiting_bytes += len(value)
        self.most_bytes = max(self.most_bytes, self.waiting_bytes)
        self._queue.put((len(value), future))
        return future

    def close(self) -> None:
        """Remember that."""
        self.closed = True

    def stop(self) -> None:
        """End its thread."""
        self._queue.put(None)
        self._thread.join()

    def _answer(self) -> None:
        while (one := self._queue.get()) is not None:
            self.may_answer.wait()
            time.sleep(0.002)
            size, future = one
            self.waiting_bytes -= size
            if self.fail:
                for failure in future.failures:
                    failure(ZeroDivisionError())
            for answer in () if self.fail else future.answers:
                answer()
