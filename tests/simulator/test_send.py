"""A real collector hears it all, over HTTP; and what happens when it does not."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from connectors.file_log import FileLog
from connectors.keys import make_key
from connectors.simulator import send as sending
from connectors.simulator.noise import QUIET
from connectors.simulator.send import send
from connectors.simulator.simulate import Organisation, simulate
from connectors.simulator.wire import Day, Post, days
from pipelines.demo.collect import collecting
from schemas.envelope import decode
from schemas.errors import Fatal
from tests.conftest import ROOT

TINY = Organisation(seed=3, weeks=1, teams=1, noise=QUIET)
HOOK = Post("github", "/github", {"content-type": "application/json", "x-github-event": "a"}, b"{}")


@pytest.fixture
def key(tmp_path: Path) -> Path:
    make_key(tmp_path / "key", bytes(32))
    return tmp_path / "key"


def test_what_was_sent_is_in_the_log_heard_when_it_was_said(tmp_path: Path, key: Path) -> None:
    history = simulate(TINY)
    logins = [engineer.login for engineer in TINY.staff]
    told = list(days(history.signals, TINY.staff, TINY.noise, TINY.seed, TINY.ends_ms))
    log = FileLog(tmp_path / "log")

    with collecting(
        tmp_path / "edge", log.folder, key, logins, TINY.begins_ms, os.urandom
    ) as collector:
        sent = send(collector.url, told, collector.proofs, begin=collector.set_clock)

    assert sent == sum(len(day.posts) for day in told)
    [spool] = log.partitions()
    lines = [entry.line for entry in log.read(spool, *log.offsets(spool))]
    heard = [decode(line) for line in lines if line]
    kinds = Counter(one.kind for one in heard)
    assert kinds["heartbeat"] == sum(map(len, history.signals.beats.values()))
    assert kinds["source.covered"] > 3
    begins, ends = TINY.begins_ms * 1000, TINY.ends_ms * 1000
    assert {begins <= one.received <= ends for one in heard} == {True}
    assert len({one.received for one in heard}) == len({day.ends_ms for day in told})


def test_a_request_that_is_refused_ends_it_and_names_the_route(tmp_path: Path, key: Path) -> None:
    with collecting(tmp_path / "edge", tmp_path / "log", key, [], 0, os.urandom) as collector:
        wrong = collector.proofs._replace(secret="x" * 32)
        with pytest.raises(Fatal, match="answered 401 at /github"):
            send(collector.url, [Day(1, [HOOK])], wrong)


def test_nobody_answering_is_said_and_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, key: Path
) -> None:
    with collecting(tmp_path / "edge", tmp_path / "log", key, [], 0, os.urandom) as collector:
        gone = collector
    monkeypatch.setattr(sending, "ANSWER_S", 0.3)

    with pytest.raises(Fatal, match="did not answer at /github"):
        send(gone.url, [Day(1, [HOOK])], gone.proofs)


def test_a_collector_that_cannot_begin_says_why(tmp_path: Path) -> None:
    with (
        pytest.raises(Fatal, match=r"collector (did not begin|ended with 1)"),
        collecting(tmp_path / "edge", tmp_path / "log", tmp_path / "none", [], 0, os.urandom),
    ):
        pass


def test_a_collector_whose_parent_is_gone_stops(tmp_path: Path, key: Path) -> None:
    with collecting(tmp_path / "edge", tmp_path / "log", key, [], 0, os.urandom):
        pass
    arguments = [tmp_path / "log", key, tmp_path / "edge/secrets.toml", tmp_path / "edge/clock"]
    with subprocess.Popen(
        [sys.executable, "-m", "pipelines.demo.collect", *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    ) as child:
        assert child.stdin
        assert child.stdout
        assert child.stdout.readline().startswith(b"http://127.0.0.1:")
        child.stdin.close()
        assert child.wait(60) == 0
