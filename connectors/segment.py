"""One segment: a file of frames, named by the first position that it holds.

Frames tell their own position, so a position is found by bisection and damage by what is missing
between two whole frames. A position reads the same whatever the range that was asked for, unless
an old frame was copied over a later one: then it is still given once, but perhaps as unreadable.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from connectors.frame import HEADER, frames
from connectors.log import Entry

PROBE_BYTES = 1 << 16
_NAME = re.compile(r"(\d{20})\.seg")


def segment_name(base: int) -> str:
    """Return the file name of the segment whose first position is ``base``."""
    return f"{base:020d}.seg"


def segment_base(name: str) -> int | None:
    """Return the first position of the segment with this file name; None when it is none."""
    match = _NAME.fullmatch(name)
    return int(match[1]) if match else None


class Segment(NamedTuple):
    """A file that was written to hold the positions from ``base`` up to ``bound``."""

    path: Path
    base: int
    bound: int

    def read(self, start: int, stop: int) -> Iterator[Entry]:
        """Yield its positions within ``start`` up to ``stop`` once each, in order."""
        start, stop = max(start, self.base), min(stop, self.bound)
        with self.path.open("rb") as file:
            previous, begin = self._last_before(file, start)
            following, finish = self._first_from(file, stop)
            file.seek(begin)
            buffer = file.read(finish - begin)
        expected, done = previous + 1, 0
        for position, at, end in frames(buffer):
            if position != expected:
                if not expected < position < following:
                    continue
                yield from self._lost(expected, position, at - done, start, stop)
            if start <= position < stop:
                yield Entry(position, buffer[at + HEADER.size : end], end - at, "")
            expected, done = position + 1, end
        yield from self._lost(expected, following, len(buffer) - done, start, stop)

    def _lost(self, first: int, last: int, size: int, start: int, stop: int) -> Iterator[Entry]:
        """Yield what cannot be read between two whole frames that lie ``size`` bytes apart."""
        what = "checksum does not match in" if size else "missing in or behind"
        for position in range(max(first, start), min(last, stop)):
            reason = f"{what} segment {self.path.name} at position {position}"
            yield Entry(position, None, size if last - first == 1 else 0, reason)

    def _last_before(self, file: BinaryIO, wanted: int) -> tuple[int, int]:
        """Return the last whole frame below a position: its position, and the byte behind it."""
        last = (self.base - 1, 0)
        low, high = 0, _size(file) if wanted > self.base else 0
        while low < high:
            middle = (low + high) // 2
            found = self._frame_at_or_behind(file, middle)
            if found and found[0] < wanted:
                last = (found[0], found[2])
                low = found[2]
            else:
                high = middle
        return last

    def _first_from(self, file: BinaryIO, wanted: int) -> tuple[int, int]:
        """Return the first whole frame from a position on: its position, and its first byte."""
        if wanted < self.bound:
            found = self._frame_at_or_behind(file, self._last_before(file, wanted)[1])
            if found:
                return found[0], found[1]
        return self.bound, _size(file)

    def _frame_at_or_behind(self, file: BinaryIO, at: int) -> tuple[int, int, int] | None:
        """Return the first whole frame that starts at a byte or behind it."""
        probe = PROBE_BYTES
        while True:
            file.seek(at)
            buffer = file.read(probe)
            for position, first, end in frames(buffer):
                if self.base <= position < self.bound:
                    return position, at + first, at + end
            if len(buffer) < probe:
                return None
            probe *= 8


def _size(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size
