"""Refusals: what a client is told when its request is not taken, and what to do about it."""

from typing import NamedTuple

import msgspec

Headers = list[tuple[bytes, bytes]]


class Answer(NamedTuple):
    """One HTTP answer, as ASGI sends it."""

    status: int
    headers: Headers
    body: bytes

    @classmethod
    def of(
        cls, status: int, content_type: str, body: bytes, more: Headers | None = None
    ) -> "Answer":
        """Return an answer with the headers that its body needs."""
        length = str(len(body)).encode()
        headers = [(b"content-type", content_type.encode()), (b"content-length", length)]
        return cls(status, headers + (more or []), body)


class Refused(Exception):
    """A request that is not taken: nothing of its body is kept.

    ``reason`` is a word for the metrics; ``problem`` and ``next_step`` go to the client, and name
    places and limits, never a value that it sent.
    """

    def __init__(
        self, status: int, reason: str, problem: str, next_step: str, more: Headers | None = None
    ) -> None:
        super().__init__(status, reason, problem, next_step, more)
        self.status = status
        self.reason = reason
        self.problem = problem
        self.next_step = next_step
        self.more = more

    @property
    def answer(self) -> Answer:
        """Return what the client reads."""
        said = {"error": self.problem, "next_step": self.next_step}
        return Answer.of(self.status, "application/json", msgspec.json.encode(said), self.more)
