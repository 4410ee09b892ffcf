"""Beside: a program that runs as long as the collector does, and is started again when it ends.

It forwards the spool, and has a process of its own because its only safe answer to some errors is
to end at once. So whatever becomes of it, no client notices. Its standard input is a pipe from us:
when that ends, because we stop or were killed, it sends what it can and ends too.
"""

import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Lock, Thread

FINISH_S = 5.0
"""How long the program may take to finish once its standard input has ended."""
GRACE_S = 5.0
"""How much longer it may live before it is killed; a kill loses nothing either."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
STEADY_S = 60.0
"""Who ran for so long is not punished for having failed before."""


class Beside:
    """Keeps one program running, from a thread of its own."""

    def __init__(
        self, command: Sequence[str], tell: Callable[[str], object], first_pause_s: float
    ) -> None:
        self._command = list(command)
        self._tell = tell
        self._first_pause_s = first_pause_s
        self._stopping = Event()
        self._starting = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self.ended = 0
        """How often it ended without being asked to."""
        self._thread = Thread(target=self._keep, name="beside", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask it to finish; return when it has ended, killed if that takes too long."""
        with self._starting:
            self._stopping.set()
            process = self._process
        if process is not None:
            _close(process)
            try:
                process.wait(FINISH_S + GRACE_S)
            except subprocess.TimeoutExpired:
                process.kill()
        self._thread.join()

    def _keep(self) -> None:
        pause_s = self._first_pause_s
        while not self._stopping.is_set():
            began = time.monotonic()
            how = self._run()
            if self._stopping.is_set():
                return
            self.ended += 1
            if time.monotonic() - began > STEADY_S:
                pause_s = self._first_pause_s
            self._tell(f"the forwarder {how} and starts again in {pause_s:g} s")
            self._stopping.wait(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _run(self) -> str:
        """Run it once and return how it ended."""
        with self._starting:
            if self._stopping.is_set():
                return "was not started"
            try:
                self._process = process = subprocess.Popen(  # noqa: S603 - a command of our own
                    self._command,
                    stdin=subprocess.PIPE,
                    # What it has to complain of goes where our own words go, and nothing else.
                    stdout=subprocess.DEVNULL,
                    # Control-C is for us: what we take until we have stopped is still to be sent.
                    start_new_session=True,
                )
            except OSError as problem:
                return f"could not be started ({problem.strerror})"
        code = process.wait()
        _close(process)
        return f"ended with {code}"


def _close(process: "subprocess.Popen[bytes]") -> None:
    """Let a program's standard input end."""
    if process.stdin is not None:
        process.stdin.close()


@contextmanager
def beside(
    command: Sequence[str],
    tell: Callable[[str], object],
    first_pause_s: float = FIRST_PAUSE_S,
) -> Iterator[Beside]:
    """Run a program meanwhile; it has ended behind this."""
    running = Beside(command, tell, first_pause_s)
    try:
        yield running
    finally:
        running.stop()
