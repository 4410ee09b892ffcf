"""Pull: a path becomes deliveries in the log, each stripped to its source's allow-list.

Nothing is lost and nothing is judged: what does not fit its record is kept as far as it fits, and
what cannot be kept at all leaves its size and a keyed digest. Pulling the same path again appends
equal deliveries, which are told from new ones by their content and counted as copies.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from connectors.keys import TenantKey
from connectors.record import keep
from connectors.source import Covered, Item, Source
from connectors.sources import upshot
from schemas.envelope import UNREADABLE, Delivery


@dataclass(frozen=True)
class Pulled:
    """How many deliveries of each kind were appended, and how many stretches are covered."""

    counts: Counter[str] = field(default_factory=Counter)
    covered: int = 0


def pull(
    source: Source,
    path: Path,
    append: Callable[[Delivery], object],
    key: TenantKey,
    received: Callable[[], int],
) -> Pulled:
    """Append everything that the source's reader tells of a path.

    ``received`` gives microseconds since 1970 UTC. Raises Fatal where the reader does; what was
    appended until then stays, and a rerun is safe.
    """
    counts: Counter[str] = Counter()
    covered = 0
    for said in source.read(path):
        if isinstance(said, Covered):
            append(vouched(source.name, said, key, received()))
            covered += 1
        else:
            delivery = delivered(source, said, key, received())
            append(delivery)
            counts[delivery.kind] += 1
    return Pulled(counts, covered)


def delivered(source: Source, item: Item, key: TenantKey, received: int) -> Delivery:
    """Return what the log holds of an item; without a speaker of its own ``source`` said it."""
    speaker = item.speaker or source
    kind, body = stripped(speaker, item, key)
    return Delivery(speaker.name, kind, received, msgspec.Raw(body))


def vouched(source: str, said: Covered, key: TenantKey, received: int) -> Delivery:
    """Return what the log holds of a reader's word that a source was heard for a stretch."""
    word = {
        "source": source,
        "covered_from": said.start.isoformat(),
        "time": said.end.isoformat(),
    }
    body = msgspec.Raw(keep(upshot.SourceCovered, word, key))
    return Delivery("upshot", upshot.COVERED, received, body)


def stripped(source: Source, item: Item, key: TenantKey) -> tuple[str, bytes]:
    """Return the kind under which an item is kept, and what is kept of it, as JSON.

    Without a record: size and keyed digest. Not JSON (or no kind): those and the reason, as
    ``unreadable``.
    """
    record = source.records.get(item.kind)
    if item.kind == UNREADABLE:
        return UNREADABLE, _trace(item.raw, key, reason="not a delivery of this source")
    if record is None:
        return item.kind, _trace(item.raw, key)
    try:
        return item.kind, keep(record, item.raw, key)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return UNREADABLE, _trace(item.raw, key, reason="broken JSON")


def _trace(raw: bytes | dict[str, Any], key: TenantKey, **more: str) -> bytes:
    content = raw if isinstance(raw, bytes) else repr(raw).encode(errors="backslashreplace")
    return msgspec.json.encode({"digest": key.digest(content), "size": len(content), **more})
