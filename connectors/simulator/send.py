"""Send: an organisation's days to a running collector, over HTTP, on connections that stay open.

A day is sent whole before the next one begins, so that a collector whose clock follows the days
hears everything on the day on which it arrived. What is refused for want of room is sent again.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from connectors.simulator.wire import Day, Post, signed
from schemas.errors import Fatal

CONNECTIONS = 32
ANSWER_S = 60.0
"""How long one answer may take, all attempts together."""


class Proofs(NamedTuple):
    """What each teller proves itself with."""

    tokens: Mapping[str, str]
    """By login, and by the name of a system."""
    secret: str
    """What the forge signs with."""


Tell = Callable[[str, int, int], None]


def send(
    url: str,
    days: Iterable[Day],
    proofs: Proofs,
    *,
    begin: Callable[[int], None] = lambda ends_ms: None,
    tell: Tell = lambda what, done, of: None,
    of: int = 0,
) -> int:
    """Send all of it; return how many requests that were. ``begin`` hears of each day's end.

    Raises Fatal where the collector refuses a request, or does not answer in time.
    """
    return asyncio.run(_send(url, days, proofs, begin, tell, of))


async def _send(
    url: str,
    days: Iterable[Day],
    proofs: Proofs,
    begin: Callable[[int], None],
    tell: Tell,
    of: int,
) -> int:
    address = urlsplit(url)
    sent = done = 0
    lines = [Line(address.hostname or "", address.port or 80, proofs) for _ in range(CONNECTIONS)]
    try:
        told = iter(days)
        day = next(told, None)
        while day is not None:
            begin(day.ends_ms)
            # Whoever has the most to say goes first, so that nobody is waited for in the end.
            queue = iter(sorted(day.posts, key=lambda post: -len(post.body)))
            posted = asyncio.gather(*(line.post_all(queue) for line in lines))
            await asyncio.sleep(0)
            sent, done = sent + len(day.posts), done + 1
            tell("send", done, of)
            # While the collector works at this day, the next one is put into words.
            day = next(told, None)
            await posted
    finally:
        for line in lines:
            line.close()
    return sent


class Line:
    """One connection, made when it is first needed."""

    def __init__(self, host: str, port: int, proofs: Proofs) -> None:
        self._host, self._port = host, port
        self._proofs = proofs
        self._way: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post_all(self, posts: Iterable[Post]) -> None:
        """Post one after the other until none is left."""
        for post in posts:
            request = self._request(post)
            try:
                async with asyncio.timeout(ANSWER_S):
                    while not await self._post(post, request):
                        await asyncio.sleep(0.2)
            except TimeoutError:
                raise Fatal(
                    f"the collector did not answer at {post.path}", "see whether it still runs"
                ) from None

    def close(self) -> None:
        """Hang up."""
        if self._way:
            self._way[1].close()
            self._way = None

    async def _post(self, post: Post, request: bytes) -> bool:
        """Post once; return whether it was taken. Raises Fatal when it never will be."""
        try:
            if self._way is None:
                self._way = await asyncio.open_connection(self._host, self._port)
            reader, writer = self._way
            writer.write(request)
            await writer.drain()
            head = await reader.readuntil(b"\r\n\r\n")
            status = int(head[9:12])
            await reader.readexactly(_length(head))
        except (OSError, asyncio.IncompleteReadError):
            self.close()
            return False
        if status in (429, 503, 507):
            return False
        if status >= 400:
            raise Fatal(
                f"the collector answered {status} at {post.path}",
                "compare what is sent with what the route takes",
            )
        return True

    def _request(self, post: Post) -> bytes:
        headers = {"host": self._host, "content-length": str(len(post.body)), **post.headers}
        if post.teller == "github":
            headers["x-hub-signature-256"] = signed(self._proofs.secret, post.body)
        else:
            headers["authorization"] = f"Bearer {self._proofs.tokens[post.teller]}"
        lines = [f"POST {post.path} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items()), "", ""]
        return "\r\n".join(lines).encode() + post.body


def _length(head: bytes) -> int:
    lower = head.lower()
    if b"content-length: " not in lower:
        raise Fatal("the collector's answer has no length", "is it our collector?")
    return int(lower.partition(b"content-length: ")[2].partition(b"\r\n")[0])
