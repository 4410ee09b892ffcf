"""Load: connections that each post one body again and again, in a process of its own.

Prints the requests that were answered as expected, seconds, and latencies in milliseconds as JSON.
"""

import asyncio
import json
import sys
import time

import uvloop


class Client(asyncio.Protocol):
    """One connection with one request under way, until it is told to end."""

    def __init__(self, request: bytes, status: bytes, until: float) -> None:
        self.request = request
        self.status = b"HTTP/1.1 " + status
        self.until = until
        self.took: list[float] = []
        self.heard = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport
        self.send()

    def send(self) -> None:
        self.sent = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.heard += data
        head, blank, body = self.heard.partition(b"\r\n\r\n")
        if not blank:
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        if not head.startswith(self.status):
            self.done.set_exception(RuntimeError(head.decode()))
            return
        now = time.perf_counter()
        self.took.append(now - self.sent)
        self.heard = b""
        if now < self.until:
            self.send()
        else:
            self.transport.close()
            self.done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or RuntimeError("the server hung up"))


async def load(url: str, connections: int, seconds: float, head: str, body: bytes, ok: str) -> str:
    """Return what was measured."""
    host, port = url.removeprefix("http://").split(":")
    request = f"{head}host: {host}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    clients = [
        (
            await loop.create_connection(
                lambda: Client(request, ok.encode(), began + seconds), host, int(port)
            )
        )[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*(client.done for client in clients))
    whole = time.perf_counter() - began
    took = sorted(one for client in clients for one in client.took)
    return json.dumps(
        {
            "requests": len(took),
            "seconds": whole,
            "p50_ms": 1000 * took[len(took) // 2],
            "p99_ms": 1000 * took[len(took) * 99 // 100],
        }
    )


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    print(uvloop.run(load(**asked | {"body": asked["body"].encode()})))
