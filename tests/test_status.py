"""The status of a lake: it says what the catalogue says, and names nobody."""

import json
import re
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import msgspec
import pytest

from connectors.file_log import FileLog
from pipelines import snapshots
from pipelines.catalog import open_catalog
from pipelines.derive import derive
from pipelines.exposition import exposition, lines, write
from pipelines.publish import publish_catalog
from pipelines.status import Account, Heard, Reject, Status, status
from schemas import EVENTS
from schemas.envelope import Delivery
from schemas.errors import Fatal
from tests.commands import Run, refused
from tests.deliveries import SOURCES
from tests.lakes import made, recorded, tell

NOW = 1_767_600_000.0

SAID = Status(
    snapshot=7,
    published=NOW - 3600,
    not_derived=5,
    not_landed=None,
    sources={"github": Heard(12, NOW - 7200, None)},
    rejected={Reject("github", "change.merged", "change", "missing or unfit"): 2},
    ignored={("github", "other"): 3},
    items={"events/change.merged": Account(9, 1, 0)},
)


def samples(text: str) -> list[str]:
    """Return the samples of an exposition, without their names' common beginning."""
    return [
        line.removeprefix("upshot_lake_") for line in text.splitlines() if not line.startswith("#")
    ]


def test_every_value_stands_under_its_name_and_labels_and_the_unknown_is_left_out() -> None:
    assert samples(exposition(SAID, NOW)) == [
        "status_timestamp_seconds 1.7676e+09",
        "snapshot 7.0",
        "snapshot_published_timestamp_seconds 1.7675964e+09",
        "not_derived_deliveries 5.0",
        'deliveries{source="github"} 12.0',
        'last_received_timestamp_seconds{source="github"} 1.7675928e+09',
        (
            'rejected_items{event_type="change.merged",field="change",reason="missing or unfit",'
            'source="github"} 2.0'
        ),
        'ignored_deliveries{kind="other",source="github"} 3.0',
        'items{outcome="kept",table="events/change.merged"} 9.0',
        'items{outcome="duplicate",table="events/change.merged"} 1.0',
        'items{outcome="superseded",table="events/change.merged"} 0.0',
    ]


def test_people_read_ages_and_counts_and_no_zeros() -> None:
    assert [line.split(maxsplit=1) for line in lines(replace(SAID, items={}), NOW)] == [
        ["7", "snapshot"],
        ["1.0", "h ago  snapshot published"],
        ["5", "not derived deliveries"],
        ["12", "deliveries github"],
        ["2.0", "h ago  last received github"],
        ["2", "rejected items github change.merged change missing or unfit"],
        ["3", "ignored deliveries github other"],
    ]
    assert "duplicate" in "\n".join(lines(SAID, NOW))
    assert "superseded" not in "\n".join(lines(SAID, NOW))


def test_it_says_what_the_catalogue_says(complete: Path, tmp_path: Path) -> None:
    home = copytree(complete, tmp_path / "lake")
    (home / "catalog.duckdb").unlink(missing_ok=True)
    publish_catalog(home)
    found = status(home, SOURCES)
    with open_catalog(home) as db:
        deliveries = dict(
            db.execute("SELECT source, count(*) FROM lake.deliveries GROUP BY ALL").fetchall()
        )
        complete_up_to = dict(
            db.execute(
                "SELECT source, epoch(complete_up_to) FROM lake.freshness "
                "WHERE complete_up_to IS NOT NULL"
            ).fetchall()
        )
        ignored = dict(
            db.execute("SELECT source, sum(deliveries) FROM lake.ignored GROUP BY ALL").fetchall()
        )
        [[rows, duplicates]] = db.execute(
            "SELECT rows, duplicates FROM lake.versions WHERE \"table\" = 'events/change.merged'"
        ).fetchall()
    heard = {name: one.deliveries for name, one in found.sources.items() if one.deliveries}
    assert heard == deliveries
    assert complete_up_to == {
        name: one.complete_up_to for name, one in found.sources.items() if one.complete_up_to
    }
    assert complete_up_to
    for source, count in ignored.items():
        assert count == sum(n for (name, _), n in found.ignored.items() if name == source)
    assert ignored
    merged = found.items["events/change.merged"]
    assert (merged.kept, merged.duplicate) == (rows, duplicates)
    assert found.snapshot == snapshots.read(home).number


