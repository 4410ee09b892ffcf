"""A job on a job server: begun, watched, cancelled, and what its workers raised.

Every wait has a deadline of ours: a job that hangs inside Flink looks as if it ran. An error of a
worker comes back as a text with a traceback in it, and is raised here as what it was.
"""

import re
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import apache_beam as beam
import grpc
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.portability.api import beam_job_api_pb2 as api
from apache_beam.portability.api import beam_job_api_pb2_grpc as service
from apache_beam.runners.portability.portable_runner import PortableRunner
from apache_beam.runners.runner import PipelineState

from pipelines.runners import Runner
from schemas import errors
from schemas.errors import Fatal, UpshotError

SUBMIT_S = 180.0
ANSWER_S = 20.0
ENDED = {state for state in vars(PipelineState).values() if isinstance(state, str)} & {
    PipelineState.DONE,
    PipelineState.FAILED,
    PipelineState.CANCELLED,
    PipelineState.DRAINED,
    PipelineState.UPDATED,
}
RAISED = re.compile(r"schemas\.errors\.(\w+): (.*?)(?: \[while running .*?\])+\. (.*)")
LOOK = "look at the job's exceptions in Flink, then run it again"
Result = TypeVar("Result")


class Job:
    """One that was submitted; it goes on without us unless we cancel it."""

    def __init__(self, runner: Runner, result: Any) -> None:
        self._place = runner.place
        self._result = result

    @property
    def id(self) -> str:
        """The job server's name of it."""
        return str(self._result._job_id)

    def check(self) -> None:
        """Raise what ended it, where it has ended."""
        state = self.state()
        if state == PipelineState.FAILED:
            self.finish(ANSWER_S)
        if state in ENDED:
            raise UpshotError(
                f"the job has ended, {state.lower()}: somebody stopped it in Flink",
                "run the command again to land on from where it ended",
            )

    def state(self) -> str:
        """Return Beam's word for how it is. Raises Fatal where the job server does not answer."""
        return str(self._ask(lambda: self._result.state, ANSWER_S))

    def finish(self, patience_s: float) -> None:
        """Return when it is done; raises what a worker raised, and Fatal for any other end.

        One that takes longer is cancelled, and so is one that we are interrupted at.
        """
        try:
            self._ask(self._result.wait_until_finish, patience_s)
        except TimeoutError:
            self.cancel()
            raise Fatal(
                f"the job was not done in {patience_s:g} s and was cancelled",
                "see that Flink has free slots and healthy workers, then run it again",
            ) from None
        except RuntimeError as problem:
            raise raised(str(problem)) from None
        except KeyboardInterrupt:
            self.cancel()
            raise

    def cancel(self) -> None:
        """Cancel it; return when the job server has said so."""
        try:
            self._ask(self._result.cancel, ANSWER_S)
        except TimeoutError:
            raise self._silent() from None

    def _ask(self, call: Callable[[], Result], patience_s: float) -> Result:
        try:
            return within(call, patience_s)
        except grpc.RpcError:
            raise self._silent() from None

    def _silent(self) -> Fatal:
        return Fatal(
            f"the job server at {self._place} does not answer",
            "start it again; see in Flink whether the job still runs, and cancel it there",
        )


def submit(
    runner: Runner,
    build: Callable[[beam.Pipeline], object],
    name: str,
    flags: Sequence[str],
) -> Job:
    """Build a graph and hand it to a job server. Raises Fatal where there is none."""
    host, _, port = runner.place.rpartition(":")
    try:
        socket.create_connection((host, int(port)), ANSWER_S).close()
    except OSError:
        raise Fatal(
            f"there is no job server at {runner.place}",
            "start one (`upshot flink`), or correct --runner",
        ) from None
    # Its streams end with this timeout, so it must outlive the job.
    flags = [*flags, f"--job_server_timeout={int(runner.job_s + SUBMIT_S)}"]
    options = PipelineOptions(runner.options(name, *flags))
    pipeline = beam.Pipeline(PortableRunner(), options)
    build(pipeline)
    try:
        return Job(runner, within(pipeline.run, SUBMIT_S))
    except (grpc.RpcError, grpc.FutureTimeoutError, TimeoutError) as problem:
        raise Fatal(
            f"the job server at {runner.place} does not take the job: {type(problem).__name__}",
            "look at its log",
        ) from None


def running(runner: Runner, name: str) -> str | None:
    """Return the id of a job of this name that the job server runs, None where there is none."""
    with grpc.insecure_channel(runner.place) as channel:
        try:
            told = service.JobServiceStub(channel).GetJobs(api.GetJobsRequest(), timeout=ANSWER_S)
        except grpc.RpcError:
            raise Fatal(
                f"there is no job server at {runner.place}",
                "start one (`upshot flink`), or correct --runner",
            ) from None
    alive = (api.JobState.RUNNING, api.JobState.STARTING, api.JobState.CANCELLING)
    found = [one.job_id for one in told.job_info if one.job_name == name and one.state in alive]
    return found[0] if found else None


def raised(text: str) -> Exception:
    """Return what a worker raised, from what the runner says of it. Pure."""
    if found := RAISED.search(text):
        name, problem, next_step = found.groups()
        kind = getattr(errors, name, UpshotError)
        return kind(problem, next_step.removesuffix("."))
    if "Traceback (most recent call last)" in text:
        # A mistake of ours: shown whole, as the local runner does.
        return RuntimeError(text)
    return Fatal(f"the job failed: {text.splitlines()[0][:300] if text else 'no reason'}", LOOK)


def within(call: Callable[[], Result], patience_s: float) -> Result:
    """Return what a call returns, raise what it raises; TimeoutError when it takes too long."""
    done: list[Result] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            done.append(call())
        except BaseException as problem:  # noqa: BLE001 - raised again in the thread that asked
            failed.append(problem)

    thread = threading.Thread(target=work, name="job server", daemon=True)
    thread.start()
    thread.join(patience_s)
    if failed:
        raise failed[0]
    if not done:
        raise TimeoutError
    return done[0]
