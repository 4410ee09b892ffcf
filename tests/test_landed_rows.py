"""Lines that came together give exactly the rows that each of them gives alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from connectors.log import Entry, Lines, entries_of
from pipelines.engine import connect
from pipelines.landed_rows import rows, table, valid
from schemas.envelope import Delivery, encode

DB = connect()
ORIGIN = "0" * 31 + "a"
SOUND = b'{"source":"roster","kind":"seat","received":1767614400000000,"body":{"tool":"x"}}'
ODD = (
    b"",
    b" ",
    b"null",
    b"[]",
    b"\xff\xfe",
    b"{" * 2_000,
    SOUND[:-1],
    SOUND + SOUND,
    SOUND + b" ",
    SOUND.replace(b",", b" ,\r"),
    SOUND.replace(b'"x"', b'"\xff"'),
    SOUND.replace(b'"x"', b"NaN"),
    SOUND.replace(b'"x"', b'"\\ud800"'),
    SOUND.replace(b"1767614400000000", b"9" * 18),
    SOUND.replace(b'"seat"', b"3"),
    b'{"kind":"seat","body":{"b": 1 },"source":"roster","received":5}',
)
some_lines = st.lists(st.sampled_from((*ODD, *[SOUND] * 20)), min_size=1, max_size=8)


def together(lines: list[bytes], runs: list[tuple[int, int]]) -> Lines:
    return Lines(7, ORIGIN, runs, b"\n".join(lines))


def alone(part: Lines) -> list[dict[str, object]]:
    found = [table("p", [entry], DB) for entry in entries_of(part)]
    return [row for one in found for row in one.to_pylist()]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("beside", [[], [SOUND]])
def test_a_line_that_is_no_delivery_costs_its_neighbours_nothing(
    odd: bytes, beside: list[bytes]
) -> None:
    part = together([*beside, odd, *beside], [(3, 1 + 2 * len(beside))])
    found = valid(rows("p", part), DB).to_pylist()
    assert found == alone(part)
    assert len(found) == part.deliveries


@given(some_lines, st.integers(0, 2**40))
def test_many_give_what_each_gives(lines: list[bytes], first: int) -> None:
    runs = [(first, len(lines))] if len(lines) < 3 else [(first, 2), (first + 9, len(lines) - 2)]
    part = together(lines, runs)
    found = valid(rows("p", part), DB).to_pylist()
    assert found == alone(part)
    assert [row["position"] for row in found] == [
        place for start, count in runs for place in range(start, start + count)
    ]


def test_the_only_line_of_a_record_may_have_a_newline_in_it() -> None:
    for text in (SOUND.replace(b",", b",\n"), SOUND + b"\n" + SOUND):
        part = together([text], [(0, 1)])
        assert valid(rows("p", part), DB).to_pylist() == alone(part)


def test_an_entry_that_cannot_be_read_is_not_made_up_for_by_one_that_is_two() -> None:
    one = encode(Delivery("roster", "seat", 1, Raw(b"{}")))
    entries = [
        Entry(0, None, 9, "checksum does not match"),
        Entry(1, one + b"\n" + one, 9, ""),
        Entry(2, one, 9, ""),
    ]
    found = table("p", entries, DB).to_pylist()
    assert [row["kind"] for row in found] == ["unreadable", "unreadable", "seat"]
