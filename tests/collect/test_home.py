"""Where a collector spools, and how far the forwarder is behind."""

from pathlib import Path

import msgspec
import pytest

from connectors.collect.home import behind, home
from connectors.file_log import FileLog
from tests.spools import ID, fill, new_log


def test_a_log_of_files_is_its_own_spool_and_nobody_is_behind(tmp_path: Path) -> None:
    own = home(f"file:{tmp_path / 'log'}")
    assert (own.spools.folder, own.probe.behind()) == (tmp_path / "log", 0)
    assert not own.forwarded


def test_a_log_in_kafka_is_spooled_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPSHOT_SPOOL", str(tmp_path / "log"))
    before = home("kafka://127.0.0.1:1")
    fill(new_log(tmp_path), 7)
    assert isinstance(before.spools, FileLog)
    assert before.probe.behind() == 7
    assert before.forwarded


@pytest.mark.parametrize(("progress", "waiting"), [(None, 7), (0, 7), (4, 3), (7, 0)])
def test_what_waits_is_what_the_forwarder_has_not_passed(
    tmp_path: Path, progress: int | None, waiting: int
) -> None:
    log = new_log(tmp_path)
    fill(log, 7)
    if progress is not None:
        beside = tmp_path / "log.forwarded"
        beside.mkdir()
        (beside / ID).write_bytes(msgspec.json.encode({"position": progress, "topics": {}}))
    assert behind(log) == waiting