def test_what_waits_is_counted_at_each_stage(tmp_path: Path) -> None:
    home, log = tmp_path / "lake", f"file:{tmp_path / 'lake/log'}"
    first, second = recorded()[:20], recorded()[20:50]
    tell(home, first)
    landed = status(home, SOURCES, log)
    assert (landed.snapshot, landed.published) == (0, None)
    assert (landed.not_derived, landed.not_landed) == (20, 0)
    derive(home, SOURCES)
    shown = (home / "catalog.duckdb").stat().st_mtime
    tell(home, second)
    with FileLog(home / "log").writer() as appender:
        for one in first[:7]:
            appender.append(one)
    waiting = status(home, SOURCES, log)
    assert (waiting.snapshot, waiting.not_derived, waiting.not_landed) == (1, 30, 7)
    # The catalogue is written as soon as a snapshot is published.
    assert waiting.published == pytest.approx(shown, abs=60)
    derive(home, SOURCES)
    assert status(home, SOURCES).not_derived == 0


def test_what_is_told_twice_is_counted_as_duplicate(tmp_path: Path) -> None:
    roster = [one for one in recorded() if one.source == "roster"]
    made(tmp_path, [roster])
    once = status(tmp_path, SOURCES)
    made(tmp_path, [roster])
    twice = status(tmp_path, SOURCES)
    for table, account in once.items.items():
        assert account.duplicate == 0, table
        assert twice.items[table] == account._replace(duplicate=sum(account)), table


NAME = "ada.quillfeather"
REASON = re.compile(r"unreadable|missing or unfit|not a [A-Z]+|not one of [a-z_A-Z, ]+")


def test_nobodys_words_become_a_label(tmp_path: Path) -> None:
    body = msgspec.Raw(b'{"number":"%s"}' % NAME.encode())
    said = [
        Delivery("github", NAME, 1, body),
        Delivery(NAME, NAME, 1, body),
        Delivery("roster", "membership", 1, msgspec.Raw(b'{"person":"%s"}' % NAME.encode())),
        Delivery("github", "push", 1, msgspec.Raw(b"{%s" % NAME.encode())),
    ]
    made(tmp_path, [said])
    found = status(tmp_path, SOURCES)
    text = exposition(found, NOW)
    assert NAME not in text
    assert found.sources.keys() == {"github", "log", "other", "roster"}
    assert found.ignored == {("github", "other"): 1, ("other", "other"): 1}
    assert Reject("log", "", "", "unreadable") in found.rejected
    assert any(reject.event_type == "team.assigned" for reject in found.rejected)
    for reject in found.rejected:
        assert reject.event_type in {"", *EVENTS}
        assert REASON.fullmatch(reject.reason), reject


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "upshot.prom"
    write(file, "old\n")
    write(file, "new\n")
    assert [path.name for path in tmp_path.iterdir()] == ["upshot.prom"]
    assert file.read_text() == "new\n"


def test_without_a_lake_there_is_nothing_to_tell(tmp_path: Path) -> None:
    with pytest.raises(Fatal, match="there is no lake"):
        status(tmp_path, SOURCES)


@pytest.mark.usefixtures("used_home")
def test_the_command_answers_people_machines_and_prometheus(upshot: Run) -> None:
    people = upshot("status", "--log", "file:.upshot/log")
    assert (people.code, people.err) == (0, "")
    assert "1  snapshot\n" in people.out
    assert "0  not landed positions\n" in people.out
    told = json.loads(upshot("status", "--json").out)
    assert told["snapshot"] == [{"value": 1}]
    assert told["not_landed_positions"] == []
    assert {one["source"] for one in told["deliveries"]} >= {"gharchive", "roster", "wakatime"}
    assert upshot("status", "--prometheus", "upshot.prom") == (0, "", "")
    assert "snapshot 1.0" in samples(Path("upshot.prom").read_text())


@pytest.mark.usefixtures("new_home")
def test_a_file_that_cannot_be_written_leaves_the_old_one(upshot: Run) -> None:
    refused(upshot("status"), 1, "there is no lake in .upshot/lake")
    Path("upshot.prom").write_text("old")
    refused(upshot("status", "--prometheus", "upshot.prom"), 1, "there is no lake")
    assert Path("upshot.prom").read_text() == "old"
