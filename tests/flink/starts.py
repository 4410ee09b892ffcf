"""Start a Flink and a landing on it, cold, many times in a row: ``python -m tests.flink.starts``.

Each time a new cluster and an empty lake; how long until the cluster takes jobs, the job runs, and
what was in the log has landed. Ends with 1 where one took longer than a minute, or hung.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from connectors.file_log import FileLog
from pipelines.flink import rest
from pipelines.flink.cluster import Cluster
from pipelines.land_forever import begin
from pipelines.runners import runner
from tests.flink.landing import landed
from tests.kafka.spooled import many, spool

SAID, LIMIT_S, TURN_S = 500, 60.0, 1.0


def started(home: Path) -> tuple[float, float, float]:
    """Return how many seconds behind the start each came; what never came is infinity."""
    spool(FileLog(home / "log"), many(SAID))
    begun = time.monotonic()
    cluster = Cluster(home / "flink", slots=2)
    cluster.start()
    try:
        ready = time.monotonic() - begun
        who = runner(cluster.address, 2)
        job = begin(home / "lake", f"file:{home / 'log'}", who, TURN_S)
        try:
            runs = within(
                begun, lambda: (rest.named(who.rest, job.name) or {}).get("state") == "RUNNING"
            )
            lands = within(begun, lambda: landed(home / "lake") == (SAID, SAID))
        finally:
            job.cancel()
    finally:
        cluster.stop()
    return ready, runs, lands


def within(begun: float, there: Callable[[], bool]) -> float:
    """Return when something was there, in seconds since the start."""
    while not there():
        if time.monotonic() - begun > 2 * LIMIT_S:
            return float("inf")
        time.sleep(0.1)
    return time.monotonic() - begun


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=20)
    times = parser.parse_args().times
    late = 0
    for number in range(1, times + 1):
        with tempfile.TemporaryDirectory() as folder:
            ready, runs, lands = started(Path(folder))
        late += lands > LIMIT_S
        print(
            f"{number:>3}: takes jobs after {ready:.1f} s, runs {runs:.1f} s, landed {lands:.1f} s",
            flush=True,
        )
    print(f"{times - late} of {times} had landed within {LIMIT_S:g} s")
    sys.exit(late > 0)


if __name__ == "__main__":
    main()
