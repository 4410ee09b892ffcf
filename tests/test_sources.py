"""What every source owes: a new one brings a file and a recording, and nothing here changes.

A recording is ``recordings/<source>/``, in the source's own format, with invented people; beside it
``<source>.sentinels.txt`` lists what must never get past the edge.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest

from connectors.record import UNFIT, shape
from schemas import EVENTS
from schemas.envelope import UNREADABLE, Delivery, encode
from tests.deliveries import SOURCES, decoded, pulled

RECORDINGS = Path(__file__).parent / "recordings"
RECORDED = sorted(path.name for path in RECORDINGS.iterdir() if path.is_dir())

every_source = pytest.mark.parametrize("name", sorted(SOURCES))
every_recording = pytest.mark.parametrize("name", RECORDED)


@pytest.fixture(scope="module")
def heard() -> list[Delivery]:
    """Return everything that all recordings say, the edge's own word about them included."""
    return [said for name in RECORDED for said in pulled(name, RECORDINGS / name)]


@every_source
def test_a_source_is_heard_in_the_recordings(name: str, heard: list[Delivery]) -> None:
    assert SOURCES[name].name == name
    assert any(delivery.source == name for delivery in heard)


@every_source
def test_every_kind_with_a_record_is_heard(name: str, heard: list[Delivery]) -> None:
    kinds = {delivery.kind for delivery in heard if delivery.source == name}
    assert set(SOURCES[name].records) <= kinds


@every_source
def test_every_event_type_of_a_source_occurs_and_has_all_its_fields(
    name: str, heard: list[Delivery]
) -> None:
    rows = decoded(delivery for delivery in heard if delivery.source == name).rows
    assert {path.removeprefix("events/") for path in rows if path.startswith("events/")} == set(
        SOURCES[name].events
    )
    rejected = rows["rejected"].to_pylist() if "rejected" in rows else []
    assert [row for row in rejected if row["kind"] != UNREADABLE] == []


@every_source
def test_a_mapping_names_only_columns_that_its_event_type_declares(name: str) -> None:
    connection = duckdb.connect()
    for kind, declaration in SOURCES[name].records.items():
        connection.execute(
            f'CREATE TABLE "{kind}" AS SELECT 1::BIGINT AS delivery, unnest(said) '
            f"FROM (SELECT from_json('{{}}', '{json.dumps(shape(declaration))}') AS said)"
        )
    for event_type, mapping in SOURCES[name].events.items():
        offered = [row[0] for row in connection.execute(f"DESCRIBE ({mapping})").fetchall()]
        required = {column.name for column in EVENTS[event_type].columns if column.required}
        assert len(offered) == len(set(offered))
        assert required - {"evidence"} <= set(offered), event_type
        assert set(offered) - {"delivery"} <= set(EVENTS[event_type].types), event_type
        assert "delivery" in offered, event_type


@every_source
def test_a_delivery_holds_nothing_that_its_record_does_not_declare(
    name: str, heard: list[Delivery]
) -> None:
    trace = {"digest": "VARCHAR", "size": "BIGINT", "reason": "VARCHAR"}
    for delivery in heard:
        if delivery.source == name:
            record = SOURCES[name].records.get(delivery.kind)
            allowed = shape(record) if record else trace
            assert list(_undeclared(msgspec.json.decode(delivery.body), allowed)) == []


def _undeclared(said: Any, allowed: Any) -> Iterator[str]:
    """Yield every name in a body that a shape does not have."""
    if isinstance(said, dict):
        for field, value in said.items():
            if not isinstance(allowed, dict) or field not in allowed:
                yield field
            else:
                yield from _undeclared(value, allowed[field])
    elif isinstance(said, list):
        for value in said:
            yield from _undeclared(value, allowed[0] if isinstance(allowed, list) else None)


@every_recording
def test_every_field_of_a_recording_fits_its_record(name: str) -> None:
    for delivery in pulled(name, RECORDINGS / name):
        assert UNFIT not in msgspec.json.decode(delivery.body), delivery.kind


@every_recording
def test_reading_twice_gives_the_same_deliveries_and_the_same_events(name: str) -> None:
    once, again = pulled(name, RECORDINGS / name), pulled(name, RECORDINGS / name)
    assert once == again
    assert [delivery.content_hash for delivery in once] == [d.content_hash for d in again]
    told, retold = decoded(once).rows, decoded(again[::-1]).rows
    assert told.keys() == retold.keys()
    for path in told:
        assert _sorted(told[path].to_pylist()) == _sorted(retold[path].to_pylist())


def _sorted(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(map(repr, rows))


@every_recording
def test_nobody_is_named(name: str, heard: list[Delivery]) -> None:
    sentinels = (RECORDINGS / f"{name}.sentinels.txt").read_text().split("\n")[:-1]
    files = [path for path in (RECORDINGS / name).rglob("*") if path.is_file()]
    told = b"".join(str(path).encode() + path.read_bytes() for path in files).lower()
    kept = b"\n".join(encode(delivery) for delivery in heard).lower()
    for sentinel in map(str.encode, sentinels):
        assert len(sentinel) >= 8
        assert sentinel in told, "the recording does not say it, so its absence proves nothing"
        assert sentinel not in kept, f"{name} let {sentinel.decode()} through"
