"""CloudEvents over HTTP, in its three spellings: structured, binary and batched."""

from collections.abc import Iterator
from typing import Any

import msgspec

from connectors.source import Request
from schemas.errors import Rejected

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"

REQUIRED = ("id", "source", "specversion", "type")


def events(request: Request) -> Iterator[dict[str, Any]]:
    """Yield the events of a request as objects with ``type``, ``id``, ``source`` and ``data``.

    A body that names no event at all is yielded as ``{"data": body}``: some senders post the data
    alone. Raises Rejected, with the position, for broken JSON and for attributes that are missing.
    """
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = _json(request.body)
    if content_type == BATCH:
        if not isinstance(body, list):
            raise Rejected("a batch of CloudEvents is a JSON array")
        yield from (_whole(event, f"event {number}") for number, event in enumerate(body))
    elif content_type == STRUCTURED:
        yield _whole(body, "the event")
    elif "ce-specversion" in request.headers:
        attributes = {
            name.removeprefix("ce-"): value
            for name, value in request.headers.items()
            if name.startswith("ce-")
        }
        yield _whole({**attributes, "data": body}, "the event")
    else:
        yield {"data": body}


def _json(raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise Rejected(f"broken JSON: {problem}") from None


def _whole(event: Any, name: str) -> dict[str, Any]:
    if not isinstance(event, dict):
        raise Rejected(f"{name} is not a JSON object")
    for attribute in REQUIRED:
        if not isinstance(event.get(attribute), str) or not event[attribute]:
            raise Rejected(f"{name} has no attribute `{attribute}`")
    return event
