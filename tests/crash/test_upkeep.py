"""Killed at every step of what keeps a lake small, and run again: nobody who reads can tell."""

import signal
import time

import duckdb
import pytest

from connectors.file_log import FileLog
from pipelines import lake, snapshots
from pipelines.table import DELIVERIES
from schemas.envelope import decode
from tests.crash import answers, mutants
from tests.crash.calm import STREAM, Calm, succeeded
from tests.crash.sweep import audited

COMPACT = ("compact",)
VACUUM = ("vacuum", "--older-than", "0", "--longest-pass", "0")
TRIM = ("trim", "--older-than", "0")


@pytest.fixture(scope="module")
def grown(known: Calm) -> Calm:
    """Remember, as ``grown``, a lake of three landings, the third of nothing but copies."""
    known.home.put_back("4")
    succeeded(known.home.run(known.commands[0]))
    succeeded(known.home.run(STREAM))
    known.home.keep("grown")
    return known


def unchanged(known: Calm) -> list[str]:
    """Return what the catalogue shows that it did not show before."""
    shown = answers.read(known.home.lake)
    assert shown is not None
    return [*answers.faults(shown), *answers.differences(known.answers[2], shown)]


def killed(known: Calm, command: tuple[str, ...], *places: str) -> None:
    """Kill a command at each place in turn, and look."""
    for place in places:
        held = known.home.held()
        died = known.home.run(command, fault=place)
        assert died.code == -signal.SIGKILL, (place, died.err)
        assert unchanged(known) == [], place
        assert known.home.held() == held


def goes_on(known: Calm) -> None:
    """Let more arrive, and hold the lake to one that was left alone."""
    succeeded(known.home.run(known.commands[2]))
    succeeded(known.home.run(STREAM))
    shown = answers.read(known.home.lake)
    assert shown is not None
    assert shown.landed == known.home.held()
    assert unchanged(known) == []
    assert list(audited(known)) == []


def test_a_compaction_that_dies_anywhere_changes_nothing_that_is_read(grown: Calm) -> None:
    home = grown.home
    home.put_back("grown")
    assert len(lake.live(home.lake, DELIVERIES)) == 3
    killed(grown, COMPACT, "compact-write", "compact-write+", "compact-commit")
    assert len(lake.live(home.lake, DELIVERIES)) == 3
    killed(grown, COMPACT, "compact-commit+")
    assert len(lake.live(home.lake, DELIVERIES)) == 1
    assert "made 0 files of 0" in succeeded(home.run(COMPACT)).out
    goes_on(grown)


def test_of_two_compactions_and_a_stream_at_once_one_wins_and_no_row_is_lost(grown: Calm) -> None:
    home, codes = grown.home, list[int]()
    for delay in (0.0, 0.1, 0.3):
        home.put_back("grown")
        succeeded(home.run(grown.commands[2]))
        running = [home.start(STREAM)]
        time.sleep(delay)
        running += [home.start(COMPACT), home.start(COMPACT)]
        for done in (one.wait() for one in running):
            assert done.code in (0, 3), done.err
            assert "Traceback" not in done.err
            codes.append(done.code)
        succeeded(home.run(STREAM))
        shown = answers.read(home.lake)
        assert shown is not None
        assert shown.landed == home.held()
        assert unchanged(grown) == []
    assert 0 in codes
    assert list(audited(grown)) == []


def test_a_compaction_of_what_nobody_decoded_would_be_found(grown: Calm) -> None:
    home = grown.home
    home.put_back("grown")
    succeeded(home.run(grown.commands[2]))
    assert home.run(STREAM, fault="land-commit+").code == -signal.SIGKILL
    succeeded(home.run(COMPACT, prepare=mutants.compact_what_was_never_read))
    home.run(STREAM, prepare=mutants.compact_what_was_never_read)
    assert any("deliveries were decoded" in what for _, what in audited(grown))


def test_a_vacuum_that_dies_anywhere_takes_nothing_that_is_read(grown: Calm) -> None:
    home = grown.home
    home.put_back("grown")
    succeeded(home.run(COMPACT))
    assert home.run(STREAM, fault="catalog-write").code == -signal.SIGKILL
    before = snapshots.read(home.lake).number
    killed(grown, VACUUM, "vacuum-commit", "vacuum-commit+", "vacuum-remove", "vacuum-remove+")
    killed(grown, VACUUM, "vacuum-remove+:3")
    assert snapshots.published(home.lake).keys() == {before}
    assert f"forgot 0 snapshots; {before} is" in succeeded(home.run(VACUUM)).out
    assert "removed 0 files" in succeeded(home.run(VACUUM)).out
    goes_on(grown)


def test_a_vacuum_that_looks_at_the_newest_files_only_would_be_found(grown: Calm) -> None:
    home = grown.home
    home.put_back("grown")
    succeeded(home.run(COMPACT))
    succeeded(home.run(VACUUM, prepare=mutants.spare_what_tables_hold_now))
    with pytest.raises(duckdb.IOException):
        answers.read(home.lake)


def test_a_trim_that_dies_anywhere_leaves_a_log_without_a_hole(grown: Calm) -> None:
    home = grown.home
    home.put_back("grown")
    [spool] = FileLog(home.log).partitions()
    small = FileLog(home.log, segment_bytes=1)
    with small.writer() as appender:
        for entry in list(small.read(spool, 0, 4)):
            appender.append(decode(entry.line or b""))
    succeeded(home.run(STREAM))
    held = home.held()
    for fault, gone in (("log-trim", 0), ("log-trim+", 1), ("log-trim", 1), ("log-trim+:2", 3)):
        assert home.run(TRIM, fault=fault).code == -signal.SIGKILL
        assert home.held().items() <= held.items()
        assert len(list((home.log / spool).glob("*.seg"))) == 5 - gone
    assert "removed 1 segments" in succeeded(home.run(TRIM)).out
    assert len(home.held()) == 1
    succeeded(home.run(grown.commands[2]))
    succeeded(home.run(STREAM))
    assert unchanged(grown) == []
    assert list(audited(grown)) == []
