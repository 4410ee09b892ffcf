"""One small Flink a session: two slots for workers that we may kill, and what is going on there."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipelines.flink import rest
from pipelines.flink.cluster import Cluster
from pipelines.flink.jar import jar
from pipelines.flink.server import Server
from pipelines.runners import Runner, runner
from tests.java import require

PATIENCE_S = 120.0


def until(what: str, there: Callable[[], Any], patience_s: float = PATIENCE_S) -> Any:
    """Return what ``there`` returns once that is something; fail when it takes too long."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if found := there():
            return found
        time.sleep(0.2)
    return pytest.fail(f"{what}: not within {patience_s:g} s")


@dataclass(frozen=True)
class Flink:
    """A running cluster."""

    cluster: Cluster

    @property
    def runner(self) -> Runner:
        """Return the runner that it is, with one worker."""
        return runner(self.cluster.address)

    @property
    def task_manager(self) -> Server:
        """Return the TaskManager that runs."""
        [found] = [one for name, one in self.cluster.servers.items() if "taskmanager" in name]
        return found

    def workers(self) -> list[int]:
        """Return the processes that the TaskManager has started, the oldest first."""
        group = self.task_manager.process.pid
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal() and int(entry.name) != group:
                try:
                    if os.getpgid(int(entry.name)) == group:
                        found.append(int(entry.name))
                except ProcessLookupError:
                    continue
        return sorted(found)

    def kill_task_manager(self) -> None:
        """Kill it alone, as a lost machine would be, and start another."""
        old = self.task_manager
        del self.cluster.servers[old.name]
        os.kill(old.process.pid, 9)
        old.process.wait()
        self.cluster.add_task_manager()
        # What it had started ends by itself; what does not is not left behind.
        old.kill()

    def job(self, prefix: str) -> dict[str, Any] | None:
        """Return the newest job whose name begins so."""
        found = [job for job in rest.jobs(self.cluster.rest) if job["name"].startswith(prefix)]
        return found[0] if found else None

    def ask(self, path: str, method: str = "GET", body: Any = None) -> Any:
        """Ask Flink."""
        return rest.ask(self.cluster.rest, path, method, body)


def require_flink() -> None:
    """Skip, with the reason, where Flink cannot run; fail where it must."""
    require("a real Flink", jar)


@pytest.fixture(scope="session")
def flink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flink]:
    """Start one cluster for the whole session."""
    require_flink()
    cluster = Cluster(tmp_path_factory.mktemp("flink"), slots=2)
    cluster.start()
    yield Flink(cluster)
    cluster.stop()
