"""A spool of deliveries that are known by their position and all take the same bytes."""

from pathlib import Path

from msgspec import Raw

from connectors.file_log import FileLog
from connectors.frame import pack
from connectors.log import Entry
from schemas.envelope import Delivery, encode

ID = "0" * 31 + "1"


def delivery(number: int) -> Delivery:
    return Delivery("roster", "Person", 1_000_000 + number, Raw(b'{"secret":"%07d"}' % number))


FRAME = len(pack(0, encode(delivery(0))))
"""Bytes that each of these deliveries takes."""


def new_log(folder: Path, frames_a_segment: int = 1000) -> FileLog:
    return FileLog(folder / "log", FRAME * frames_a_segment, lambda: ID)


def fill(log: FileLog, count: int) -> Path:
    with log.writer() as appender:
        for _ in range(count):
            end = log.offsets(appender.partition)[1]
            assert appender.append(delivery(end)) == end
            appender.sync()
    return log.folder / ID


def everything(log: FileLog) -> list[Entry]:
    return list(log.read(ID, *log.offsets(ID)))


def unreadable(log: FileLog) -> dict[int, str]:
    """Return the reason by position, having checked that all else reads as it was written."""
    entries = everything(log)
    first, end = log.offsets(ID)
    assert [entry.offset for entry in entries] == list(range(first, end))
    for entry in entries:
        assert entry.line in (None, encode(delivery(entry.offset)))
        assert (entry.line is None) == bool(entry.reason)
        assert "secret" not in entry.reason
    return {entry.offset: entry.reason for entry in entries if entry.line is None}
