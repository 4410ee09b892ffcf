"""Whatever way the same deliveries come, the lake is the same: every way, and what differs.

    python -m tests.invariance [--log file:DIR] [--kafka]

A lake is made of the recordings, or of what a log in files holds, once in each way; then every row
of every derived table is held against the first. Days of arrival are the one table that tells when
a thing was told, so telling late changes it, and it alone. Ends with 1 where anything else differs.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import date
from itertools import pairwise
from pathlib import Path

from connectors.broker.node import Node, free_ports
from connectors.file_log import FileLog
from connectors.forward import forwarder
from connectors.kafka_access import Access
from connectors.log import open_log
from connectors.topics import create
from pipelines import snapshots
from pipelines.compact import compact
from pipelines.derive import derive
from pipelines.land import land
from pipelines.table import ARRIVALS
from pipelines.vacuum import vacuum
from schemas.envelope import Delivery, decode
from tests.deliveries import SOURCES
from tests.lakes import differences, made, quietly, recorded, tell

Said = Sequence[Delivery]
Way = Callable[[Path, Said], object]
"""Makes a lake in a folder, of deliveries."""

NINE_DAYS_US = 9 * 86_400 * 1_000_000
BATCHES = 5


def at_once(home: Path, said: Said) -> None:
    made(home, [said])


def shuffled(home: Path, said: Said) -> None:
    made(home, [random.Random(5).sample(said, len(said))])


def three_times_each_and_shuffled(home: Path, said: Said) -> None:
    shuffled(home, [*said, *said, *said])


def half_of_it_nine_days_late(home: Path, said: Said) -> None:
    late = [
        Delivery(one.source, one.kind, one.received + NINE_DAYS_US, one.body) for one in said[1::2]
    ]
    made(home, [said[::2], late])


def batches_backwards(said: Said) -> list[Said]:
    edges = [len(said) * n // BATCHES for n in range(BATCHES + 1)]
    return [said[start:stop] for start, stop in pairwise(edges)][::-1]


def in_batches_backwards(home: Path, said: Said) -> None:
    made(home, batches_backwards(said))


def compacted_and_vacuumed_behind_each_batch(home: Path, said: Said) -> None:
    for batch in batches_backwards(said):
        made(home, [batch])
        compact(home, quietly)
        vacuum(home, time.time(), keep_s=0, pass_s=0)


def by_two_spools_at_once(home: Path, said: Said) -> None:
    with FileLog(home / "log").writer() as one, FileLog(home / "log").writer() as other:
        for number, delivery in enumerate(said):
            (one, other)[number % 2].append(delivery)
    landed_whole(home, f"file:{home / 'log'}")
    derive(home, SOURCES)


def backfilled_behind_the_stream(home: Path, said: Said) -> None:
    made(home, [said[::2]])
    tell(home, said[1::2])
    derive(home, SOURCES, (date(2020, 1, 1), date(2030, 1, 1)))


def landed_whole(home: Path, log: str) -> None:
    while land(home, log).consumed:
        pass


def by_kafka(address: str) -> dict[str, Way]:
    """Return the ways that go through a broker."""

    def told(home: Path, said: Said, times: int) -> None:
        log = f"kafka://{address}/{home.name}"
        create(Access.read(log, {}))
        for number in range(times):
            spool = FileLog(home.parent / f"{home.name}-spool-{number}")
            with spool.writer() as appender:
                for delivery in random.Random(number).sample(said, len(said)):
                    appender.append(delivery)
            with forwarder(spool, Access.read(log, {}), trim=False) as sender:
                sender.forward()
        landed_whole(home, log)
        derive(home, SOURCES)

    return {
        "kafka": lambda home, said: told(home, said, 1),
        "kafka, three times each": lambda home, said: told(home, said, 3),
    }


WAYS: dict[str, Way] = {
    way.__name__.replace("_", " "): way
    for way in (
        at_once,
        shuffled,
        three_times_each_and_shuffled,
        half_of_it_nine_days_late,
        in_batches_backwards,
        compacted_and_vacuumed_behind_each_batch,
        by_two_spools_at_once,
        backfilled_behind_the_stream,
    )
}


def matrix(folder: Path, said: Said, ways: dict[str, Way]) -> Iterator[tuple[str, set[str]]]:
    """Print each way as it is made, and yield it with the derived tables that differ."""
    first: Path | None = None
    for number, (name, way) in enumerate(ways.items()):
        home = folder / f"way{number}"
        home.mkdir()
        way(home, said)
        first = first or home
        found = differences(first, home)
        newest = snapshots.read(home)
        rows = sum(version.rows for version in newest.tables.values())
        wrong = ", ".join(f"{path} {here}/{there}" for path, (here, there) in found.items())
        print(f"{name:<42} {newest.number:>9} {rows:>10,}  {wrong or 'none'}", flush=True)
        yield name, set(found)


def held(log: str) -> list[Delivery]:
    """Return what a log holds."""
    with closing(open_log(log)) as opened:
        return [
            decode(entry.line)
            for partition in opened.partitions()
            for entry in opened.read(partition, *opened.offsets(partition))
            if entry.line is not None
        ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.invariance")
    parser.add_argument("--log", help="a log in files, the demo's for one")
    parser.add_argument("--kafka", action="store_true", help="by a real broker too; needs java")
    asked = parser.parse_args()
    said = held(asked.log) if asked.log else recorded()
    with tempfile.TemporaryDirectory(prefix="upshot-ways-") as kept:
        folder, ways, node = Path(kept), dict(WAYS), None
        if asked.kafka:
            node = Node(folder / "broker", free_ports(1)[0])
            node.start()
            ways |= by_kafka(node.address)
        try:
            print(f"{len(said):,} deliveries, each way held against the first")
            print(f"{'way':<42} {'snapshots':>9} {'rows':>10}  rows that differ (here/there)")
            found = dict(matrix(folder, said, ways))
        finally:
            if node:
                node.stop()
    sys.exit(any(tables - allowed(name) for name, tables in found.items()))


def allowed(name: str) -> set[str]:
    """Return the tables that a way may change."""
    return {ARRIVALS.path} if "late" in name else set()


if __name__ == "__main__":
    main()
