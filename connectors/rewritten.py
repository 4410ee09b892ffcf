"""Rewriting a spool: other words in the place of some, position by position, for who was erased."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from connectors.frame import HEADER, frames, pack
from connectors.segment import Segment
from connectors.spool import REWRITING, End, survey
from connectors.spool_writer import sync_folder
from schemas.steps import step

Change = Callable[[bytes], bytes | None]
"""From what a frame holds to what it shall hold; None leaves it as it is."""


def rewrite(folder: Path, locked: BinaryIO, change: Change) -> int:
    """Rewrite the segments of a spool that is locked for it; return how many frames changed.

    Idempotent; safe to kill anywhere and beside readers: a segment is exchanged whole. Positions
    that could not be read still cannot, and their bytes are gone.
    """
    (folder / REWRITING).unlink(missing_ok=True)
    extent = survey(folder)
    changed = 0
    for segment in extent.segments:
        frames_left, count = _changed(segment, change)
        if not count:
            continue
        if segment is extent.segments[-1]:
            # Bytes will lie elsewhere: it may say how far all was kept, but no longer where.
            nowhere = End(extent.end, extent.end)
            os.pwrite(locked.fileno(), nowhere.encode(), 0)
            os.fsync(locked.fileno())
        _exchange(segment.path, frames_left)
        changed += count
    return changed


def _changed(segment: Segment, change: Change) -> tuple[list[bytes], int]:
    buffer = segment.path.read_bytes()
    left, count = [], 0
    for position, at, end in frames(buffer):
        other = change(buffer[at + HEADER.size : end])
        left.append(buffer[at:end] if other is None else pack(position, other))
        count += other is not None
    return left, count


def _exchange(path: Path, frames_left: list[bytes]) -> None:
    """Put a file of these frames in the place of a segment, as old as that was."""
    was = path.stat()
    aside = path.parent / REWRITING
    with aside.open("wb") as file:
        file.writelines(frames_left)
        file.flush()
        os.fsync(file.fileno())
    os.chmod(aside, was.st_mode)
    os.utime(aside, ns=(was.st_atime_ns, was.st_mtime_ns))
    with step("log-rewrite"):
        os.replace(aside, path)
        sync_folder(path.parent)
