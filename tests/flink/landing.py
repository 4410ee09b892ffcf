"""A stream on Flink as a user starts it, what feeds its log, and how much has landed."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.forward import forwarder
from connectors.kafka_access import Access
from pipelines import lake
from pipelines.engine import connect, scan
from pipelines.table import DELIVERIES
from tests.commands import ROOT
from tests.kafka.spooled import many, spools

UPSHOT = [sys.executable, "-c", "from pipelines.cli import main; main()"]
END_S = 60


def landed(home: Path) -> tuple[int, int]:
    """Return how many rows have landed, and how many deliveries they are."""
    files = [str(home / DELIVERIES.path / file.path) for file in lake.live(home, DELIVERIES)]
    query = f"SELECT count(*), count(DISTINCT (origin, position)) FROM ({scan(DELIVERIES, files)})"
    [found] = connect().execute(query).fetchall()
    return found[0], found[1]


def rows(home: Path) -> int:
    """Return how many rows have landed."""
    return landed(home)[0]


def feed(log: str, folder: Path, count: int, rate: float) -> None:
    """Send so many deliveries to a log in Kafka, so many a second."""
    spooled, said, done = spools(folder), many(count), 0
    begun = time.monotonic()
    with (
        forwarder(spooled, Access.read(log, {}), trim=False) as sender,
        spooled.writer() as appender,
    ):
        while done < count:
            due = min(count, int((time.monotonic() - begun) * rate) + 1)
            for delivery in said[done:due]:
                appender.append(delivery)
            done = due
            appender.sync()
            sender.forward()
            time.sleep(0.2)


class Streaming:
    """A running ``upshot stream``."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def end(self) -> tuple[int, str]:
        """Wait for its end; return its code and what it said of errors."""
        said = self.process.communicate(timeout=END_S)[1]
        return self.process.returncode, said

    def stop(self) -> tuple[int, str]:
        """End it in order."""
        self.process.terminate()
        return self.end()


@contextmanager
def streaming(home: Path, log: str, runner: str, *more: str) -> Iterator[Streaming]:
    """Run the command in a folder; it has ended behind this."""
    words = ["stream", "--log", log, "--lake", "lake", "--runner", runner, "--every", "2", *more]
    with subprocess.Popen(
        [*UPSHOT, *words],
        cwd=home,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Streaming(process)
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.communicate(timeout=END_S)
                except subprocess.TimeoutExpired:
                    process.kill()
