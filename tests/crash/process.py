"""The real command line in a process of its own, forked from one that has imported everything.

Importing Beam takes longer than a pass over small data; a kill sweep starts hundreds of processes.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from pkgutil import iter_modules
from unittest.mock import patch

from connectors import sources

_forks = get_context("forkserver")
_forks.set_forkserver_preload(
    [
        "apache_beam",
        "apache_beam.typehints.opcodes",
        "concurrent.futures.thread",
        "connectors.file_log",
        "connectors.pull",
        "pipelines.check",
        "pipelines.cli",
        "pipelines.derive",
        "pipelines.land",
        "pyarrow.dataset",
        "typer._adapters",
        *(f"connectors.sources.{source.name}" for source in iter_modules(sources.__path__)),
    ]
)

PATIENCE_S = 120.0
Prepare = Callable[[], None]


@dataclass(frozen=True)
class Done:
    """How a process ended, and what it said."""

    code: int
    out: str
    err: str


class Running:
    """A function that runs in a process of its own, its output in files."""

    def __init__(self, work: Callable[[], None], said: Path, env: dict[str, str]) -> None:
        self._out, self._err = said.with_suffix(".out"), said.with_suffix(".err")
        self._process: ForkServerProcess = _forks.Process(
            target=_child, args=(work, env, self._out, self._err)
        )
        with patch.dict(os.environ):
            # A killed process leaves no coverage; measuring it all would double the time.
            for name in [name for name in os.environ if name.startswith("COVERAGE_")]:
                del os.environ[name]
            self._process.start()

    @property
    def code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.exitcode

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process.pid
        return self._process.pid

    def said(self) -> str:
        """Return what it printed so far."""
        return _text(self._out)

    def kill(self) -> None:
        """Kill it, if it still runs."""
        self._process.kill()

    def wait(self) -> Done:
        """Wait for its end; a process that hangs is an error."""
        self._process.join(PATIENCE_S)
        code = self._process.exitcode
        if code is None:
            self._process.kill()
            raise TimeoutError(f"a process took more than {PATIENCE_S} s")
        self._process.close()
        return Done(code, _text(self._out), _text(self._err))


def _text(path: Path) -> str:
    """Return what a process said; one that was killed at its very start has said nothing."""
    return path.read_text() if path.exists() else ""


@dataclass(frozen=True)
class Command:
    """A call of the command line; ``prepare`` runs in its process first."""

    argv: tuple[str, ...]
    prepare: Prepare | None = None

    def __call__(self) -> None:
        """Be that command."""
        from pipelines.cli import main

        if self.prepare:
            self.prepare()
        sys.argv = ["upshot", *self.argv]
        main()


def _child(work: Callable[[], None], env: dict[str, str], out: Path, err: Path) -> None:
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    os.environ.update(env)
    work()
