"""WakaTime's own client, run for real as an editor's plugin runs it, in a home of its own."""

import os
import subprocess
import sys
from pathlib import Path

from tests.clients.installed import CLIENTS, needs

PYTHON_PATH = CLIENTS / "python"

installed = needs(PYTHON_PATH / "wakatime", "WakaTime's client")

# Names that Python 3.10 took away from where this client looks for them.
CALL = """
import collections, collections.abc, sys
for name in ("Callable", "Mapping", "MutableMapping"):
    setattr(collections, name, getattr(collections.abc, name))
from wakatime.main import execute
sys.exit(execute(sys.argv[1:]))
"""
PLUGIN = "vscode/1.95.0 vscode-wakatime/24.6.0"
SENT, QUEUED = 0, 102
"""Its exit codes."""


def beat(home: Path, url: str, token: str, file: Path, time_s: str) -> int:
    """Say that a file was written at a time; return the client's exit code."""
    words = ["--entity", str(file), "--time", time_s, "--write", "--plugin", PLUGIN, "--key", token]
    return subprocess.run(
        [sys.executable, "-P", "-c", CALL, *words, "--api-url", f"{url}/api/v1/heartbeats.bulk"],
        env={"HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": str(PYTHON_PATH)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    ).returncode
