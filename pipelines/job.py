"""A job on Flink: handed to the job server, watched, cancelled, and what its workers raised.

Every wait has a deadline of ours: a job that hangs inside Flink looks as if it ran. An error of a
worker comes back as a text with a traceback in it, and is raised here as what it was.
"""

import re
import socket
import threading
import uuid
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import apache_beam as beam
import grpc
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.portable_runner import PortableRunner
from apache_beam.runners.runner import PipelineState

from pipelines.flink import rest
from pipelines.runners import Runner
from schemas import errors
from schemas.errors import Fatal, UpshotError

SUBMIT_S = 180.0
ANSWER_S = 20.0
RAISED = re.compile(r"schemas\.errors\.(\w+): (.*?)(?: \[while running .*?\])+\. (.*)")
LOOK = "look at the job's exceptions in Flink, then run it again"
Result = TypeVar("Result")


class Job:
    """One that was submitted; it goes on without us unless we cancel it."""

    def __init__(self, runner: Runner, name: str, result: Any) -> None:
        self.name = name
        self._runner = runner
        self._result = result

    def check(self) -> None:
        """Raise what ended it, where it has ended; Fatal where nobody tells how it is."""
        found = rest.named(self._runner.rest, self.name)
        if found is None:
            # It has not come to Flink yet, or never will.
            if self._ask(lambda: self._result.state, ANSWER_S) == PipelineState.FAILED:
                self.finish(ANSWER_S)
            return
        if found["state"] == "FAILED":
            raise raised(rest.why(self._runner.rest, found["jid"]))
        if found["state"] in rest.ENDED:
            raise UpshotError(
                f"the job has ended, {found['state'].lower()}: somebody stopped it in Flink",
                "run the command again to go on from where it ended",
            )

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
        """Cancel it and return when it has ended. Raises Fatal where it does not end."""
        rest.cancel(self._runner.rest, self.name)

    def _ask(self, call: Callable[[], Result], patience_s: float) -> Result:
        try:
            return within(call, patience_s)
        except grpc.RpcError:
            raise Fatal(
                f"the job server at {self._runner.place} does not answer",
                f"start it again; see in Flink whether job {self.name} still runs",
            ) from None


def submit(
    runner: Runner,
    build: Callable[[beam.Pipeline], object],
    prefix: str,
    flags: Sequence[str],
) -> Job:
    """Build a graph and hand it to a job server, under a name of its own that begins so.

    Raises Fatal where there is none, or no Flink.
    """
    host, _, port = runner.place.rpartition(":")
    try:
        socket.create_connection((host, int(port)), ANSWER_S).close()
    except OSError:
        raise Fatal(
            f"there is no job server at {runner.place}",
            "start one (`upshot flink`), or correct --runner",
        ) from None
    # Whom we could not cancel we do not begin.
    rest.jobs(runner.rest)
    name = f"{prefix}-{uuid.uuid4().hex[:8]}"
    # Its streams end with this timeout, so it must outlive the job.
    flags = [*flags, f"--job_server_timeout={int(runner.job_s + SUBMIT_S)}"]
    pipeline = beam.Pipeline(PortableRunner(), PipelineOptions(runner.options(name, *flags)))
    build(pipeline)
    try:
        return Job(runner, name, within(pipeline.run, SUBMIT_S))
    except (grpc.RpcError, grpc.FutureTimeoutError, TimeoutError) as problem:
        raise Fatal(
            f"the job server at {runner.place} does not take the job: {type(problem).__name__}",
            "look at its log",
        ) from None


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
