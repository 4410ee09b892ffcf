"""What a broker's retention does, at once."""

import time

from kafka import KafkaAdminClient, TopicPartition

from connectors.kafka_access import Access


def delete_before(name: str, partition: str, offset: int) -> None:
    """Make a broker forget what stands before an offset."""
    access = Access.read(name, {})
    topic, _, number = partition.rpartition("/")
    client = KafkaAdminClient(bootstrap_servers=list(access.servers))
    try:
        client.delete_records({TopicPartition(access.topic(topic), int(number)): offset})
    finally:
        client.close()


def delete_topic(name: str, topic: str) -> None:
    """Make a broker forget a whole topic; return when it has."""
    access = Access.read(name, {})
    client = KafkaAdminClient(bootstrap_servers=list(access.servers))
    deadline = time.monotonic() + 20
    try:
        client.delete_topics([access.topic(topic)])
        while access.topic(topic) in client.list_topics():
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        client.close()
