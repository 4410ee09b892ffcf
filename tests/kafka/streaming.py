"""A spool, and `upshot forward` that empties it all the while into a log in Kafka."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from connectors import kafka_client
from schemas.envelope import Delivery
from tests.crash.process import Command, Prepare, Running
from tests.kafka.collected import until
from tests.kafka.spooled import held, spool, spools
from tests.kafka.test_forward import small_chunks


def without_idempotence() -> None:
    """Mutant: a producer that the broker does not know again when it sends something again."""
    small_chunks()
    kafka_client.PRODUCER["enable_idempotence"] = False


@dataclass
class Stream:
    """What was spooled, and how far that is forwarded."""

    folder: Path
    name: str
    running: Running
    said: list[Delivery] = field(default_factory=list)
    origin: str = ""

    def spool(self, more: Sequence[Delivery]) -> None:
        """Spool deliveries, behind those that are there."""
        self.origin = spool(spools(self.folder / "spool"), more)
        self.said += more

    def position(self) -> int:
        """Return how many of them the broker has acknowledged."""
        file = self.folder / "spool.forwarded" / self.origin
        return int(json.loads(file.read_text())["position"]) if file.is_file() else 0

    def catch_up(self) -> None:
        """Return when it has acknowledged all; it is forwarded by who began."""
        until(lambda: self.position() == len(self.said) or self._ended(), "not all is acknowledged")
        assert not self._ended(), "whoever forwards it has ended"

    def _ended(self) -> bool:
        return self.running.code is not None

    def wait_in_vain(self) -> None:
        """Return when it says that it has waited for ``SILENCE_S``: longer than any one request."""
        said = (self.folder / "said").with_suffix(".err")
        until(lambda: "wait for the broker" in said.read_text(), "it does not say that it waits")

    def copies(self) -> int:
        """Hold the log to have all that was spooled and nothing else; return how often twice."""
        found, copies = held(self.name, self.folder)
        assert found == {(self.origin, place): one for place, one in enumerate(self.said)}
        return copies


@contextmanager
def streaming(folder: Path, name: str, prepare: Prepare = small_chunks) -> Iterator[Stream]:
    """Forward meanwhile; it has ended behind this."""
    folder.mkdir(exist_ok=True)
    argv = ("forward", "--every=0.1", "--spool", f"file:{folder / 'spool'}", "--log", name)
    running = Running(Command(argv, prepare), folder / "said", {})
    try:
        yield Stream(folder, name, running)
    finally:
        running.kill()
        running.wait()
