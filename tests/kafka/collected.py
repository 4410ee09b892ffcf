"""`upshot collect` as it stands before a real broker: push, see who forwards, stop."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import msgspec

from schemas.envelope import Delivery
from tests.commands import ROOT, process
from tests.kafka.spooled import held

PATIENCE_S = 60.0
BEGIN = 1_767_600_000
UPSHOT = [sys.executable, "-c", "from pipelines.cli import main; main()"]
EDITOR = "wakatime/13.1.0 (Linux) Python3.11 vscode/1.95.0 vscode-wakatime/24.6.0"


def until(ready: Callable[[], bool], what: str) -> None:
    """Wait for something, not for ever."""
    deadline = time.monotonic() + PATIENCE_S
    while not ready():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@dataclass
class Collecting:
    """One collector; what it is sent is known by a number."""

    url: str
    token: str
    home: Path
    process: "subprocess.Popen[str]"
    line: httpx.Client

    def push(self, number: int) -> httpx.Response:
        """Push one heartbeat."""
        beat = {"time": BEGIN + number, "entity": "/home/larkspur-ada/a.py", "type": "file"}
        headers = {"authorization": f"Bearer {self.token}", "user-agent": EDITOR}
        return self.line.post("/api/v1/heartbeats", json=beat, headers=headers)

    def forwarders(self) -> list[int]:
        """Return the processes that the collector has started."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                parent = stat.read_text().rpartition(")")[2].split()[1]
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(parent) == self.process.pid:
                found.append(int(stat.parent.name))
        return found

    def meter(self, name: str) -> float:
        """Return the value of one meter."""
        [line] = [
            line
            for line in self.line.get("/metrics").text.splitlines()
            if line.startswith(f"upshot_collect_{name} ")
        ]
        return float(line.split()[1])

    def forwarded(self) -> None:
        """Return when the log has all that was taken."""
        until(lambda: self.meter("forward_behind") == 0, "the spool is not forwarded")

    def stop(self) -> str:
        """End it in order; return what it told."""
        self.process.send_signal(signal.SIGTERM)
        told = self.process.communicate(timeout=PATIENCE_S)[1]
        assert self.process.returncode == 0, told
        return told


def furnished(home: Path) -> str:
    """Make a key and a token of WakaTime's; return the token."""
    assert process(home, "init").code == 0
    made = process(home, "token", "wakatime", "--account", "mossbank-ben")
    assert made.code == 0, made.err
    return made.out.strip()


@contextmanager
def collecting(home: Path, log: str, token: str, *options: str) -> Iterator[Collecting]:
    """Run the command in a furnished home; it has ended behind this."""
    with subprocess.Popen(
        [*UPSHOT, "collect", "--log", log, "--listen", "127.0.0.1:0", "--free-mib=0", *options],
        cwd=home,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            assert running.stdout
            first = running.stdout.readline()
            assert first.startswith("listening http"), running.communicate()[1]
            url = first.split()[1]
            with httpx.Client(base_url=url, timeout=20) as line:
                yield Collecting(url, token, home, running, line)
        finally:
            if running.poll() is None:
                running.kill()


def number(delivery: Delivery) -> int:
    """Return the number of a heartbeat."""
    said: dict[str, str] = msgspec.json.decode(delivery.body)
    return int(said["time"]) - BEGIN


def heard(log: str, home: Path) -> tuple[list[int], int]:
    """Return the numbers that the log in Kafka holds, sorted, and how many copies there are."""
    found, copies = held(log, home)
    beats = [number(one) for one in found.values() if one.source == "wakatime"]
    return sorted(beats), copies
