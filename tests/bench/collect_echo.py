"""The bar for the collector: a bare echo on the same server that syncs what it echoes, as a group.

No route, no token, no limits, no JSON: read, append, one fdatasync for whatever came within a
millisecond, answer. ``python -m tests.bench.collect_echo FILE`` prints its URL first.
"""

import asyncio
import os
import socket
import sys
from typing import Any

import uvicorn


class Echo:
    """The application."""

    def __init__(self, path: str) -> None:
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self.writing: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message["body"]
            more = message["more_body"]
        done = asyncio.get_running_loop().create_future()
        self.waiting.append((body, done))
        if self.writing is None:
            self.writing = asyncio.create_task(self.write())
        await done
        length = str(len(body)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def write(self) -> None:
        while self.waiting:
            await asyncio.sleep(0.001)
            batch, self.waiting = self.waiting, []
            await asyncio.to_thread(self.sync, b"".join(body for body, _ in batch))
            for _, done in batch:
                done.set_result(None)
        self.writing = None

    def sync(self, data: bytes) -> None:
        os.write(self.file, data)
        os.fdatasync(self.file)


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as taken:
        print(f"http://127.0.0.1:{taken.getsockname()[1]}", flush=True)
        config = uvicorn.Config(
            Echo(sys.argv[1]),
            loop="uvloop",
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
        )
        uvicorn.Server(config).run([taken])
