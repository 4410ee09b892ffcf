"""Writing to a log in Kafka: always through a spool, so that nothing waits for the broker's mercy.

``append`` takes a delivery into a spool of ours; ``sync`` makes it durable there, then forwards the
spool and returns when the broker has acknowledged all of it. What a crash leaves in the spool is
forwarded by the next writer, or by ``upshot forward``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.file_log import FileLog
from connectors.forward import Forwarder, forwarder
from connectors.kafka_access import Access
from connectors.spool_writer import SpoolWriter
from schemas.envelope import Delivery


class KafkaWriter:
    """An appender whose deliveries reach the broker; see ``connectors.log.Appender``."""

    def __init__(self, spool: SpoolWriter, forwarder: Forwarder) -> None:
        self.partition = spool.partition
        self.repaired = spool.repaired
        self._spool = spool
        self._forwarder = forwarder

    def append(self, delivery: Delivery) -> int:
        """Take a delivery and return its position in the spool."""
        return self._spool.append(delivery)

    def sync(self) -> None:
        """Return when the broker has all that was appended.

        Raises what the spool raises, and Unsent when the broker refused: it is kept in the spool.
        """
        self._spool.sync()
        self._forwarder.forward([self.partition])


@contextmanager
def writer(access: Access, spool: Path) -> Iterator[KafkaWriter]:
    """Open a spool that nobody else writes, and a way to the broker for it.

    What an earlier writer could not send is sent first. Raises Fatal, naming the real cause, when
    there is no way to the broker.
    """
    spools = FileLog(spool)
    with forwarder(spools, access) as sender, spools.writer() as appender:
        writer = KafkaWriter(appender, sender)
        writer.sync()
        yield writer
        writer.sync()
