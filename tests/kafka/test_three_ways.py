"""The same input by a file, by Kafka, and by Kafka with everything twice: every table is equal."""

import random
from pathlib import Path

from connectors.file_log import FileLog
from connectors.forward import forwarder
from connectors.kafka_access import Access
from pipelines.derive import derive
from pipelines.land import Landed, land
from schemas.envelope import Delivery
from tests.deliveries import SOURCES
from tests.kafka.broker import Kafka
from tests.kafka.spooled import many, spool
from tests.kafka.test_forward import KILLED, start
from tests.kafka.test_land import audit
from tests.lakes import differences, recorded, rows

FAULTS = ("forward-send+:3", "forward-ack", "forward-ack+", "forward-progress", "forward-progress+")


def derived(home: Path, log: str) -> int:
    """Land all, derive, audit; return how many deliveries landed."""
    total = Landed()
    while (more := land(home, log)).consumed:
        total = total + more
    derive(home, SOURCES)
    audit(home)
    return total.deliveries + total.unreadable


def test_three_ways_give_the_same_tables(kafka: Kafka, tmp_path: Path) -> None:
    said: list[Delivery] = [*recorded(), *many(1_000)]
    spool(FileLog(tmp_path / "log"), said)
    assert derived(tmp_path / "file", f"file:{tmp_path / 'log'}") == len(said)

    plain = kafka.name()
    with forwarder(FileLog(tmp_path / "log"), Access.read(plain, {}), trim=False) as sender:
        sender.forward()
    assert derived(tmp_path / "kafka", plain) == len(said)

    twice = kafka.name()
    other = said.copy()
    random.Random(4).shuffle(other)
    # Two spools, as two collectors have that heard the same in another order.
    spools = FileLog(tmp_path / "spool")
    with spools.writer() as first:
        for one in said:
            first.append(one)
        spool(spools, other)
    for fault in FAULTS * 2:
        assert start(tmp_path, twice, fault).wait().code == KILLED
    assert start(tmp_path, twice).wait().code == 0
    total = derived(tmp_path / "twice", twice)

    assert differences(tmp_path / "file", tmp_path / "kafka") == {}
    assert differences(tmp_path / "file", tmp_path / "twice") == {}
    assert len(rows(tmp_path / "file", 'SELECT * FROM "facts/changes"')) > 0
    copies = int(audit(tmp_path / "twice")["copies of a delivery are equal"].split()[0])
    assert total == 2 * len(said) + copies
    assert copies > 0
