"""The log: deliveries in the order in which they were taken, kept until they are landed.

One interface, two homes. ``file:DIR`` is a folder of spools and needs no broker; each spool is a
partition. Positions count 0, 1, 2, ... in a partition, without a hole: so ``end - start`` is how
many deliveries there are, and an audit can hold us to it.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple, Protocol

from schemas.envelope import Delivery
from schemas.errors import Fatal, Usage


class NoSpace(Fatal):
    """The log takes nothing more until there is space; all that was acknowledged is kept."""


class Entry(NamedTuple):
    """One position of the log, readable or not."""

    offset: int
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

    def partitions(self) -> list[str]:
        """Return the partitions, sorted. Raises Fatal when there is no log."""

    def offsets(self, partition: str) -> tuple[int, int]:
        """Return the first position kept and the one to be written next.

        All between the two is durable: the end never goes back.
        """

    def read(self, partition: str, start: int, stop: int) -> Iterator[Entry]:
        """Yield every position from ``start`` up to ``stop`` exactly once, in order.

        A damaged position is an Entry with a reason. Raises Fatal, naming the gap, when the log no
        longer or not yet holds some of them.
        """

    def writer(self) -> AbstractContextManager[Appender]:
        """Open a partition that nobody else writes; leaving it without an error syncs."""


def open_log(text: str) -> Log:
    """Return the log that ``file:DIR`` names. Raises Usage for a name that is none."""
    home, _, place = text.partition(":")
    if home == "file" and place:
        # Imported when named, so that one home never needs what another is made of.
        from connectors.file_log import FileLog

        return FileLog(Path(place))
    if home == "kafka":
        raise Usage(
            "a log of kafka://HOST:PORT is not supported by this version yet",
            "use --log file:DIR",
        )
    raise Usage("--log does not name a log", "use --log file:DIR, for example file:.upshot/log")
