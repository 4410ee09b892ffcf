"""A small Flink cluster in a folder: a JobManager, TaskManagers, and Beam's job server.

Everything listens on this machine only, on ports that nobody used. Workers are processes that the
TaskManagers start, of the Python that runs this.
"""

import os
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from connectors.broker.node import free_ports
from pipelines.flink import rest
from pipelines.flink.jar import jar
from pipelines.flink.server import Server
from pipelines.runners import REST_PORT
from schemas.errors import Fatal

MIB = 1 << 20
HEARTBEAT_MS = 8_000
"""After so long without a sign of life a TaskManager counts as gone."""

RESTARTS = 20
"""How often a job is begun again before it has failed; it looks RUNNING meanwhile."""

JVM = (
    "-XX:+UseSerialGC",
    # Without it, one that ran out of memory stays up and hangs.
    "-XX:+ExitOnOutOfMemoryError",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=info",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
)
OPENS = tuple(
    f"--add-opens=java.base/{package}=ALL-UNNAMED"
    for package in (
        "java.lang",
        "java.net",
        "java.io",
        "java.nio",
        "sun.nio.ch",
        "java.lang.reflect",
        "java.text",
        "java.time",
        "java.util",
        "java.util.concurrent",
        "java.util.concurrent.atomic",
        "java.util.concurrent.locks",
    )
)
JOB_MANAGER = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
TASK_MANAGER = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"
JOB_SERVER = "org.apache.beam.runners.flink.FlinkJobServerDriver"


