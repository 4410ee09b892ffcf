"""Runners by name, and what each must be told, so that nobody can forget it.

``local`` is Beam in this process. ``flink://HOST:PORT`` is the job server of a Flink cluster, whose
workers must see the lake (and a log in files) under the same path; ``?rest=HOST:PORT`` says where
Flink itself tells of jobs, where that is not port 8081 of the same host.
"""

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import Usage

if TYPE_CHECKING:
    import apache_beam as beam

SCHEME = "flink://"
REST_PORT = 8081
_PLACE = re.compile(r"(?P<place>(?P<host>[\w.-]+):\d{1,5})(\?rest=(?P<rest>[\w.-]+:\d{1,5}))?")
WORKER = "upshot-worker"
"""The program that a TaskManager starts, found on its path."""

BOUNDED = (
    # Flink's batch mode stands still, without a word, where a stage gives more than 1 GB.
    "--streaming",
    "--max_bundle_size=20",
    # Else sources that are done keep the job from ending.
    "--shutdown_sources_after_idle_ms=0",
    # Else four starts of ten hang: what a bundle gave waits for a bundle that never comes.
    "--finish_bundle_before_checkpointing",
    # Whoever asked runs it again; here a mistake would be made twenty times.
    "--number_of_execution_retries=0",
)
"""What a graph with an end is told."""

UNBOUNDED = ("--streaming", "--finish_bundle_before_checkpointing", "--max_bundle_size=1")
"""What a graph without an end is told, beside how often Flink takes a checkpoint."""

JOB_S = 3600.0
"""How long a bounded job may take: what hangs inside Flink looks as if it ran."""


@dataclass(frozen=True)
class Runner:
    """Who runs a graph."""

    place: str = ""
    """HOST:PORT of a job server; empty: this process."""
    rest: str = ""
    """HOST:PORT of Flink's REST interface."""
    parallelism: int = 1
    """How many workers at once."""
    job_s: float = JOB_S
    """How long a job with an end may take."""

    @property
    def local(self) -> bool:
        """Whether graphs run in this process, which sees what this process sees."""
        return not self.place

    def of(self, tasks: int) -> "Runner":
        """Return who runs a graph of so many tasks.

        One alone is run here: a job takes seconds to begin, and a worker is no faster than we are.
        """
        return self if tasks > 1 else LOCAL

    def seen(self, lake: Path, log: str) -> tuple[Path, str]:
        """Return a lake and a log under names that workers elsewhere can use."""
        home, _, place = log.partition(":")
        if self.local:
            return lake, log
        return lake.absolute(), f"file:{Path(place).absolute()}" if home == "file" else log

    def options(self, name: str, *more: str) -> list[str]:
        """Return what a job of this name is told on Flink."""
        # Names of files and of users; what is secret is in those files.
        environ = {key: os.environ[key] for key in sorted(os.environ) if key in KAFKA}
        return [
            f"--job_name={name}",
            f"--job_endpoint={self.place}",
            f"--parallelism={self.parallelism}",
            f"--sdk_worker_parallelism={self.parallelism}",
            "--environment_type=PROCESS",
            f"--environment_config={json.dumps({'command': WORKER, 'env': environ})}",
            *more,
        ]


LOCAL = Runner()
KAFKA = {f"UPSHOT_KAFKA_{name}" for name in ("USER", "PASSWORD_FILE", "MECHANISM", "CA", "CERT")}
KAFKA |= {"UPSHOT_KAFKA_KEY"}


def runner(name: str, parallelism: int = 1) -> Runner:
    """Return the runner of a name. Raises Usage for a name that is none."""
    if name == "local":
        return LOCAL
    found = _PLACE.fullmatch(name.removeprefix(SCHEME))
    if name.startswith(SCHEME) and found:
        rest = found["rest"] or f"{found['host']}:{REST_PORT}"
        return Runner(found["place"], rest, parallelism)
    raise Usage("--runner names no runner", f"use --runner local or --runner {SCHEME}HOST:PORT")


def finish(runner: Runner, build: "Callable[[beam.Pipeline], object]") -> None:
    """Build a bounded graph and run it to its end; raises what a worker raised."""
    import apache_beam as beam
    from apache_beam.options.pipeline_options import PipelineOptions

    if runner.local:
        from apache_beam.runners.portability.fn_api_runner import FnApiRunner

        options = PipelineOptions(["--direct_running_mode=in_memory"])
        pipeline = beam.Pipeline(FnApiRunner(), options)
        build(pipeline)
        pipeline.run().wait_until_finish()
        return
    from pipelines.job import submit

    submit(runner, build, "upshot", BOUNDED).finish(runner.job_s)
