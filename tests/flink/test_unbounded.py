"""Landing on Flink without an end: nothing is lost and nothing twice, whoever dies or comes too."""

import os
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from connectors.log import open_log
from pipelines.job import Job, submit
from pipelines.land import plan
from pipelines.land_forever import graph, job_name
from pipelines.runners import UNBOUNDED, runner
from tests.commands import process, refused
from tests.flink.landing import Feed, landed, rows, streaming
from tests.flink.small import Flink, until
from tests.kafka.broker import Kafka

RATE = 1_000


@pytest.fixture
def log(kafka: Kafka, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Return a log in Kafka that nobody has used."""
    monkeypatch.setenv("UPSHOT_SPOOL", str(tmp_path / "spool"))
    return kafka.name()


@pytest.fixture
def feeding(log: str, tmp_path: Path) -> Iterator[Feed]:
    """Feed the log meanwhile."""
    thread = Feed(log, tmp_path / "spool", RATE)
    thread.start()
    yield thread
    thread.finish()


def test_killed_workers_a_rival_and_a_savepoint_cost_no_row_and_add_none(
    flink: Flink, log: str, feeding: Feed, tmp_path: Path
) -> None:
    home = tmp_path / "lake"
    prefix = job_name(home)
    with streaming(tmp_path, log, flink.cluster.address, "--parallelism", "2") as first:
        until("rows land", lambda: rows(home))

        second = process(
            tmp_path, "stream", "--log", log, "--lake", "lake", "--runner", flink.cluster.address
        )
        refused(second, 3, "lands into this lake already")

        progress(flink, home, flink.kill_task_manager)
        progress(flink, home, lambda: os.kill(flink.workers()[0], 9))
        sent = feeding.finish()
        until("all has landed", lambda: rows(home) >= sent)
        assert landed(home) == (sent, sent)

        savepoint = stopped_with_savepoint(flink, prefix, tmp_path)
        code, said = first.end()
        assert code == 1
        assert "the job has ended, finished: somebody stopped it in Flink" in said

    sent += more(log, tmp_path)
    with streaming(tmp_path, log, flink.cluster.address) as again:
        until("a new job goes on from the table", lambda: rows(home) >= sent)
        code, said = again.stop()
        assert (code, "Traceback" in said) == (0, False), said
    ended = flink.job(prefix)
    assert ended is not None
    assert ended["state"] == "CANCELED"

    sent += more(log, tmp_path)
    job = restored(flink, home, log, savepoint)
    try:
        until("an old savepoint goes on from the table too", lambda: rows(home) >= sent)
    finally:
        job.cancel()
    assert landed(home) == (sent, sent)
    opened = open_log(log)
    assert plan(opened, home) == []
    opened.close()


def more(log: str, folder: Path) -> int:
    """Send some deliveries; return how many."""
    feed = Feed(log, folder / "spool", 10_000, 500)
    feed.run()
    return feed.sent


def progress(flink: Flink, home: Path, kill: object) -> None:
    """Kill somebody; return once something has landed behind that."""
    assert callable(kill)
    until("there are workers", flink.workers)
    before = rows(home)
    kill()
    killed = time.monotonic()
    until("rows land again", lambda: rows(home) > before + 2 * RATE)
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
    who = runner(flink.cluster.address, 2)
    build = partial(graph, str(home), log, who.parallelism, 2.0, False)
    flags = ["--checkpointing_interval=4000", f"--savepoint_path={savepoint}"]
    return submit(who, build, job_name(home), [*UNBOUNDED, *flags])
