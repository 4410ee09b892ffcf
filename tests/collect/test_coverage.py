"""The stretches that the collector vouches for: up all the time, and nobody turned away."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from connectors.collect.coverage import Coverage
from connectors.file_log import FileLog
from schemas.envelope import decode
from tests.collect.conftest import Start

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def minutes(number: int) -> datetime:
    return NOON + timedelta(minutes=number)


def given(coverage: Coverage, end: int) -> list[tuple[str, int, int]]:
    words = [
        (source, (said.start - NOON).seconds // 60, (said.end - NOON).seconds // 60)
        for source, said in coverage.until(minutes(end))
    ]
    coverage.given(minutes(end))
    return words


def test_each_stretch_is_vouched_for_once_and_they_meet() -> None:
    coverage = Coverage(["a", "b"], NOON)
    assert given(coverage, 5) == [("a", 0, 5), ("b", 0, 5)]
    assert given(coverage, 5) == []
    assert given(coverage, 4) == []
    assert given(coverage, 10) == [("a", 5, 10), ("b", 5, 10)]


def test_a_stretch_in_which_somebody_was_turned_away_is_never_vouched_for() -> None:
    coverage = Coverage(["a"], NOON)
    assert given(coverage, 5) == [("a", 0, 5)]
    coverage.spoil(minutes(7))
    assert given(coverage, 6) == []
    assert given(coverage, 10) == [("a", 7, 10)]


def words(folder: Path) -> list[dict[str, str]]:
    log = FileLog(folder / "log")
    [spool] = log.partitions()
    said = [decode(entry.line or b"") for entry in log.read(spool, *log.offsets(spool))]
    assert all(one.kind == "source.covered" for one in said if one.source == "upshot")
    return [msgspec.json.decode(one.body) for one in said if one.source == "upshot"]


def test_a_collector_that_ends_in_order_vouches_for_all_that_it_was_up(start: Start) -> None:
    before = datetime.now(UTC)
    running = start()
    assert running.post("/tiny", b"{}").status_code == 201
    assert words(running.folder) == []
    assert running.stop()[0] == 0
    said = words(running.folder)
    assert sorted(word["source"] for word in said) == ["other", "signed", "tiny"]
    for word in said:
        since, until = map(datetime.fromisoformat, (word["covered_from"], word["time"]))
        assert before < since < until < datetime.now(UTC)


def test_one_that_failed_somebody_vouches_only_from_then_on(start: Start) -> None:
    running = start()
    time.sleep(0.2)
    before = datetime.now(UTC)
    assert running.post("/tiny", b'{"defect": 1}').status_code == 500
    assert running.post("/tiny", b"5").status_code == 400
    assert running.stop()[0] == 0
    assert all(
        datetime.fromisoformat(word["covered_from"]) > before for word in words(running.folder)
    )
    assert len(words(running.folder)) == 3
