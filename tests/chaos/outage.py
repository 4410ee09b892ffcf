"""The broker goes away while a collector takes deliveries, and comes back; and what that cost.

    python -m tests.chaos.outage [--seconds 600] [--rate 1200]

The broker is killed and, so many seconds later, started again on the same port and data. All the
while deliveries come at one rate, and the collector's ``/ready`` and ``/metrics`` say how far the
log is behind. It is back when it takes requests, and all has recovered when no more waits than
before. Ends with 1 where something was lost or turned away, or that took longer than the outage.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from connectors.broker.node import Node, free_ports
from connectors.kafka_access import Access
from connectors.topics import create
from tests.chaos.pusher import Pusher
from tests.kafka.collected import Collecting, collecting, furnished, heard

LOOK_S = 0.5
CALM_S = 3.0
"""For so long all is as it should be: what waits then is what always waits."""


class Look(NamedTuple):
    """What the collector said at one moment."""

    second: float
    """Since the broker was killed."""
    broker: str
    ready: int
    """The status of ``/ready``."""
    behind: int
    acknowledged: int


@dataclass
class Outage:
    """What happened."""

    looks: list[Look] = field(default_factory=list)
    away_s: float = 0.0
    """From when the broker was killed until it took requests again."""
    recovery_s: float = 0.0
    acknowledged: int = 0
    turned_away: dict[str, int] = field(default_factory=dict)
    """Requests that were not answered 201, by status or error."""
    lost: int = 0
    copies: int = 0
    slowest_s: float = 0.0
    told: str = ""
    """All that the collector said on stderr."""

    def behind(self, broker: str) -> list[int]:
        """Return how far behind it was while the broker was in some state."""
        return [look.behind for look in self.looks if look.broker == broker]


def outage(folder: Path, seconds: float, rate_hz: int, tell: Callable[[Look], object]) -> Outage:
    """Play it in a folder, telling every look at the collector; return when all is in the log."""
    node = Node(folder / "broker", free_ports(1)[0])
    node.start()
    try:
        log = f"kafka://{node.address}"
        create(Access.read(log, {}))
        return _played(folder, node, log, (seconds, rate_hz), tell)
    finally:
        node.kill()


def _played(
    folder: Path,
    node: Node,
    log: str,
    asked: tuple[float, int],
    tell: Callable[[Look], object],
) -> Outage:
    seconds, rate_hz = asked
    seen, token = Outage(), furnished(folder)
    with collecting(folder, log, token) as collector:
        assert collector.push(0).status_code == 201
        collector.forwarded()
        pusher = Pusher(collector.url, token, rate_hz, first=1)
        killed = time.monotonic() + CALM_S

        def look(broker: str) -> Look:
            time.sleep(LOOK_S)
            said = _look(collector, time.monotonic() - killed, broker, len(pusher.acknowledged))
            seen.looks.append(said)
            tell(said)
            return said

        try:
            while time.monotonic() < killed:
                look("here")
            node.kill()
            while time.monotonic() < killed + seconds:
                look("away")
            node.start()
            back = time.monotonic()
            seen.away_s = back - killed
            while look("back").behind > max(seen.behind("here")):
                assert time.monotonic() < back + 2 * seen.away_s, "the log does not catch up"
            seen.recovery_s = time.monotonic() - back
        finally:
            pusher.stop()
        collector.forwarded()
        look("done")
        seen.told = collector.stop()
    found, seen.copies = heard(log, folder)
    acknowledged = pusher.acknowledged | {0}
    seen.acknowledged, seen.lost = len(acknowledged), len(acknowledged - set(found))
    seen.turned_away, seen.slowest_s = dict(pusher.turned_away), pusher.slowest_s
    return seen


def _look(collector: Collecting, second: float, broker: str, acknowledged: int) -> Look:
    ready = collector.line.get("/ready").status_code
    behind = int(collector.meter("forward_behind"))
    return Look(second, broker, ready, behind, acknowledged)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.outage")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--rate", type=int, default=1_200, help="deliveries a second")
    given = parser.parse_args()
    shown, before = -CALM_S, ""

    def tell(look: Look) -> None:
        nonlocal shown, before
        # Every look but those while it is away, of which thirty will do.
        if look.broker == before and look.second < shown:
            return
        shown = look.second + (given.seconds / 30 if look.broker == "away" else 0)
        before = look.broker
        print(
            f"{look.second:8.1f} {look.broker:>7} {look.ready:6} {look.acknowledged:13,}"
            f" {look.behind:11,}",
            flush=True,
        )

    print("  second  broker /ready  acknowledged      behind")
    folder = Path(tempfile.mkdtemp(prefix="upshot-outage-"))
    try:
        seen = outage(folder, given.seconds, given.rate, tell)
    finally:
        shutil.rmtree(folder)
    for line in sorted({line for line in seen.told.splitlines() if "wait for" not in line}):
        print(f"  told: {line}")
    print(
        f"{seen.acknowledged:,} acknowledged, {seen.lost:,} of them lost, {seen.copies:,} copies in"
        f" the log; requests turned away: {seen.turned_away or 0}, the slowest answered after"
        f" {1000 * seen.slowest_s:.0f} ms\n"
        f"away for {seen.away_s:.1f} s, recovered {seen.recovery_s:.1f} s after that"
    )
    sys.exit(bool(seen.lost or seen.turned_away or seen.recovery_s > seen.away_s))


if __name__ == "__main__":
    main()
