"""The collector as an ASGI application: the order in which a request is worked through.

    route (404) > token (401, 403) and rate (429) > body, counted as it comes (413, 408)
    > signature over the raw bytes (401) and rate (429) > type (415) > unpack (413)
    > take apart (400) > strip to the allow-list > spool, one fsync for many (507) > answer

Nothing of a body is kept unless all that comes before ``spool`` went well, and nobody is told that
it is kept before the fsync.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from connectors.collect.body import check_type, read
from connectors.collect.connection import CROWDED
from connectors.collect.gather import Gather
from connectors.collect.limits import Held, Limits
from connectors.collect.meters import Meters
from connectors.collect.proof import PROVING, Caller, Proof
from connectors.collect.refused import Answer, Refused
from connectors.collect.take import Taken, take
from connectors.keys import TenantKey
from connectors.log import NoSpace
from connectors.source import Push, Request, Source
from schemas.errors import Fatal
from schemas.steps import step

LARGE_BYTES = 64 * 1024
"""A body from which on taking it apart would keep all others waiting."""
OTHER = "other"

logger = logging.getLogger("upshot.collect")


class Route(NamedTuple):
    """Where one source pushes to."""

    source: Source
    push: Push


def routes(sources: Mapping[str, Source]) -> dict[str, Route]:
    """Return all paths that sources push to. Raises Fatal when two want the same."""
    found: dict[str, Route] = {}
    for source in sources.values():
        push = source.push
        for path in push.routes if push else ():
            if path in found:
                raise Fatal(f"{source.name} and {found[path].source.name} both listen at {path}")
            if push:
                found[path] = Route(source, push)
    return found


@dataclass
class Collector:
    """What a request meets; ``proof`` may be replaced while it runs."""

    routes: Mapping[str, Route]
    proof: Proof
    key: TenantKey
    gather: Gather
    meters: Meters
    limits: Limits
    ready: Callable[[], tuple[int, str]]
    """Deliveries that are not in the log yet; and empty, or why no more should be sent here."""
    spoiled: Callable[[], None]
    """Hears of each answer of 500 or more: somebody could not say what they had to say."""
    received_us: Callable[[], int]
    """Microseconds since 1970 UTC."""

    def __post_init__(self) -> None:
        self._held = Held(self.limits.held_bytes)
        self._own = {"/health": self._health, "/ready": self._ready, "/metrics": self._metrics}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        started = time.perf_counter()
        path = scope["path"]
        try:
            if CROWDED in scope["state"]:
                raise _crowded(self.limits.connections)
            answer = await self._answer(scope, receive)
        except Refused as refused:
            self.meters.refused(refused.reason)
            answer = refused.answer
        except Exception:
            # A defect of ours: the client must be told, and the server tells where it lies.
            await self._send(send, _defect().answer)
            self._count(path, 500, started)
            raise
        self._count(path, answer.status, started)
        with step("collect-answer"):
            await self._send(send, answer)

    async def _answer(self, scope: Any, receive: Any) -> Answer:
        path = scope["path"]
        if own := self._own.get(path):
            _check_method(scope["method"], "GET", "HEAD")
            return await own()
        route = self.routes.get(path)
        if route is None:
            known = ", ".join(sorted(self.routes))
            raise Refused(404, "route", "no source listens here", f"use one of: {known}")
        _check_method(scope["method"], "POST")
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        return await self._take(route, path, headers, scope["state"], receive)

    async def _take(
        self, route: Route, path: str, headers: Mapping[str, str], state: Any, receive: Any
    ) -> Answer:
        source, push = route
        caller: Caller | None = None
        if push.proof == "token":
            caller = self.proof.by_token(headers, source.name)
            caller.admit(time.monotonic())
        raw = await read(receive, headers, push.max_bytes, state, self._held)
        try:
            if caller is None:
                caller = self.proof.by_signature(headers, raw, source.name)
                caller.admit(time.monotonic())
            try:
                check_type(headers, push.content_types)
                taken = await self._take_apart(route, caller, Request(path, headers, raw))
            except Refused as refused:
                logger.info(
                    "refused %s: %s, %d bytes, %s", caller.id, path, len(raw), refused.reason
                )
                raise
            await self._keep(taken)
            self.meters.kept(path, len(raw), taken.outcomes)
            reply = push.reply(taken.request, len(taken.deliveries))
            return Answer.of(*reply)
        finally:
            self._held.give_back(len(raw))

    async def _take_apart(self, route: Route, caller: Caller, sent: Request) -> Taken:
        source, push = route
        shown = {name: value for name, value in sent.headers.items() if name not in PROVING}
        request = Request(sent.path, shown, sent.body, caller.account)
        limit = max(self.limits.unpacked_bytes, push.max_bytes)
        work = source, push, request, sent.headers, limit, self.key, self.received_us()
        if len(sent.body) > LARGE_BYTES:
            return await asyncio.to_thread(take, *work)
        return take(*work)

    async def _keep(self, taken: Taken) -> None:
        """Return when all is durable. Raises Refused: 507 on a full disk, 503 on a broken one."""
        if not taken.deliveries:
            return
        try:
            await self.gather.keep(taken.deliveries)
        except NoSpace:
            raise Refused(
                507,
                "full",
                "the collector's disk is full",
                "keep it and send it again later; nothing of it was kept here",
                [(b"retry-after", b"30")],
            ) from None
        except Fatal:
            raise Refused(
                503, "broken", "the collector can keep nothing more", "send it again later"
            ) from None

    async def _health(self) -> Answer:
        return Answer.of(200, "application/json", b'{"alive":true}')

    async def _ready(self) -> Answer:
        behind, why = await asyncio.to_thread(self.ready)
        if why:
            raise Refused(503, "not-ready", why, "send to another collector until this one is")
        return Answer.of(200, "application/json", b'{"ready":true,"behind":%d}' % behind)

    async def _metrics(self) -> Answer:
        return Answer.of(200, *await asyncio.to_thread(self.meters.text))

    def _count(self, path: str, status: int, started: float) -> None:
        known = path in self.routes or path in self._own
        self.meters.answered(path if known else OTHER, status, time.perf_counter() - started)
        if status >= 500 and path != "/ready":
            self.spoiled()

    @staticmethod
    async def _send(send: Any, answer: Answer) -> None:
        status, headers, body = answer
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _check_method(method: str, *allowed: str) -> None:
    if method not in allowed:
        raise Refused(
            405,
            "method",
            "this method is not understood here",
            f"use {allowed[0]}",
            [(b"allow", ", ".join(allowed).encode())],
        )


def _crowded(connections: int) -> Refused:
    return Refused(
        503,
        "connections",
        f"there are more than {connections} connections",
        "send it again in a moment",
        [(b"retry-after", b"1"), (b"connection", b"close")],
    )


def _defect() -> Refused:
    return Refused(
        500,
        "defect",
        "the collector failed in a way that nobody foresaw",
        "send it again, and tell whoever runs it to look into its log",
    )
