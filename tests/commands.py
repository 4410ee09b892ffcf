"""The command line as tests use it: run a command, look at how it ended."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from pipelines import cli

ROOT = Path(__file__).parent.parent


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Ended]


def process(folder: Path, *arguments: str, **more: str) -> Ended:
    """Run a command in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", "from pipelines.cli import main; main()", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **more},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return Ended(ran.returncode, ran.stdout, ran.stderr)


def refused(ended: Ended, code: int, *said: str) -> None:
    """Hold an end to be an error in one line, with what is to be done about it."""
    assert ended.code == code, ended
    assert "Traceback" not in ended.err
    assert ended.err.startswith("upshot: ")
    assert len(ended.err.splitlines()) == 1
    assert ended.err.count(". ") >= 1, "a problem, and a next step"
    for word in said:
        assert word in ended.err
    assert ended.out == ""


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: object
) -> Ended:
    """Run a command in this process, as its own would."""
    monkeypatch.setattr(sys, "argv", ["upshot", *map(str, arguments)])
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        cli.main()
    code = ended.value.code
    return Ended(code if isinstance(code, int) else 0, *capsys.readouterr())
