"""The server: one port, plain or TLS, that stops when it is told to and loses nothing by it."""

import asyncio
import ipaddress
import json
import logging
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn

from connectors.collect.connection import bounded
from connectors.collect.limits import Limits
from schemas.errors import Fatal, Usage


@dataclass(frozen=True, kw_only=True)
class Listen:
    """Where to listen, and how."""

    host: str
    port: int
    cert: Path | None = None
    key: Path | None = None
    insecure: bool = False
    """Whether plain HTTP may be spoken beyond this machine, behind something that ends TLS."""

    @classmethod
    def parse(cls, text: str, **more: Any) -> "Listen":
        """Read ``HOST:PORT`` (``[::1]:PORT`` too); port 0 takes a free one. Raises Usage."""
        host, _, port = text.rpartition(":")
        if not (host and port.isdecimal() and int(port) < 2**16):
            raise Usage("--listen does not name a host and a port", "use --listen 127.0.0.1:4318")
        return cls(host=host.strip("[]"), port=int(port), **more)

    @property
    def url(self) -> str:
        """Return what a client is given; without the port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.cert else 'http'}://{host}"

    def check(self) -> None:
        """Raise Usage for plain HTTP where others could listen in, or half a certificate."""
        if (self.cert is None) != (self.key is None):
            raise Usage("--tls-cert and --tls-key go together", "give both files, as PEM")
        if self.cert is None and not self.insecure and not _loopback(self.host):
            raise Usage(
                f"plain HTTP on {self.host} would show tokens to the network",
                "give --tls-cert and --tls-key, or --insecure-listen behind a proxy that ends TLS",
            )


class _Server(uvicorn.Server):
    """Ends with 0 when told to stop, and takes up new secrets when told to."""

    def __init__(
        self, config: uvicorn.Config, began: Callable[[], None], hang_up: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._began = began
        self._hang_up = hang_up

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._began()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self._hang_up)
        yield

    def stop(self) -> None:
        """Take no more, finish what was begun, and end."""
        self.should_exit = True


def serve(
    app: Any,
    listen: Listen,
    limits: Limits,
    *,
    listening: Callable[[str], None],
    turned_away: Callable[[], None],
    hang_up: Callable[[], None],
    stopper: Callable[[Callable[[], None]], None],
) -> None:
    """Serve until SIGTERM or SIGINT.

    ``listening`` is given the URL once connections are taken, ``stopper`` the way to stop from
    within, before. Raises Usage or Fatal where listening is not possible.
    """
    listen.check()
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=bounded(limits, turned_away),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=limits.idle_s,
        timeout_graceful_shutdown=limits.stop_s,
        ssl_certfile=listen.cert,
        ssl_keyfile=listen.key,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError):
        raise Usage(
            "the certificate or its key cannot be used", "give both as PEM files that match"
        ) from None
    with _bound(listen) as taken:
        url = f"{listen.url}:{taken.getsockname()[1]}"
        server = _Server(config, lambda: listening(url), hang_up)
        stopper(server.stop)
        server.run([taken])


def _bound(listen: Listen) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(
            listen.host, listen.port, type=socket.SOCK_STREAM
        )[0]
        return socket.create_server(address[:2], family=family, backlog=2048)
    except OSError as problem:
        raise Fatal(
            f"cannot listen on {listen.host}:{listen.port}: {problem.strerror}",
            "stop what listens there, or give another --listen",
        ) from None


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Quiet(logging.Formatter):
    """One line for each thing told; of an exception its type and place, never its text.

    What an exception says may be what somebody sent.
    """

    def formatException(self, ei: Any) -> str:  # noqa: N802  # logging's own name
        """Return the type of an exception and where it was raised."""
        kind, _, trace = ei
        while trace.tb_next:
            trace = trace.tb_next
        code = trace.tb_frame.f_code
        return f"{kind.__name__} in {Path(code.co_filename).name}:{trace.tb_lineno}"


class Structured(Quiet):
    """The same as JSON, one object a line: time (UTC), level, message, and an exception's place."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        said = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "message": record.getMessage(),
        }
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        return json.dumps(said)


def tell_on(stream: Any, *, as_json: bool = False) -> None:
    """Let the collector and its server tell on a stream what happens, quietly."""
    handler = logging.StreamHandler(stream)
    form = Structured() if as_json else Quiet("%(asctime)s %(levelname)s %(message)s")
    handler.setFormatter(form)
    for name, level in (("upshot.collect", logging.INFO), ("uvicorn.error", logging.ERROR)):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(level)
        logger.propagate = False
