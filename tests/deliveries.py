"""Deliveries as tests need them: pulled from a path, and as the table that decode reads."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from connectors import all_sources
from connectors.keys import TenantKey
from connectors.pull import pull
from pipelines.arrow import arrow_schema
from pipelines.decode import Decoded, decode
from pipelines.table import DELIVERIES
from schemas.envelope import Delivery

KEY = TenantKey(b"a key for tests, 32 bytes long..")
SOURCES = all_sources()


def pulled(source: str, path: Path) -> list[Delivery]:
    """Return everything that a source tells of a path, received at the same moment."""
    said: list[Delivery] = []
    pull(SOURCES[source], path, said.append, KEY, received=lambda: 1_767_600_000_000_000)
    return said


def decoded(deliveries: Iterable[Delivery]) -> Decoded:
    """Return what deliveries mean."""
    rows = [
        {
            "origin": "test",
            "position": position,
            "source": delivery.source,
            "kind": delivery.kind,
            "content_hash": delivery.content_hash,
            "body": bytes(delivery.body).decode(),
        }
        for position, delivery in enumerate(deliveries)
    ]
    return decode(pa.Table.from_pylist(rows, schema=arrow_schema(DELIVERIES.columns)), SOURCES)
