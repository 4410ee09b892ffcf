"""Loopback servers for real clients: one per handler, each on a free port, gone afterwards."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from connectors.otlp import reply
from connectors.source import Request
from connectors.sources import otlp


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve while the context lasts; its value is the server's URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class Quiet(BaseHTTPRequestHandler):
    """A handler that reads whole bodies, says how long its answers are, and logs nothing."""

    protocol_version = "HTTP/1.1"

    def body(self) -> bytes:
        """Read what was sent, in one piece or in chunks."""
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers["Content-Length"]))
        chunks = []
        while size := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def answer(self, status: int, content_type: str, body: bytes) -> None:
        """Answer with a body."""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *said: Any) -> None:
        """Say nothing."""


def receiver(heard: list[Request], refusals: list[int]) -> type[BaseHTTPRequestHandler]:
    """Return an OTLP receiver that notes every request; it first answers with the refusals."""

    class Receiver(Quiet):
        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.path, headers, self.body())
            heard.append(request)
            if refusals:
                self.answer(refusals.pop(), "text/plain", b"later")
                return
            kept = len(list(otlp.items(unpacked(request))))
            self.answer(*reply(request, kept))

    return Receiver


def unpacked(request: Request) -> Request:
    """Return a request as a source gets it."""
    is_packed = request.headers.get("content-encoding") == "gzip"
    return request._replace(body=gzip.decompress(request.body)) if is_packed else request
