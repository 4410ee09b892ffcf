"""How long it takes from an event to a reader who sees it, on one machine, all of it real.

    python -m tests.bench.latency [--minutes 15] [--rate 1200] [--there 5000000]

Editors push heartbeats, 25 at a time, to ``upshot collect``, which forwards them to a real broker;
``upshot stream --every 1`` lands and derives; a reader asks the catalogue. With ``--there`` so many
heartbeats of the sixty days before are in the lake already. Needs java. All that was acknowledged
must be seen, else it ends with 1 and no distribution.

How to read it: an event's latency is from its own time to the first look that showed it; looks are
a quarter of a second apart, and events are told apart by the second, which adds up to one second.
"""

import argparse
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec

from connectors.broker.node import Node, free_ports
from connectors.file_log import FileLog
from connectors.kafka_access import Access
from connectors.pull import delivered
from connectors.source import Item
from connectors.topics import create
from pipelines.catalog import open_catalog, shown
from pipelines.derive import derive
from pipelines.land import land
from schemas.envelope import Delivery
from tests.commands import process
from tests.crash.process import Command, Running
from tests.deliveries import KEY, SOURCES
from tests.kafka.collected import EDITOR, collecting

BULK = 25
EDITORS = 40
DAYS_BEFORE = 60
LOOK_S = 0.25
DRAIN_S = 300
GOAL_S = 60
WORK = ("main.py", "test_main.py", "api.py", "README.md")


def beat(account: int, at_s: float, chance: random.Random) -> dict[str, object]:
    """Return one heartbeat as an editor sends it."""
    return {
        "time": round(at_s, 6),
        "entity": f"/w/shop-{account % 7}/src/{chance.choice(WORK)}",
        "type": "file",
        "project": f"shop-{account % 7}",
        "branch": f"change-{account}-{int(at_s) // 40_000}",
        "language": "Python",
        "is_write": chance.random() < 0.3,
        "human_line_changes": chance.randrange(4),
    }


def before(count: int, begin_s: int, chance: random.Random) -> Iterator[Delivery]:
    """Yield heartbeats of the sixty days that end where it begins, in order of time."""
    first = begin_s - DAYS_BEFORE * 86_400
    for number in range(count):
        at_s = first + DAYS_BEFORE * 86_400 * number / count
        account = chance.randrange(500)
        said = beat(account, at_s, chance) | {"account": f"editor-{account}"}
        item = Item("heartbeat", msgspec.json.encode(said))
        yield delivered(SOURCES["wakatime"], item, KEY, int(at_s * 1_000_000))


class Editors:
    """One thread an editor; ``kept`` counts what was acknowledged, by the second."""

    def __init__(self, url: str, tokens: list[str], rate: float) -> None:
        self.kept: Counter[int] = Counter()
        self.refused = 0
        self._url, self._every_s = url, BULK * len(tokens) / rate
        self._stop, self._lock = threading.Event(), threading.Lock()
        self._threads = [
            threading.Thread(target=self._type_on, args=(number, token))
            for number, token in enumerate(tokens)
        ]

    def run(self, seconds: float) -> None:
        """Type for so long."""
        for thread in self._threads:
            thread.start()
        self._stop.wait(seconds)
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _type_on(self, number: int, token: str) -> None:
        chance = random.Random(number)
        headers = {"authorization": f"Bearer {token}", "user-agent": EDITOR}
        due = time.monotonic() + self._every_s * chance.random()
        with httpx.Client(base_url=self._url, headers=headers, timeout=30) as line:
            while not self._stop.wait(max(0.0, due - time.monotonic())):
                due += self._every_s
                # Plugins gather beats and send them together: the oldest has waited longest.
                now = time.time()
                beats = [beat(number, now - n * 0.001, chance) for n in range(BULK)]
                answer = line.post("/api/v1/users/current/heartbeats.bulk", json=beats)
                with self._lock:
                    if answer.is_success:
                        self.kept.update(int(float(str(one["time"]))) for one in beats)
                    else:
                        self.refused += BULK


class Reader:
    """Looks at the catalogue; ``seen`` counts what was new in a look, by its latency in seconds."""

    def __init__(self, home: Path, begin_s: int) -> None:
        self.seen: Counter[float] = Counter()
        self.snapshots = 0
        self._home, self._begin_s = home, begin_s
        self._known: Counter[int] = Counter()
        self._shown: int | None = None

    def look(self) -> None:
        """Count what is there for the first time."""
        number = shown(self._home)
        if number is None or number == self._shown:
            return
        self._shown, self.snapshots = number, self.snapshots + 1
        with open_catalog(self._home) as db:
            rows = db.execute(
                "SELECT epoch(time)::BIGINT, count(*) FROM events.activity_observed "
                "WHERE time >= make_timestamp(?::BIGINT) GROUP BY 1",
                [self._begin_s * 1_000_000],
            ).fetchall()
        now = time.time()
        for second, count in rows:
            if count > self._known[second]:
                self.seen[round(now - second, 1)] += count - self._known[second]
                self._known[second] = count


