"""A collector for an invented past: the real one, in a process of its own, with another clock.

Its clock is whatever its parent last wrote into a file, so that heartbeats of January are heard in
January, and coverage ends where the invented weeks do. It stops as any collector does, by SIGTERM,
and by itself when its parent is gone.
"""

import json
import mmap
import os
import selectors
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from connectors.simulator.send import Proofs
from schemas.errors import Fatal

START_S = 30.0
STOP_S = 30.0
CLOCK_BYTES = 8
RATE = 1e9
"""Requests a second: nobody is to be slowed down who sends twelve weeks in half a minute."""


class Collecting(NamedTuple):
    """A collector that takes what is sent."""

    url: str
    proofs: Proofs
    set_clock: Callable[[int], None]
    """Takes milliseconds since 1970 UTC."""


@contextmanager
def collecting(
    folder: Path,
    log: Path,
    key: Path,
    logins: Iterable[str],
    begins_ms: int,
    random_bytes: Callable[[int], bytes],
) -> Iterator[Collecting]:
    """Run a collector that spools into ``log``; ``folder`` holds what only it needs.

    When the block is left, all that was acknowledged is in the log, with the word that everybody
    was heard from ``begins_ms`` up to where the clock then stands. Raises Fatal when it does not
    begin or end as it should.
    """
    folder.mkdir(parents=True)
    proofs = Proofs(
        {who: str(uuid.UUID(bytes=random_bytes(16), version=4)) for who in (*logins, *SYSTEMS)},
        random_bytes(32).hex(),
    )
    secrets = folder / "secrets.toml"
    secrets.touch(mode=0o600)
    secrets.write_text(_secrets(proofs))
    clock_file = folder / "clock"
    clock_file.write_bytes(bytes(CLOCK_BYTES))
    with clock_file.open("r+b") as file, mmap.mmap(file.fileno(), CLOCK_BYTES) as clock:

        def set_clock(at_ms: int) -> None:
            clock[:] = (at_ms * 1000).to_bytes(CLOCK_BYTES, "big")

        set_clock(begins_ms)
        arguments = [str(path) for path in (log, key, secrets, clock_file)]
        with _process(arguments, folder / "errors") as url:
            yield Collecting(url, proofs, set_clock)


SYSTEMS = ("otlp", "cdevents")


def _secrets(proofs: Proofs) -> str:
    lines = []
    for who, token in proofs.tokens.items():
        source = who if who in SYSTEMS else "wakatime"
        entry = {
            "id": f"{source}-{who}",
            "source": source,
            "sha256": sha256(token.encode()).hexdigest(),
            "account": "" if who in SYSTEMS else who,
        }
        lines += ["[[token]]", *(f"{name} = {json.dumps(value)}" for name, value in entry.items())]
        lines.append(f"rate = {RATE}")
    lines += ["[[secret]]", 'source = "github"', f'values = ["{proofs.secret}"]', f"rate = {RATE}"]
    return "\n".join([*lines, ""])


@contextmanager
def _process(arguments: list[str], errors: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "pipelines.demo.collect", *arguments]
    root = str(Path(__file__).parent.parent)
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))
    with (
        errors.open("wb") as heard,
        subprocess.Popen(  # noqa: S603  (ourselves)
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=heard,
            env={**os.environ, "PYTHONPATH": path},
        ) as process,
    ):
        try:
            yield _address(process, errors)
        finally:
            process.terminate()
            try:
                ended = process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                ended = process.wait()
        if ended:
            raise Fatal(f"the demo's collector ended with {ended}", _last(errors))


def _address(process: "subprocess.Popen[bytes]", errors: Path) -> str:
    assert process.stdout  # noqa: S101  (it is a pipe)
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        line = process.stdout.readline() if selector.select(START_S) else b""
    if not line:
        raise Fatal("the demo's collector did not begin", _last(errors))
    return line.decode().strip()


def _last(errors: Path) -> str:
    lines = errors.read_text(errors="replace").strip().splitlines()
    return f"it said: {lines[-1]}" if lines else "run the demo again"


def main(log: Path, key: Path, secrets: Path, clock_file: Path) -> None:
    """Collect until SIGTERM, or until nobody holds the other end of standard input."""
    from connectors import all_sources
    from connectors.collect.run import Setup, collect
    from connectors.collect.server import Listen, tell_on
    from connectors.file_log import FileLog
    from connectors.keys import read_key

    tell_on(sys.stderr)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    setup = Setup(
        log=FileLog(log),
        listen=Listen(host="127.0.0.1", port=0),
        secrets=secrets,
        key=read_key(key),
        sources=all_sources(),
    )
    with clock_file.open("r+b") as file, mmap.mmap(file.fileno(), CLOCK_BYTES) as clock:

        def now_us() -> int:
            return int.from_bytes(clock[:CLOCK_BYTES], "big")

        def listening(url: str) -> None:
            sys.stdout.write(f"{url}\n")
            sys.stdout.flush()

        collect(setup, now_us, listening)


def _leave_with_parent() -> None:
    # Not through sys.stdin, whose lock a process that ends would wait for.
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
