"""Frames: what is packed comes back, and what is not whole is never taken for a frame."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import frame
from connectors.frame import HEADER, MARK, frames, pack
from schemas.errors import Fatal, Rejected

payloads = st.lists(st.text(max_size=30).map(str.encode), min_size=1, max_size=8)


def found(buffer: bytes) -> list[tuple[int, bytes]]:
    return [(position, buffer[at + HEADER.size : end]) for position, at, end in frames(buffer)]


def test_a_frame_is_a_header_of_21_bytes_and_the_payload() -> None:
    packed = pack(7, b"{}")
    assert packed.hex(" ") == (
        "ff 55 50 53 67 aa e5 8f 01 02 00 00 00 07 00 00 00 00 00 00 00 7b 7d"
    )
    assert list(frames(packed)) == [(7, 0, 23)]


@given(payloads)
def test_every_frame_comes_back_in_order(texts: list[bytes]) -> None:
    buffer = b"".join(pack(position, text) for position, text in enumerate(texts))
    assert found(buffer) == list(enumerate(texts))


@given(payloads, st.binary(max_size=60), st.integers(0, 8))
def test_garbage_between_frames_hides_none(texts: list[bytes], junk: bytes, where: int) -> None:
    packed = [pack(position, text) for position, text in enumerate(texts)]
    packed.insert(where, junk)
    assert found(b"".join(packed)) == list(enumerate(texts))


@given(payloads, st.data())
def test_a_flipped_bit_hides_exactly_the_frame_it_is_in(
    texts: list[bytes], data: st.DataObject
) -> None:
    packed = [pack(position, text) for position, text in enumerate(texts)]
    hit = data.draw(st.integers(0, len(packed) - 1))
    bit = data.draw(st.integers(0, 8 * len(packed[hit]) - 1))
    broken = bytearray(packed[hit])
    broken[bit // 8] ^= 1 << bit % 8
    packed[hit] = bytes(broken)
    whole = [(position, text) for position, text in enumerate(texts) if position != hit]
    assert found(b"".join(packed)) == whole


@given(payloads, st.integers(min_value=1))
def test_a_buffer_cut_anywhere_gives_the_frames_that_are_whole(
    texts: list[bytes], cut: int
) -> None:
    packed = [pack(position, text) for position, text in enumerate(texts)]
    buffer = b"".join(packed)
    kept = buffer[: cut % len(buffer)]
    whole, used = 0, 0
    while used + len(packed[whole]) <= len(kept):
        used += len(packed[whole])
        whole += 1
    assert found(kept) == list(enumerate(texts))[:whole]


def test_random_bytes_full_of_marks_are_no_frames() -> None:
    draw = Random(1)
    assert found(b"".join(MARK + draw.randbytes(40) for _ in range(500))) == []


def test_a_frame_of_an_unknown_format_stops_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame, "VERSION", 2)
    newer = pack(0, b"{}")
    monkeypatch.undo()
    with pytest.raises(Fatal, match="frames of format 2, and this version reads 1"):
        list(frames(newer))


def test_a_payload_too_large_is_rejected_before_it_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(frame, "MAX_PAYLOAD_BYTES", 3)
    with pytest.raises(Rejected, match="a delivery of 4 bytes is larger than the log takes"):
        pack(0, b"1234")
