"""Packed records: what goes in comes out, and whatever else comes is one entry with a reason."""

import json
import random
import tracemalloc
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from connectors.log import Entry
from connectors.packed import (
    MAX_LINES,
    MAX_PLAIN_BYTES,
    MAX_UNPACKED_BYTES,
    MAX_VALUE_BYTES,
    pack,
    unpack,
)
from schemas.errors import Fatal

ORIGIN = "0" * 31 + "a"


def entry(position: int, line: bytes | None, reason: str = "") -> Entry:
    return Entry(position, line, len(line or b""), reason)


def there_and_back(entries: list[Entry]) -> list[Entry]:
    """Pack, unpack, and return what came out, as the spool had it."""
    out = []
    for offset, record in enumerate(pack(ORIGIN, entries)):
        assert len(record.value) <= MAX_VALUE_BYTES
        found = unpack(offset, record.value)
        assert len(found) == record.deliveries <= MAX_LINES
        assert {one.origin for one in found} == {ORIGIN}
        assert {one.offset for one in found} == {offset}
        out += [entry(one.position, one.line, one.reason)._replace(size=one.size) for one in found]
    return sorted(out)


positions = st.lists(st.integers(0, 2**40), unique=True, min_size=1, max_size=30).map(sorted)
lines = st.one_of(st.none(), st.binary(max_size=40), st.just(b"a\nb"), st.just(b"\n"))


@given(positions=positions, data=st.data())
def test_whatever_is_packed_is_unpacked(positions: list[int], data: st.DataObject) -> None:
    entries = [
        entry(position, line, "" if line is not None else "checksum does not match")
        for position in positions
        for line in [data.draw(lines)]
    ]
    assert there_and_back(entries) == entries


@pytest.mark.parametrize("size", [1, 2, 1000, 2**20, MAX_PLAIN_BYTES, 8 * 10**6])
def test_a_delivery_of_any_size_up_to_8_mb_fits(size: int) -> None:
    line = random.Random(1).randbytes(size // 2).hex().encode().ljust(size, b"x")
    assert there_and_back([entry(5, line)]) == [entry(5, line)]


def test_even_what_cannot_be_compressed_stays_under_the_brokers_limit() -> None:
    noise = random.Random(1)
    entries = [entry(n, noise.randbytes(9_000).replace(b"\n", b" ")) for n in range(1_700)]
    assert len(list(pack(ORIGIN, entries))) == 4
    assert there_and_back(entries) == entries


def test_a_delivery_too_large_for_any_record_is_still_counted() -> None:
    line = random.Random(1).randbytes(9 << 20)
    [lost] = there_and_back([entry(7, line)])
    assert (lost.offset, lost.line, lost.size) == (7, None, 9 << 20)
    assert "larger than a record of the log takes" in lost.reason


def test_two_thousand_deliveries_share_a_record_and_no_more() -> None:
    entries = [entry(n, b"{}") for n in range(4_001)]
    assert [record.deliveries for record in pack(ORIGIN, entries)] == [2_000, 2_000, 1]
    assert [record.first for record in pack(ORIGIN, entries)] == [0, 2_000, 4_000]


def squeezed(plain: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(plain)


def record(said_lines: bytes = b'{"a":1}\n{"b":2}', **head: object) -> bytes:
    said = {"upshot": 1, "origin": ORIGIN, "lines": 2, "runs": [[0, 2]]} | head
    return squeezed(json.dumps(said).encode() + b"\n" + said_lines)


def flipped(value: bytes) -> bytes:
    return value[:-1] + bytes([value[-1] ^ 1])


BOMB = zstandard.ZstdCompressor(level=1).compress(bytes(200 << 20))
POISON: dict[str, Callable[[], bytes | None]] = {
    "a tombstone": lambda: None,
    "nothing": lambda: b"",
    "no zstd": lambda: b'{"upshot":1}',
    "a wrong magic": lambda: b"\x00" + record()[1:],
    "cut in the middle": lambda: record()[: len(record()) // 2],
    "cut by a byte": lambda: record()[:-1],
    "a flipped bit": lambda: flipped(record()),
    "a byte too many": lambda: record() + b"\x00",
    "two frames": lambda: record() + record(),
    "a bomb": lambda: BOMB,
    "no size told": lambda: zstandard.ZstdCompressor(write_content_size=False).compress(b"x"),
    "an empty frame": lambda: squeezed(b""),
    "no UTF-8": lambda: squeezed(b'{"upshot":1,"origin":"\xff"}\n{}'),
    "a head that is no JSON": lambda: squeezed(b"hello\nworld"),
    "a head too deep": lambda: squeezed(b"[" * 100_000),
    "another head": lambda: squeezed(b'{"upshot":1}\n{}'),
    "a field we do not know": lambda: record(more=1),
    "a lone surrogate": lambda: squeezed(b'{"upshot":1,"origin":"\\ud800","lines":0,"runs":[]}\n'),
    "a huge number": lambda: squeezed(b'{"upshot":1e999}\n'),
    "an origin that is a path": lambda: record(origin="../../../../etc/passwd"),
    "version nothing": lambda: record(upshot=0),
    "a line too few": lambda: record(b'{"a":1}'),
    "a line too many": lambda: record(b"1\n2\n3"),
    "fewer places than lines": lambda: record(runs=[[0, 1]]),
    "two lines in one place": lambda: record(runs=[[0, 1], [0, 1]]),
    "a place below nothing": lambda: record(runs=[[-1, 2]]),
    "a run of nothing": lambda: record(runs=[[0, 2], [5, 0]]),
    "a place beyond counting": lambda: record(runs=[[2**63 - 2, 2]]),
    "more places than memory": lambda: record(lines=1, runs=[[0, 2**62]]),
    "lost twice in one place": lambda: record(lost=[[9, 1, "x"], [9, 1, "x"]]),
    "lost where a line is": lambda: record(lost=[[1, 1, "x"]]),
    "a reason that tells": lambda: record(lost=[[9, 1, "x" * 1000]]),
    "nothing at all": lambda: squeezed(
        b'{"upshot":1,"origin":"%s","lines":0,"runs":[]}\n' % ORIGIN.encode()
    ),
}


@pytest.mark.parametrize("name", POISON)
def test_whatever_is_not_ours_is_one_entry_with_a_reason(name: str) -> None:
    value = POISON[name]()
    [found] = unpack(42, value)
    assert (found.offset, found.line, found.size) == (42, None, len(value or b""))
    assert (found.origin, found.position) == ("", -1)
    assert found.reason
    assert "passwd" not in found.reason


def test_a_sound_record_beside_the_poison_is_read() -> None:
    assert [one.line for one in unpack(1, record())] == [b'{"a":1}', b'{"b":2}']


def test_a_bomb_takes_no_memory() -> None:
    assert len(BOMB) < 50_000
    tracemalloc.start()
    unpack(0, BOMB)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MAX_UNPACKED_BYTES / 60


def test_a_record_of_a_newer_version_stops_the_reader_rather_than_lose_it() -> None:
    with pytest.raises(Fatal, match="format 2, and this version reads 1"):
        unpack(0, record(upshot=2))