def settings(folder: Path, rpc: int, rest: int, slots: int) -> dict[str, str]:
    """Return the cluster's settings. Durations are plain milliseconds, sizes plain bytes."""
    return {
        "jobmanager.rpc.address": "127.0.0.1",
        "jobmanager.bind-host": "127.0.0.1",
        "jobmanager.rpc.port": str(rpc),
        "rest.address": "127.0.0.1",
        "rest.bind-address": "127.0.0.1",
        "rest.port": str(rest),
        "taskmanager.host": "127.0.0.1",
        "taskmanager.bind-host": "127.0.0.1",
        "taskmanager.numberOfTaskSlots": str(slots),
        # All sizes, as nobody's script computes them here.
        "taskmanager.cpu.cores": "2.0",
        "taskmanager.memory.framework.heap.size": f"{128 * MIB}b",
        "taskmanager.memory.framework.off-heap.size": f"{128 * MIB}b",
        "taskmanager.memory.task.heap.size": f"{384 * MIB}b",
        "taskmanager.memory.task.off-heap.size": f"{128 * MIB}b",
        "taskmanager.memory.managed.size": f"{256 * MIB}b",
        "taskmanager.memory.network.min": f"{64 * MIB}b",
        "taskmanager.memory.network.max": f"{64 * MIB}b",
        "taskmanager.memory.jvm-metaspace.size": f"{256 * MIB}b",
        "taskmanager.memory.jvm-overhead.min": f"{192 * MIB}b",
        "taskmanager.memory.jvm-overhead.max": f"{192 * MIB}b",
        "io.tmp.dirs": str(folder / "tmp"),
        "state.checkpoints.dir": (folder / "checkpoints").as_uri(),
        "state.savepoints.dir": (folder / "savepoints").as_uri(),
        "restart-strategy.type": "fixed-delay",
        "restart-strategy.fixed-delay.attempts": str(RESTARTS),
        "restart-strategy.fixed-delay.delay": "1000",
        "heartbeat.timeout": str(HEARTBEAT_MS),
        "heartbeat.interval": str(HEARTBEAT_MS // 4),
        # Else a TaskManager that is there first waits 10 s.
        "cluster.registration.error-delay": "200",
    }


class Cluster:
    """A cluster in a folder; nothing of it is left running behind ``stop``."""

    def __init__(
        self,
        folder: Path,
        port: int = 0,
        rest_port: int = 0,
        task_managers: int = 1,
        slots: int = 4,
    ) -> None:
        self.folder = folder
        rpc, *free = free_ports(3)
        self.port = port or free[0]
        self.rest_port = rest_port or free[1]
        self.slots = slots
        self._rpc = rpc
        self._numbers = iter(range(1, sys.maxsize))
        self._wanted = task_managers
        self.servers: dict[str, Server] = {}

    @property
    def address(self) -> str:
        """Where ``--runner`` finds it."""
        rest = "" if self.rest_port == REST_PORT else f"?rest={self.rest}"
        return f"flink://127.0.0.1:{self.port}{rest}"

    @property
    def rest(self) -> str:
        """Where Flink itself tells of jobs, as HOST:PORT."""
        return f"127.0.0.1:{self.rest_port}"

    def start(self, patience_s: float = 90.0) -> None:
        """Start all and return when they take jobs. Raises Fatal when they do not come up."""
        deadline = time.monotonic() + patience_s
        (self.folder / "tmp").mkdir(parents=True, exist_ok=True)
        lines = settings(self.folder.absolute(), self._rpc, self.rest_port, self.slots)
        (self.folder / "config.yaml").write_text(
            "".join(f"{name}: {value}\n" for name, value in lines.items())
        )
        try:
            self._run("jobmanager", "512m", JOB_MANAGER, "--configDir", ".")
            for _ in range(self._wanted):
                self.add_task_manager()
            self._run(
                "jobserver",
                "512m",
                JOB_SERVER,
                f"--flink-master=127.0.0.1:{self.rest_port}",
                "--job-host=127.0.0.1",
                f"--job-port={self.port}",
                "--artifact-port=0",
                "--expansion-port=-1",
                f"--artifacts-dir={(self.folder / 'tmp').absolute()}",
            )
            self._wait("take jobs", deadline, self._listens)
            self.wait_slots(self._wanted * self.slots, deadline - time.monotonic())
        except BaseException:
            self.stop()
            raise

    def add_task_manager(self) -> Server:
        """Start one more TaskManager."""
        # So that it finds `upshot-worker` of this Python.
        path = f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}"
        name = f"taskmanager-{next(self._numbers)}"
        return self._run(name, "512m", TASK_MANAGER, "--configDir", ".", PATH=path)

    def wait_slots(self, slots: int, patience_s: float) -> None:
        """Return when so many slots are there. Raises Fatal when they do not come."""

        def there() -> bool:
            return rest.ask(self.rest, "/overview")["slots-total"] >= slots  # type: ignore[no-any-return]

        self._wait(f"offer {slots} slots", time.monotonic() + patience_s, there)

    def ended(self) -> Server | None:
        """Return a server that has ended by itself, if any has."""
        return next((server for server in self.servers.values() if server.ended), None)

    def stop(self) -> None:
        """Stop all, in the reverse order of their start."""
        for server in reversed(self.servers.values()):
            server.stop()
        self.servers.clear()

    def _run(self, name: str, heap: str, main: str, *words: str, **environ: str) -> Server:
        java = [*JVM, f"-Xmx{heap}", *OPENS, f"-Djava.io.tmpdir={(self.folder / 'tmp').absolute()}"]
        self.servers[name] = Server(
            name, [*java, "-cp", str(jar()), main, *words], self.folder, environ
        )
        return self.servers[name]

    def _listens(self) -> bool:
        with socket.create_connection(("127.0.0.1", self.port), 1):
            return True

    def _wait(self, what: str, deadline: float, there: Callable[[], bool]) -> None:
        while True:
            with suppress(OSError):
                if there():
                    return
            if server := self.ended():
                raise Fatal(
                    f"Flink's {server.name} ended: {server.last_word()}", f"look at {server.log}"
                )
            if time.monotonic() > deadline:
                raise Fatal(f"Flink does not {what} in time", f"look at the logs in {self.folder}")
            time.sleep(0.1)
