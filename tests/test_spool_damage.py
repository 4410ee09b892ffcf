"""Damage of every kind: what can no longer be read is counted and named, all else is read."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from connectors import spool
from connectors.frame import pack
from connectors.segment import segment_name
from connectors.spool import END
from schemas.envelope import encode
from tests.spools import FRAME, ID, delivery, everything, fill, new_log, unreadable

T = TypeVar("T")


def test_an_acknowledged_tail_cut_at_any_byte_is_unreadable_and_still_counted(
    tmp_path: Path,
) -> None:
    for cut in range(FRAME):
        log = new_log(tmp_path / str(cut))
        segment = fill(log, 4) / segment_name(0)
        segment.write_bytes(segment.read_bytes()[: 3 * FRAME + cut])
        lost = {3: f"checksum does not match in segment {segment.name} at position 3"}
        if cut == 0:
            lost = {3: f"missing in or behind segment {segment.name} at position 3"}
        assert unreadable(log) == lost
        with log.writer() as appender:
            assert "1 acknowledged positions cannot be read" in appender.repaired
            assert appender.append(delivery(4)) == 4
        assert unreadable(log) == lost
        assert log.offsets(ID) == (0, 5)


def test_any_flipped_bit_makes_exactly_its_position_unreadable(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    segment = fill(log, 4) / segment_name(0)
    whole = segment.read_bytes()
    assert len(whole) == 4 * FRAME
    for bit in range(8 * len(whole)):
        broken = bytearray(whole)
        broken[bit // 8] ^= 1 << bit % 8
        segment.write_bytes(broken)
        hit = bit // 8 // FRAME
        assert unreadable(log) == {
            hit: f"checksum does not match in segment {segment.name} at position {hit}"
        }
        assert [entry.size for entry in everything(log)] == [FRAME] * 4


def test_a_writer_goes_on_behind_a_flipped_bit_in_the_last_frame(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    segment = fill(log, 4) / segment_name(0)
    segment.write_bytes(segment.read_bytes()[:-1] + b"?")
    fill(log, 2)
    assert list(unreadable(log)) == [3]
    assert log.offsets(ID) == (0, 6)


@pytest.mark.parametrize("length", [1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME, 6 * FRAME])
@pytest.mark.parametrize("first", [0, 5, FRAME, 2 * FRAME + 9])
def test_a_run_of_garbage_costs_the_positions_it_covers(
    tmp_path: Path, first: int, length: int
) -> None:
    log = new_log(tmp_path)
    segment = fill(log, 10) / segment_name(0)
    whole = segment.read_bytes()
    garbage = bytes(255 - byte for byte in whole[first : first + length])
    segment.write_bytes(whole[:first] + garbage + whole[first + length :])
    assert list(unreadable(log)) == list(range(first // FRAME, (first + length - 1) // FRAME + 1))


@pytest.mark.parametrize("source", range(8))
@pytest.mark.parametrize("target", range(8))
@pytest.mark.parametrize("end_lost", [True, False])
def test_a_frame_copied_over_another_is_never_read_twice(
    tmp_path: Path, source: int, target: int, end_lost: bool
) -> None:
    log = new_log(tmp_path, 4)
    folder = fill(log, 8)
    content = b"".join((folder / segment_name(base)).read_bytes() for base in (0, 4))
    copy = content[FRAME * source : FRAME * (source + 1)]
    content = content[: FRAME * target] + copy + content[FRAME * (target + 1) :]
    (folder / segment_name(0)).write_bytes(content[: 4 * FRAME])
    (folder / segment_name(4)).write_bytes(content[4 * FRAME :])
    if end_lost:
        (folder / END).unlink()
    first, end = log.offsets(ID)
    assert (first, end) == (0, 7 if end_lost and source != target == 7 else 8)
    # A later frame is believed where it lies, if it can be of this segment at all.
    same_segment = source // 4 == target // 4
    lost = list(range(target, source)) if same_segment and source > target else [target]
    assert list(unreadable(log)) == ([] if target in (source, end) else lost)
    entries = everything(log)
    for start in range(end + 1):
        for stop in range(start, end + 1):
            part = list(log.read(ID, start, stop))
            assert [entry.offset for entry in part] == list(range(start, stop))
            for entry in part:
                assert entry.line in (None, encode(delivery(entry.offset)))
            assert same_segment or part == entries[start:stop]


def test_what_a_position_reads_as_does_not_depend_on_the_range(tmp_path: Path) -> None:
    log = new_log(tmp_path, 6)
    folder = fill(log, 20)
    for base, broken in ((0, (1, 2, 5)), (6, (9,)), (12, (12, 13, 17))):
        segment = folder / segment_name(base)
        content = bytearray(segment.read_bytes())
        for position in broken:
            content[FRAME * (position - base) + 30] ^= 1
        segment.write_bytes(content)
    entries = everything(log)
    assert list(unreadable(log)) == [1, 2, 5, 9, 12, 13, 17]
    sizes = [entry.size for entry in entries if entry.line is None]
    assert sizes == [0, 0, FRAME, FRAME, 0, 0, FRAME]
    for start in range(21):
        for stop in range(start, 21):
            assert list(log.read(ID, start, stop)) == entries[start:stop]


def test_a_sealed_segment_cut_short_costs_what_was_cut(tmp_path: Path) -> None:
    log = new_log(tmp_path, 4)
    sealed = fill(log, 10) / segment_name(4)
    for kept in reversed(range(4 * FRAME)):
        sealed.write_bytes(b"".join(pack(n, encode(delivery(n))) for n in range(4, 8))[:kept])
        assert list(unreadable(log)) == list(range(4 + kept // FRAME, 8))


def test_a_missing_segment_is_counted_and_named(tmp_path: Path) -> None:
    log = new_log(tmp_path, 4)
    folder = fill(log, 10)
    (folder / segment_name(4)).unlink()
    lost = f"missing in or behind segment {segment_name(0)} at position "
    assert unreadable(log) == {n: f"{lost}{n}" for n in range(4, 8)}


def test_a_missing_last_segment_is_counted_and_never_written_again(tmp_path: Path) -> None:
    log = new_log(tmp_path, 4)
    folder = fill(log, 10)
    (folder / segment_name(8)).unlink()
    assert list(unreadable(log)) == [8, 9]
    with log.writer() as appender:
        assert appender.append(delivery(10)) == 10
    assert list(unreadable(log)) == [8, 9]
    assert log.offsets(ID) == (0, 11)


@pytest.mark.parametrize("said", [b"", b"\x00" * 28, b"?" * 500, None])
def test_a_damaged_end_is_found_anew(tmp_path: Path, said: bytes | None) -> None:
    log = new_log(tmp_path, 4)
    folder = fill(log, 10)
    (folder / END).unlink() if said is None else (folder / END).write_bytes(said)
    assert log.offsets(ID) == (0, 10)
    fill(log, 3)
    assert unreadable(log) == {}
    assert log.offsets(ID) == (0, 13)


def test_an_end_from_before_a_power_cut_is_moved_on_by_what_is_whole(tmp_path: Path) -> None:
    log = new_log(tmp_path, 4)
    folder = fill(log, 5)
    older = (folder / END).read_bytes()
    fill(log, 7)
    (folder / END).write_bytes(older)
    assert log.offsets(ID) == (0, 12)
    assert unreadable(log) == {}


def test_a_reader_makes_durable_what_was_not_acknowledged_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = new_log(tmp_path)
    folder = fill(log, 5)
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    assert log.offsets(ID) == (0, 5)
    assert synced == []
    with (folder / segment_name(0)).open("ab") as segment:
        segment.write(pack(5, encode(delivery(5))))
    assert log.offsets(ID) == (0, 6)
    assert len(synced) == 1


def test_a_segment_begun_while_a_reader_looks_is_never_taken_for_a_lost_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = new_log(tmp_path, 2)
    fill(log, 2)
    with log.writer() as appender:

        def write_more() -> None:
            for _ in range(3):
                appender.append(delivery(next(numbers)))
            appender.sync()

        def after_more(read: Callable[[Path], T]) -> Callable[[Path], T]:
            def reading(folder: Path) -> T:
                write_more()
                return read(folder)

            return reading

        numbers = iter(range(2, 100))
        monkeypatch.setattr(spool, "_bases", after_more(spool._bases))
        monkeypatch.setattr(spool.End, "read", after_more(spool.End.read))
        extent = spool.survey(log.folder / ID)
        monkeypatch.undo()
    lines = [entry.line for entry in spool.read(log.folder / ID, extent, 0, extent.end)]
    assert lines == [encode(delivery(number)) for number in range(8)]
