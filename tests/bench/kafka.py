"""What Kafka costs: packed records against single ones, and landing from it; answers first.

    python -m tests.bench.kafka [DELIVERIES]        400,000 by default; needs java and mvn

A delivery is 344 bytes of JSON whose ids are random. Each way writes to a topic of its own on one
broker; what it wrote is read back and its hash compared before a rate is printed. CPU is that of
this process (its client threads included), not the broker's; packing and unpacking are counted.
Singles are measured on a tenth, since they cost the same each. Ratios come from one run.
"""

import gc
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from connectors.broker.node import Node, free_ports
from connectors.forward import CHUNK, STRETCH
from connectors.kafka_access import Access
from connectors.kafka_client import admin, consumer, producer
from connectors.log import Entry
from connectors.outbox import Batch, Outbox
from connectors.packed import pack, unpack
from connectors.topics import create
from pipelines.land import Landed, land

DELIVERIES_SENT = 400_000
BYTES = 344
ORIGIN = "0" * 31 + "b"
SINGLE, PACKED = "upshot.review.v1", "upshot.report.v1"
"""Two topics of three partitions each."""
GOALS = {"ratio": 20.0, "produce": 1.0e6, "land": 1.0e6, "bytes": 70.0}


def line(number: int, chance: random.Random) -> bytes:
    """Return one delivery as the spool has it, of exactly ``BYTES`` bytes."""
    said = (
        b'{"source":"wakatime","kind":"heartbeat","received":%d,"body":{"account":"%032x",'
        b'"entity":"%032x","project":"%032x","branch":"%032x","time_us":%d,"is_write":%s,"n":"'
    ) % (
        1_784_613_600_000_000 + number * 977,
        chance.randrange(200) * 0x9E3779B97F4A7C15F39CC0605CEDC834 % 2**128,
        chance.getrandbits(128),
        chance.randrange(40) * 0x9E3779B97F4A7C15F39CC0605CEDC834 % 2**128,
        chance.randrange(90) * 0x9E3779B97F4A7C15F39CC0605CEDC834 % 2**128,
        1_784_613_000_000_000 + number * 1_000,
        b"true" if chance.random() < 0.3 else b"false",
    )
    return said + b"%x" % chance.getrandbits(16 * 4) + b'"}}'


def fitted(number: int, chance: random.Random) -> bytes:
    """Return a delivery padded to its size."""
    said = line(number, chance)
    assert len(said) <= BYTES, len(said)
    return said[:-3] + b"x" * (BYTES - len(said)) + said[-3:]


class Clock:
    """CPU of this process and wall time since it was made."""

    def __init__(self) -> None:
        self._cpu, self._wall = time.process_time(), time.perf_counter()

    def read(self) -> tuple[float, float]:
        """Return CPU and wall seconds."""
        return time.process_time() - self._cpu, time.perf_counter() - self._wall


def main(count: int = DELIVERIES_SENT) -> None:
    """Run everything and print it."""
    chance = random.Random(7)
    lines = [fitted(number, chance) for number in range(count)]
    with tempfile.TemporaryDirectory(prefix="upshot-bench-") as work:
        [port] = free_ports(1)
        node = Node(Path(work) / "node", port)
        node.start()
        try:
            _all(Path(work), f"kafka://{node.address}", lines)
        finally:
            node.stop()


