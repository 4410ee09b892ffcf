"""A writer under kill -9, torn writes and a full disk: what it acknowledged is kept."""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from msgspec import Raw

from connectors import file_log, spool_writer
from connectors.file_log import FileLog
from connectors.frame import pack
from connectors.segment import segment_name
from connectors.spool import END
from schemas.envelope import Delivery, encode
from schemas.errors import Fatal
from tests.spools import FRAME, ID, delivery, everything, fill, new_log, unreadable

WRITE_AND_TELL = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.spools import delivery, new_log
log = new_log(Path(sys.argv[1]), 5)
with log.writer() as appender:
    position = log.offsets(appender.partition)[1]
    for batch in range(6):
        for _ in range(3):
            position = appender.append(delivery(position)) + 1
        appender.sync()
        print(position, flush=True)
"""


def write_and_tell(folder: Path, fault: str) -> tuple[int, int]:
    """Write in a process of its own; return how it ended and the end that it acknowledged."""
    script = WRITE_AND_TELL.format(root=str(Path(__file__).parent.parent))
    run = subprocess.run(
        [sys.executable, "-c", script, str(folder)],
        env={**os.environ, "UPSHOT_FAULT": fault},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return run.returncode, max(map(int, run.stdout.split()), default=0)


@pytest.mark.parametrize("place", ["append", "append+", "fsync", "fsync+"])
def test_a_kill_at_any_step_loses_nothing_acknowledged_and_leaves_no_hole(
    place: str, tmp_path: Path
) -> None:
    log = new_log(tmp_path, 5)
    acknowledged = 0
    for nth in (1, 2, 4, 7):
        code, told = write_and_tell(tmp_path, f"{place}:{nth}")
        acknowledged = max(acknowledged, told)
        assert code == -9, "the fault was never reached"
        assert log.offsets(ID)[0] == 0
        assert log.offsets(ID)[1] >= acknowledged
        assert unreadable(log) == {}
    before = log.offsets(ID)[1]
    assert write_and_tell(tmp_path, "") == (0, before + 18)
    assert unreadable(log) == {}
    assert log.offsets(ID) == (0, before + 18)


@pytest.mark.parametrize("told", [True, False], ids=["end known", "end lost"])
def test_a_tail_torn_at_any_byte_is_passed_over_and_cut_off(tmp_path: Path, told: bool) -> None:
    log = new_log(tmp_path)
    folder = fill(log, 3)
    segment = folder / segment_name(0)
    whole, said = segment.read_bytes(), (folder / END).read_bytes()
    for cut in range(FRAME):
        segment.write_bytes(whole + pack(3, encode(delivery(3)))[:cut])
        if not told:
            (folder / END).unlink()
        assert log.offsets(ID) == (0, 3)
        assert unreadable(log) == {}
        with log.writer() as appender:
            if cut:
                assert appender.repaired == (
                    f"segment {segment.name} had a torn tail of {cut} bytes, never acknowledged"
                )
            else:
                assert appender.repaired == ""
            assert segment.read_bytes() == whole
            assert appender.append(delivery(3)) == 3
        assert unreadable(log) == {}
        assert log.offsets(ID) == (0, 4)
        segment.write_bytes(whole)
        (folder / END).write_bytes(said)


def test_segments_are_rolled_at_their_bound_and_named_by_position(tmp_path: Path) -> None:
    folder = fill(new_log(tmp_path, 4), 10)
    assert sorted(os.listdir(folder)) == [segment_name(0), segment_name(4), segment_name(8), END]
    assert all(file.stat().st_size <= 4 * FRAME for file in folder.glob("*.seg"))


def test_a_delivery_larger_than_a_segment_has_one_of_its_own(tmp_path: Path) -> None:
    log = FileLog(tmp_path / "log", FRAME, lambda: ID)
    large = Delivery("roster", "Person", 0, Raw(b'"%s"' % (b"x" * 300_000)))
    with log.writer() as appender:
        for one in (delivery(0), large, delivery(2)):
            appender.append(one)
    assert [entry.line for entry in everything(log)] == [
        encode(delivery(0)), encode(large), encode(delivery(2)),
    ]  # fmt: skip
    assert list(log.read(ID, 1, 2)) == everything(log)[1:2]


def test_a_position_among_large_ones_is_found(tmp_path: Path) -> None:
    log = FileLog(tmp_path / "log", 2**30, lambda: ID)
    with log.writer() as appender:
        for number in range(12):
            body = Raw(b'"%s"' % (b"x" * (number % 3 * 100_000)))
            appender.append(Delivery("roster", "Person", number, body))
    entries = everything(log)
    assert len(entries) == 12
    for start in range(12):
        assert list(log.read(ID, start, start + 1)) == entries[start : start + 1]


def test_many_appends_share_one_fsync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(spool_writer, "_datasync", synced.append)
    with new_log(tmp_path).writer() as appender:
        for number in range(500):
            appender.append(delivery(number))
        assert synced == []
        appender.sync()
        appender.sync()
    assert len(synced) == 1


def test_a_failed_fsync_is_never_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = new_log(tmp_path)
    fill(log, 1)

    def fail(file: int) -> None:
        raise OSError(errno.EIO, "gone")

    with suppress(Fatal), log.writer() as appender:
        appender.append(delivery(1))
        monkeypatch.setattr(spool_writer, "_datasync", fail)
        with pytest.raises(Fatal, match="cannot be used: Input/output error"):
            appender.sync()
        monkeypatch.undo()
        with pytest.raises(Fatal, match="cannot be used: Input/output error"):
            appender.sync()
    assert unreadable(log) == {}


def test_a_segment_that_cannot_be_begun_leaves_the_delivery_untaken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(folder: Path) -> None:
        raise OSError(errno.ENOSPC, "full")

    log = new_log(tmp_path, 2)
    with log.writer() as appender:
        assert [appender.append(delivery(number)) for number in range(2)] == [0, 1]
        monkeypatch.setattr(spool_writer, "sync_folder", fail)
        with pytest.raises(Fatal, match="no space left"):
            appender.append(delivery(2))
        monkeypatch.undo()
        assert [appender.append(delivery(number)) for number in range(2, 5)] == [2, 3, 4]
    assert unreadable(log) == {}
    assert log.offsets(ID) == (0, 5)


def hold(folder: Path, pipe: Connection) -> None:
    with FileLog(folder).writer() as appender:
        for number in range(20):
            appender.append(delivery(number))
        pipe.send(appender.partition)
        pipe.recv()


def test_two_processes_at_once_write_different_spools(tmp_path: Path) -> None:
    context = get_context("spawn")
    pipes, processes = [], []
    for _ in range(2):
        ours, theirs = context.Pipe()
        process = context.Process(target=hold, args=(tmp_path / "log", theirs))
        process.start()
        pipes.append(ours)
        processes.append(process)
    spools = [pipe.recv() for pipe in pipes]
    for pipe, process in zip(pipes, processes, strict=True):
        pipe.send("leave")
        process.join()
    log = FileLog(tmp_path / "log")
    assert log.partitions() == sorted(spools)
    assert len(set(spools)) == 2
    assert [log.offsets(spool) for spool in spools] == [(0, 20), (0, 20)]
    with log.writer() as appender:
        assert appender.partition == min(spools)


def test_a_new_spool_that_another_writer_takes_first_is_left_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rivals = iter([True, False])
    monkeypatch.setattr(
        file_log, "lock", lambda folder: None if next(rivals) else spool_writer.lock(folder)
    )
    ids = iter(["a" * 32, "b" * 32])
    with FileLog(tmp_path / "log", new_id=lambda: next(ids)).writer() as appender:
        assert appender.partition == "b" * 32


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)],
            check=False,
            stderr=subprocess.DEVNULL,
        ).returncode
    )
    if not mounted:
        pytest.skip("a small disk can only be mounted by root")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("frames_a_segment", [1_000_000, 50])
def test_a_full_disk_keeps_what_was_acknowledged_and_goes_on_when_freed(
    small_disk: Path, frames_a_segment: int
) -> None:
    log = new_log(small_disk, frames_a_segment)
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 100_000)
    acknowledged = 0
    with log.writer() as appender:

        def fill_up() -> None:
            nonlocal acknowledged
            while True:
                for _ in range(100):
                    end = appender.append(delivery(len(taken))) + 1
                    taken.append(end)
                appender.sync()
                acknowledged = end

        taken: list[int] = []
        with pytest.raises(Fatal, match=r"no space left for the log .* acknowledged is kept"):
            fill_up()
        assert 0 < acknowledged <= log.offsets(ID)[1] <= len(taken)
        assert unreadable(log) == {}
        last = max((log.folder / ID).glob("*.seg"))
        assert last.stat().st_size == FRAME * (log.offsets(ID)[1] - int(last.stem))
        ballast.unlink()
        for _ in range(300):
            taken.append(appender.append(delivery(len(taken))) + 1)
    assert taken == list(range(1, len(taken) + 1))
    assert log.offsets(ID) == (0, len(taken))
    assert unreadable(log) == {}


def test_a_disk_that_stays_full_ends_the_writer_and_the_next_one_goes_on(small_disk: Path) -> None:
    log = new_log(small_disk, 1_000_000)
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 100_000)

    def write_too_much() -> None:
        with log.writer() as appender:
            for number in range(10_000):
                appender.append(delivery(number))

    with pytest.raises(Fatal, match="no space left"):
        write_too_much()
    kept = log.offsets(ID)[1]
    assert 100 < kept < 10_000
    ballast.unlink()
    fill(log, 3)
    assert unreadable(log) == {}
    assert log.offsets(ID) == (0, kept + 3)


def test_what_was_forgotten_is_never_written_and_leaves_no_hole(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    with log.writer() as appender:
        assert [appender.append(delivery(number)) for number in (0, 1)] == [0, 1]
        appender.sync()
        assert [appender.append(delivery(number)) for number in (7, 8, 9)] == [2, 3, 4]
        appender.forget()
        assert appender.append(delivery(2)) == 2
    assert unreadable(log) == {}
    assert log.offsets(ID) == (0, 3)


def test_a_file_that_is_no_segment_is_an_error(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    stranger = fill(log, 1) / "notes.txt"
    stranger.touch()
    for use in (lambda: log.offsets(ID), lambda: fill(log, 1)):
        with pytest.raises(Fatal, match=r"notes.txt is no segment of a log\. move it away"):
            use()


def test_a_folder_that_holds_something_else_is_no_log(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    log = FileLog(tmp_path)
    for use in (log.partitions, lambda: fill(log, 1)):
        with pytest.raises(Fatal, match="letters is no part of a log"):
            use()


def test_a_log_where_a_file_is_says_what_the_system_said(tmp_path: Path) -> None:
    (tmp_path / "log").touch()
    log = FileLog(tmp_path / "log")
    with pytest.raises(Fatal, match="cannot be used: Not a directory"):
        log.partitions()
    with pytest.raises(Fatal, match="cannot be used: File exists"):
        fill(log, 1)
