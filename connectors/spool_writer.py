"""The writer of one spool: appends frames, and makes many durable with one fsync."""

import fcntl
import os
from pathlib import Path
from typing import BinaryIO

from connectors.frame import pack
from connectors.segment import segment_name
from connectors.spool import END, End, Extent, explained, survey
from schemas.envelope import Delivery, encode
from schemas.errors import Fatal
from schemas.steps import step

BATCH_BYTES = 1 << 20
MODE = 0o640

# Where there is no fdatasync (macOS), fsync does the same and a little more.
_datasync = getattr(os, "fdatasync", os.fsync)


def lock(folder: Path) -> BinaryIO | None:
    """Become a spool's only writer; returns the locked file ``end``, or None if there is one."""
    file = os.fdopen(os.open(folder / END, os.O_RDWR | os.O_CREAT, MODE), "r+b", buffering=0)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def sync_folder(folder: Path) -> None:
    """Return when the names in a folder survive a power cut."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


class SpoolWriter:
    """Appends to a spool that is locked for it.

    Opening cuts off a torn tail. A tail that was acknowledged is never cut: if it is damaged, a
    new segment is begun behind it.
    """

    def __init__(self, folder: Path, locked: BinaryIO, segment_bytes: int) -> None:
        self.partition = folder.name
        self._folder = folder
        self._locked = locked
        self._segment_bytes = segment_bytes
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._refused: Fatal | None = None
        extent = survey(folder)
        self.repaired = _repair(extent)
        self._position = self._durable = extent.end
        self._base, self._size = extent.whole.base, extent.whole.at
        if not extent.goes_on:
            self._base, self._size = extent.end, 0
        with explained(folder):
            self._file = _open_segment(folder, self._base)
            self._say_end()

    def append(self, delivery: Delivery) -> int:
        """Take a delivery and return its position; see ``connectors.log.Appender``."""
        frame = pack(self._position, encode(delivery))
        taken_bytes = self._size + self._pending_bytes
        if taken_bytes and taken_bytes + len(frame) > self._segment_bytes:
            self._roll()
        elif self._pending_bytes + len(frame) > BATCH_BYTES:
            self._write()
        self._pending.append(frame)
        self._pending_bytes += len(frame)
        self._position += 1
        return self._position - 1

    def sync(self) -> None:
        """Make all that was appended durable with one fsync."""
        self._write()
        if self._durable != self._position:
            self._make_durable()

    def forget(self) -> None:
        """Drop what was appended and not yet handed to the operating system.

        For whoever told its senders, after NoSpace, that nothing was kept. What was handed over
        before stays: somebody may have read it already.
        """
        self._position -= len(self._pending)
        self._pending, self._pending_bytes = [], 0

    def close(self) -> None:
        """Close the segment; what was not synced may be lost."""
        os.close(self._file)

    def _write(self) -> None:
        """Hand the pending frames to the operating system, at the byte where they belong."""
        if self._refused:
            raise self._refused
        if not self._pending:
            return
        with explained(self._folder):
            try:
                with step("append"):
                    _write_at(self._file, self._size, b"".join(self._pending))
            except OSError:
                self._cut_back()
                raise
        self._size += self._pending_bytes
        self._pending, self._pending_bytes = [], 0

    def _cut_back(self) -> None:
        """Keep the whole frames of a write that failed, for someone may have read them already."""
        written = os.fstat(self._file).st_size
        whole = 0
        while whole < len(self._pending) and self._size + len(self._pending[whole]) <= written:
            self._size += len(self._pending[whole])
            whole += 1
        self._pending = self._pending[whole:]
        self._pending_bytes = sum(map(len, self._pending))
        os.ftruncate(self._file, self._size)

    def _make_durable(self) -> None:
        try:
            with explained(self._folder), step("fsync"):
                _datasync(self._file)
        except Fatal as refused:
            # A second fsync would succeed without having written what the first one lost; so this
            # is the end even where space was all that was missing.
            self._refused = Fatal(refused.problem, refused.next_step)
            raise self._refused from None
        with explained(self._folder):
            self._say_end()
        self._durable = self._position

    def _say_end(self) -> None:
        end = End(self._position, self._base, self._size)
        os.pwrite(self._locked.fileno(), end.encode(), 0)

    def _roll(self) -> None:
        """Begin the next segment; the one before is whole and durable by then."""
        self.sync()
        with explained(self._folder):
            file = _open_segment(self._folder, self._position)
        os.close(self._file)
        self._file, self._base, self._size = file, self._position, 0


def _repair(extent: Extent) -> str:
    """Cut off a torn tail; return what was done in one line."""
    if not extent.segments:
        return ""
    last = extent.segments[-1].path
    if not extent.goes_on:
        lost = f"{extent.end - extent.whole.position} acknowledged positions cannot be read"
        return f"segment {last.name} is damaged at its end: {lost}"
    if not extent.torn_bytes:
        return ""
    with explained(last.parent), last.open("r+b") as file:
        file.truncate(extent.whole.at)
        os.fsync(file.fileno())
    return f"segment {last.name} had a torn tail of {extent.torn_bytes} bytes, never acknowledged"


def _open_segment(folder: Path, base: int) -> int:
    file = os.open(folder / segment_name(base), os.O_RDWR | os.O_CREAT, MODE)
    try:
        sync_folder(folder)
    except OSError:
        os.close(file)
        raise
    return file


def _write_at(file: int, at: int, batch: bytes) -> None:
    rest = memoryview(batch)
    while rest:
        written = os.pwrite(file, rest, at)
        at, rest = at + written, rest[written:]
