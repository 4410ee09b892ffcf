"""Connections: how many there may be, and how long a client may take to say what it wants.

The server's own protocol waits for ever for headers of any size; here both are bounded, and
whoever was refused early has a few seconds to stop sending.
"""

import asyncio
from collections.abc import Callable

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from connectors.collect.limits import Limits
from connectors.collect.refused import Refused

CLOSE = (b"connection", b"close")
CROWDED, LATE = "crowded", "late"
"""What a request's state says: one connection too many, or a body that takes too long."""
PHRASES = {400: b"Bad Request", 408: b"Request Timeout", 431: b"Request Header Fields Too Large"}


def bounded(limits: Limits, turned_away: Callable[[], None]) -> type[asyncio.Protocol]:
    """Return the protocol of a connection within limits.

    ``turned_away`` hears of a connection that was cut without an answer. One beyond the limit, but
    within twice the limit, is marked in its requests' state, and ends with its answer.
    """

    class Connection(HttpToolsProtocol):
        head_bytes = 0
        deadline: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if len(self.connections) > 2 * limits.connections:
                turned_away()
                transport.abort()
                return
            if len(self.connections) > limits.connections:
                self.app_state = {CROWDED: True}
            self._give(limits.head_s)

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_waiting()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self._in_head():
                self.head_bytes += len(data)
                if self.head_bytes > limits.head_bytes:
                    self._refuse(
                        Refused(
                            431,
                            "head",
                            f"the headers are larger than {limits.head_bytes} bytes",
                            "send fewer or shorter headers",
                        )
                    )
                elif self.deadline is None:
                    self._give(limits.head_s)
            elif self.deadline is None and self.cycle and self.cycle.more_body:
                # Most bodies come with their headers, and need no timer.
                self._give(limits.body_s)

        def on_headers_complete(self) -> None:
            if self.deadline is not None:
                self._stop_waiting()
            self.head_bytes = 0
            super().on_headers_complete()

        def on_message_complete(self) -> None:
            if self.deadline is not None:
                self._stop_waiting()
            super().on_message_complete()
            if self.cycle.response_complete:
                # The rest of a body that was refused: the server no longer counts the idle time.
                self._give(limits.idle_s)

        def on_response_complete(self) -> None:
            super().on_response_complete()
            refused_early = self.cycle.response_complete and self.cycle.more_body
            if refused_early and not self.transport.is_closing():
                self._give(limits.linger_s)

        def send_400_response(self, msg: str) -> None:
            self._refuse(Refused(400, "http", "this is not HTTP", "send an HTTP/1.1 request"))

        def _in_head(self) -> bool:
            """Return whether a request has begun of which the headers are not there yet."""
            return not self.transport.is_closing() and (
                self.cycle is None or (self.cycle.response_complete and not self.cycle.more_body)
            )

        def _give(self, seconds: float) -> None:
            self._stop_waiting()
            self.deadline = self.loop.call_later(seconds, self._late)

        def _stop_waiting(self) -> None:
            if self.deadline is not None:
                self.deadline.cancel()
                self.deadline = None

        def _late(self) -> None:
            self.deadline = None
            if self._in_head() and self.head_bytes:
                self._refuse(
                    Refused(
                        408,
                        "slow",
                        f"the headers did not arrive within {limits.head_s:g} seconds",
                        "send it again",
                    )
                )
            elif self.cycle and self.cycle.more_body and not self.cycle.response_complete:
                self.cycle.scope["state"][LATE] = True
                self.cycle.message_event.set()
            else:
                self.transport.abort()

        def _refuse(self, refused: Refused) -> None:
            """Answer without a request, and end."""
            answer = refused.answer
            status = b"HTTP/1.1 %d %s" % (answer.status, PHRASES[answer.status])
            headers = [b"%s: %s" % pair for pair in [*answer.headers, CLOSE]]
            self.transport.write(b"\r\n".join([status, *headers, b"", answer.body]))
            self.transport.close()

    return Connection