def visible(asked: argparse.Namespace, work: Path, until: ExitStack) -> None:
    """Run it all and print the distribution."""
    home = work / "lake"
    chance = random.Random(1)
    begin_s = int(time.time())
    if asked.there:
        _there(work, home, asked.there, begin_s, chance)
    node = Node(work / "broker", free_ports(1)[0])
    node.start()
    until.callback(node.stop)
    log = f"kafka://{node.address}/latency"
    create(Access.read(log, {}))
    assert process(work, "init").code == 0
    tokens = [
        process(work, "token", "wakatime", "--account", f"editor-{n}").out.strip()
        for n in range(EDITORS)
    ]
    collector = until.enter_context(collecting(work, log, tokens[0]))
    stream = Running(
        Command(("stream", "--every", "1"), None),
        work / "stream",
        {"UPSHOT_LOG": log, "UPSHOT_LAKE": str(home)},
    )
    until.callback(stream.kill)
    begin_s = int(time.time())
    editors, reader = Editors(collector.url, tokens, asked.rate), Reader(home, begin_s)
    typing = threading.Thread(target=editors.run, args=(60 * asked.minutes,))
    typing.start()
    deadline = time.monotonic() + 60 * asked.minutes + DRAIN_S
    behind = Counter[int]()
    while typing.is_alive() or reader.seen.total() < editors.kept.total():
        if stream.code is not None or time.monotonic() > deadline:
            typing.join()
            sys.exit(
                f"{reader.seen.total():,} of {editors.kept.total():,} were seen; the stream said: "
                f"{stream.wait().err[-500:] if stream.code is not None else 'nothing, it runs'}"
            )
        reader.look()
        minute = int(time.time() - begin_s) // 60
        behind[minute] = max(behind[minute], editors.kept.total() - reader.seen.total())
        time.sleep(LOOK_S)
    _tell(editors, reader, behind, asked)
    whole = editors.kept.total()
    parts = {"collector": [collector.process.pid], "forwarder": collector.forwarders()}
    for name, pids in (*parts.items(), ("stream", [stream.pid])):
        print(f"{name}: {1e6 * sum(map(cpu_s, pids)) / whole:.0f} us of CPU an event")


def cpu_s(pid: int) -> float:
    """Return the CPU seconds that a process has used, its ended children's too."""
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def _there(work: Path, home: Path, count: int, begin_s: int, chance: random.Random) -> None:
    took = time.monotonic()
    with FileLog(work / "before").writer() as appender:
        for delivery in before(count, begin_s, chance):
            appender.append(delivery)
    while land(home, f"file:{work / 'before'}").consumed:
        pass
    rows = derive(home, SOURCES).rows["events/activity.observed"]
    print(f"{rows:,} events are there already, after {time.monotonic() - took:.0f} s", flush=True)


def _tell(
    editors: Editors, reader: Reader, behind: Counter[int], asked: argparse.Namespace
) -> None:
    whole = editors.kept.total()
    print(
        f"{datetime.now(UTC):%H:%M} {whole:,} events acknowledged and seen at "
        f"{whole / 60 / asked.minutes:,.0f} a second, {editors.refused} refused; "
        f"{reader.snapshots} snapshots were looked at"
    )
    done, marks = 0, {50: 0.0, 90: 0.0, 99: 0.0, 100: 0.0}
    for latency_s, count in sorted(reader.seen.items()):
        done += count
        for mark in [
            mark for mark, found in marks.items() if not found and 100 * done >= mark * whole
        ]:
            marks[mark] = latency_s
    print("latency " + ", ".join(f"p{mark} {s:.1f} s" for mark, s in marks.items()))
    bins = Counter[int]()
    for latency_s, count in reader.seen.items():
        bins[int(latency_s) // 5] += count
    for bucket in range(max(bins) + 1):
        share = bins[bucket] / whole
        print(f"  {5 * bucket:>3}-{5 * bucket + 5:<3} s {share:6.1%} {'#' * round(60 * share)}")
    print("most events not seen yet, by minute: " + " ".join(f"{n:,}" for n in behind.values()))
    print(f"p99 {marks[99]:.1f} s (goal {GOAL_S} s)")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.latency")
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--rate", type=float, default=1200)
    parser.add_argument("--there", type=int, default=0)
    asked = parser.parse_args()
    with ExitStack() as until:
        work = Path(until.enter_context(tempfile.TemporaryDirectory(prefix="upshot-bench-")))
        visible(asked, work, until)


if __name__ == "__main__":
    main()
