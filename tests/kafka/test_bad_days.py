"""The broker's bad days: killed, frozen, cut off. Nothing is lost, and nothing is in the log twice.

Each test of a lost answer is also run upon a producer without idempotence, which must send twice:
so it is known that the broker had taken what it was asked to take again.
"""

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from connectors import kafka_client
from connectors.broker.node import Node, free_ports
from connectors.kafka_access import Access
from connectors.topics import create
from tests.kafka.broker import require_broker
from tests.kafka.collected import until
from tests.kafka.proxy import Proxy
from tests.kafka.spooled import many
from tests.kafka.streaming import streaming, without_idempotence


@dataclass(frozen=True)
class Broker:
    """A broker, and the only line to it."""

    node: Node
    line: Proxy

    def name(self, log: str) -> str:
        """Return the name of a log of its own, its topics made."""
        name = f"kafka://{self.line.address}/{log}"
        create(Access.read(name, {}))
        return name


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    require_broker()
    [port] = free_ports(1)
    line = Proxy(port)
    advertised = {"advertised.listeners": f"PLAINTEXT://{line.address}"}
    node = Node(tmp_path_factory.mktemp("broker"), port, advertised)
    node.start()
    yield Broker(node, line)
    node.send(signal.SIGCONT)
    node.kill()
    line.close()


def test_killed_in_mid_stream(broker: Broker, tmp_path: Path) -> None:
    with streaming(tmp_path, broker.name("killed")) as stream:
        stream.spool(many(20_000))
        until(lambda: stream.position() > 0, "nothing is forwarded")
        broker.node.kill()
        assert stream.position() < len(stream.said), "too fast to be killed in the middle"
        broker.node.start()
        stream.catch_up()
        assert stream.copies() == 0


def impatient() -> None:
    """Let a producer wait no longer than a moment for what it does not know of a topic."""
    kafka_client.PRODUCER["max_block_ms"] = 500


def test_killed_before_a_topic_is_sent_to_for_the_first_time(
    broker: Broker, tmp_path: Path
) -> None:
    with streaming(tmp_path, broker.name("first"), impatient) as stream:
        stream.spool([one for one in many(200) if one.source == "wakatime"])
        stream.catch_up()
        broker.node.kill()
        stream.spool([one for one in many(200) if one.source == "gharchive"])
        broker.node.start()
        stream.catch_up()
        assert stream.copies() == 0


def test_frozen_for_longer_than_a_request_may_take(broker: Broker, tmp_path: Path) -> None:
    as_it_is = streaming(tmp_path / "as it is", broker.name("frozen"))
    mutant = streaming(tmp_path / "mutant", broker.name("mutant-frozen"), without_idempotence)
    with as_it_is as stream, mutant as twice:
        for one in (stream, twice):
            one.spool(many(1_000))
            one.catch_up()
        broker.node.send(signal.SIGSTOP)
        for one in (stream, twice):
            one.spool(many(1_000))
        for one in (stream, twice):
            one.wait_in_vain()
        assert (stream.position(), twice.position()) == (1_000, 1_000)
        broker.node.send(signal.SIGCONT)
        for one in (stream, twice):
            one.catch_up()
        assert stream.copies() == 0
        assert twice.copies() > 0


def test_connections_cut_before_the_answer_is_heard(broker: Broker, tmp_path: Path) -> None:
    as_it_is = streaming(tmp_path / "as it is", broker.name("unheard"))
    mutant = streaming(tmp_path / "mutant", broker.name("mutant-unheard"), without_idempotence)
    for sending, copies in ((as_it_is, False), (mutant, True)):
        with sending as stream:
            stream.spool(many(100))
            stream.catch_up()
            for _ in range(3):
                broker.line.hold("down")
                stream.spool(many(1_000))
                until(lambda: broker.line.unheard_bytes > 0, "the broker answers nothing")
                broker.line.cut()
                broker.line.flow()
                stream.catch_up()
            assert (stream.copies() > 0) == copies


def test_connections_that_stall_for_longer_than_a_request_may_take(
    broker: Broker, tmp_path: Path
) -> None:
    with streaming(tmp_path, broker.name("stalled")) as stream:
        stream.spool(many(1_000))
        stream.catch_up()
        broker.line.hold("up", "down")
        stream.spool(many(1_000))
        stream.wait_in_vain()
        assert stream.position() == 1_000
        broker.line.flow()
        stream.catch_up()
        assert stream.copies() == 0


def test_a_slow_line_that_is_cut_in_mid_stream(broker: Broker, tmp_path: Path) -> None:
    with streaming(tmp_path, broker.name("slow")) as stream:
        stream.spool(many(100))
        stream.catch_up()
        broker.line.delay_s = 0.05
        stream.spool(many(10_000))
        for _ in range(3):
            before = stream.position()
            until(lambda before=before: stream.position() > before, "nothing is forwarded")  # type: ignore[misc]
            assert stream.position() < len(stream.said), "too fast to be cut"
            broker.line.cut()
        stream.catch_up()
        broker.line.delay_s = 0
        assert stream.copies() == 0
