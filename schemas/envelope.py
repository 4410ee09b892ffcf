"""What the log holds: deliveries, each one thing that a source said, already stripped.

One delivery is one line of JSON: ``{"source":"gharchive","kind":"PullRequestEvent",
"received":1784613600000000,"body":{...}}``. The body is the allow-listed record and nothing else.
"""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256

import msgspec

from schemas.errors import Rejected

UNREADABLE = "unreadable"
"""The kind of a delivery whose content could not be kept: its body says size, digest and reason."""


class Delivery(msgspec.Struct, frozen=True, gc=False):
    """One delivery. ``received`` is microseconds since 1970 UTC and only ever measures lateness."""

    # It holds nothing that could ever hold it, so the collector of cycles need not look at it.

    source: str
    kind: str
    received: int
    body: msgspec.Raw

    @property
    def content_hash(self) -> str:
        """32 hex characters of what was said, by whom: equal for every copy and every replay."""
        return content_hash(self.source, self.kind, bytes(self.body))


def content_hash(source: str, kind: str, body: bytes) -> str:
    """Return the content hash of a delivery whose parts are known."""
    return sha256(_speaker(source, kind) + body).hexdigest()[:32]


@lru_cache(1024)
def _speaker(source: str, kind: str) -> bytes:
    return b"%s\x00%s\x00" % (source.encode(), kind.encode())


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Delivery)


def encode(delivery: Delivery) -> bytes:
    """Return the delivery as the log keeps it."""
    return _encoder.encode(delivery)


def decode_lines(text: bytes, count: int) -> list[Delivery]:
    """Read back many, from so many lines. Raises Rejected where a line is not exactly one."""
    try:
        said = _decoder.decode_lines(text)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise Rejected("not all of them are deliveries") from None
    if len(said) != count:
        raise Rejected("not all of them are one line")
    return said


def content_hashes(said: Sequence[Delivery], bodies: Sequence[bytes]) -> list[str]:
    """Return the content hash of each of many deliveries, whose bodies are these bytes."""
    speakers = [_speaker(one.source, one.kind) for one in said]
    return [
        sha256(speaker + body).hexdigest()[:32]
        for speaker, body in zip(speakers, bodies, strict=True)
    ]


def decode(line: bytes) -> Delivery:
    """Read a delivery back. Raises Rejected, naming no value, when it is not one."""
    try:
        return _decoder.decode(line)
    except msgspec.ValidationError as problem:
        raise Rejected(f"not a delivery: {str(problem).split(' - ')[0]}") from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise Rejected("not a delivery: broken JSON") from None
