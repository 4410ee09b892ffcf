"""The topics of the log, declared once: their partitions, and what the broker does with them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from connectors.kafka_access import Access
from connectors.kafka_client import RECORD_BYTES, admin
from connectors.source import Topic
from schemas.errors import Fatal

PARTITIONS: Mapping[Topic, int] = {
    "ide": 12,
    "review": 3,
    "deployment": 3,
    "report": 3,
    "control": 3,
}
CONFIG = {
    "max.message.bytes": str(RECORD_BYTES),
    # A week in which nobody lands is a week that is lost.
    "retention.ms": "604800000",
    "message.timestamp.type": "LogAppendTime",
}
REPLICAS = 3
IN_SYNC = 2
"""Of three brokers, how many have what is acknowledged; one may die for good, or be restarted."""


def topic_name(topic: Topic) -> str:
    """Return the name that the log gives a topic; the version changes when it breaks readers."""
    return f"upshot.{topic}.v1"


NAMES = {topic_name(topic): partitions for topic, partitions in PARTITIONS.items()}
RUN = "run `upshot topics --log kafka://HOST:PORT` first"
AGAIN = "see that the broker runs, then start it again"


class Found(NamedTuple):
    """A topic as the broker has it."""

    id: str
    """The broker's own; a topic that is deleted and made anew has another."""
    partitions: int
    replicas: int
    """How many brokers keep it; of a partition that has fewer than others, so many."""


def find(client: Any, access: Access) -> dict[str, Found]:
    """Return every topic of the log as the broker has it, by our name of it.

    Raises Fatal for one that is missing, forbidden, or has fewer partitions than declared.
    """
    from kafka.errors import KafkaError, TopicAuthorizationFailedError, for_code

    try:
        described = client.describe_topics([access.topic(name) for name in NAMES])
    except KafkaError as problem:
        raise Fatal(
            f"the topics cannot be looked at: {type(problem).__name__}",
            AGAIN if problem.retriable else RUN,
        ) from None
    found = {said["name"]: said for said in described}
    topics = {}
    for name, declared in NAMES.items():
        topic = access.topic(name)
        said = found[topic]
        error = for_code(said["error_code"])
        if error is TopicAuthorizationFailedError:
            raise Fatal(f"topic {topic} is forbidden to this user", "let it describe and read it")
        if said["error_code"]:
            raise Fatal(f"topic {topic} is not there: {error.__name__}", RUN)
        if (count := len(said["partitions"])) < declared:
            raise Fatal(
                f"topic {topic} has {count} partitions, and {declared} are needed",
                "add partitions to it, or delete it (with what it holds) and run `upshot topics`",
            )
        replicas = min(len(one["replica_nodes"]) for one in said["partitions"])
        topics[name] = Found(str(said["topic_id"]), count, replicas)
    return topics


def create(access: Access) -> list[str]:
    """Make the topics that are not there and return their names; those that are, are checked.

    Each is kept by three brokers, where there are so many, and what is acknowledged then by two of
    them. A rerun changes nothing. Raises Fatal where a topic cannot be made, or is there and is not
    as declared.
    """
    from kafka.admin import NewTopic
    from kafka.errors import KafkaError, TopicAlreadyExistsError

    client = admin(access)
    try:
        replicas = min(REPLICAS, len(client.describe_cluster()["brokers"]))
        there = set(client.list_topics())
        wanted = {access.topic(name): count for name, count in NAMES.items()}
        new = [
            NewTopic(name, count, replicas, topic_configs=CONFIG | _in_sync(replicas))
            for name, count in wanted.items()
            if name not in there
        ]
        made = [topic.name for topic in new]
        if new:
            try:
                client.create_topics(new, wait_for_metadata=True)
            except TopicAlreadyExistsError:
                made = []  # by somebody else, just now; they are checked like any other
        _check(client, access, find(client, access))
        return made
    except KafkaError as problem:
        raise Fatal(
            f"the topics cannot be made: {type(problem).__name__}",
            "let this user create topics, or have them made as connectors/topics.py declares",
        ) from None
    finally:
        client.close()


def keeps_ms(access: Access) -> int:
    """Return for how long, at most, the broker keeps what it takes now; -1 is for ever.

    A segment goes ``retention.ms`` after its last record, and takes records for ``segment.ms``.
    """
    client = admin(access)
    try:
        find(client, access)
        said = _configs(client, [access.topic(name) for name in NAMES]).values()
    finally:
        client.close()
    kept = [[int(one[f"{name}.ms"]["value"]) for name in ("retention", "segment")] for one in said]
    return -1 if any(retention < 0 for retention, _ in kept) else max(map(sum, kept))


def _configs(client: Any, topics: list[str]) -> Any:
    """Return how the broker has configured topics: by topic and name, what it says of each."""
    from kafka.admin import ConfigResource, ConfigResourceType

    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in topics]
    return client.describe_configs(asked, config_filter="all")["topic"]


def _in_sync(replicas: int) -> dict[str, str]:
    return {"min.insync.replicas": str(IN_SYNC)} if replicas >= REPLICAS else {}


def _check(client: Any, access: Access, topics: Mapping[str, Found]) -> None:
    """A topic that takes smaller records than we send would silence the producer for good.

    And one that acknowledges what a single broker has would lose it with that broker.
    """
    configs = _configs(client, [access.topic(name) for name in topics])
    for name, found in topics.items():
        topic = access.topic(name)
        least = {"max.message.bytes": str(RECORD_BYTES)} | _in_sync(found.replicas)
        for setting, needed in least.items():
            said = configs[topic][setting]["value"]
            if int(said) < int(needed):
                raise Fatal(
                    f"topic {topic} has {setting} of {said}, and {needed} is needed",
                    f"set its {setting} to {needed}",
                )
