"""A running collector for a test, and what its log holds."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.collect.proof import signature
from connectors.collect.secrets_file import add_token
from connectors.file_log import FileLog
from schemas.envelope import Delivery, decode
from tests.collect.served import SOURCES

ROOT = Path(__file__).parents[2]
OLD, NEW = "an old secret of sixteen", "It's a Secret to Everybody"
TOKEN, STRANGER = "t" * 43, "s" * 43


@dataclass
class Running:
    """One collector: where it listens, and its process."""

    url: str
    folder: Path
    process: subprocess.Popen[str]
    seen: int = 0

    def kept(self) -> list[Delivery]:
        """Return what it kept for this test."""
        return kept(self.folder)[self.seen :]

    def post(self, path: str, body: bytes | str, **headers: str) -> httpx.Response:
        """Send a body with the token of ``tiny``, as JSON, unless headers say otherwise."""
        given = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in given.items() if value}
        return httpx.post(self.url + path, content=body, headers=sent, timeout=20)

    def signed(self, body: bytes, secret: str, **headers: str) -> httpx.Response:
        """Send a body with a secret's signature."""
        proof = signature(secret.encode(), body).decode()
        headers = {"x_hub_signature_256": proof, "authorization": ""} | headers
        return self.post("/signed", body, **headers)

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, timeout=20)

    def meter(self, line: str) -> float:
        """Return the value of one meter; 0 when it is not there yet."""
        for said in self.get("/metrics").text.splitlines():
            if said.startswith(line + " "):
                return float(said.rpartition(" ")[2])
        return 0.0

    def stop(self) -> tuple[int, str]:
        """Ask it to end; return its exit code and what it told."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        told = self.process.communicate(timeout=60)[1]
        return self.process.returncode, told


Start = Callable[..., Running]


def furnish(folder: Path) -> Path:
    """Write a secrets file: a token of ``tiny`` and one of ``other``, two secrets of ``signed``."""
    secrets = folder / "secrets.toml"
    add_token(secrets, SOURCES["tiny"], SOURCES, TOKEN, account="larkspur")
    add_token(secrets, SOURCES["other"], SOURCES, STRANGER)
    with secrets.open("a") as file:
        file.write(f'[[secret]]\nsource = "signed"\nvalues = {json.dumps([NEW, OLD])}\n')
    return folder


@contextmanager
def serving(folder: Path, *options: str, fault: str = "", **limits: Any) -> Iterator[Running]:
    """Run a collector in a folder; it has ended behind this."""
    text = f"--limits={json.dumps({'free_bytes': 0} | limits)}"
    with subprocess.Popen(
        [sys.executable, "-m", "tests.collect.served", str(folder), *options, text],
        cwd=ROOT,
        env={**os.environ, "UPSHOT_FAULT": fault},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            url = process.stdout.readline().strip()
            assert url, process.communicate()[1]
            yield Running(url, folder, process)
        finally:
            if process.poll() is None:
                process.kill()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a folder with a secrets file."""
    return furnish(tmp_path)


@pytest.fixture
def start(home: Path) -> Iterator[Start]:
    """Start collectors in ``home``; all have ended when the test has."""
    with ExitStack() as stack:

        def starting(*options: str, folder: Path = home, **more: Any) -> Running:
            return stack.enter_context(serving(folder, *options, **more))

        yield starting


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(furnish(tmp_path_factory.mktemp("collector"))) as running:
        yield running


@pytest.fixture
def running(shared_server: Running) -> Running:
    """Return a collector that other tests of the file use too."""
    shared_server.seen = len(kept(shared_server.folder))
    return shared_server


def kept(folder: Path) -> list[Delivery]:
    """Return every delivery in the log of a folder, without the collector's own words."""
    log = FileLog(folder / "log")
    entries = [
        entry for spool in log.partitions() for entry in log.read(spool, *log.offsets(spool))
    ]
    said = [decode(entry.line) for entry in entries if entry.line is not None]
    assert len(said) == len(entries)
    return [delivery for delivery in said if delivery.source != "upshot"]
