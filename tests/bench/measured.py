"""One run of a bench module as a process of its own: CPU, wall and peak memory of all of it."""

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Measured:
    """What a process cost, interpreter start and imports included."""

    cpu_s: float
    wall_s: float
    peak_mb: float


def measured(module: str, *args: object) -> Measured:
    """Run ``python -m module args`` to its end; raises SystemExit where it failed.

    Nothing heavy may have run in the calling process: a child's peak begins at its parent's size.
    """
    start = time.perf_counter()
    command = [sys.executable, "-W", "ignore", "-m", module, *map(str, args)]
    child = os.posix_spawn(sys.executable, command, {**os.environ, "PYTHONPATH": str(ROOT)})
    _, status, used = os.wait4(child, 0)
    if status:
        raise SystemExit(f"{' '.join(command[3:])} failed")
    return Measured(
        used.ru_utime + used.ru_stime, time.perf_counter() - start, used.ru_maxrss / 1024
    )
