"""The outbox: bounded, counted, and ended by the first failure."""

from functools import partial

import pytest
from kafka.errors import KafkaTimeoutError

from connectors.outbox import Batch, Outbox
from schemas.errors import Fatal, Unsent
from tests.kafka.slow import SlowProducer


def test_the_outbox_holds_no_more_than_it_may() -> None:
    producer = SlowProducer()
    outbox, batch = Outbox(producer, unacked_bytes=1_000), Batch()
    for number in range(50):
        outbox.send(batch, "t", b"k", bytes(300 + number))
    outbox.wait(batch)
    assert 600 < producer.most_bytes <= 1_000
    outbox.close()
    assert producer.closed
    producer.stop()


def test_a_record_larger_than_the_bound_goes_alone() -> None:
    producer = SlowProducer()
    outbox, batch = Outbox(producer, unacked_bytes=1_000), Batch()
    for size in (400, 5_000, 400):
        outbox.send(batch, "t", b"k", bytes(size))
    outbox.wait(batch)
    assert producer.most_bytes == 5_000
    producer.stop()


def test_the_first_failure_ends_everything_and_closes_nothing() -> None:
    producer = SlowProducer(fail=True)
    outbox, batch = Outbox(producer), Batch()
    outbox.send(batch, "t", b"k", b"v")
    for again in (partial(outbox.wait, batch), partial(outbox.send, batch, "t", b"k", b"v")):
        with pytest.raises(Unsent, match="refused a record: ZeroDivisionError"):
            again()
    outbox.close()
    assert not producer.closed
    producer.stop()


def test_a_topic_that_cannot_be_looked_at_is_named() -> None:
    class Alone:
        def partitions_for(self, topic: str) -> None:
            raise KafkaTimeoutError

    with pytest.raises(Fatal, match="topic t cannot be looked at: KafkaTimeoutError"):
        Outbox(Alone()).learn(["t"])


def test_a_broker_that_is_silent_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.outbox.SILENCE_S", 0.0001)
    said: list[str] = []
    producer = SlowProducer()
    producer.may_answer.clear()

    def tell(what: str) -> None:
        said.append(what)
        producer.may_answer.set()

    outbox, batch = Outbox(producer, tell), Batch()
    outbox.send(batch, "t", b"k", b"value")
    outbox.wait(batch)
    assert said[0] == "5 bytes wait for the broker to acknowledge them"
    producer.stop()
