"""The demo's log in Kafka: a real broker of our own, for as long as it takes to land."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.broker.jars import jars, java
from connectors.broker.node import Node, free_ports
from connectors.file_log import FileLog
from connectors.forward import forwarder
from connectors.kafka_access import Access
from connectors.topics import create


def need_broker() -> None:
    """Raise Usage, before any work is done, where no broker can run."""
    java()
    jars()


@contextmanager
def broker(folder: Path) -> Iterator[str]:
    """Run a broker on a free port and yield the name of its log; stop it and forget it after."""
    [port] = free_ports(1)
    node = Node(folder.absolute(), port)
    node.start()
    try:
        name = f"kafka://{node.address}"
        create(Access.read(name, os.environ))
        yield name
    finally:
        node.stop()
        shutil.rmtree(folder, ignore_errors=True)


def forwarded(spool: Path, log: str) -> None:
    """Send all that a spool holds, and keep the spool."""
    progress = spool.with_name(f"{spool.name}.forwarded")
    with forwarder(
        FileLog(spool), Access.read(log, os.environ), lambda line: None, trim=False
    ) as sender:
        sender.forward()
    shutil.rmtree(progress, ignore_errors=True)
