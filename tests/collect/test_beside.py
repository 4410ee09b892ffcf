"""Beside: kept running, started again, and never left behind."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.collect import beside as module
from connectors.collect.beside import beside

PATIENCE_S = 30


def program(text: str, *words: object) -> list[str]:
    return [sys.executable, "-c", f"import os, sys, time\n{text}", *map(str, words)]


def until(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_whoever_ends_is_started_again_and_that_is_told(tmp_path: Path) -> None:
    said: list[str] = []
    note = program("open(sys.argv[1], 'a').write('x'); sys.exit(4)", tmp_path / "runs")
    with beside(note, said.append, first_pause_s=0.01) as running:
        until(lambda: running.ended >= 3)
    assert (tmp_path / "runs").read_text().startswith("xxx")
    assert said[:2] == [
        "the forwarder ended with 4 and starts again in 0.01 s",
        "the forwarder ended with 4 and starts again in 0.02 s",
    ]


def test_it_is_asked_to_finish_and_may(tmp_path: Path) -> None:
    said: list[str] = []
    last = "open(sys.argv[1], 'w').close(); sys.stdin.read(); open(sys.argv[2], 'w').close()"
    with beside(program(last, tmp_path / "begun", tmp_path / "done"), said.append) as running:
        until((tmp_path / "begun").exists)
        assert not (tmp_path / "done").exists()
    assert (tmp_path / "done").exists()
    assert (running.ended, said) == (0, [])


def test_one_that_does_not_finish_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FINISH_S", 0.1)
    monkeypatch.setattr(module, "GRACE_S", 0.1)
    stay = "open(sys.argv[1], 'w').write(f'{os.getpid()}\\n'); time.sleep(60)"
    began = tmp_path / "begun"
    with beside(program(stay, began), lambda _: None):
        until(lambda: began.exists() and began.read_text().endswith("\n"))
    assert not Path("/proc", began.read_text().strip()).exists()


def test_one_that_cannot_be_started_is_tried_again() -> None:
    said: list[str] = []
    with beside(["/no/such/program"], said.append, first_pause_s=0.01) as running:
        until(lambda: running.ended >= 2)
    assert said[0].startswith("the forwarder could not be started (No such file or directory)")


def test_stopping_does_not_wait_for_a_pause() -> None:
    with beside(program("sys.exit(1)"), lambda _: None, first_pause_s=1e6) as running:
        until(lambda: running.ended == 1)
