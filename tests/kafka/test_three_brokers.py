"""Three brokers: one may die and nobody waits long; two may die and nothing is acknowledged."""

import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from connectors.kafka_access import Access
from connectors.kafka_client import admin
from connectors.topics import NAMES, create
from tests.commands import Run, refused
from tests.kafka.broker import configure, require_broker
from tests.kafka.cluster import Cluster
from tests.kafka.collected import until
from tests.kafka.spooled import many
from tests.kafka.streaming import Stream, streaming

SILENCE_S = 3.0
"""Longer than the brokers take to give one of them up, twice over."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    require_broker()
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        made.start()
        yield made
    finally:
        made.kill()


def in_sync(access: Access) -> bool:
    """Return whether every partition is kept whole by three brokers."""
    with closing(admin(access)) as client:
        topics = client.describe_topics([access.topic(name) for name in NAMES])
    partitions = [one for topic in topics for one in topic["partitions"]]
    return all(len(one["isr_nodes"]) == 3 for one in partitions)


@contextmanager
def nothing_acknowledged(stream: Stream) -> Iterator[None]:
    """Hold that nothing that is spooled here is acknowledged for a while."""
    before = len(stream.said)
    yield
    time.sleep(SILENCE_S)
    assert stream.position() == before, "one broker alone has acknowledged something"


def test_a_topic_is_kept_by_three_and_acknowledged_by_no_less_than_two(
    cluster: Cluster, upshot: Run
) -> None:
    name = f"kafka://{cluster.addresses}/two"
    made = upshot("topics", "--log", name)
    assert "made  two.upshot.ide.v1 with 12 partitions, kept by 3 brokers" in made.out
    said = json.loads(upshot("topics", "--log", name, "--json").out)
    assert set(said["replicas"].values()) == {3}
    configure(name, min_insync_replicas="1")
    refused(
        upshot("topics", "--log", name),
        1,
        "topic two.upshot.ide.v1 has min.insync.replicas of 1, and 2 is needed",
    )


def test_each_is_killed_in_turn_and_then_two_at_once(cluster: Cluster, tmp_path: Path) -> None:
    name = f"kafka://{cluster.addresses}"
    access = Access.read(name, {})
    create(access)
    with streaming(tmp_path / "stream", name) as stream:
        stream.spool(many(100))
        stream.catch_up()
        for node in cluster.nodes:
            until(lambda: in_sync(access), "they do not agree")
            stream.spool(many(1_000))
            node.kill()
            stream.spool(many(1_000))
            stream.catch_up()
            node.start()
        until(lambda: in_sync(access), "they do not agree")
        lost = cluster.nodes[1:]
        for node in lost:
            node.kill()
        with nothing_acknowledged(stream):
            stream.spool(many(1_000))
        cluster.start(*lost)
        stream.catch_up()
        assert stream.copies() == 0


def test_two_are_stopped_in_order(cluster: Cluster, tmp_path: Path) -> None:
    """They hand over what they lead: the last of them alone then has all, and could go on."""
    name = f"kafka://{cluster.addresses}/order"
    access = Access.read(name, {})
    create(access)
    with streaming(tmp_path / "stream", name) as stream:
        stream.spool(many(1_000))
        stream.catch_up()
        left = cluster.nodes[1:]
        for node in left:
            node.stop()
        with nothing_acknowledged(stream):
            stream.spool(many(1_000))
        cluster.start(*left)
        stream.catch_up()
        assert stream.copies() == 0
