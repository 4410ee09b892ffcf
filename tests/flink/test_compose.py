"""`infra/compose.yml` as far as it goes without a container engine: its commands, started here.

Each service's command runs as a process, with the file's own environment and settings; names of
hosts become this machine's, ports free ones, and the image's paths folders of the test. The broker
is a real one, but not that image. That the image builds is not shown here.
"""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import duckdb
import httpx
import yaml

from connectors.broker.node import Node, free_ports
from pipelines.flink.jar import jar
from tests.commands import ROOT
from tests.flink.small import require_flink, until
from tests.kafka.collected import EDITOR

COMPOSE = yaml.safe_load((ROOT / "infra/compose.yml").read_text())["services"]
PORTS = ("9092", "8080", "8081", "6123", "8099", "8098")
END_S = 30


class Here:
    """The services' commands, with places of this machine for those of the containers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = dict(zip(PORTS, map(str, free_ports(len(PORTS))), strict=True))
        for name in ("var", "etc"):
            (folder / name).mkdir()
        settings = self.local((ROOT / "infra/kubernetes/config.yaml").read_text())
        # A container has these ports to itself; here they may be taken.
        settings += f"rest.port: {self.ports['8081']}\njobmanager.rpc.port: {self.ports['6123']}\n"
        (folder / "etc/config.yaml").write_text(settings + "taskmanager.host: 127.0.0.1\n")
        image = (ROOT / "infra/Containerfile").read_text()
        [options] = re.findall(r'JAVA_TOOL_OPTIONS="(.*?)"', image, re.DOTALL)
        self.environ = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "JAVA_TOOL_OPTIONS": options.replace("\\\n", ""),
        }

    def local(self, said: str) -> str:
        """Return a text of the containers', with this machine's places in it."""
        for there, here in (
            ("/var/lib/upshot", str(self.folder / "var")),
            ("/etc/flink", str(self.folder / "etc")),
            ("/opt/upshot/flink.jar", str(jar())),
        ):
            said = said.replace(there, here)
        said = re.sub(r"\b(broker|jobmanager|jobserver|0\.0\.0\.0)(?=[:\s]|$)", "127.0.0.1", said)
        return re.sub(r"(?<=[:=])\d{4}\b", lambda port: self.ports.get(port[0], port[0]), said)

    def start(self, name: str, *command: str) -> "subprocess.Popen[bytes]":
        """Start a service, or another command in its place."""
        one = COMPOSE[name]
        places = {key: self.local(said) for key, said in one["environment"].items()}
        with (self.folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                [self.local(word) for word in command or one["command"]],
                cwd=self.folder / "var",
                env=self.environ | places,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def once(self, name: str, *command: str) -> str:
        """Run one to its end; return what it said."""
        assert self.start(name, *command).wait(END_S) == 0, self.said(name)
        return self.said(name)

    @contextmanager
    def running(self, name: str) -> Iterator[None]:
        """Run a service meanwhile; it, and all that it has started, has ended behind this."""
        process = self.start(name)
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(END_S)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def said(self, name: str) -> str:
        """Return what a service said."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def answers(self, port: str, path: str) -> Callable[[], bool]:
        """Return what tells whether a service answers a request."""

        def found() -> bool:
            with suppress(httpx.HTTPError):
                return httpx.get(f"http://127.0.0.1:{self.ports[port]}{path}").is_success
            return False

        return found

    def listens(self) -> bool:
        """Tell whether the job server does."""
        with suppress(OSError), socket.create_connection(("127.0.0.1", int(self.ports["8099"])), 1):
            return True
        return False


def test_what_the_composed_collector_takes_is_shown_by_the_composed_stream(tmp_path: Path) -> None:
    require_flink()
    here = Here(tmp_path)

    def shown() -> bool:
        with (
            suppress(duckdb.Error),
            duckdb.connect(str(tmp_path / "var/lake/catalog.duckdb"), read_only=True) as db,
        ):
            return db.sql("SELECT count(*) FROM events.activity_observed").fetchall() == [(1,)]
        return False

    with ExitStack() as running:
        node = Node(tmp_path / "broker", int(here.ports["9092"]))
        node.start()
        running.callback(node.kill)
        here.once("key")
        made = here.once("key", "upshot", "token", "wakatime", "--account", "mossbank-ben")
        here.once("topics")
        for name in ("collect", "jobmanager", "taskmanager", "jobserver"):
            running.enter_context(here.running(name))
        until("the collector is ready", here.answers("8080", "/ready"))
        until("the JobManager answers", here.answers("8081", "/overview"))
        # Whoever comes too early ends, and Compose starts it again.
        until("the job server listens", here.listens)
        running.enter_context(here.running("stream"))
        answer = httpx.post(
            f"http://127.0.0.1:{here.ports['8080']}/api/v1/heartbeats",
            json={"time": 1_767_600_000, "entity": "/home/larkspur-ada/a.py", "type": "file"},
            headers={"authorization": f"Bearer {made.split()[-1]}", "user-agent": EDITOR},
        )
        assert answer.status_code == httpx.codes.CREATED
        until("it is shown", shown)
        assert "lands; Ctrl-C cancels it" in here.said("stream")
