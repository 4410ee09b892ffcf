"""The named steps of the write protocol, and the one seam through which all of them run.

    append > fsync > collect-answer > forward-send > forward-ack > forward-progress > forward-trim
           > land-write > land-commit > derive-write > derive-commit > snapshot-commit
           > catalog-write > catalog-rename

What is true after a crash on either side of each step is in ``pipelines/README.md``. So that it
can be tested, ``UPSHOT_FAULT=land-commit`` kills this process (SIGKILL, no clean-up) before the
step, ``land-commit+`` behind it, and ``land-commit:3`` at the third time it is reached.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, get_args

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
    wanted, _, nth = fault.partition(":")
    if place == wanted:
        _reached[place] = _reached.get(place, 0) + 1
        if _reached[place] == int(nth or 1):
            os.kill(os.getpid(), signal.SIGKILL)
