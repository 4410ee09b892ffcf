"""The log's embedded home: a folder of spools, one for each that ever wrote at the same time.

A writer takes the first spool that nobody writes, or makes one; so two at once never mix, and one
after the other goes on where the first stopped.
"""

import math
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from connectors import spool
from connectors.log import Entry, Part
from connectors.rewritten import Change, rewrite
from connectors.segment import Segment
from connectors.spool_writer import SpoolWriter, lock, sync_folder
from schemas.errors import Fatal, LostRace
from schemas.steps import Step, step

SEGMENT_BYTES = 64 * 2**20
RANGE_DELIVERIES = 100_000
PART_DELIVERIES = 2_000
_SPOOL_ID = re.compile(r"[0-9a-f]{32}")


def random_id() -> str:
    """Return the name of a new spool: 32 hex characters that no other has."""
    return secrets.token_hex(16)


class FileLog:
    """A log in a folder on a local disk; see ``connectors.log.Log`` for what it promises."""

    range_positions = RANGE_DELIVERIES

    def __init__(
        self,
        folder: Path,
        segment_bytes: int = SEGMENT_BYTES,
        new_id: Callable[[], str] = random_id,
    ) -> None:
        self.folder = folder
        self._segment_bytes = segment_bytes
        self._new_id = new_id

    def partitions(self) -> list[str]:
        """Return the spools' ids, sorted."""
        if not self.folder.exists():
            raise Fatal(
                f"there is no log in {self.folder}",
                f"`upshot pull SOURCE PATH --log file:{self.folder}` makes one",
            )
        with spool.explained(self.folder):
            entries = sorted(self.folder.iterdir())
        for entry in entries:
            if not (_SPOOL_ID.fullmatch(entry.name) and entry.is_dir()):
                raise Fatal(
                    f"{entry} is no part of a log",
                    "move it away, or name a folder that holds a log and nothing else",
                )
        return [entry.name for entry in entries]

    def offsets(self, partition: str) -> tuple[int, int]:
        """Return the first position kept and the one to be written next."""
        extent = spool.survey(self._spool(partition))
        return extent.first, extent.end

    def read(self, partition: str, start: int, stop: int) -> Iterator[Entry]:
        """Yield every position from ``start`` up to ``stop`` exactly once, in order."""
        extent = spool.survey(self._spool(partition))
        gone, asked = min(stop, extent.first), max(start, stop)
        if start < gone:
            raise Fatal(
                f"positions {start} to {gone - 1} of spool {partition} are gone: "
                f"the log keeps {extent.first} and on",
                "restore its older segments, or begin where it begins",
            )
        if asked > extent.end:
            raise Fatal(
                f"spool {partition} ends before position {extent.end}, "
                f"and was asked for all before {asked}",
                "name the log that was landed before, not an older copy of it",
            )
        return spool.read(self._spool(partition), extent, start, stop)

    def parts(self, partition: str, start: int, stop: int) -> Iterator[Part]:
        """Yield the same, a few thousand at a time."""
        entries = self.read(partition, start, stop)
        return iter(lambda: list(islice(entries, PART_DELIVERIES)), [])

    def stream(self, partition: str) -> str:
        """Return the spool's id: a spool is never made anew under the same one."""
        return partition

    def deliveries(self, partition: str, start: int, stop: int) -> int:
        """Return how many positions that is: each is one delivery."""
        return stop - start

    def close(self) -> None:
        """Nothing is held open."""

    def behind(self, partition: str, position: int, before: float = math.inf) -> list[Segment]:
        """Return the oldest segments that end at a position or before it, none written to since.

        ``before`` is in seconds since 1970. The segment that is being written is never among them.
        Raises LostRace where another trims meanwhile.
        """
        old = []
        for segment in spool.survey(self._spool(partition)).segments[:-1]:
            try:
                if segment.bound > position or segment.path.stat().st_mtime >= before:
                    break
            except FileNotFoundError:
                raise LostRace(
                    f"spool {partition} is trimmed by another", "run the command again"
                ) from None
            old.append(segment)
        return old

    def trim(
        self,
        partition: str,
        position: int,
        before: float = math.inf,
        name: Step = "forward-trim",
    ) -> int:
        """Forget whole segments that are ``behind`` a position, oldest first; return how many."""
        old = self.behind(partition, position, before)
        folder = self._spool(partition)
        with spool.explained(folder):
            for segment in old:
                with step(name):
                    segment.path.unlink(missing_ok=True)
            if old:
                sync_folder(folder)
        return len(old)

    def rewrite(self, partition: str, change: Change) -> int:
        """Put other deliveries in the place of some; return how many. See ``rewritten``.

        Raises Fatal where the spool is being written.
        """
        folder = self._spool(partition)
        with spool.explained(folder):
            locked = lock(folder)
            if locked is None:
                raise Fatal(
                    f"spool {partition} is being written",
                    "stop the collector (it loses nothing) and run the command again",
                )
            with locked:
                return rewrite(folder, locked, change)

    @contextmanager
    def writer(self) -> Iterator[SpoolWriter]:
        """Open a spool that nobody else writes; leaving it without an error syncs."""
        with spool.explained(self.folder):
            folder, locked = self._lock_one()
        with locked, closing(SpoolWriter(folder, locked, self._segment_bytes)) as appender:
            yield appender
            appender.sync()

    def _spool(self, partition: str) -> Path:
        if partition not in self.partitions():
            raise Fatal(f"the log in {self.folder} has no spool {partition}", "name another log")
        return self.folder / partition

    def _lock_one(self) -> tuple[Path, BinaryIO]:
        _make_durably(self.folder)
        for partition in self.partitions():
            locked = lock(self.folder / partition)
            if locked is not None:
                return self.folder / partition, locked
        # Another may lock the new one between its making and our locking it.
        while True:
            folder = self.folder / self._new_id()
            _make_durably(folder)
            locked = lock(folder)
            if locked is not None:
                return folder, locked


def _make_durably(folder: Path) -> None:
    """Make a folder and those above it, so that a power cut does not take them away again."""
    if folder.is_dir():
        return
    _make_durably(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)
