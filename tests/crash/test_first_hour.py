"""Killed at every step while the lake comes to be, and run again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.steps import STEPS
from tests.crash import answers, recording
from tests.crash.calm import Calm
from tests.crash.sweep import (
    FIRST_HOUR,
    LAST,
    SECOND_HOUR,
    Case,
    cases,
    chains,
    deaths,
    named,
    run,
    run_chain,
)

SWEPT_ELSEWHERE = {
    "collect-answer": "tests/collect/test_durability.py",
    "forward-send": "tests/kafka/test_forward.py",
    "forward-ack": "tests/kafka/test_forward.py",
    "forward-progress": "tests/kafka/test_forward.py",
    "forward-trim": "tests/kafka/test_forward.py",
    "compact-write": "tests/crash/test_upkeep.py",
    "compact-commit": "tests/crash/test_upkeep.py",
    "vacuum-commit": "tests/crash/test_upkeep.py",
    "vacuum-remove": "tests/crash/test_upkeep.py",
    "log-trim": "tests/crash/test_upkeep.py",
    "erase-write": "tests/test_erase.py",
    "erase-note": "tests/test_erase.py",
    "erase-commit": "tests/test_erase.py",
    "log-rewrite": "tests/test_erase.py",
}
"""Steps that neither pull nor stream reaches over a file log, and what kills there."""


@pytest.mark.parametrize("deaths", deaths(FIRST_HOUR), ids=named)
def test_nothing_is_lost_or_there_twice_when_the_first_pass_dies(
    known: Calm, deaths: list[Case]
) -> None:
    assert run_chain(known, deaths).wrong == ()


@pytest.mark.parametrize("hour", [FIRST_HOUR, SECOND_HOUR])
def test_every_case_is_in_one_chain(hour: tuple[int, int]) -> None:
    chained = [case for chain in chains(hour) for case in chain]
    assert sorted(chained) == sorted(cases(hour))


def test_the_calm_run_gives_the_answers_that_were_put_into_the_recording(known: Calm) -> None:
    assert known.answers.keys() == {1, 2}
    for snapshot, shown in known.answers.items():
        outcomes = shown.tables["facts.changes"]["outcome"].to_pylist()
        assert len(outcomes) == recording.CHANGES[snapshot]
        assert outcomes.count("merged") == recording.MERGED[snapshot]
        assert shown.tables["lake.rejected"]["field"].to_pylist().count("number") == snapshot
        assert shown.tables["lake.ignored"].num_rows == snapshot
        assert answers.faults(shown) == []


def test_every_place_is_swept_the_first_and_the_last_time_it_is_reached(known: Calm) -> None:
    swept = set(cases(FIRST_HOUR) + cases(SECOND_HOUR))
    for command, reached in enumerate(known.reached):
        for place, times in reached.items():
            assert Case(command, place, 1) in swept
            assert times == 1 or Case(command, place, LAST) in swept
    here = [name for name in STEPS if name not in SWEPT_ELSEWHERE]
    assert {case.place for case in swept} == {name + side for name in here for side in ("", "+")}


def test_a_place_that_is_never_reached_is_no_success(known: Calm) -> None:
    assert "kill" in run(known, Case(2, "append", 100)).checkers


def test_the_installed_command_dies_at_the_same_place(known: Calm) -> None:
    known.home.put_back("1")
    died = subprocess.run(
        [Path(sys.executable).with_name("upshot"), "stream", "--once"],
        env=os.environ
        | {
            "UPSHOT_FAULT": "land-commit+",
            "UPSHOT_LOG": f"file:{known.home.log}",
            "UPSHOT_LAKE": str(known.home.lake),
        },
        check=False,
        capture_output=True,
    )
    assert died.returncode == -9
    assert (known.home.lake / "deliveries").exists()
    assert not (known.home.lake / "snapshots").exists()
