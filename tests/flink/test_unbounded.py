"""Landing on Flink without an end: nothing is lost and nothing twice, whoever dies or comes too."""

import os
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from threading import Thread

import pytest

from connectors.log import open_log
from pipelines import lake
from pipelines.job import Job, submit
from pipelines.land import plan
from pipelines.land_forever import graph, job_name
from pipelines.runners import UNBOUNDED
from pipelines.table import DELIVERIES
from tests.commands import process, refused
from tests.flink.landing import feed, landed, rows, streaming
from tests.flink.small import Flink, until
from tests.kafka.broker import Kafka

COUNT, RATE = 40_000, 1_000


@pytest.fixture
def log(kafka: Kafka, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Return a log in Kafka that nobody has used."""
    monkeypatch.setenv("UPSHOT_SPOOL", str(tmp_path / "spool"))
    return kafka.name()


@pytest.fixture
def feeding(log: str, tmp_path: Path) -> Iterator[Thread]:
    """Feed the log meanwhile."""
    thread = Thread(target=feed, args=(log, tmp_path / "spool", COUNT, RATE))
    yield thread
    if thread.ident:
        thread.join(120)
    assert not thread.is_alive()


def test_killed_workers_a_rival_and_a_savepoint_cost_no_row_and_add_none(
    flink: Flink, log: str, feeding: Thread, tmp_path: Path
) -> None:
    home = tmp_path / "lake"
    prefix = job_name(home)
    with streaming(tmp_path, log, flink.cluster.address, "--parallelism", "2") as first:
        until("it runs", lambda: (flink.job(prefix) or {}).get("state") == "RUNNING")
        feeding.start()
        until("rows land", lambda: rows(home))

        second = process(
            tmp_path, "stream", "--log", log, "--lake", "lake", "--runner", flink.cluster.address
        )
        refused(second, 3, "lands into this lake already")

        progress(flink, home, flink.kill_task_manager)
        progress(flink, home, lambda: os.kill(flink.workers()[0], 9))
        feeding.join(120)
        until("all has landed", lambda: rows(home) >= COUNT)
        assert landed(home) == (COUNT, COUNT)

        savepoint = stopped_with_savepoint(flink, prefix, tmp_path)
        code, said = first.end()
        assert code == 1
        assert "the job has ended, finished: somebody stopped it in Flink" in said

    feed(log, tmp_path / "spool", 500, 10_000)
    with streaming(tmp_path, log, flink.cluster.address) as again:
        until("a new job goes on from the table", lambda: rows(home) >= COUNT + 500)
        code, said = again.stop()
        assert (code, "Traceback" in said) == (0, False), said
    ended = flink.job(prefix)
    assert ended is not None
    assert ended["state"] == "CANCELED"

    feed(log, tmp_path / "spool", 500, 10_000)
    job = restored(flink, home, log, savepoint)
    try:
        until("an old savepoint goes on from the table too", lambda: rows(home) >= COUNT + 1000)
    finally:
        job.cancel()
    assert landed(home) == (COUNT + 1000, COUNT + 1000)
    opened = open_log(log)
    assert plan(opened, home) == []
    opened.close()


def progress(flink: Flink, home: Path, kill: object) -> None:
    """Kill somebody; return once something has landed behind that."""
    assert callable(kill)
    until("there are workers", flink.workers)
    before = lake.newest(home, DELIVERIES)
    kill()
    killed = time.monotonic()
    until("rows land again", lambda: lake.newest(home, DELIVERIES) > before + 1)
    print(f"progress {time.monotonic() - killed:.1f} s behind the kill")  # noqa: T201


def stopped_with_savepoint(flink: Flink, prefix: str, folder: Path) -> str:
    """Stop a job, without draining it; return where its savepoint is."""
    job = flink.job(prefix)
    assert job is not None
    body = {"targetDirectory": (folder / "savepoints").as_uri(), "drain": False}
    asked = flink.ask(f"/jobs/{job['jid']}/stop", "POST", body)["request-id"]

    def made() -> str:
        told = flink.ask(f"/jobs/{job['jid']}/savepoints/{asked}")
        if told["status"]["id"] != "COMPLETED":
            return ""
        assert "location" in told["operation"], told
        return str(told["operation"]["location"])

    return str(until("a savepoint is made", made))


def restored(flink: Flink, home: Path, log: str, savepoint: str) -> Job:
    """Begin from a savepoint, as an operator might who does not know better."""
    build = partial(graph, str(home), log, 2, 2.0, False)
    flags = ["--checkpointing_interval=4000", f"--savepoint_path={savepoint}"]
    return submit(flink.runner, build, job_name(home), [*UNBOUNDED, *flags])
