"""Killed at every step of a pass that goes on from a published snapshot, and run again."""

import pytest

from pipelines import lake, snapshots
from pipelines.plan import tables
from tests.crash import answers
from tests.crash.calm import STREAM, Calm, succeeded
from tests.crash.sweep import SECOND_HOUR, Case, audited, deaths, named, run_chain


@pytest.mark.parametrize("deaths", deaths(SECOND_HOUR), ids=named)
def test_nothing_is_lost_or_there_twice_when_a_later_pass_dies(
    known: Calm, deaths: list[Case]
) -> None:
    assert run_chain(known, deaths).wrong == ()


def test_versions_that_no_snapshot_names_are_built_upon(known: Calm) -> None:
    home = known.home
    home.put_back("3")
    assert home.run(STREAM, fault="snapshot-commit").code == -9
    assert "facts/changes" in _unnamed(known)

    succeeded(home.run(STREAM))

    assert _unnamed(known) == []
    shown = answers.read(home.lake)
    assert shown is not None
    assert answers.differences(known.answers[2], shown) == []


def _unnamed(known: Calm) -> list[str]:
    """Return the tables that have a version newer than the one the newest snapshot names."""
    home = known.home.lake
    named = snapshots.read(home)
    return [
        path for path, table in tables().items() if lake.newest(home, table) > named.version(path)
    ]


def test_a_pass_that_dies_again_and_again_ends_in_the_same_lake(known: Calm) -> None:
    home = known.home
    home.put_back("3")
    for place in (
        "land-write+",
        "land-commit+",
        "derive-commit+:3",
        "snapshot-commit",
        "snapshot-commit+",
    ):
        assert home.run(STREAM, fault=place).code == -9, place
    succeeded(home.run(STREAM))
    shown = answers.read(home.lake)
    assert shown is not None
    assert answers.differences(known.answers[2], shown) == []
    assert list(audited(known)) == []
