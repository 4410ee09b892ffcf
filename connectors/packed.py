"""Packed: many deliveries of one spool in one Kafka record, 42 times cheaper than one each.

    zstd frame, with its content's size and checksum, of
    {"upshot":1,"origin":"<spool id>","lines":3,"runs":[[7,2],[12,1]],"lost":[[9,344,"..."]]}
    {"source":"github",...}
    {"source":"github",...}
    {"source":"wakatime",...}

``runs`` says where the lines stood in their spool, as (first position, how many); ``lost`` names
positions that could not be read there, so that they are still counted. A record of one line holds
it verbatim, whatever is in it. Reading is strict: what is not exactly this is one unreadable entry.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import msgspec
import zstandard

from connectors.log import Entry, Lines, Part, entries_of
from schemas.errors import Fatal, Rejected

VERSION = 1
MAX_LINES = 2_000
MAX_PLAIN_BYTES = 7 << 20
"""What a record of more than one line holds before compression: it fits even if none is gained."""
MAX_VALUE_BYTES = (8 << 20) - 4096
"""What a record may take: the broker's limit, less what Kafka puts around it."""
MAX_UNPACKED_BYTES = 64 << 20
"""What a reader is willing to unpack of one record, however small it came."""
MAX_REASON = 200
LEVEL = 1

_ORIGIN = re.compile(r"[0-9a-f]{32}")


class _Head(msgspec.Struct, forbid_unknown_fields=True):
    upshot: int
    origin: str
    lines: int
    runs: list[tuple[int, int]]
    lost: list[tuple[int, int, str]] = []


class Packed(NamedTuple):
    """One record: its value, and what it holds."""

    value: bytes
    first: int
    """The lowest position in it."""
    deliveries: int
    """Positions in it, those that could not be read included."""


_encoder = msgspec.json.Encoder()
_head = msgspec.json.Decoder(_Head)


def pack(origin: str, entries: Sequence[Entry]) -> Iterator[Packed]:
    """Pack entries of one spool, in order of position, into few records within their bounds.

    A delivery too large for any record is kept as one that could not be read. Pure.
    """
    squeeze = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compress
    for start in range(0, len(entries), MAX_LINES):
        yield from _records(origin, entries[start : start + MAX_LINES], squeeze)


def _records(
    origin: str, batch: Sequence[Entry], squeeze: Callable[[bytes], bytes]
) -> Iterator[Packed]:
    """Halve a batch until each part fits into a record; a line that is two stays alone."""
    lines = [entry.line for entry in batch if entry.line is not None]
    plain = b"\n".join([_encoder.encode(_describe(origin, batch, len(lines))), *lines])
    if len(batch) > 1 and (len(plain) > MAX_PLAIN_BYTES or plain.count(b"\n") != len(lines)):
        middle = len(batch) // 2
        yield from _records(origin, batch[:middle], squeeze)
        yield from _records(origin, batch[middle:], squeeze)
        return
    value = squeeze(plain) if len(plain) <= MAX_UNPACKED_BYTES else b""
    if 0 < len(value) <= MAX_VALUE_BYTES:
        yield Packed(value, batch[0].offset, len(batch))
        return
    [large] = batch
    reason = f"a delivery of {large.size} bytes is larger than a record of the log takes"
    yield from _records(origin, [large._replace(line=None, reason=reason)], squeeze)


def _describe(origin: str, batch: Sequence[Entry], lines: int) -> _Head:
    first, last = batch[0].offset, batch[-1].offset
    if lines == len(batch) == last - first + 1:
        return _Head(VERSION, origin, lines, [(first, lines)])
    runs: list[tuple[int, int]] = []
    lost: list[tuple[int, int, str]] = []
    for entry in batch:
        if entry.line is None:
            lost.append((entry.offset, entry.size, entry.reason))
        elif runs and sum(runs[-1]) == entry.offset:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((entry.offset, 1))
    return _Head(VERSION, origin, lines, runs, lost)


def unpack(offset: int, value: bytes | None) -> list[Entry]:
    """Return what a record at an offset holds: its deliveries, or one unreadable entry."""
    return entries_of(opened(offset, value))


def opened(offset: int, value: bytes | None) -> Part:
    """Return the same in the form that costs least.

    Memory is bounded by ``MAX_UNPACKED_BYTES``. Raises Fatal for a record of a newer version.
    """
    try:
        head, text = _open(value)
    except Rejected as problem:
        return [Entry(offset, None, len(value or b""), problem.problem)]
    lines = Lines(offset, head.origin, head.runs, text)
    if not head.lost:
        return lines
    return lines.entries() + [
        Entry(offset, None, size, reason, head.origin, position)
        for position, size, reason in head.lost
    ]


def _open(value: bytes | None) -> tuple[_Head, bytes]:
    """Raises Rejected, naming what is wrong and nothing of the content."""
    if value is None:
        raise Rejected("a record without a value")
    if not value:
        raise Rejected("an empty record")
    said, _, text = _plain(value).partition(b"\n")
    try:
        head = _head.decode(said)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Rejected("not a record of packed deliveries") from None
    if head.upshot > VERSION:
        raise Fatal(
            f"the log holds records of format {head.upshot}, and this version reads {VERSION}",
            "read it with the Upshot that wrote it, or a newer one",
        )
    # The only line of a record may be anything, newlines included.
    lines = head.lines if head.lines < 2 else text.count(b"\n") + 1
    if head.upshot != VERSION or lines != head.lines or not _sound(head):
        raise Rejected("a record that is not what its head says")
    return head, text


def _plain(value: bytes) -> bytes:
    try:
        size = zstandard.frame_content_size(value)
        if not 0 < size <= MAX_UNPACKED_BYTES:
            raise Rejected("a record that does not say its size, or is larger than is read")
        return zstandard.ZstdDecompressor(max_window_size=1 << 27).decompress(
            value, max_output_size=size, allow_extra_data=False
        )
    except zstandard.ZstdError:
        raise Rejected("a record that is not whole zstd") from None


def _sound(head: _Head) -> bool:
    """Whether every line and every lost position has a place of its own."""
    end = 0
    for first, count in head.runs:
        if first < end or count < 1:
            return False
        end = first + count
    places = [
        position
        for position, size, reason in head.lost
        if position >= 0 and size >= 0 and len(reason) <= MAX_REASON
        if not any(first <= position < first + count for first, count in head.runs)
    ]
    return (
        _ORIGIN.fullmatch(head.origin) is not None
        and sum(count for _, count in head.runs) == head.lines
        and len(set(places)) == len(head.lost)
        and head.lines + len(places) > 0
        and end < 2**63
    )
