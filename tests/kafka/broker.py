"""One real broker a session, and a log of its own for whoever asks."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from connectors.broker.jars import jars
from connectors.broker.node import Node, free_ports
from connectors.kafka_access import Access
from connectors.kafka_client import admin
from connectors.kafka_log import KafkaLog
from connectors.topics import NAMES, create
from tests.java import require


@dataclass(frozen=True)
class Kafka:
    """A running broker; each log on it has topics of its own."""

    node: Node
    _numbers: Iterator[int] = field(default_factory=count)

    def name(self) -> str:
        """Return the name of a log that nobody has used, its topics made."""
        name = f"kafka://{self.node.address}/t{next(self._numbers)}"
        create(Access.read(name, {}))
        return name


def opened(name: str, spool: Path) -> KafkaLog:
    """Open a log by its name, with a spool of its own."""
    return KafkaLog(Access.read(name, {}), spool)


def configure(name: str, **settings: str) -> None:
    """Change how all topics of a log are configured; `_` in a setting's name stands for `.`."""
    from kafka.admin import ConfigResource, ConfigResourceType

    access = Access.read(name, {})
    said = {setting.replace("_", "."): value for setting, value in settings.items()}
    with closing(admin(access)) as client:
        client.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, access.topic(one), said) for one in NAMES]
        )


def require_broker() -> None:
    """Skip, with the reason, where a broker cannot run; fail where it must."""
    require("a real broker", jars)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """Start one broker for the whole session."""
    require_broker()
    [port] = free_ports(1)
    node = Node(tmp_path_factory.mktemp("kafka"), port)
    node.start()
    yield Kafka(node)
    # Nobody needs its hundreds of partitions closed in order.
    node.kill()
