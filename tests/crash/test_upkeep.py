"""Killed at every step of what keeps a lake small, and run again: nobody who reads can tell."""

import signal

import pytest

from pipelines import lake
from pipelines.table import DELIVERIES
from tests.crash import answers, mutants
from tests.crash.calm import STREAM, Calm, succeeded
from tests.crash.sweep import audited

COMPACT = ("compact",)


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


def test_a_compaction_of_what_nobody_decoded_would_be_found(grown: Calm) -> None:
    home = grown.home
    home.put_back("grown")
    succeeded(home.run(grown.commands[2]))
    assert home.run(STREAM, fault="land-commit+").code == -signal.SIGKILL
    succeeded(home.run(COMPACT, prepare=mutants.compact_what_was_never_read))
    home.run(STREAM, prepare=mutants.compact_what_was_never_read)
    assert any("deliveries were decoded" in what for _, what in audited(grown))
