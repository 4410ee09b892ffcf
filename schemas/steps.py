"""The named steps of the write protocol, and the one seam through which all of them run.

    append > fsync > collect-answer > forward-send > forward-ack > forward-progress > forward-trim
           > land-write > land-commit > derive-write > derive-commit > snapshot-commit
           > catalog-write > catalog-rename
           > compact-write > compact-commit > vacuum-commit > vacuum-remove > log-trim
           > erase-write > erase-note > erase-commit > log-rewrite

What is true after a crash on either side of each step is in ``pipelines/README.md``. So that it
can be tested, ``UPSHOT_FAULT=land-commit`` kills this process (SIGKILL, no clean-up) before the
step, ``land-commit+`` behind it, and ``land-commit:3`` at the third time it is reached.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, get_args

from schemas.errors import Usage

Step = Literal[
    "append",
    "fsync",
    "collect-answer",
    "forward-send",
    "forward-ack",
    "forward-progress",
    "forward-trim",
    "land-write",
    "land-commit",
    "derive-write",
    "derive-commit",
    "snapshot-commit",
    "catalog-write",
    "catalog-rename",
    "compact-write",
    "compact-commit",
    "vacuum-commit",
    "vacuum-remove",
    "log-trim",
    "erase-write",
    "erase-note",
    "erase-commit",
    "log-rewrite",
]
STEPS: tuple[Step, ...] = get_args(Step)

_reached: dict[str, int] = {}


@contextmanager
def step(name: Step) -> Iterator[None]:
    """Run a step of the protocol; the only place where a fault can be injected."""
    _die_here(name)
    yield
    _die_here(f"{name}+")


def _die_here(place: str) -> None:
    fault = os.environ.get("UPSHOT_FAULT")
    if not fault:
        return
    wanted, nth = _parsed(fault)
    if place == wanted:
        _reached[place] = _reached.get(place, 0) + 1
        if _reached[place] == nth:
            os.kill(os.getpid(), signal.SIGKILL)


def _parsed(fault: str) -> tuple[str, int]:
    wanted, _, nth = fault.partition(":")
    if wanted.removesuffix("+") not in STEPS or not (nth or "1").isdecimal():
        raise Usage(f"UPSHOT_FAULT names no step: {fault}", "write STEP, STEP+ or STEP+:N")
    return wanted, int(nth or 1)
