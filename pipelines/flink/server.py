"""One server of Flink's: a Java process with its log, its children, and the guard that outlives us.

It is stopped by SIGTERM, waited for, and then killed, always as the group of its own pid: the
workers that a TaskManager starts are in it. If this process dies without a word, the guard (a shell
whose standard input then closes) kills the group.
"""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from connectors.broker.jars import java

GUARD = """
while read -r _; do :; done
said=$(tr '\\0' ' ' < "/proc/$1/cmdline" 2>/dev/null)
case $said in *upshot-flink*) kill -s KILL -- "-$1" ;; esac
"""
STOP_S = 15.0


class Server:
    """A Java process that runs until it is stopped."""

    def __init__(
        self,
        name: str,
        words: Sequence[str],
        folder: Path,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - Java, found on the path
                [java("Flink"), *words],
                cwd=folder,
                env={**os.environ, **(environ or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Control-C is for us; we stop all of them in order then.
                start_new_session=True,
            )
        self._guard = subprocess.Popen(  # noqa: S603
            ["/bin/sh", "-c", GUARD, "guard", str(self.process.pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def ended(self) -> bool:
        """Whether it runs no more."""
        return self.process.poll() is not None

    def last_word(self) -> str:
        """Return the last line of its log."""
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        said = [line for line in lines if not line.startswith(("\t", " "))]
        return said[-1][:300] if said else "it said nothing"

    def stop(self) -> None:
        """Stop it in order, and kill what is left of it and of its children."""
        if not self.ended:
            self.process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_S)
        self.kill()

    def kill(self) -> None:
        """Kill it and its children, as a power cut would."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self._guard.stdin is not None and self._guard.poll() is None:
            self._guard.stdin.close()
            self._guard.wait()
