"""Erasing somebody: no byte tells of them, nothing brings them back, and all else stays."""

import signal
from pathlib import Path
from shutil import copytree
from typing import Any
from unittest.mock import patch

import pytest

from connectors.file_log import FileLog
from connectors.frame import HEADER
from connectors.pseudonyms import pseudonyms
from connectors.spool import END
from pipelines import datafile, erased, lake, snapshots
from pipelines import derive as derive_module
from pipelines.check import check
from pipelines.derive import derive
from pipelines.engine import connect
from pipelines.erase import erase, erase_from_log
from pipelines.land import Range, land, plan
from pipelines.reachable import telling
from pipelines.table import DELIVERIES
from schemas.envelope import decode
from schemas.errors import Fatal, LostRace, Usage
from tests.commands import process, refused
from tests.deliveries import KEY, SOURCES
from tests.lakes import RECORDINGS, made, names, quietly, recorded, rows, tell
from tests.spools import ID, fill, new_log

ASKED = (
    "github: Quillfeather-Ada",
    "wakatime:larkspur-wren",
    "anthropic:priya.larkspur@harbour-lantern.example",
    "git:wilhelmina@ashgrove.example",
    "person:Wilhelmina Ashgrove",
)
GONE = frozenset(one for asked in ASKED for one in pseudonyms(KEY, asked))
WHOM = erased.Erased(frozenset(map(erased.digest, GONE)), erased.shared())
EVENTS_ALONE = patch.object(derive_module, "levels", tuple)
"""Derive events and nothing more: a fact of nobody else's is erased no other way."""

AUTHORS = 'SELECT change, author FROM "events/change.created" ORDER BY ALL'
SEEN = 'FROM "events/identity.linked" ORDER BY ALL'


def found(*folders: Path) -> list[str]:
    return list(telling(list(folders), WHOM, quietly))


def erased_from(home: Path, gone: frozenset[str] = GONE) -> None:
    erase(home, gone, SOURCES, quietly)
    erase_from_log(FileLog(home / "log"), erased.read(home), quietly)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a lake of all recordings, with its log inside; two snapshots, and copies."""
    home = tmp_path_factory.mktemp("before") / "lake"
    said = recorded()
    made(home, [said[: len(said) // 2], said[len(said) // 3 :]])
    return home


@pytest.fixture(scope="module")
def after(before: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the same, and somebody erased from it."""
    home = tmp_path_factory.mktemp("after") / "lake"
    copytree(before, home)
    erased_from(home)
    return home


def test_no_byte_of_lake_or_log_tells_of_them_any_more(before: Path, after: Path) -> None:
    where = {
        Path(line.split(" tells of ")[0]).relative_to(before).parts[0] for line in found(before)
    }
    assert {"log", "deliveries", "events", "facts"} <= where
    assert found(after) == []


def test_the_audit_holds_and_every_delivery_is_still_one_row(before: Path, after: Path) -> None:
    assert [one for one in check(after, quietly) if one.state == "FAIL"] == []
    was, now = (sum(f.rows for f in lake.live(home, DELIVERIES)) for home in (before, after))
    assert was == now


def test_what_others_did_is_still_told(before: Path, after: Path) -> None:
    was, now = (rows(home, AUTHORS) for home in (before, after))
    assert now == [(change, erased.NOBODY if author in GONE else author) for change, author in was]
    assert {author for _, author in was} & GONE
    seen, left = (rows(home, SEEN) for home in (before, after))
    assert left == [one for one in seen if not GONE & {*map(str, one)}]
    assert 0 < len(left) < len(seen)


def test_the_log_that_still_tells_of_them_does_not_bring_them_back(
    before: Path, after: Path, tmp_path: Path
) -> None:
    log, home = tmp_path / "log", tmp_path / "lake"
    copytree(before / "log", log)
    erased.add(home, erased.read(after).digests)
    while land(home, f"file:{log}").consumed:
        pass
    derive(home, SOURCES)
    assert found(home) == []
    assert names(home) == names(after)


@EVENTS_ALONE
def test_nor_do_the_same_recordings_told_again(after: Path, tmp_path: Path) -> None:
    home = tmp_path / "lake"
    copytree(after, home)
    tell(home, recorded())
    derive(home, SOURCES)
    assert found(home / "deliveries", home / "events", home / "facts") == []
    assert found(home / "log") != []
    erased_from(home, frozenset())
    assert found(home) == []


@EVENTS_ALONE
def test_nor_do_deliveries_put_back_from_an_older_copy(
    before: Path, after: Path, tmp_path: Path
) -> None:
    home = tmp_path / "lake"
    copytree(before, home)
    copytree(after / "erased", home / "erased")
    erased_from(home, frozenset())
    assert found(home) == []


def test_time_travel_behind_it_is_refused(before: Path, after: Path) -> None:
    then = snapshots.read(before).number
    assert snapshots.read(before, then).number == then
    with pytest.raises(Fatal, match=f"holds snapshots {then + 1} to {then + 1}, not {then}"):
        snapshots.read(after, then)


