"""One node of a broker: its folder, its settings, its process, and the guard that outlives us.

A node is stopped by SIGTERM, waited for, and then killed, always by its own pid. If this process
dies without a word, the guard (a shell whose standard input then closes) kills the node.
"""

import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from connectors.broker.jars import jars, java
from schemas.errors import Fatal

CLUSTER_ID = "MkU3OEVBNTcwNTJENDM2Qk"
JVM = (
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)
GUARD = """
while read -r _; do :; done
case $(tr '\\0' ' ' < "/proc/$1/cmdline" 2>/dev/null) in *kafka.Kafka*) kill -9 "$1" ;; esac
"""
STOP_S = 20.0


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on, all bound at once so that no two are equal."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def settings(port: int, controller: int, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return a single node's settings: on this machine only, and no topic made by mistake."""
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}",
        "log.dirs": "data",
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "4",
        "group.initial.rebalance.delay.ms": "0",
        # A killed broker may come back after 3 s instead of 9.
        "broker.session.timeout.ms": "3000",
        "broker.heartbeat.interval.ms": "500",
        # 216 MB of memory instead of 352.
        "log.cleaner.dedupe.buffer.size": "2097152",
        **(more or {}),
    }


class Node:
    """A broker in a folder; what it held is there again at the next start."""

    def __init__(self, folder: Path, port: int, more: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.port = port
        self._more = more
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where clients find it."""
        return f"127.0.0.1:{self.port}"

    def start(self, patience_s: float = 60.0) -> None:
        """Start it and return when it takes requests. Raises Fatal when it does not come up."""
        program, classes = java(), f"{jars()}/*"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._configure(program, classes)
        with (self.folder / "broker.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - Java, found on the path
                [program, *JVM, "-cp", classes, "kafka.Kafka", "server.properties"],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Control-C is for us; we stop the broker in order then.
                start_new_session=True,
            )
        self._guard = subprocess.Popen(  # noqa: S603
            ["/bin/sh", "-c", GUARD, "guard", str(self._process.pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            self._wait_ready(self._process, time.monotonic() + patience_s)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Stop it in order; kill it when it takes too long."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it, as a power cut would."""
        self._end(signal.SIGKILL)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, such as SIGSTOP."""
        if self._process is not None:
            self._process.send_signal(number)

    def wait(self) -> int:
        """Return its exit code once it has ended."""
        return self._process.wait() if self._process else 0

    def _configure(self, program: str, classes: str) -> None:
        file = self.folder / "server.properties"
        made = (self.folder / "data" / "meta.properties").exists()
        [controller] = free_ports(1)
        lines = settings(self.port, controller, self._more)
        file.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
        if made:
            return
        # One id in 64 begins with a dash, which `-t ID` refuses.
        tool = ["kafka.tools.StorageTool", "format", f"--cluster-id={CLUSTER_ID}"]
        done = subprocess.run(  # noqa: S603
            [program, "-cp", classes, *tool, "--config", file.name],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Fatal(
                f"the broker's folder cannot be made ready: {_last_line(done.stderr)}",
                f"look at {file}, or name another folder with --home",
            )

    def _wait_ready(self, process: subprocess.Popen[bytes], deadline: float) -> None:
        """A plain connection first: the client's own back-off would add seconds."""
        while time.monotonic() < deadline:
            if process.poll() is not None:
                said = (self.folder / "broker.log").read_text(errors="replace")
                raise Fatal(
                    f"the broker ended while starting: {_last_line(said)}",
                    f"look at {self.folder / 'broker.log'}",
                )
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                if self._listed():
                    return
            time.sleep(0.05)
        raise Fatal("the broker does not come up", f"look at {self.folder / 'broker.log'}")

    def _listed(self) -> bool:
        from kafka import KafkaAdminClient
        from kafka.errors import KafkaError

        try:
            admin = KafkaAdminClient(bootstrap_servers=self.address, bootstrap_timeout_ms=2000)
        except KafkaError:
            return False
        try:
            return bool(admin.describe_cluster()["brokers"])
        except KafkaError:
            return False
        finally:
            admin.close()

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(number)
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        guard, self._guard = self._guard, None
        if guard is not None and guard.stdin is not None:
            guard.stdin.close()
            guard.wait()


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("\t")]
    return lines[-1][:300] if lines else "it said nothing"
