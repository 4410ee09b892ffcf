"""One spool: a folder that one writer fills, segment by segment.

    00000000000000000000.seg    frames from position 0 on
    00000000000000151234.seg    the next segment, begun when the first was full and durable
    end                         locked by the writer; how far everything was acknowledged

``end`` is written behind each fsync, so it never promises too much. It tells a tail that was torn
while being written (cut off, nobody was told that it was kept) from one that was acknowledged and
damaged since (kept, counted, unreadable). Lost or damaged itself, it is found anew by reading.
A local disk is needed: network file systems keep neither locks nor fsync.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from struct import Struct
from typing import NamedTuple
from zlib import crc32

from connectors.frame import frames
from connectors.log import Entry, NoSpace
from connectors.segment import Segment, segment_base, segment_name
from schemas.errors import Fatal

END = "end"
REWRITING = "rewriting.tmp"
"""A segment as it will be; what a rewriting that died left behind is nothing to a reader."""
_numbers = Struct("<QQQ")


class End(NamedTuple):
    """A point up to which a spool was acknowledged."""

    position: int = 0
    base: int = 0
    """First position of the segment that it lies in."""
    at: int = 0
    """Bytes of that segment."""

    def encode(self) -> bytes:
        """Return it as the file ``end`` keeps it."""
        numbers = _numbers.pack(*self)
        return numbers + crc32(numbers).to_bytes(4, "little")

    @classmethod
    def read(cls, folder: Path) -> "End":
        """Return what ``end`` says; the very beginning when it is missing or damaged."""
        try:
            said = (folder / END).read_bytes()
        except FileNotFoundError:
            return cls()
        numbers = said[: _numbers.size]
        if said[_numbers.size :] != crc32(numbers).to_bytes(4, "little"):
            return cls()
        return cls(*_numbers.unpack(numbers))


class Extent(NamedTuple):
    """What a spool holds; all of it durable."""

    segments: list[Segment]
    first: int
    end: int
    whole: End
    """The byte behind the last whole frame, and the position to follow there."""
    torn_bytes: int
    """Bytes behind it that are no frame."""

    @property
    def goes_on(self) -> bool:
        """Whether the last segment can take the next position: nothing acknowledged is missing."""
        return bool(self.segments) and self.whole.position == self.end


def survey(folder: Path) -> Extent:
    """Find out what a spool holds; reads no more than what came behind ``end``.

    Raises Fatal for a file that does not belong there.
    """
    with explained(folder):
        # In this order: a segment begun in between is then found, never taken for a lost one.
        said = End.read(folder)
        bases = _bases(folder)
        if not bases:
            return Extent([], said.position, said.position, said, 0)
        whole, torn_bytes = _whole(folder, bases[-1], said)
    end = max(whole.position, said.position)
    bounds = [*bases[1:], end]
    segments = [
        Segment(folder / segment_name(base), base, bound)
        for base, bound in zip(bases, bounds, strict=True)
    ]
    return Extent(segments, bases[0], end, whole, torn_bytes)


def read(folder: Path, extent: Extent, start: int, stop: int) -> Iterator[Entry]:
    """Yield the positions of a surveyed spool from ``start`` up to ``stop``, once each."""
    for segment in extent.segments:
        if segment.base < stop and segment.bound > start:
            with explained(folder):
                yield from segment.read(start, stop)


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn what the operating system refuses into one line and the next step."""
    try:
        yield
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoSpace(
                f"no space left for the log in {folder}",
                "free some space and run it again; everything acknowledged is kept",
            ) from None
        raise Fatal(
            f"the log in {folder} cannot be used: {os.strerror(problem.errno or 0)}",
            "check the disk and who may read and write the folder",
        ) from None


def _bases(folder: Path) -> list[int]:
    bases = []
    for name in os.listdir(folder):
        base = segment_base(name)
        if base is not None:
            bases.append(base)
        elif name not in (END, REWRITING):
            raise Fatal(
                f"{folder / name} is no segment of a log",
                "move it away, or name the folder that `--log file:DIR` was first used with",
            )
    return sorted(bases)


def _whole(folder: Path, base: int, said: End) -> tuple[End, int]:
    """Return the end of the last whole frame of a segment, and the bytes behind it."""
    with (folder / segment_name(base)).open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        whole = said if said.base == base and said.at <= size else End(base, base, 0)
        begin = file.seek(whole.at)
        for position, _, end in frames(file.read()):
            if position >= whole.position:
                whole = End(position + 1, base, begin + end)
        if whole.position > said.position:
            # Whole, but perhaps not yet on the disk: nobody may build on what a power cut takes.
            os.fsync(file.fileno())
    return whole, max(size - whole.at, 0)
