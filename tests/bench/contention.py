"""Commits of many workers into one table, each with a stream of its own, by the real protocol.

    python -m tests.bench.contention [--every 10] [--seconds 60] [WORKERS ...]    1 10 30 100

Each worker, as a landing worker on a cluster, writes a data file every so many seconds and commits
it with where its stream stands. Two that read the same version conflict, though their streams are
apart: one commits and the other looks again. What is there at the end must be what was committed.

How to read it: ``wanted`` is what the workers would commit if it took no time; where ``done`` falls
behind it the table is the limit, and a commit should carry more (a longer bundle, fewer workers).
Threads of some processes stand for workers, so the machine's processors are part of the limit.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from pipelines import datafile, lake
from pipelines.arrow import arrow_schema
from pipelines.landed import app_id
from pipelines.table import DELIVERIES
from schemas.errors import LostRace

PROCESSES = 4
ROWS = 100
PAUSE_S = 0.05
"""How long who lost waits at first; twice as long each time, and by chance up to that."""


class Committed(NamedTuple):
    """What one worker did; the time of a commit is from its file to its success."""

    commits: int
    tries: int
    took_s: list[float]


def rows(stream: str, start: int) -> pa.Table:
    """Return deliveries of one stream."""
    one: dict[str, Any] = {column.name: None for column in DELIVERIES.columns}
    told = [one | {"origin": stream, "position": start + number} for number in range(ROWS)]
    return pa.Table.from_pylist(told, schema=arrow_schema(DELIVERIES.columns))


def work(home: Path, every_s: float, until: float, number: int) -> Committed:
    """Commit a file of one stream each ``every_s`` seconds until a time."""
    chance = random.Random(number)
    stream = f"{number:032x}"
    moved = {app_id(stream): 0}
    done, tries, took = 0, 0, list[float]()
    due = time.time() + every_s * chance.random()
    while (now := time.time()) < until:
        if now < due:
            time.sleep(min(due, until) - now)
            continue
        due += every_s
        began = time.perf_counter()
        stands = moved[app_id(stream)]
        file = datafile.write(home, DELIVERIES, "2026-01-05", rows(stream, stands), "land-write")
        assert file
        pause_s = PAUSE_S
        while True:
            tries += 1
            try:
                lake.append(
                    home,
                    DELIVERIES,
                    [file],
                    {app_id(stream): (stands or None, stands + ROWS)},
                    "land-commit",
                )
                break
            except LostRace:
                time.sleep(chance.uniform(0, pause_s))
                pause_s *= 2
        moved[app_id(stream)] = stands + ROWS
        done += 1
        took.append(time.perf_counter() - began)
    return Committed(done, tries, took)


def several(home: Path, every_s: float, until: float, numbers: list[int]) -> list[Committed]:
    """Be these workers, a thread each."""
    with ThreadPoolExecutor(len(numbers)) as threads:
        return list(threads.map(partial(work, home, every_s, until), numbers))


def measured(home: Path, workers: int, every_s: float, seconds: float) -> Iterator[Committed]:
    """Yield what each of so many workers did."""
    shares = [list(range(n, workers, PROCESSES)) for n in range(min(PROCESSES, workers))]
    with ProcessPoolExecutor(len(shares), get_context("spawn")) as processes:
        until = time.time() + seconds
        for found in processes.map(partial(several, home, every_s, until), shares):
            yield from found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.contention")
    parser.add_argument("workers", type=int, nargs="*", default=[1, 10, 30, 100])
    parser.add_argument("--every", type=float, default=10)
    parser.add_argument("--seconds", type=float, default=60)
    asked = parser.parse_args()
    print("workers   wanted/s   done/s   tries a commit   median s    p99 s")
    for workers in asked.workers:
        with tempfile.TemporaryDirectory(prefix="upshot-bench-") as work_in:
            home = Path(work_in) / "lake"
            found = list(measured(home, workers, asked.every, asked.seconds))
            commits = sum(one.commits for one in found)
            held = sum(file.rows for file in lake.live(home, DELIVERIES))
            if held != commits * ROWS or lake.newest(home, DELIVERIES) != commits:
                sys.exit(f"{held} rows are there of {commits} commits of {ROWS}")
        took = sorted(s for one in found for s in one.took_s)
        print(
            f"{workers:>7}   {workers / asked.every:>8.1f}   {commits / asked.seconds:>6.1f}"
            f"   {sum(one.tries for one in found) / commits:>14.2f}"
            f"   {took[len(took) // 2]:>8.2f} {took[len(took) * 99 // 100]:>8.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
