"""Landing: every position of the log becomes one row, once, and a log that is not ours is named."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.file_log import FileLog
from connectors.log import Appender, Entry, Part
from pipelines import hops, lake, landed_rows
from pipelines import land as land_module
from pipelines.engine import connect
from pipelines.land import Landed, land, plan
from pipelines.landed import app_id
from pipelines.landed_rows import table
from pipelines.table import DELIVERIES
from schemas.envelope import UNREADABLE, Delivery, encode
from schemas.errors import Fatal, LostRace
from tests.lakes import tell

NOON = 1_767_614_400_000_000
"""2026-01-05 12:00 UTC in microseconds."""


def said(number: int, received: int = NOON) -> Delivery:
    return Delivery("roster", "seat", received, msgspec.Raw(b'{"tool":"%d"}' % number))


def rows(home: Path) -> list[dict[str, Any]]:
    """Return what has landed, in log order, with the partition each row lies in."""
    found = [
        {**row, "part": file.part}
        for file in lake.live(home, DELIVERIES)
        for row in pq.read_table(home / DELIVERIES.path / file.path, partitioning=None).to_pylist()
    ]
    return sorted(found, key=lambda row: (row["origin"], row["position"]))


def told(*entries: Entry) -> list[dict[str, Any]]:
    return table("p", entries).to_pylist()  # type: ignore[no-any-return]


def line(text: bytes) -> Entry:
    return Entry(7, text, len(text), "")


def test_a_delivery_is_one_row_and_lands_once(tmp_path: Path) -> None:
    assert tell(tmp_path, [said(1), said(2)]) == Landed(deliveries=2, consumed=2)
    assert tell(tmp_path, []) == Landed()
    assert tell(tmp_path, [said(3)]) == Landed(deliveries=1, consumed=1)
    [partition] = FileLog(tmp_path / "log").partitions()
    landed = rows(tmp_path)
    assert [(row["origin"], row["position"]) for row in landed] == [
        (partition, n) for n in range(3)
    ]
    first = landed[0]
    assert (first["source"], first["kind"], first["body"]) == ("roster", "seat", '{"tool":"1"}')
    assert first["received"].isoformat() == "2026-01-05T12:00:00"
    assert first["content_hash"] == said(1).content_hash
    assert lake.progress(tmp_path, DELIVERIES, app_id(partition)) == 3


@pytest.mark.parametrize(
    ("received", "part"),
    [
        (NOON, "2026-01-05"),
        (NOON + 12 * 3600 * 1_000_000 - 1, "2026-01-05"),
        (NOON + 12 * 3600 * 1_000_000, "2026-01-06"),
        (0, "outside"),
        (-1, "outside"),
        (946_684_800_000_000 - 1, "outside"),
        (946_684_800_000_000, "2000-01-01"),
        (4_133_980_800_000_000, "outside"),
    ],
)
def test_a_delivery_lies_in_the_day_it_was_received(
    received: int, part: str, tmp_path: Path
) -> None:
    tell(tmp_path, [said(1, received)])
    assert [row["part"] for row in rows(tmp_path)] == [part]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (Entry(7, None, 30, "checksum does not match"), "checksum does not match"),
        (line(b"not json"), "not a delivery: broken JSON"),
        (line(b"\xff\xfe"), "not a delivery: broken JSON"),
        (line(b'{"source":"s","kind":"k","received":1}'), "not a delivery"),
        (line(b'{"source":3,"kind":"k","received":1,"body":{}}'), "not a delivery"),
        (line(b'{"source":"s","kind":"k","received":"secret","body":{}}'), "not a delivery"),
        (line(b'{"source":"s","kind":"k","received":%d,"body":{}}' % 2**62), "not a delivery"),
        (line(b'{"source":"s","kind":"k","received":1,"body":{"secret":NaN}}'), "not a delivery"),
    ],
)
def test_what_cannot_be_read_leaves_where_and_why_and_none_of_its_bytes(
    entry: Entry, reason: str
) -> None:
    [row] = told(entry)
    assert (row["origin"], row["position"]) == ("p", 7)
    assert (row["source"], row["kind"], row["received"]) == ("log", UNREADABLE, None)
    assert msgspec.json.decode(row["body"])["size"] == entry.size
    assert reason in msgspec.json.decode(row["body"])["reason"]
    assert "secret" not in str(row)


def test_a_body_that_only_the_engine_cannot_parse_is_unreadable_too() -> None:
    # Both parsers agree on all that is known; should they part, a pass must not end over it.
    [row] = landed_rows.valid(
        pa.Table.from_pylist([{"kind": "seat", "body": "{"}], schema=landed_rows.SCHEMA),
        connect(),
    ).to_pylist()
    assert (row["kind"], row["body"]) == (UNREADABLE, '{"reason":"broken JSON"}')


def test_unreadable_positions_are_counted_beside_deliveries(tmp_path: Path) -> None:
    tell(tmp_path, [])
    log = FileLog(tmp_path / "log")
    with log.writer() as appender:
        for number in range(3):
            appender.append(said(number))
    [segment] = (tmp_path / "log").rglob("*.seg")
    spoilt = bytearray(segment.read_bytes())
    spoilt[len(spoilt) // 2] ^= 1
    segment.write_bytes(spoilt)
    assert land(tmp_path, f"file:{tmp_path / 'log'}") == Landed(
        deliveries=2, unreadable=1, consumed=3
    )
    assert [row["kind"] for row in rows(tmp_path)] == ["seat", UNREADABLE, "seat"]


def test_a_copy_says_where_it_was_first_kept() -> None:
    text = encode(said(1))
    copied = Entry(7, text, len(text), "", origin="first", position=3)
    assert [(row["origin"], row["position"]) for row in told(copied)] == [("first", 3)]


class Recalled:
    """A log that holds some positions of one partition, none of which is ever read."""

    def __init__(self, first: int, end: int, range_positions: int = 100) -> None:
        self.extent = (first, end)
        self._range_positions = range_positions

    @property
    def range_positions(self) -> int:
        return self._range_positions

    def stream(self, partition: str) -> str:
        return partition

    def deliveries(self, partition: str, start: int, stop: int) -> int:
        return stop - start

    def close(self) -> None:
        pass

    def partitions(self) -> list[str]:
        return ["p"]

    def offsets(self, partition: str) -> tuple[int, int]:
        return self.extent

    def read(self, partition: str, start: int, stop: int) -> Iterator[Entry]:
        raise AssertionError("planning reads nothing")

    def parts(self, partition: str, start: int, stop: int) -> Iterator[Part]:
        raise AssertionError("planning reads nothing")

    def writer(self) -> AbstractContextManager[Appender]:
        raise AssertionError("planning writes nothing")


def consumed(home: Path, upto: int) -> None:
    lake.append(home, DELIVERIES, [], {app_id("p"): (None, upto)}, "land-commit")


def planned(log: Recalled, home: Path) -> list[tuple[str, int, int]]:
    return [(one.partition, one.start, one.stop) for one in plan(log, home)]


def test_the_plan_goes_on_where_the_table_ends(tmp_path: Path) -> None:
    assert planned(Recalled(0, 5), tmp_path) == [("p", 0, 5)]
    consumed(tmp_path, 3)
    assert planned(Recalled(0, 5), tmp_path) == [("p", 3, 5)]
    assert planned(Recalled(2, 3), tmp_path) == []


def test_the_plan_is_cut_into_ranges_and_commits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(land_module, "COMMIT_RANGES", 3)
    ranges = planned(Recalled(0, 100, range_positions=10), tmp_path)
    assert ranges == [("p", 0, 10), ("p", 10, 20), ("p", 20, 30)]


def test_positions_that_the_log_no_longer_holds_are_named_exactly(tmp_path: Path) -> None:
    consumed(tmp_path, 3)
    with pytest.raises(Fatal, match=r"log partition p: positions 3 to 8 are gone") as gap:
        plan(Recalled(9, 20), tmp_path)
    assert gap.value.next_step


def test_a_log_that_is_shorter_than_what_has_landed_is_another_log(tmp_path: Path) -> None:
    consumed(tmp_path, 30)
    with pytest.raises(Fatal, match=r"ends at 20, but 30 positions have landed"):
        plan(Recalled(0, 20), tmp_path)


def test_of_two_that_land_at_once_one_commits_and_nothing_is_there_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(tmp_path, [said(0)])
    with FileLog(tmp_path / "log").writer() as appender:
        appender.append(said(1))
    log, run = f"file:{tmp_path / 'log'}", hops.run

    def late(*args: Any) -> list[Any]:
        monkeypatch.setattr(land_module, "run", run)
        assert land(tmp_path, log) == Landed(deliveries=1, consumed=1)
        return run(*args)

    monkeypatch.setattr(land_module, "run", late)
    with pytest.raises(LostRace):
        land(tmp_path, log)
    assert [row["position"] for row in rows(tmp_path)] == [0, 1]


def test_a_worker_that_wrote_too_little_commits_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FileLog(tmp_path / "log").writer() as appender:
        appender.append(said(1))
    monkeypatch.setattr(land_module, "run", lambda home, graph, runner: [])
    with pytest.raises(Fatal, match="0 of 1 positions gave 0 deliveries and 0 rows"):
        land(tmp_path, f"file:{tmp_path / 'log'}")
    assert lake.newest(tmp_path, DELIVERIES) == lake.EMPTY
