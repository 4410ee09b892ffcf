"""Trimming a log in files: what has landed and is old goes; a gap that this makes is named."""

import os
from pathlib import Path

import pytest

from connectors import spool
from connectors.file_log import FileLog
from pipelines.check import landed as audited
from pipelines.engine import connect
from pipelines.gap import filling
from pipelines.land import Landed, land, plan
from pipelines.trim import Trimmed, trim
from schemas.errors import Fatal, LostRace, Usage
from tests.lakes import recorded
from tests.spools import ID, fill, new_log

OLD = 1000.0
A_SEGMENT = 10


def grown(folder: Path, count: int) -> FileLog:
    """Return a log of full segments and one that is being written; all of them old."""
    log = new_log(folder, A_SEGMENT)
    fill(log, count)
    for path in log.folder.rglob("*.seg"):
        os.utime(path, (OLD, OLD))
    return log


def land_all(folder: Path) -> int:
    landed = Landed()
    while (more := land(folder / "lake", f"file:{folder / 'log'}")).consumed:
        landed += more
    return landed.deliveries


def trimmed(folder: Path, before: float = OLD + 1, *, dry_run: bool = False) -> list[str]:
    done = trim(folder / "lake", f"file:{folder / 'log'}", before, dry_run=dry_run)
    assert bool(done.size) == bool(done.paths)
    return [Path(path).name.lstrip("0").removesuffix(".seg") or "0" for path in done.paths]


def test_only_what_has_landed_goes_and_never_what_is_being_written(tmp_path: Path) -> None:
    log = grown(tmp_path, 25)
    assert trimmed(tmp_path) == []
    assert land_all(tmp_path) == 25
    assert trimmed(tmp_path, dry_run=True) == ["0", "10"]
    assert log.offsets(ID) == (0, 25)
    assert trimmed(tmp_path) == ["0", "10"]
    assert log.offsets(ID) == (20, 25)
    assert trimmed(tmp_path) == []
    fill(log, 8)
    assert land_all(tmp_path) == 8
    said = [*audited(tmp_path / "lake", connect())]
    assert [one.name for one in said if not one.passed] == []


def test_what_was_written_lately_stays_and_all_behind_it(tmp_path: Path) -> None:
    log = grown(tmp_path, 45)
    land_all(tmp_path)
    [_, second, *_] = sorted(log.folder.rglob("*.seg"))
    os.utime(second, (OLD + 5, OLD + 5))
    assert trimmed(tmp_path) == ["0"], "a hole would otherwise be left"
    assert trimmed(tmp_path, OLD + 6) == ["10", "20", "30"]
    assert log.offsets(ID) == (40, 45)


def test_a_lake_that_had_not_landed_it_is_told_what_is_gone_and_what_fills_it(
    tmp_path: Path,
) -> None:
    log = grown(tmp_path, 25)
    land_all(tmp_path)
    trimmed(tmp_path)
    with pytest.raises(Fatal, match=rf"log partition {ID}: positions 0 to 19 are gone") as gap:
        plan(log, tmp_path / "other")
    assert "pull those days from their sources again, then" in gap.value.next_step
    assert "`upshot stream --once --accept-loss`" in gap.value.next_step
    assert land(tmp_path / "other", f"file:{tmp_path / 'log'}", accept_loss=True) == Landed(
        deliveries=5, consumed=5, lost=20
    )


def test_who_spoke_and_until_when_is_named(complete: Path) -> None:
    origin = FileLog(complete / "log").partitions()[0]
    for partition in (origin, "upshot.review.v1/0"):
        step = filling(complete, partition)
        for source in {said.source for said in recorded()} - {"upshot"}:
            assert f"`upshot pull {source} PATH` from 2026-01-05 on" in step
        assert "pull upshot" not in step


def test_of_two_that_trim_at_once_one_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, survey = grown(tmp_path, 25), spool.survey

    def late(folder: Path) -> spool.Extent:
        extent = survey(folder)
        monkeypatch.setattr(spool, "survey", survey)
        assert log.trim(ID, 25) == 2
        return extent

    land_all(tmp_path)
    monkeypatch.setattr(spool, "survey", late)
    with pytest.raises(LostRace, match="is trimmed by another"):
        log.behind(ID, 25)
    assert log.offsets(ID) == (20, 25)


def test_a_log_in_kafka_is_not_ours_to_trim(tmp_path: Path) -> None:
    with pytest.raises(Usage, match="is not a log in files"):
        trim(tmp_path, "kafka://127.0.0.1:9", OLD)


def test_without_a_lake_nothing_is_trimmed(tmp_path: Path) -> None:
    grown(tmp_path, 25)
    assert trim(tmp_path / "lake", f"file:{tmp_path / 'log'}", OLD + 1) == Trimmed()
