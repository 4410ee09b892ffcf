"""Passes on Flink: the same rows as here, errors as they were raised, no wait without an end."""

import re
import time
from functools import partial
from pathlib import Path

import apache_beam as beam
import pytest

from connectors.file_log import FileLog
from pipelines import derive as derive_module
from pipelines.flink import rest
from pipelines.hops import Task, build_hop
from pipelines.job import submit
from pipelines.plan import levels, tables
from pipelines.runners import BOUNDED
from schemas.errors import Fatal
from tests.commands import Run
from tests.flink.small import Flink, until
from tests.kafka.spooled import many, spool
from tests.lakes import differences, made, recorded, rows


def test_every_table_made_on_flink_equals_the_one_made_here(
    flink: Flink, upshot: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [*recorded(), *many(2_000)]
    made(tmp_path / "here", [said])
    spool(FileLog(tmp_path / "log"), said)
    # Small pieces, so that there is something to share out between two workers.
    monkeypatch.setattr(FileLog, "range_positions", 500)
    monkeypatch.setattr(derive_module, "UNIT_ROWS", 500)
    monkeypatch.chdir(tmp_path)
    ran = upshot(
        *("backfill", "--log", "file:log", "--lake", "there"),
        *("--runner", flink.cluster.address, "--parallelism", 2),
    )
    assert (ran.code, ran.err) == (0, "")
    told = re.match(r"landed (\d+) deliveries, (\d+) unreadable\n", ran.out)
    assert told is not None
    assert sum(map(int, told.groups())) == len(said)
    assert differences(tmp_path / "here", tmp_path / "there") == {}
    assert len(rows(tmp_path / "there", 'SELECT * FROM "facts/changes"')) > 0
    states = [job["state"] for job in rest.jobs(flink.cluster.rest)]
    assert len(states) >= 4, "landing, decode and facts were shared out"
    assert set(states) == {"FINISHED"}


def test_an_error_of_a_worker_arrives_as_it_was_raised_and_is_not_raised_again(
    flink: Flink, tmp_path: Path
) -> None:
    step = next(iter(levels()))[0]
    inputs = tuple((tables()[name], (str(tmp_path / "gone"),)) for name in sorted(step.reads))
    with pytest.raises(Fatal, match="a file cannot be read") as stopped:
        build_hop(tmp_path, [Task(step, ("2026-01-05",), inputs, {})] * 2, flink.runner)
    assert "while running" not in str(stopped.value)
    assert stopped.value.next_step.startswith("restore that file from a copy")
    job = flink.job("upshot")
    assert job is not None
    told = flink.ask(f"/jobs/{job['jid']}/exceptions")["exceptionHistory"]["entries"]
    assert len(told) == 1


def _hang(pipeline: beam.Pipeline) -> None:
    _ = pipeline | beam.Create([600.0], reshuffle=False) | beam.Map(time.sleep)


def test_a_job_that_hangs_is_cancelled_and_said_so(flink: Flink) -> None:
    job = submit(flink.runner, _hang, "upshot-hangs", BOUNDED)
    until("it runs", lambda: (flink.job("upshot-hangs") or {}).get("state") == "RUNNING")
    with pytest.raises(Fatal, match="the job was not done in 2 s and was cancelled"):
        job.finish(2.0)
    ended = flink.job("upshot-hangs")
    assert ended is not None
    assert ended["state"] == "CANCELED"
    until("its workers end", partial(_none, flink))


def _none(flink: Flink) -> bool:
    return not flink.workers()
