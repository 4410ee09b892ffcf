"""The body: read as it comes and counted, unpacked within bounds, of a type that is known."""

import asyncio
import zlib
from collections.abc import Mapping
from typing import Any

from connectors.collect.connection import LATE
from connectors.collect.limits import Held
from connectors.collect.refused import Refused

GZIP_WBITS = 31


async def read(
    receive: Any, headers: Mapping[str, str], max_bytes: int, state: Mapping[str, Any], held: Held
) -> bytes:
    """Return the body as it was sent; what it takes is counted in ``held`` until given back.

    The client's own word on the length is only ever used to refuse. Raises Refused: 413 beyond
    ``max_bytes``, 408 when it stops or the connection says in ``state`` that it takes too long, 503
    when memory is short.
    """
    declared = headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > max_bytes:
        raise _too_large(max_bytes)
    parts: list[bytes] = []
    size = 0
    try:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Refused(408, "gone", "the body ended early", "send it again")
            part = message["body"]
            if size + len(part) > max_bytes:
                raise _too_large(max_bytes)
            held.take(len(part))
            size += len(part)
            parts.append(part)
            if not message["more_body"]:
                return parts[0] if len(parts) == 1 else b"".join(parts)
            if LATE in state:
                raise Refused(
                    408,
                    "slow",
                    "the body did not arrive in time",
                    "send it again, in smaller parts if the line is slow",
                    [(b"connection", b"close")],
                )
    except (Refused, asyncio.CancelledError):
        held.give_back(size)
        raise


def check_type(headers: Mapping[str, str], known: tuple[str, ...]) -> None:
    """Raise Refused (415) for a content type or encoding that is not among the known."""
    given = headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in known:
        raise Refused(
            415,
            "type",
            "this content type is not understood here",
            f"send it as Content-Type: {' or '.join(known)}",
        )
    if _encoding(headers) not in ("", "identity", "gzip"):
        raise Refused(
            415,
            "encoding",
            "this content encoding is not understood here",
            "send it as Content-Encoding: gzip, or without one",
        )


def unpacked(raw: bytes, headers: Mapping[str, str], max_bytes: int) -> bytes:
    """Return the body without its packing; never makes more than ``max_bytes`` and one.

    Raises Refused: 413 for what would be more, 400 for what is no gzip.
    """
    if _encoding(headers) != "gzip":
        return raw
    parts: list[bytes] = []
    size, at = 0, len(raw)
    rest = raw
    while rest:
        member = zlib.decompressobj(wbits=GZIP_WBITS)
        try:
            part = member.decompress(rest, max_bytes - size + 1)
        except zlib.error:
            raise _no_gzip(at - len(rest)) from None
        size += len(part)
        if size > max_bytes:
            raise Refused(
                413,
                "bomb",
                f"the body unpacks to more than {max_bytes} bytes",
                "send it in smaller parts",
            )
        if not member.eof:
            raise _no_gzip(at)
        parts.append(part)
        rest = member.unused_data
    return b"".join(parts)


def _encoding(headers: Mapping[str, str]) -> str:
    return headers.get("content-encoding", "").strip().lower()


def _too_large(max_bytes: int) -> Refused:
    return Refused(
        413,
        "size",
        f"the body is larger than {max_bytes} bytes",
        "send it in smaller parts",
    )


def _no_gzip(at: int) -> Refused:
    return Refused(
        400, "gzip", f"the body is no whole gzip: broken at or behind byte {at}", "pack it again"
    )
