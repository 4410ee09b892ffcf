"""The command line: how it ends, and that an error is one line with a next step."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from shutil import copytree, rmtree
from threading import Event, Thread
from typing import Any

import duckdb
import pytest

from connectors.file_log import FileLog
from schemas.errors import LostRace
from tests.commands import Run, process, refused
from tests.lakes import RECORDINGS
from tests.spools import delivery


def test_from_nothing_to_a_checked_lake(used_once: Path) -> None:
    checked = process(used_once, "check")
    assert checked.code == 0
    assert {line.split()[0] for line in checked.out.splitlines()} <= {"ok", "warn"}


def test_a_process_tells_its_failure_by_its_code_and_one_line(tmp_path: Path) -> None:
    refused(process(tmp_path, "check"), 1, "there is no lake in .upshot/lake")
    refused(process(tmp_path, "backfill", "--from", "soon", "--to", "later"), 2, "soon")
    refused(process(tmp_path, "pull", "gharchive", "nowhere"), 2, "there is nothing at nowhere")


def test_a_log_that_never_stops_growing_is_landed_and_derived_all_the_same(tmp_path: Path) -> None:
    stop = Event()

    def write() -> None:
        with FileLog(tmp_path / ".upshot/log").writer() as appender:
            for number in count():
                appender.append(delivery(number))
                appender.sync()
                if stop.wait(0.002):
                    return

    writing = Thread(target=write)
    writing.start()
    try:
        ended = process(tmp_path, "stream", "--once")
    finally:
        stop.set()
        writing.join()
    assert (ended.code, ended.err) == (0, "")
    assert "published snapshot 1" in ended.out


def test_help_names_every_command(upshot: Run) -> None:
    ended = upshot("--help")
    assert ended.code == 0
    for name in ("init", "pull", "stream", "derive", "backfill", "sql", "metrics", "check"):
        assert name in ended.out


def test_a_command_that_is_none_is_usage(upshot: Run) -> None:
    assert upshot("frobnicate").code == 2
    assert upshot("derive", "--frobnicate").code == 2


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["pull", "gharchive", "nowhere"], 2, "source gharchive: there is nothing at nowhere"),
        (["pull", "nobody", "."], 2, "there is no source called nobody"),
        (["pull", "upshot", "."], 2, "upshot is no source to pull from"),
        (["pull", "gharchive", ".", "--log", "kafka:host:9092"], 2, "does not name a broker"),
        (["pull", "gharchive", ".", "--log", "somewhere"], 2, "--log does not name a log"),
        (["pull", "gharchive", "."], 1, "gharchive: no .json or .json.gz file"),
        (["pull", "wakatime", "."], 1, "wakatime: no .json file"),
        (["pull", "roster", "."], 1, "roster: nothing at"),
        (["pull", "aidev", "."], 1, "aidev: no folder of a tool"),
        (["stream", "--once"], 1, "there is no log in .upshot/log"),
        (["stream", "--once", "--log", "file:gone"], 1, "there is no log in gone"),
        (["backfill"], 1, "there is no log in .upshot/log"),
        (["backfill", "--from", "2026-01-05"], 2, "--from and --to go together"),
        (["backfill", "--to", "2026-01-05"], 2, "--from and --to go together"),
        (["backfill", "--from", "2026-01-05", "--to", "2026-02-30"], 2, "are not two days"),
        (["backfill", "--from", "2026-01-06", "--to", "2026-01-05"], 2, "is behind --to"),
        (["sql", "SELECT 1"], 1, "there is no catalogue in .upshot/lake"),
        (["metrics", "change_outcome"], 1, "there is no catalogue in .upshot/lake"),
        (["metrics", "happiness"], 2, "there is no metric called happiness"),
        (["check"], 1, "there is no lake in .upshot/lake"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_said_in_one_line(
    new_home: Path, upshot: Run, arguments: list[str], code: int, said: str
) -> None:
    refused(upshot(*arguments), code, said)


def test_init_makes_a_key_once_and_keeps_it(upshot: Run, tmp_path: Path) -> None:
    key = tmp_path / "made" / "key"
    made, kept = upshot("init", "--key", key), upshot("init", "--key", key)
    assert (made.code, kept.code) == (0, 0)
    assert "made a key" in made.out
    assert "kept the key" in kept.out
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.read_text().strip() not in made.out + kept.out


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [
        (None, 0, "there is no tenant key at"),
        ("ab" * 32, 0o644, "can be read by others (mode 644)"),
        ("ab" * 31, 0o600, "the tenant key has 31 bytes, not 32"),
        ("ab" * 33, 0o600, "the tenant key has 33 bytes, not 32"),
        ("", 0o600, "the tenant key has 0 bytes"),
        ("not hexadecimal", 0o600, "does not hold a key"),
    ],
)
def test_a_key_that_is_none_stops_a_pull_before_anything_is_kept(
    new_home: Path, upshot: Run, text: str | None, mode: int, said: str
) -> None:
    key = new_home / "key"
    if text is not None:
        key.write_text(text)
        key.chmod(mode)
    ended = upshot("pull", "gharchive", RECORDINGS / "gharchive", "--key", key)
    refused(ended, 1, said)
    assert not text or text not in ended.err
    assert not (new_home / ".upshot/log").exists()


def test_a_key_that_is_a_folder_is_said_so(new_home: Path, upshot: Run) -> None:
    refused(upshot("pull", "roster", RECORDINGS / "roster", "--key", new_home), 1, "key")
    refused(upshot("init", "--key", new_home), 1, "key")


def test_parquet_that_cannot_be_read_is_named(new_home: Path, upshot: Run) -> None:
    (new_home / "set/Cursor").mkdir(parents=True)
    (new_home / "set/Cursor/prs.parquet").write_bytes(b"PAR1 and then nothing")
    refused(upshot("pull", "aidev", "set"), 1, "set/Cursor/prs.parquet", "get the file again")


def test_a_roster_with_one_person_in_two_teams_is_refused_as_a_whole(
    new_home: Path, upshot: Run
) -> None:
    (new_home / "people.csv").write_text(
        "person,team,from,to,github\nAda Quillfeather,web,,,ada\nAda Quillfeather,api,,,ada\n"
    )
    ended = upshot("pull", "roster", "people.csv")
    refused(ended, 1, "one person in two teams at one time", "people.csv line 2")
    assert "quillfeather" not in ended.err.lower()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELEC 1", "the query failed: Parser Error"),
        ("SELECT * FROM facts.nothing", "the query failed: Catalog Error"),
        ("DROP VIEW facts.changes", "the query failed"),
        ("SELECT 1/", "the query failed"),
    ],
)
def test_a_query_that_fails_is_said_in_one_line(
    used_home: Path, upshot: Run, query: str, said: str
) -> None:
    refused(upshot("sql", query), 1, said, "run `upshot sql` without a query")


def test_a_lake_that_lost_a_file_fails_in_one_line(used_home: Path, upshot: Run) -> None:
    for file in (used_home / ".upshot/lake/metrics").rglob("*.parquet"):
        file.unlink()
    refused(upshot("metrics", "change_outcome"), 1)
    refused(upshot("sql", "FROM metrics.change_outcome"), 1)
    ended = upshot("check")
    assert ended.code == 1
    assert ended.out.startswith("FAIL files are what their names say")
    assert ended.err.startswith("upshot: 1 of 1 checks failed. restore")


@pytest.mark.parametrize("foreign", ["newer", "no database", "another's"])
def test_a_catalogue_that_is_not_ours_to_read_or_replace(
    used_home: Path, upshot: Run, foreign: str
) -> None:
    catalogue = used_home / ".upshot/lake/catalog.duckdb"
    if foreign == "newer":
        with duckdb.connect(str(catalogue)) as db:
            db.execute("UPDATE lake.upshot_format SET format = 99")
    else:
        catalogue.unlink()
        if foreign == "no database":
            catalogue.write_text("my notes")
        else:
            with duckdb.connect(str(catalogue)) as db:
                db.execute("CREATE TABLE mine AS SELECT 1")
    was = catalogue.read_bytes()
    said = "has format 99" if foreign == "newer" else "is not a catalogue"
    for arguments in (["sql", "SELECT 1"], ["metrics", "change_outcome"], ["derive"], ["check"]):
        refused(upshot(*arguments), 1, said, "catalog.duckdb")
    assert catalogue.read_bytes() == was


def test_a_damaged_segment_is_counted_said_and_gone_past(used_home: Path, upshot: Run) -> None:
    pulled = upshot("pull", "roster", RECORDINGS / "roster", "--log", "file:other")
    assert pulled.code == 0
    [segment] = (used_home / "other").rglob("*.seg")
    spoilt = bytearray(segment.read_bytes())
    spoilt[100] ^= 1
    segment.write_bytes(spoilt)
    ended = upshot("stream", "--once", "--log", "file:other", "--lake", "new")
    assert (ended.code, ended.err) == (0, "")
    assert "landed 13 deliveries, 1 unreadable" in ended.out
    assert upshot("check", "--lake", "new").code == 0
    rejected = upshot("sql", "SELECT reason FROM lake.rejected", "--lake", "new", "--csv")
    assert "checksum does not match" in rejected.out


def test_a_torn_tail_is_mended_and_said_at_the_next_pull(used_home: Path, upshot: Run) -> None:
    upshot("pull", "roster", RECORDINGS / "roster", "--log", "file:other")
    [segment] = (used_home / "other").rglob("*.seg")
    with segment.open("ab") as torn:
        torn.write(b"half a frame")
    ended = upshot("pull", "roster", RECORDINGS / "roster", "--log", "file:other")
    assert ended.code == 0
    assert len(ended.err.splitlines()) == 1
    assert segment.name in ended.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["derive"],
        ["stream", "--once"],
        ["sql", "SELECT 1"],
        ["check"],
        ["metrics", "change_outcome"],
    ],
)
def test_a_lake_that_is_a_file_is_said_so(
    used_home: Path, upshot: Run, arguments: list[str]
) -> None:
    (used_home / "file").write_text("my notes")
    refused(upshot(*arguments, "--lake", "file"), 1, "file")


def test_a_log_that_is_a_file_or_something_else_is_said_so(used_home: Path, upshot: Run) -> None:
    (used_home / "file").write_text("my notes")
    refused(upshot("stream", "--once", "--log", "file:file"), 1, "file")
    refused(upshot("pull", "roster", RECORDINGS / "roster", "--log", "file:file"), 1, "file")
    refused(upshot("stream", "--once", "--log", "file:."), 1, "is no part of a log")


def test_a_log_that_is_not_the_one_that_was_landed_is_refused(used_home: Path, upshot: Run) -> None:
    copytree(used_home / ".upshot/log", used_home / "older")
    assert upshot("pull", "roster", RECORDINGS / "roster").code == 0
    assert upshot("stream", "--once").code == 0
    refused(upshot("stream", "--once", "--log", "file:older"), 1, "log partition", "have landed")


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(b"PAR1" * 99)])
def test_a_derive_over_a_rotten_lake_says_which_file_and_publishes_nothing(
    used_home: Path, upshot: Run, spoil: Callable[[Path], object]
) -> None:
    lake = used_home / ".upshot/lake"
    [landed] = (lake / "deliveries").rglob("*.parquet")
    spoil(landed)
    assert upshot("pull", "roster", RECORDINGS / "roster").code == 0
    before = (lake / "catalog.duckdb").read_bytes()
    rmtree(lake / "snapshots")
    refused(upshot("derive"), 1, f"{landed.name} cannot be read")
    assert (lake / "catalog.duckdb").read_bytes() == before


@pytest.mark.parametrize("arguments", [["derive"], ["stream", "--once"], ["backfill"]])
def test_a_lost_race_ends_with_a_code_of_its_own(
    used_home: Path, upshot: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    from pipelines import derive

    def lost(*_: object, **_named: object) -> Any:
        raise LostRace("another pass published first", "run the command again")

    monkeypatch.setattr(derive, "derive", lost)
    refused(upshot(*arguments), 3, "another pass published first. run the command again.")
