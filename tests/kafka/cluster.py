"""Three brokers that keep every record three times, on this machine."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from connectors.broker.node import Node, free_ports

COUNT = 3


class Cluster:
    """Three nodes; any two of them can do without the third."""

    def __init__(self, folder: Path) -> None:
        ports = free_ports(2 * COUNT)
        places = list(zip(range(1, COUNT + 1), ports[:COUNT], ports[COUNT:], strict=True))
        shared = {
            "controller.quorum.voters": ",".join(
                f"{number}@127.0.0.1:{controller}" for number, _, controller in places
            ),
            "offsets.topic.replication.factor": str(COUNT),
            # How long a failure lasts is not what is tested.
            "broker.session.timeout.ms": "1500",
        }
        self.nodes = [
            Node(folder / f"node-{number}", port, shared | _own(number, port, controller))
            for number, port, controller in places
        ]

    @property
    def addresses(self) -> str:
        """Where clients find it."""
        return ",".join(node.address for node in self.nodes)

    def start(self, *nodes: Node) -> None:
        """Start nodes at once, as each waits for another; all of them where none is named."""
        with ThreadPoolExecutor(COUNT) as threads:
            list(threads.map(Node.start, nodes or self.nodes))

    def kill(self) -> None:
        """Kill what still runs."""
        for node in self.nodes:
            node.kill()


def _own(number: int, port: int, controller: int) -> dict[str, str]:
    listeners = f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}"
    return {"node.id": str(number), "listeners": listeners}
