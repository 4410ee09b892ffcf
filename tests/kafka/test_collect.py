"""The forwarder inside the collector: however it fails, no client notices and nothing is lost."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.broker.node import Node, free_ports
from connectors.file_log import FileLog
from connectors.kafka_access import Access
from connectors.kafka_client import RECORD_BYTES
from connectors.topics import create
from tests.commands import process
from tests.kafka.broker import Kafka, configure, require_broker
from tests.kafka.collected import collecting, furnished, heard, until


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """Start a broker that a test may kill."""
    require_broker()
    [port] = free_ports(1)
    made = Node(tmp_path / "node", port)
    made.start()
    create(Access.read(f"kafka://{made.address}", {}))
    yield made
    made.kill()


def test_it_forwards_what_it_takes_and_all_of_it_before_it_ends(
    kafka: Kafka, tmp_path: Path
) -> None:
    name, token = kafka.name(), furnished(tmp_path)
    with collecting(tmp_path, name, token) as collector:
        assert [collector.push(number).status_code for number in range(20)] == [201] * 20
        collector.forwarded()
        assert collector.push(20).status_code == 201
        [forwarder] = collector.forwarders()
        assert collector.stop() == ""
        assert not Path("/proc", str(forwarder)).exists()
    assert heard(name, tmp_path) == ([*range(21)], 0)
    # Its own words of what was covered are the last of all, and they are there too.
    spools = FileLog(tmp_path / ".upshot/spool")
    [spool] = spools.partitions()
    done = process(tmp_path, "forward", "--once", "--log", name)
    assert (done.code, done.out) == (0, "")
    assert spools.offsets(spool)[1] > 21


def test_nobody_forwards_where_that_is_left_to_another(kafka: Kafka, tmp_path: Path) -> None:
    name, token = kafka.name(), furnished(tmp_path)
    with collecting(tmp_path, name, token, "--no-forward") as collector:
        assert collector.push(0).status_code == 201
        assert collector.forwarders() == []
        assert collector.stop() == ""
    assert heard(name, tmp_path) == ([], 0)


def test_a_second_forwarder_beside_it_sends_nothing_twice(kafka: Kafka, tmp_path: Path) -> None:
    name, token = kafka.name(), furnished(tmp_path)
    with collecting(tmp_path, name, token) as collector:
        for turn in range(4):
            pushed = range(10 * turn, 10 * turn + 10)
            assert {collector.push(number).status_code for number in pushed} == {201}
            assert process(tmp_path, "forward", "--once", "--log", name).code == 0
        collector.forwarded()
        assert collector.stop() == ""
    assert heard(name, tmp_path) == ([*range(40)], 0)


def test_killed_again_and_again_it_goes_on_from_the_spool(kafka: Kafka, tmp_path: Path) -> None:
    name, token = kafka.name(), furnished(tmp_path)
    with collecting(tmp_path, name, token) as collector:
        for turn in range(3):
            until(lambda: len(collector.forwarders()) == 1, "nobody forwards")
            assert collector.push(turn).status_code == 201
            os.kill(collector.forwarders()[0], signal.SIGKILL)
            until(lambda turn=turn: collector.meter("forwarder_failures") > turn, "nobody noticed")  # type: ignore[misc]
        collector.forwarded()
        told = collector.stop()
    assert heard(name, tmp_path)[0] == [0, 1, 2]
    assert told.count("the forwarder ended with -9 and starts again in ") == 3


def test_a_refused_record_ends_the_forwarder_and_not_the_collector(
    kafka: Kafka, tmp_path: Path
) -> None:
    name, token = kafka.name(), furnished(tmp_path)
    configure(name, max_message_bytes="100")
    with collecting(tmp_path, name, token) as collector:
        assert collector.push(0).status_code == 201
        until(lambda: collector.meter("forwarder_failures") > 0, "nothing was refused")
        assert collector.push(1).status_code == 201
        assert collector.meter("forward_behind") == 2
        configure(name, max_message_bytes=str(RECORD_BYTES))
        collector.forwarded()
        told = collector.stop()
    assert "the broker refused a record: MessageSizeTooLargeError" in told
    assert "the forwarder ended with 4 and starts again in 1 s" in told
    assert heard(name, tmp_path)[0] == [0, 1]


def test_a_killed_collector_leaves_no_forwarder_behind(node: Node, tmp_path: Path) -> None:
    name, token = f"kafka://{node.address}", furnished(tmp_path)
    with collecting(tmp_path, name, token) as collector:
        assert collector.push(0).status_code == 201
        collector.forwarded()
        node.kill()
        assert collector.push(1).status_code == 201
        [forwarder] = collector.forwarders()
        collector.process.kill()
        collector.process.wait()
        until(lambda: not Path("/proc", str(forwarder)).exists(), "the forwarder outlived it")
    node.start()
    with collecting(tmp_path, name, token) as collector:
        assert collector.push(2).status_code == 201
        collector.forwarded()
        collector.stop()
    assert heard(name, tmp_path)[0] == [0, 1, 2]


def test_stopped_while_the_broker_is_away_it_says_that_something_is_left(
    node: Node, tmp_path: Path
) -> None:
    name, token = f"kafka://{node.address}", furnished(tmp_path)
    with collecting(tmp_path, name, token) as collector:
        assert collector.push(0).status_code == 201
        collector.forwarded()
        node.kill()
        assert collector.push(1).status_code == 201
        told = collector.stop()
    assert "what is spooled is sent after the next start" in told
    node.start()
    assert process(tmp_path, "forward", "--once", "--log", name).code == 0
    assert heard(name, tmp_path)[0] == [0, 1]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if os.geteuid() or subprocess.run(mount, check=False, stderr=subprocess.DEVNULL).returncode:
        pytest.skip("a small disk can only be mounted by root")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_full_disk_with_the_broker_away_loses_nothing_that_was_acknowledged(
    node: Node, tmp_path: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPSHOT_SPOOL", str(small_disk / "spool"))
    name, token = f"kafka://{node.address}", furnished(tmp_path)
    ballast = small_disk / "ballast"
    with collecting(tmp_path, name, token) as collector:
        assert collector.push(0).status_code == 201
        collector.forwarded()
        node.kill()
        ballast.write_bytes(b"x" * 950_000)
        statuses: list[int] = []
        while statuses.count(507) < 5:
            statuses.append(collector.push(1 + len(statuses)).status_code)
            assert len(statuses) < 400, "the disk is never full"
        assert set(statuses) == {201, 507}
        taken = [0, *(number for number, one in enumerate(statuses, 1) if one == 201)]
        ballast.unlink()
        assert collector.push(1000).status_code == 201
        node.start()
        collector.forwarded()
        collector.stop()
    assert heard(name, tmp_path)[0] == [*taken, 1000]
