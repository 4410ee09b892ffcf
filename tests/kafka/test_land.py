"""Landing from Kafka: exactly once by offset, one row a delivery, and loud about what is gone."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from kafka import KafkaProducer

from connectors.forward import forwarder
from connectors.kafka_access import Access
from connectors.log import open_log
from connectors.topics import create
from pipelines import lake
from pipelines.check import landed
from pipelines.engine import connect, scan
from pipelines.land import Landed, land
from pipelines.landed import PACKED
from pipelines.table import DELIVERIES
from schemas.errors import Fatal
from tests.crash.process import Done, Running
from tests.kafka.broker import Kafka
from tests.kafka.retention import delete_before, delete_topic
from tests.kafka.spooled import many, spool, spools
from tests.test_packed import POISON

KILLED = -9


def send(folder: Path, name: str, count: int, *, again: bool = False) -> str:
    """Spool deliveries, forward them, and return their origin."""
    log = spools(folder / "spool")
    origin = spool(log, many(count))
    with forwarder(log, Access.read(name, {}), trim=False, again=again) as sender:
        sender.forward()
    return origin


def all_of(home: Path, name: str, *, accept_loss: bool = False) -> Landed:
    """Land until nothing is left."""
    total = Landed()
    while (more := land(home, name, accept_loss=accept_loss)).consumed:
        total = total + more
    return total


def audit(home: Path) -> dict[str, str]:
    """Return what the audit of landing says; all of it must hold."""
    findings = list(landed(home, connect()))
    assert [one for one in findings if not one.passed] == []
    return {one.name: one.said for one in findings}


def unreadable(home: Path) -> int:
    """Return how many rows have landed that say of a record only why it cannot be read."""
    files = [str(home / DELIVERIES.path / file.path) for file in lake.live(home, DELIVERIES)]
    query = f"SELECT count(*) FROM ({scan(DELIVERIES, files)}) WHERE source = 'log'"
    return int(connect().execute(query).fetchall()[0][0])


def test_every_delivery_is_one_row_and_a_second_landing_is_none(
    kafka: Kafka, tmp_path: Path
) -> None:
    name, home = kafka.name(), tmp_path / "lake"
    send(tmp_path, name, 3_000)
    first = all_of(home, name)
    assert first.deliveries + first.unreadable == 3_000
    assert land(home, name) == Landed()
    send(tmp_path, name, 500)
    second = all_of(home, name)
    assert second.deliveries + second.unreadable == 500
    assert lake.progress(home, DELIVERIES, PACKED) == 3_500
    said = audit(home)
    assert said["landed + unreadable = consumed"] == "3500 deliveries in 1 spools"
    assert said["copies of a delivery are equal"] == "0 copies"


def test_copies_land_and_are_counted(kafka: Kafka, tmp_path: Path) -> None:
    name, once, twice = kafka.name(), tmp_path / "once", tmp_path / "twice"
    send(tmp_path, name, 700)
    all_of(once, name)
    send(tmp_path, name, 0, again=True)
    again = all_of(twice, name)
    assert again.deliveries + again.unreadable == 1_400
    assert audit(twice)["copies of a delivery are equal"] == "700 copies"
    # The copies alone make the files that are there already.
    assert all_of(once, name).deliveries > 0
    assert audit(once)["landed + unreadable = consumed"] == "700 deliveries in 1 spools"


def test_one_commit_covers_every_partition(kafka: Kafka, tmp_path: Path) -> None:
    name, home = kafka.name(), tmp_path / "lake"
    send(tmp_path, name, 1_000)
    one = land(home, name)
    assert one.deliveries + one.unreadable == 1_000
    assert lake.newest(home, DELIVERIES) == 1


def test_poison_of_every_kind_is_one_row_each_and_stops_nothing(
    kafka: Kafka, tmp_path: Path
) -> None:
    name, home = kafka.name(), tmp_path / "lake"
    access = Access.read(name, {})
    poison = {kind: make() for kind, make in POISON.items()}
    send(tmp_path, name, 100)
    producer = KafkaProducer(bootstrap_servers=list(access.servers), max_request_size=8 << 20)
    for value in poison.values():
        producer.send(access.topic("upshot.ide.v1"), key=b"poison", value=value)
    producer.send(access.topic("upshot.ide.v1"), key=b"poison", value=bytes(8_000_000))
    producer.close()
    send(tmp_path, name, 100)
    total = all_of(home, name)
    assert total.deliveries + total.unreadable == 200 + len(poison) + 1
    assert unreadable(home) == len(poison) + 1
    audit(home)


def test_what_retention_took_stops_the_landing_with_the_exact_gap(
    kafka: Kafka, tmp_path: Path
) -> None:
    name, home = kafka.name(), tmp_path / "lake"
    for _ in range(4):
        send(tmp_path, name, 20)
    log = open_log(name)
    [partition, *_] = [one for one in log.partitions() if log.offsets(one)[1] >= 4]
    log.close()
    delete_before(name, partition, 3)
    gap = f"log partition {partition}: positions 0 to 2 are gone"
    with pytest.raises(Fatal, match=gap) as stopped:
        land(home, name)
    assert "pull those days from their sources again" in stopped.value.next_step
    assert lake.newest(home, DELIVERIES) == lake.EMPTY
    total = all_of(home, name, accept_loss=True)
    assert total.lost == 3
    assert land(home, name) == Landed()


def test_a_topic_made_anew_is_another_stream_and_stops_the_landing(
    kafka: Kafka, tmp_path: Path
) -> None:
    name, home = kafka.name(), tmp_path / "lake"
    send(tmp_path, name, 300)
    all_of(home, name)
    delete_topic(name, "upshot.review.v1")
    create(Access.read(name, {}))
    send(tmp_path, name, 0, again=True)
    with pytest.raises(Fatal, match=r"upshot.review.v1/\d was deleted and made anew"):
        land(home, name)
    total = all_of(home, name, accept_loss=True)
    assert total.deliveries + total.unreadable == 300
    assert land(home, name) == Landed()
    audit(home)


def test_a_log_that_ends_before_what_has_landed_is_refused(kafka: Kafka, tmp_path: Path) -> None:
    name, home = kafka.name(), tmp_path / "lake"
    send(tmp_path, name, 50)
    all_of(home, name)
    log = open_log(name)
    [partition, *_] = [one for one in log.partitions() if log.offsets(one)[1]]
    stream = log.stream(partition)
    log.close()
    lake.append(home, DELIVERIES, [], {f"log/{stream}": (1, 9)}, "land-commit")
    with pytest.raises(Fatal, match="but 9 positions have landed"):
        land(home, name)


@dataclass(frozen=True)
class _Land:
    home: Path
    log: str

    def __call__(self) -> None:
        land(self.home, self.log)


def land_once(folder: Path, name: str, fault: str = "") -> Done:
    """Land from Kafka in a process of its own."""
    said = folder / "said"
    said.mkdir(exist_ok=True)
    return Running(
        _Land(folder / "lake", name), said / str(len(list(said.iterdir()))), {"UPSHOT_FAULT": fault}
    ).wait()


@pytest.mark.parametrize("fault", ["land-write", "land-write+", "land-commit", "land-commit+"])
def test_killed_at_any_step_every_delivery_lands_once(
    kafka: Kafka, tmp_path: Path, fault: str
) -> None:
    name = kafka.name()
    send(tmp_path, name, 600)
    assert land_once(tmp_path, name, fault).code == KILLED
    done = land_once(tmp_path, name)
    assert done.code == 0, done.err
    said = audit(tmp_path / "lake")
    assert said["landed + unreadable = consumed"] == "600 deliveries in 1 spools"
    assert said["copies of a delivery are equal"] == "0 copies"