@EVENTS_ALONE
def test_what_lands_meanwhile_and_does_not_know_of_it_is_refused(
    before: Path, tmp_path: Path
) -> None:
    home = tmp_path / "lake"
    copytree(before, home)
    with FileLog(home / "log").writer() as appender:
        for said in recorded():
            appender.append(said)

    def erasing(*log_and_lake: Any, **more: Any) -> list[Range]:
        # Who is erased was looked up by now.
        erase(home, GONE, SOURCES, quietly)
        return plan(*log_and_lake, **more)

    with patch("pipelines.land.plan", erasing), pytest.raises(LostRace):
        land(home, f"file:{home / 'log'}")
    assert land(home, f"file:{home / 'log'}").deliveries
    live = [home / DELIVERIES.path / file.path for file in lake.live(home, DELIVERIES)]
    assert not [path for path in live if WHOM.named(str(datafile.read(path).to_pylist()))]
    # What the refused one wrote, and nobody names, is still there for the next to take.
    assert found(home / DELIVERIES.path)
    erased_from(home, frozenset())
    assert found(home) == []


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which commands made a log and a lake."""
    folder = tmp_path_factory.mktemp("lived")
    commands = [("pull", source, str(RECORDINGS / source)) for source in ("gharchive", "roster")]
    for command in (("init",), *commands, ("stream", "--once")):
        assert process(folder, *command).code == 0
    return folder


PLACES = (
    *("erase-note", "erase-note+", "erase-write", "erase-write+", "erase-commit", "erase-commit+"),
    *("derive-commit+", "vacuum-remove+:2", "log-rewrite", "log-rewrite+"),
)


def test_killed_at_every_step_a_rerun_does_what_is_left(lived: Path, tmp_path: Path) -> None:
    copytree(lived, tmp_path, dirs_exist_ok=True)
    asked = ("erase", "--account", "github:quillfeather-ada", "--account", "wakatime:larkspur-wren")
    for place in PLACES:
        # Once it is noted whom to forget, nobody needs to say it again.
        command = asked if place.startswith("erase-note") else ("erase",)
        assert process(tmp_path, *command, UPSHOT_FAULT=place).code == -signal.SIGKILL, place
    assert process(tmp_path, "erase").code == 0
    home = tmp_path / ".upshot"
    whom = erased.read(home / "lake")
    assert len(whom.digests) == 3
    assert list(telling([home], whom, quietly)) == []


def test_the_command_says_what_it_did_and_who_else_is_the_same_person(
    lived: Path, tmp_path: Path
) -> None:
    copytree(lived, tmp_path, dirs_exist_ok=True)
    refused(process(tmp_path, "erase", "--account", "ada"), 2, "write PROVIDER:NAME")
    nobody = process(tmp_path, "erase", "--account", "github:octocat")
    assert "0 deliveries told of them" in nobody.out
    assert "is it spelt right" in nobody.out
    done = process(tmp_path, "erase", "--account", "github:quillfeather-ada")
    assert done.code == 0, done
    assert "1 more accounts are the same person's: name them as well" in done.out
    said = process(tmp_path, "check", "--erased", "--log", "file:.upshot/log")
    assert said.code == 0, said
    assert "ok   nobody erased is told of: 4 pseudonyms erased" in said.out


def test_a_spool_that_is_being_written_is_left_alone_and_says_so(tmp_path: Path) -> None:
    log = new_log(tmp_path)
    fill(log, 3)
    with log.writer(), pytest.raises(Fatal, match="is being written") as refusal:
        log.rewrite(ID, lambda line: None)
    assert "stop the collector" in refusal.value.next_step


def test_a_rewritten_spool_keeps_its_positions_and_is_written_on(tmp_path: Path) -> None:
    log = new_log(tmp_path, frames_a_segment=4)
    folder = fill(log, 10)
    damaged = folder / "00000000000000000004.seg"
    held = bytearray(damaged.read_bytes())
    held[HEADER.size + 3] ^= 1
    damaged.write_bytes(held)
    (folder / "rewriting.tmp").write_bytes(b"left behind")
    assert log.offsets(ID) == (0, 10)

    def shorter(line: bytes) -> bytes | None:
        return line.replace(b"Person", b"P") if decode(line).received % 2 else None

    assert log.rewrite(ID, shorter) == 5
    assert log.rewrite(ID, lambda line: None) == 0
    assert max(path.name for path in folder.iterdir()) == END
    with log.writer() as appender:
        assert appender.repaired == ""
    kinds = [entry.line and decode(entry.line).kind for entry in log.read(ID, 0, 10)]
    assert kinds == ["Person", "P", "Person", "P", None, "P", "Person", "P", "Person", "P"]
    fill(log, 2)
    assert log.offsets(ID) == (0, 12)
    assert list(unreadable_positions(log)) == [4]


def unreadable_positions(log: FileLog) -> list[int]:
    return [entry.offset for entry in log.read(ID, *log.offsets(ID)) if entry.line is None]


@pytest.mark.parametrize("asked", ["", "github", "github:", ":ada", "github: "])
def test_what_is_no_account_is_refused(asked: str) -> None:
    with pytest.raises(Usage):
        pseudonyms(KEY, asked)


def test_an_account_is_met_however_it_is_spelt() -> None:
    assert pseudonyms(KEY, "git:7+Ada@users.noreply.github.com") < pseudonyms(KEY, "GitHub:ada")
    assert pseudonyms(KEY, "person: ADA ") == pseudonyms(KEY, "person:ada")


def test_forgetting_changes_only_what_tells_of_them(before: Path) -> None:
    with connect() as db:
        for file in lake.live(before, DELIVERIES):
            held = datafile.read(before / DELIVERIES.path / file.path)
            left = erased.forget(held, WHOM, db)
            assert left.schema == held.schema
            for was, now in zip(held.to_pylist(), left.to_pylist(), strict=True):
                assert (was == now) == (not WHOM.named(was["body"]))
                assert not WHOM.named(now["body"])
                if was != now and was["source"] not in WHOM.shared:
                    assert (now["kind"], now["body"]) == ("erased", "{}")
