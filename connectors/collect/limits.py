"""Limits: how much of anything a client may use before it is refused."""

from dataclasses import dataclass

from connectors.collect.refused import Refused

MIB = 2**20


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The collector's bounds; a body's own is with its source (``Push.max_bytes``)."""

    connections: int = 1000
    """Beyond it a request is answered 503; beyond twice as many a connection is cut unheard."""
    head_bytes: int = 64 * 1024
    """The request line and all headers."""
    head_s: float = 10.0
    """From the first byte of a request to the end of its headers."""
    body_s: float = 30.0
    """From the end of the headers to the end of the body."""
    linger_s: float = 5.0
    """How long a client that was refused early may go on sending before it is cut off."""
    idle_s: int = 30
    """How long a connection is kept between two requests."""
    unpacked_bytes: int = 16 * MIB
    """What a packed body may unpack to; at least the source's own limit."""
    held_bytes: int = 256 * MIB
    """All bodies that are in memory at a time."""
    free_bytes: int = 64 * MIB
    """Disk space that is always left over; below it everything is refused with 507."""
    stop_s: int = 40
    """How long a stopping collector waits for requests that it has begun to read."""


class Held:
    """The bytes of all bodies that are in memory."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._bytes = 0

    def take(self, size: int) -> None:
        """Count bytes. Raises Refused (503) where there are too many; those are not counted."""
        if self._bytes + size > self._limit:
            raise Refused(
                503,
                "memory",
                "the collector holds as many unfinished requests as it can",
                "send it again in a moment",
                [(b"retry-after", b"1")],
            )
        self._bytes += size

    def give_back(self, size: int) -> None:
        """Forget bytes that are no longer in memory."""
        self._bytes -= size


class Bucket:
    """A token bucket: so many requests a second, and up to ten seconds' worth at once.

    ``now`` is in seconds on a clock that never goes back.
    """

    BURST_S = 10

    def __init__(self, rate: float, now: float) -> None:
        self._rate = rate
        self._full = max(1.0, rate * self.BURST_S)
        self._level = self._full
        self._at = now

    def take(self, now: float) -> float:
        """Take one and return 0, or return the seconds after which there will be one."""
        self._level = min(self._full, self._level + (now - self._at) * self._rate)
        self._at = now
        if self._level >= 1:
            self._level -= 1
            return 0.0
        return (1 - self._level) / self._rate
