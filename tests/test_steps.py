import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.errors import Usage
from schemas.steps import STEPS, Step, step

WRITER = """
from schemas.steps import step

for number in (1, 2, 3):
    with step("land-write"):
        print("write", number, flush=True)
    with step("land-commit"):
        print("commit", number, flush=True)
"""

ALL = ["write 1", "commit 1", "write 2", "commit 2", "write 3", "commit 3"]


def run(fault: str | None) -> tuple[int, list[str]]:
    """Run the writer under a fault; return its exit code and what it got done."""
    done = subprocess.run(
        [sys.executable, "-c", WRITER],
        cwd=Path(__file__).parent.parent,
        env=os.environ | ({"UPSHOT_FAULT": fault} if fault is not None else {}),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.splitlines()


@pytest.mark.parametrize(
    ("fault", "done"),
    [
        ("land-write", []),
        ("land-write+", ["write 1"]),
        ("land-commit", ["write 1"]),
        ("land-commit+", ["write 1", "commit 1"]),
        ("land-write:2", ["write 1", "commit 1"]),
        ("land-commit+:3", ALL),
    ],
)
def test_a_fault_kills_before_or_behind_the_nth_step(fault: str, done: list[str]) -> None:
    assert run(fault) == (-signal.SIGKILL, done)


@pytest.mark.parametrize("fault", [None, "derive-write", "land-commit:4", ""])
def test_a_fault_that_is_not_reached_changes_nothing(fault: str | None) -> None:
    assert run(fault) == (0, ALL)


@pytest.mark.parametrize("name", STEPS)
def test_without_a_fault_a_step_only_runs_its_body(name: Step) -> None:
    ran = []

    with step(name):
        ran.append(name)

    assert ran == [name]


def test_behind_a_step_that_failed_nothing_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPSHOT_FAULT", "append+")

    with pytest.raises(OSError, match="disk full"), step("append"):
        raise OSError("disk full")


@pytest.mark.parametrize("fault", ["land", "land-commit:x", "land-commit:3+", "land-commit++"])
def test_a_fault_that_names_no_step_is_refused_in_one_line(
    fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPSHOT_FAULT", fault)
    with pytest.raises(Usage, match="UPSHOT_FAULT names no step"), step("append"):
        pass
