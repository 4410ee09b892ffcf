"""A stream on Flink as a user starts it, what feeds its log, and how much has landed."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

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


class Feed(Thread):
    """Sends deliveries to a log in Kafka, so many a second, up to so many or until told to stop."""

    def __init__(self, log: str, spool: Path, rate: float, most: int = sys.maxsize) -> None:
        super().__init__(name="feed")
        self._log = log
        self._spool = spool
        self._rate = rate
        self._most = most
        self._enough = Event()
        self.sent = 0

    def run(self) -> None:
        """Send."""
        spooled, begun = spools(self._spool), time.monotonic()
        some = many(min(self._most, 100_000))
        with (
            forwarder(spooled, Access.read(self._log, {}), trim=False) as sender,
            spooled.writer() as appender,
        ):
            while self.sent < self._most and not self._enough.is_set():
                due = min(self._most, int((time.monotonic() - begun) * self._rate) + 1)
                for number in range(self.sent, due):
                    appender.append(some[number % len(some)])
                appender.sync()
                sender.forward()
                self.sent = due
                self._enough.wait(0.2)

    def finish(self) -> int:
        """Send nothing more; return how many were sent."""
        self._enough.set()
        self.join(END_S)
        assert not self.is_alive()
        return self.sent


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
