"""Runners by name; what is said where there is none."""

import pytest

from connectors.broker.node import free_ports
from pipelines.job import raised, submit, within
from pipelines.runners import BOUNDED, LOCAL, UNBOUNDED, Runner, runner
from schemas.errors import Fatal, LostRace, Usage
from tests.commands import Run, refused


def test_a_name_says_where_jobs_are_taken_and_where_they_are_told_of() -> None:
    assert runner("local") == LOCAL
    assert runner("flink://host:8099") == Runner("host:8099", "host:8081", 1)
    assert runner("flink://one:1?rest=two:2", 3) == Runner("one:1", "two:2", 3)


@pytest.mark.parametrize("name", ["", "flink", "flink://", "flink://host", "spark://host:1"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(Usage, match="--runner names no runner"):
        runner(name)


def test_nobody_can_forget_what_flink_hangs_without() -> None:
    assert "--finish_bundle_before_checkpointing" in BOUNDED
    assert "--finish_bundle_before_checkpointing" in UNBOUNDED
    assert "--shutdown_sources_after_idle_ms=0" in BOUNDED
    assert not set(BOUNDED) & {"--drain"}


def test_a_worker_is_told_how_to_log_in_but_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPSHOT_KAFKA_PASSWORD_FILE", "/run/password")
    monkeypatch.setenv("UPSHOT_FAULT", "land-commit")
    told = " ".join(Runner("host:1", "host:2").options("name"))
    assert '"UPSHOT_KAFKA_PASSWORD_FILE": "/run/password"' in told
    assert "UPSHOT_FAULT" not in told


def test_without_a_job_server_the_command_says_so_at_once(upshot: Run) -> None:
    [port] = free_ports(1)
    ran = upshot("stream", "--runner", f"flink://127.0.0.1:{port}", "--log", "file:.upshot/log")
    refused(ran, 1, "no Flink answers")


def test_without_a_job_server_no_job_is_begun() -> None:
    [port] = free_ports(1)
    with pytest.raises(Fatal, match="there is no job server at"):
        submit(Runner(f"127.0.0.1:{port}"), lambda pipeline: None, "upshot", BOUNDED)


TRACE = (
    "java.lang.RuntimeException: Error received from SDK harness for instruction 4: Traceback "
    '(most recent call last):\n  File "a.py", line 1, in process\n'
)


def test_what_a_worker_raised_is_told_from_its_traceback() -> None:
    said = "schemas.errors.LostRace: deliveries: x. y [while running 'Land-ptransform-7']. again."
    problem = raised(f"{TRACE}{said}\n\nmore")
    assert type(problem) is LostRace
    assert (problem.problem, problem.next_step) == ("deliveries: x. y", "again")


def test_a_mistake_of_ours_is_shown_whole_and_one_of_flinks_in_a_line() -> None:
    assert type(raised(f"{TRACE}KeyError: 'a'")) is RuntimeError
    lost = raised("org.apache.flink.NoResource: no slots\n\tat x")
    assert type(lost) is Fatal
    assert lost.problem == "the job failed: org.apache.flink.NoResource: no slots"


def test_a_call_that_never_returns_is_not_waited_for() -> None:
    from threading import Event

    with pytest.raises(TimeoutError):
        within(Event().wait, 0.05)
    with pytest.raises(KeyError):
        within(lambda: dict[str, int]()["a"], 5)
    assert within(lambda: 7, 5) == 7
