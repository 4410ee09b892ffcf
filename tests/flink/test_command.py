"""``upshot flink``: it says where it is, and nothing is left of it, however it ends."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from connectors.broker.node import free_ports
from tests.commands import ROOT
from tests.flink.landing import UPSHOT
from tests.flink.small import require_flink, until


def left(home: Path) -> list[int]:
    """Return the processes that were started for a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if b"java" in words and str(home).encode() in words:
            found.append(int(entry.parent.name))
    return found


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 0), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_nothing_is_left_of_it(tmp_path: Path, number: signal.Signals, code: int) -> None:
    require_flink()
    port, rest_port = free_ports(2)
    words = ["flink", "--home", "home", "--port", str(port), "--rest-port", str(rest_port)]
    with subprocess.Popen(
        [*UPSHOT, *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            address = f"flink://127.0.0.1:{port}?rest=127.0.0.1:{rest_port}"
            assert said == f"--runner {address} is ready; Ctrl-C stops it\n"
            assert len(left(tmp_path)) == 3
            process.send_signal(number)
            assert process.wait(60) == code
        finally:
            process.kill()
    until("all has ended", lambda: not left(tmp_path), 20)
