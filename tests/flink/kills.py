"""Kill parts of a Flink while it lands: ``python -m tests.flink.kills --count 600000 --rate 5000``.

By turns a TaskManager and a worker; then rows = distinct = produced, or it ends with 1.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from connectors.broker.node import Node, free_ports
from connectors.kafka_access import Access
from connectors.topics import create
from pipelines.flink.cluster import Cluster
from pipelines.land_forever import job_name
from tests.flink.landing import Feed, landed, streaming
from tests.flink.small import Flink, until

PATIENCE_S = 90.0


def main() -> None:
    """Feed, kill, count, print."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--count", type=int, default=60_000)
    asked.add_argument("--rate", type=float, default=1_000)
    asked.add_argument("--kills", type=int, default=8)
    asked.add_argument("--only", choices=["worker", "taskmanager"])
    said = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        node, cluster = Node(home / "kafka", free_ports(1)[0]), Cluster(home / "flink", slots=2)
        node.start()
        try:
            cluster.start()
            passed = run(home, f"kafka://{node.address}", Flink(cluster), said)
        finally:
            cluster.stop()
            node.kill()
    sys.exit(0 if passed else 1)


def run(home: Path, log: str, flink: Flink, said: argparse.Namespace) -> bool:
    """Return whether every row is there once."""
    create(Access.read(log, {}))
    lake, spool = home / "lake", home / "spool"
    # Half of the time is for coming back.
    every = said.count / said.rate / (said.kills + 1) / 2
    with streaming(home, log, flink.cluster.address, "--parallelism", "2"):
        feed = Feed(log, spool, said.rate, said.count)
        until("it runs", lambda: (flink.job(job_name(lake)) or {}).get("state") == "RUNNING")
        feed.start()
        grown(lake, 0)
        for number in range(said.kills):
            time.sleep(every)
            until("there are workers", flink.workers)
            if not feed.is_alive():
                # Behind the last row nobody can show that they go on.
                print(f"all was sent behind {number} kills", flush=True)
                break
            whom = said.only or ("worker" if number % 2 else "taskmanager")
            before = landed(lake)[0]
            if whom == "worker":
                os.kill(flink.workers()[0], 9)
            else:
                flink.kill_task_manager()
            # What was on its way when it was killed is no progress.
            took = grown(lake, before + 2 * int(said.rate))
            print(f"killed a {whom} at {before} rows: more after {took:.1f} s", flush=True)
            if took > PATIENCE_S and feed.is_alive():
                return False
        feed.join()
        grown(lake, said.count - 1)
    rows, distinct = landed(lake)
    if job := flink.job(job_name(lake)):
        told = flink.ask(f"/jobs/{job['jid']}/checkpoints")
        print(f"checkpoints: {told['counts']}")
    print(f"{rows} rows, {distinct} distinct, {said.count} produced")
    return (rows, distinct) == (said.count, said.count)


def grown(lake: Path, before: int) -> float:
    """Wait until more rows have landed, or too long; return how long that took, in seconds."""
    begun = time.monotonic()
    while (took := time.monotonic() - begun) <= PATIENCE_S and landed(lake)[0] <= before:
        time.sleep(0.2)
    return took


if __name__ == "__main__":
    main()
