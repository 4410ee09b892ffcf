"""The collector's rate against a bare echo that also syncs: ``python -m tests.bench.collect``.

Answers are checked first: every acknowledged delivery is in the spool, once. Then rates and p99 at
32 and 256 connections, each side in turn and the better of its rounds, as ratios of one run. The
ratio by CPU time is what a busy machine cannot change.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import msgspec

from connectors.file_log import FileLog
from schemas.envelope import decode

ROOT = Path(__file__).parents[2]
GOAL = 0.5
SECONDS, ROUNDS = 3.0, 2
BEARER = "one-of-the-bench"
COMMAND = "from pipelines.cli import main; main()"
BEAT = {
    "time": 1767603600.123,
    "entity": "/home/somebody/project/src/one.py",
    "type": "file",
    "category": "coding",
    "is_write": True,
    "project": "project",
    "branch": "main",
    "language": "Python",
    "lines": 120,
    "lineno": 17,
    "cursorpos": 4,
}


class Side(NamedTuple):
    """One server under load."""

    name: str
    url: str
    """The server's process id, and behind a blank its URL."""
    path: str
    body: str
    ok: str
    items: int
    log: Path | None

    @property
    def address(self) -> str:
        """Where it listens, and nothing else."""
        return self.url.partition(" ")[2]

    def cpu_s(self) -> float:
        """Return the CPU seconds that the server has used."""
        process = self.url.partition(" ")[0]
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    with TemporaryDirectory() as folder:
        home = Path(folder)
        furnish(home)
        small = msgspec.json.encode({"number": 1, "text": "x" * 955}).decode()
        beats = json.dumps([BEAT] * 4)
        tiny = [sys.executable, "-m", "tests.collect.served", str(home)]
        real = [sys.executable, "-c", COMMAND, "collect", "--listen", "127.0.0.1:0"]
        real += [f"--{name}={home / name}" for name in ("secrets", "key")]
        real += [f"--log=file:{home / 'real'}"]
        echo = [sys.executable, "-m", "tests.bench.collect_echo", str(home / "echoed")]
        with running(echo) as bare, running(tiny) as made, running(real) as heard:
            bulk = "/api/v1/heartbeats.bulk"
            sides = [
                Side("echo + fsync, 982 B", bare, "/", small, "200", 1, None),
                Side("collect, 982 B, 1 item", made, "/tiny", small, "201", 1, home / "log"),
                Side("echo + fsync, 1 kB", bare, "/", beats, "200", 1, None),
                Side("collect wakatime, 4 beats", heard, bulk, beats, "201", 4, home / "real"),
            ]
            for side in sides:
                if side.log:
                    check(side)
            for connections in (32, 256):
                compare(connections, sides)


def furnish(home: Path) -> None:
    """Write key and secrets: tokens without a rate to speak of."""
    for name in ("key", "secrets", "secrets.toml"):
        (home / name).touch(mode=0o600)
    (home / "key").write_text("11" * 32)
    for source, name in (("tiny", "secrets.toml"), ("wakatime", "secrets")):
        digest = sha256(BEARER.encode()).hexdigest()
        entry = {"id": source, "source": source, "sha256": digest, "account": "somebody"}
        lines = [f"{field} = {json.dumps(value)}" for field, value in entry.items()]
        (home / name).write_text("\n".join(["[[token]]", "rate = 1e9", *lines, ""]))


@contextmanager
def running(command: list[str]) -> Iterator[str]:
    """Start a server; yield its process id and its URL."""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield f"{process.pid} {process.stdout.readline().split()[-1]}"
        finally:
            process.terminate()


def load(side: Side, connections: int, seconds: float) -> dict[str, Any]:
    """Press on a side from a process of its own."""
    head = (
        f"POST {side.path} HTTP/1.1\r\ncontent-type: application/json\r\n"
        f"user-agent: wakatime/13.1.0 (Linux) Python3.11 vscode/1.95.0 vscode-wakatime/24.6.0\r\n"
        f"authorization: Bearer {BEARER}\r\n"
    )
    asked = {"url": side.address, "connections": connections, "seconds": seconds}
    asked |= {"head": head, "body": side.body, "ok": side.ok}
    run = subprocess.run(
        [sys.executable, "-m", "tests.bench.collect_load"],
        cwd=ROOT,
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    measured: dict[str, Any] = json.loads(run.stdout)
    return measured


def check(side: Side) -> None:
    """Every acknowledged delivery is in the spool, and nothing else."""
    acknowledged = load(side, 32, 0.5)["requests"] * side.items
    assert side.log
    log = FileLog(side.log)
    [spool] = log.partitions()
    first, end = log.offsets(spool)
    bodies = {bytes(decode(entry.line or b"").body) for entry in log.read(spool, first, end)}
    assert end - first == acknowledged, (side.name, end - first, acknowledged)
    assert len(bodies) == 1, side.name
    print(f"{side.name}: {acknowledged} deliveries acknowledged, {end} in the spool")


def compare(connections: int, sides: list[Side]) -> None:
    """Print what each side does with so many connections."""
    best: dict[str, dict[str, Any]] = {}
    for _ in range(ROUNDS):
        for side in sides:
            before = side.cpu_s()
            measured = load(side, connections, SECONDS)
            measured["rate"] = measured["requests"] / measured["seconds"]
            measured["cpu_rate"] = measured["requests"] / (side.cpu_s() - before)
            known = best.setdefault(side.name, measured)
            best[side.name] = max(known, measured, key=lambda one: one["rate"])
    for bar, side in ((sides[0], sides[1]), (sides[2], sides[3])):
        for one in (bar, side):
            said = best[one.name]
            print(
                f"{connections:4} connections  {one.name:26} {said['rate']:7,.0f} requests/s  "
                f"{said['cpu_rate']:7,.0f} per CPU-second  "
                f"p50 {said['p50_ms']:6.2f} ms  p99 {said['p99_ms']:6.2f} ms"
            )
        by_clock, by_cpu = (
            best[side.name][rate] / best[bar.name][rate] for rate in ("rate", "cpu_rate")
        )
        print(
            f"{connections:4} connections  ratio {by_clock:.2f} by the clock, {by_cpu:.2f} by CPU "
            f"time (goal {GOAL})"
        )


if __name__ == "__main__":
    main()
