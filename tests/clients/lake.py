"""A log and a lake of one test, worked by the real commands."""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from connectors.file_log import FileLog
from connectors.otlp import JSON
from connectors.source import Request
from schemas.envelope import Delivery, decode
from tests.clients.serving import unpacked

UPSHOT = Path(sys.executable).with_name("upshot")


class Lake:
    """Where telemetry goes, and what SQL says of it."""

    def __init__(self, folder: Path, log: str = "file:log") -> None:
        self.folder = folder
        self.log = log
        self._run("init", "--key", "key")

    def take(self, requests: Iterable[Request]) -> None:
        """Keep export requests as recorded bodies, pull them, and derive all tables."""
        bodies = self.folder / "bodies"
        bodies.mkdir(exist_ok=True)
        for number, request in enumerate(requests):
            form = "json" if request.headers["content-type"] == JSON else "pb"
            name = f"{number}.{request.path.removeprefix('/v1/')}.{form}"
            (bodies / name).write_bytes(unpacked(request).body)
        self._run("pull", "otlp", "bodies", "--log", self.log, "--key", "key")
        self.derive()

    @contextmanager
    def collecting(self, source: str = "otlp", *options: str) -> Iterator[tuple[str, str]]:
        """Run the collector; yield its URL and a token. What it answered for is in the log."""
        token = self._run("token", source, "--secrets", "secrets.toml", "--account", "mossbank-ben")
        words = ("--log", self.log, "--key", "key", "--secrets", "secrets.toml", *options)
        with subprocess.Popen(
            [UPSHOT, "collect", "--listen", "127.0.0.1:0", *words],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as collector:
            try:
                assert collector.stdout
                yield collector.stdout.readline().split()[-1], token.strip()
            finally:
                collector.terminate()
        assert collector.returncode == 0

    def derive(self) -> None:
        """Land what the log holds and derive all tables."""
        self._run("stream", "--once", "--log", self.log, "--lake", "lake")

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query over the catalogue."""
        with duckdb.connect(self.folder / "lake" / "catalog.duckdb", read_only=True) as catalog:
            return catalog.execute(query).fetchall()

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return every row of every derived table."""
        names = self.ask(
            "SELECT schema_name || '.' || view_name FROM duckdb_views() "
            "WHERE schema_name IN ('events', 'facts', 'metrics')"
        )
        return {name: sorted(self.ask(f"FROM {name}"), key=repr) for (name,) in names}

    def said(self) -> list[Delivery]:
        """Return what the log holds, without the collector's own words."""
        log = FileLog(self.folder / "log")
        lines = [
            entry.line or b""
            for spool in log.partitions()
            for entry in log.read(spool, *log.offsets(spool))
        ]
        return [one for one in map(decode, lines) if one.source != "upshot"]

    def known(self) -> bytes:
        """Return all that the log and the lake hold, in plain text and in lower case."""
        log = FileLog(self.folder / "log")
        lines = [
            entry.line or b""
            for spool in log.partitions()
            for entry in log.read(spool, *log.offsets(spool))
        ]
        landed = repr(self.ask("FROM lake.deliveries")).encode()
        return b"".join([*lines, landed, msgspec.json.encode(repr(self.tables()))]).lower()

    def _run(self, *words: str) -> str:
        done = subprocess.run(
            [UPSHOT, *words], cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout
