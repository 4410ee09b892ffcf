"""The log: deliveries in the order in which they were taken, kept until they are landed.

One interface, two homes. ``file:DIR`` is a folder of spools and needs no broker; each spool is a
partition, and a position is one delivery. ``kafka://HOST:PORT`` is a set of topics; a position is
a record of many deliveries, and copies of a delivery are possible. In both, every delivery has an
origin and a position there, counted 0, 1, 2, ... without a hole: so an audit can hold us to it.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import chain, repeat
from pathlib import Path
from typing import NamedTuple, Protocol

from schemas.envelope import Delivery
from schemas.errors import Fatal, Usage


class NoSpace(Fatal):
    """The log takes nothing more until there is space; all that was acknowledged is kept."""


SPOOL = "UPSHOT_SPOOL"
"""Where deliveries for a broker are kept until it has them."""


class Entry(NamedTuple):
    """One delivery of the log, readable or not."""

    offset: int
    """The position of the log that it is kept at; several may share one."""
    line: bytes | None
    """The delivery as ``schemas.envelope.encode`` wrote it, or None when it cannot be read."""
    size: int
    """Bytes that it takes in the log; 0 when that cannot be known."""
    reason: str
    """Empty, or why it cannot be read; names the place, never the content."""
    origin: str = ""
    """The spool that first kept it; empty where that is this partition and this offset."""
    position: int = -1
    """Its position in that spool."""


class Lines(NamedTuple):
    """Deliveries of one spool as they lie together, a line each: many for the price of a few."""

    offset: int
    """The position of the log that all of them are kept at."""
    origin: str
    """The spool that first kept them."""
    runs: Sequence[tuple[int, int]]
    """Where they stood in it: (first position, how many), one behind the other."""
    text: bytes
    """The lines, with a newline between two and none at the end."""

    @property
    def deliveries(self) -> int:
        """How many they are."""
        return sum(count for _, count in self.runs)

    def entries(self) -> list[Entry]:
        """Return them one by one."""
        lines = self.text.split(b"\n") if self.deliveries > 1 else [self.text]
        places = chain.from_iterable(range(first, first + count) for first, count in self.runs)
        same = repeat(self.offset), lines, map(len, lines), repeat(""), repeat(self.origin), places
        return list(map(Entry._make, zip(*same, strict=False)))


Part = Lines | list[Entry]
"""What a log gives at once."""


def entries_of(part: Part) -> list[Entry]:
    """Return what a log gave at once, one by one."""
    return part.entries() if isinstance(part, Lines) else part


class Appender(Protocol):
    """Takes deliveries for one partition. Of one thread at a time."""

    @property
    def partition(self) -> str:
        """The partition that it writes."""

    @property
    def repaired(self) -> str:
        """What was mended when it was opened, in one line; empty when nothing was."""

    def append(self, delivery: Delivery) -> int:
        """Take a delivery and return its position; it is kept for sure after ``sync`` only.

        Raises NoSpace when the log can hold no more; that delivery is then not taken.
        """

    def sync(self) -> None:
        """Return when all that was appended survives a crash and a power cut.

        Raises NoSpace when it cannot yet: what was appended since the last ``sync`` stays pending,
        and may be synced again once there is space. Raises any other Fatal when it never will.
        """


class Log(Protocol):
    """Where deliveries wait to be landed."""

    @property
    def range_positions(self) -> int:
        """How many positions make a piece of work: about as many everywhere in deliveries."""

    def partitions(self) -> list[str]:
        """Return the partitions, sorted. Raises Fatal when there is no log."""

    def stream(self, partition: str) -> str:
        """Return what a partition is made of, under a name that nothing else ever has.

        A partition that is deleted and made anew is another stream.
        """

    def offsets(self, partition: str) -> tuple[int, int]:
        """Return the first position kept and the one to be written next.

        All between the two is durable: the end never goes back.
        """

    def read(self, partition: str, start: int, stop: int) -> Iterator[Entry]:
        """Yield all that is at every position from ``start`` up to ``stop`` once, in order.

        What is damaged is an Entry with a reason. Raises Fatal, naming the gap, when the log no
        longer or not yet holds some of them.
        """

    def parts(self, partition: str, start: int, stop: int) -> Iterator[Part]:
        """Yield the same, many at a time: as it lies there where that is sound, else as entries."""

    def deliveries(self, partition: str, start: int, stop: int) -> int | None:
        """Return how many deliveries these positions hold; None where only reading tells."""

    def close(self) -> None:
        """Let go of connections; the log may be used again."""

    def writer(self) -> AbstractContextManager[Appender]:
        """Open a partition that nobody else writes; leaving it without an error syncs."""


def open_log(text: str) -> Log:
    """Return the log that ``file:DIR`` or ``kafka://HOST:PORT`` names.

    Raises Usage for a name that is none.
    """
    home, _, place = text.partition(":")
    # Each is imported when named, so that one home never needs what another is made of.
    if home == "file" and place:
        from connectors.file_log import FileLog

        return FileLog(Path(place))
    if home == "kafka":
        from connectors.kafka_access import Access
        from connectors.kafka_log import KafkaLog

        return KafkaLog(Access.read(text, os.environ), Path(os.environ.get(SPOOL, ".upshot/spool")))
    raise Usage(
        "--log does not name a log",
        "use --log file:DIR, for example file:.upshot/log, or --log kafka://HOST:PORT",
    )