def _all(work: Path, name: str, lines: list[bytes]) -> None:
    access = Access.read(name, {})
    create(access)
    count, few = len(lines), lines[: len(lines) // 10]
    single = _produced(access, SINGLE, _singles(few))
    entries = [Entry(number, said, BYTES, "") for number, said in enumerate(lines)]
    # As in a forwarder, which never holds so many that the collector has to look at.
    gc.freeze()
    packed = _produced(access, PACKED, _packed(entries))
    wire = sum(len(value) for _, value in _packed(entries)) / count
    gc.unfreeze()
    del entries
    _same(few, _fetched(access, SINGLE, _as_is)[0])
    found, fetch = _fetched(access, PACKED, unpack)
    _same(lines, found)
    _forget(access, SINGLE)
    landed = _landed(work / "lake", name, count)
    print(f"{count:,} deliveries of {BYTES} B; CPU is this process's")
    _row("produce single", len(few), single)
    _row("produce packed", count, packed)
    _row("fetch + unpack", count, fetch)
    _row("land", count, landed)
    ratio = (single[0] / len(few)) / (packed[0] / count)
    print(f"    packed over single: {ratio:.1f}x CPU (goal {GOALS['ratio']:.0f}x)")
    print(f"    bytes a delivery on the wire: {wire:.1f} (goal {GOALS['bytes']:.0f})")
    print(f"    goals: produce and land {GOALS['land']:,.0f} deliveries per CPU-second")


def _singles(lines: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    for number, said in enumerate(lines):
        yield b"%d" % number, said


def _packed(entries: list[Entry]) -> Iterator[tuple[bytes, bytes]]:
    for start in range(0, len(entries), CHUNK):
        for record in pack(ORIGIN, entries[start : start + CHUNK]):
            yield b"%d" % (record.first // STRETCH), record.value


def _produced(
    access: Access, topic: str, records: Iterator[tuple[bytes, bytes]]
) -> tuple[float, float]:
    outbox, batch = Outbox(producer(access)), Batch()
    clock = Clock()
    for key, value in records:
        outbox.send(batch, topic, key, value)
    outbox.wait(batch)
    cost = clock.read()
    outbox.close()
    return cost


def _as_is(offset: int, value: bytes) -> list[Entry]:
    return [Entry(offset, value, len(value), "")]


def _records(access: Access, topic: str) -> Iterator[Any]:
    from kafka import TopicPartition

    client = consumer(access)
    places = [TopicPartition(topic, number) for number in range(3)]
    client.assign(places)
    ends = client.end_offsets(places)
    client.seek_to_beginning(*places)
    while any(client.position(place) < ends[place] for place in places):
        for records in client.poll(timeout_ms=500).values():
            yield from records
    client.close()


def _forget(access: Access, topic: str) -> None:
    """Let nobody land what is not packed."""
    client = admin(access)
    client.delete_topics([topic])
    while topic in client.list_topics():
        time.sleep(0.05)
    client.close()
    create(access)


def _fetched(
    access: Access, topic: str, opened: Callable[[int, bytes], list[Entry]]
) -> tuple[list[bytes], tuple[float, float]]:
    clock = Clock()
    seen = 0
    for record in _records(access, topic):
        seen += len(opened(record.offset, record.value))
    cost = clock.read()
    lines = [
        entry.line or b""
        for record in _records(access, topic)
        for entry in opened(record.offset, record.value)
    ]
    assert len(lines) == seen
    return lines, cost


def _landed(home: Path, name: str, count: int) -> tuple[float, float]:
    clock = Clock()
    total = Landed()
    while (more := land(home, name)).consumed:
        total = total + more
    cost = clock.read()
    if total.deliveries != count:
        sys.exit(f"{total.deliveries} of {count} deliveries landed; no rate is printed")
    return cost


def _same(said: list[bytes], found: list[bytes]) -> None:
    """Stop unless exactly what was sent is there."""
    wanted = sorted(sha256(line).digest() for line in said)
    if wanted != sorted(sha256(line).digest() for line in found):
        sys.exit("what was read is not what was sent; no rate is printed")


def _row(name: str, count: int, cost: tuple[float, float]) -> None:
    cpu_s, wall_s = cost
    print(
        f"  {name:<18}{count / cpu_s:>12,.0f} per CPU-s{cpu_s / count * 1e6:>8.2f} CPU-us each"
        f"{count / wall_s:>12,.0f} per s of wall"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
