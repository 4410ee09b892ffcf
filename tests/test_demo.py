"""The demo: the same every time, careful with what is not its own, and silent about people."""

import fcntl
import re
import shutil
from contextlib import chdir
from datetime import date
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from connectors.file_log import FileLog
from connectors.simulator.archive import write_archive
from connectors.simulator.organisation import changes
from connectors.simulator.people import TEAMS
from connectors.simulator.roster import write_roster
from connectors.simulator.simulate import simulate
from connectors.simulator.wire import days
from connectors.sources import gharchive, roster
from pipelines.catalog import open_catalog
from pipelines.check import check
from pipelines.demo.home import Made, alone, clear, take
from pipelines.demo.run import demo as run
from pipelines.demo.text import QUERIES, clone_text
from pipelines.engine import quoted
from schemas.errors import Fatal, LostRace, Usage
from tests.conftest import Demo, small_organisation
from tests.deliveries import pulled
from tests.kafka.broker import Kafka

MONDAY = date(2026, 1, 5)


def written(folder: Path, seed: int) -> dict[str, bytes]:
    """Return the archive and roster of a seed, by file."""
    write_archive(folder / "github", changes(seed, MONDAY, 1), MONDAY, 1)
    given = {team.name: (team.tool, team.started(MONDAY)) for team in TEAMS}
    write_roster(folder / "roster", MONDAY, given)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_equal_seeds_give_equal_bytes_and_others_do_not(tmp_path: Path) -> None:
    once, again, other = (written(tmp_path / str(n), seed) for n, seed in enumerate([1, 1, 2]))

    assert len(once) == 7 * 24 + 3
    assert once == again
    assert once != other


def test_the_sources_understand_all_of_the_archive(tmp_path: Path) -> None:
    written(tmp_path, seed=1)

    said = [*pulled("gharchive", tmp_path / "github"), *pulled("roster", tmp_path / "roster")]

    kinds = {delivery.kind for delivery in said}
    assert kinds == {
        *("PullRequestEvent", "PullRequestReviewEvent", "PushEvent", "source.covered"),
        *roster.SOURCE.records.keys() - {"project"},
    }
    assert kinds & set(gharchive.SOURCE.records) == {"PullRequestEvent", "PullRequestReviewEvent"}
    assert [delivery.kind for delivery in said if b"_unfit" in bytes(delivery.body)] == []


def test_the_demo_twice_shows_the_same_and_keeps_the_key(demo: Demo) -> None:
    key = (demo.folder / ".upshot/key").read_bytes()

    with chdir(demo.folder):
        again = run(Path(".upshot"), silent, small_organisation(), repo=Path("clone"))

    assert again == demo.shown
    assert (demo.folder / ".upshot/key").read_bytes() == key


def silent(what: str, done: int, of: int) -> None:
    """Say nothing of the progress."""


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_to_try_finds_something(query: str, demo: Demo) -> None:
    with open_catalog(demo.folder / ".upshot/lake") as db:
        assert query in demo.shown.text + "\n"
        assert db.execute(query).fetchall()


def test_the_estimate_stands_beside_the_truth(demo: Demo) -> None:
    text = demo.shown.text

    assert re.search(
        r"^0 +\d+ +8 +0\.\d+ \(0\.\d+-0\.\d+\) +\d\.\d+ +0\.\d+ +-?\d", text, re.MULTILINE
    )
    assert "\nNothing had to be refused.\n" in text
    assert re.search(r"^claude_code +V1 accepted +\d+", text, re.MULTILINE)
    assert re.search(r"^payments +(before|after) +\d+ +8 +\d+ ", text, re.MULTILINE)
    assert demo.shown.clone.endswith(
        "1 commits by 1 accounts added 0 lines; 0 bear a mark of an AI tool, 0 are reverts."
    )


def test_what_was_sent_was_understood_whole_and_the_lake_passes_its_audit(demo: Demo) -> None:
    lake = demo.folder / ".upshot/lake"
    with open_catalog(lake) as db:
        assert db.execute("FROM lake.rejected").fetchall() == []
    assert [one.name for one in check(lake, silent) if one.state == "FAIL"] == []


def test_what_was_taken_back_is_known_from_the_clones(demo: Demo) -> None:
    home = demo.folder / ".upshot"
    truth = quoted(str(home / "demo-organisation/truth/changes.parquet"))
    with open_catalog(home / "lake") as db:
        truly = db.execute(
            f"SELECT count(*) FROM {truth} WHERE is_revert AND outcome = 'merged'"
        ).fetchall()
        told = db.execute(
            "SELECT count(*) FROM events.commit_recorded WHERE revert_of IN "
            "(SELECT sha FROM events.change_merged)"
        ).fetchall()
        known = db.execute("SELECT changes, coverage FROM metrics.revert_rate").fetchall()
    assert told == truly != [(0,)]
    assert known
    assert all(coverage == 1 for _, coverage in known)


def test_no_truth_is_in_the_log_or_in_the_lake(demo: Demo) -> None:
    home = demo.folder / ".upshot"
    truth = pq.read_table(home / "demo-organisation/truth/stretches.parquet").num_rows

    assert truth > 1000
    assert "correct_late" not in logged(home / "log")
    assert {path.name for path in home.iterdir()} == {
        *("demo-archive", "demo-organisation", "demo.json", "key", "lake", "log")
    }


def test_nobody_is_named_in_the_log_or_in_the_lake(demo: Demo) -> None:
    home = demo.folder / ".upshot"
    asked = small_organisation()
    told = days(simulate(asked).signals, asked.staff, asked.noise, asked.seed, asked.ends_ms)
    sent = "\n".join(
        post.body.decode(errors="replace") for day in told for post in day.posts
    ).lower()
    branches = set(re.findall(r'"ref":"([a-z-]+/[a-z0-9-]+)"', sent))
    people = [engineer.person for engineer in asked.staff]
    names = {name.lower() for one in people for name in (one.name, one.login, one.email)}
    sentinels = names | branches

    kept = (logged(home / "log") + laid_down(home / "lake")).lower()

    assert len(branches) > 50
    assert {name for name in sentinels if len(name) < 8 or name not in sent} == set()
    assert {name for name in sentinels if name in kept} == set()


def test_without_a_clone_one_sentence_says_so_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    with chdir(tmp_path), pytest.raises(Usage, match="elsewhere is not a clone"):
        run(Path(".upshot"), silent, small_organisation(), repo=Path("elsewhere"))

    assert list(tmp_path.iterdir()) == []
    with duckdb.connect() as db:
        assert clone_text(db, "there is no clone here") == "No git history: there is no clone here."


def test_without_java_a_demo_through_kafka_is_refused_before_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Usage, match="needs java, which is not installed"):
        run(tmp_path / "home", silent, small_organisation(), kafka=True)

    assert not (tmp_path / "home").exists()


def test_the_same_through_a_real_broker_has_equal_metrics_byte_for_byte(
    demo: Demo, kafka: Kafka, tmp_path: Path
) -> None:
    with chdir(demo.folder):
        Path("kafka").mkdir()
        shutil.copy(".upshot/key", "kafka/key")
        through = run(Path("kafka"), silent, small_organisation(), repo=Path("clone"), kafka=True)

        assert through.fingerprint == demo.shown.fingerprint
        assert through.text == demo.shown.text.replace(".upshot/", "kafka/")
        # What a broker once held is told from what somebody else landed, too.
        clear(Path("kafka"))
        assert {path.name for path in Path("kafka").iterdir()} == {"key", "demo.json"}


def logged(folder: Path) -> str:
    """Return every line of a log, and the names and bytes of its files."""
    log = FileLog(folder)
    lines = [
        entry.line
        for spool in log.partitions()
        for entry in log.read(spool, *log.offsets(spool))
        if entry.line
    ]
    assert lines
    return b"\n".join([*lines, *raw(folder)]).decode(errors="replace")


def laid_down(folder: Path) -> str:
    """Return every row of a lake's data files, and the names and bytes of all its files."""
    files = sorted(folder.rglob("*.parquet"))
    rows = [repr(pq.read_table(file, partitioning=None).to_pylist()) for file in files]
    assert any("change_id" in row for row in rows)
    return b"\n".join([*map(str.encode, rows), *raw(folder)]).decode(errors="replace")


def raw(folder: Path) -> list[bytes]:
    """Return the name and the bytes of every file."""
    return [
        path.relative_to(folder).as_posix().encode() + path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]


@pytest.fixture
def home(demo: Demo, tmp_path: Path) -> Path:
    """Return a copy of the demo's home, to be spoiled."""
    return shutil.copytree(demo.folder / ".upshot", tmp_path / "home")


def names(home: Path) -> set[str]:
    """Return what is in a home."""
    return {path.name for path in home.iterdir()}


def test_what_the_demo_made_is_cleared_away_and_the_rest_is_kept(home: Path) -> None:
    (home / "own").mkdir()
    (home / "lake/.catalog.duckdb").write_text("torn by a kill")

    clear(home)

    assert names(home) == {"key", "demo.json", "own"}


def test_a_log_that_somebody_went_on_writing_is_not_cleared(home: Path) -> None:
    with FileLog(home / "log").writer() as appender:
        for delivery in pulled("roster", home / "demo-archive/roster"):
            appender.append(delivery)
    before = names(home)

    with pytest.raises(Usage, match=r"log holds more than the demo made.*--home"):
        clear(home)

    assert names(home) == before


@pytest.mark.parametrize("lost", ["log", "demo-archive"])
def test_a_lake_with_a_stranger_in_it_is_not_cleared(home: Path, lost: str) -> None:
    shutil.rmtree(home / lost)
    (home / "lake/notes.sql").write_text("SELECT 42")

    with pytest.raises(Usage, match="lake holds more than the demo made"):
        clear(home)

    assert (home / "lake/notes.sql").exists()
    assert (home / "lake/catalog.duckdb").exists()


def test_a_log_or_lake_from_before_the_first_demo_is_not_cleared(home: Path) -> None:
    (home / "demo.json").write_text("")

    with pytest.raises(Usage, match="lake holds more than the demo made"):
        clear(home)


def test_a_lake_of_another_log_is_not_cleared(home: Path) -> None:
    (home / "demo.json").write_text('{"spool": "another", "deliveries": 1}')

    with pytest.raises(Usage, match="lake holds more than the demo made"):
        clear(home)


def test_a_damaged_note_of_what_was_made_clears_nothing(home: Path) -> None:
    (home / "demo.json").write_text('{"spool"')

    with pytest.raises(Fatal, match=r"demo\.json is damaged"):
        clear(home)

    assert (home / "lake/catalog.duckdb").exists()


def test_a_finished_log_becomes_the_homes_own_with_a_note_of_it(tmp_path: Path) -> None:
    (tmp_path / "demo-log").mkdir()

    take(tmp_path, tmp_path / "demo-log", Made("ab" * 16, 3))

    assert names(tmp_path) == {"log", "demo.json"}
    assert (tmp_path / "demo.json").read_text() == f'{{"spool": "{"ab" * 16}", "deliveries": 3}}'


def test_two_demos_do_not_share_a_home(tmp_path: Path) -> None:
    with (tmp_path / "demo.json").open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(LostRace, match="another demo runs in"), alone(tmp_path):
            pass


def test_a_home_that_is_a_file_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")

    with pytest.raises(Usage, match="home cannot be used: File exists"), alone(tmp_path / "home"):
        pass


def test_each_source_is_heard_up_to_the_end_of_the_last_week(demo: Demo) -> None:
    with open_catalog(demo.folder / ".upshot/lake") as db:
        found = dict(
            db.execute("SELECT source, complete_up_to::VARCHAR FROM lake.freshness").fetchall()
        )
    # Their readers cannot know: a clone and a roster are what they are.
    assert (found.pop("git"), found.pop("roster")) == (None, None)
    heard = ("cdevents", "claude_code", "github", "otlp", "wakatime")
    assert found == dict.fromkeys(heard, "2026-02-16 00:00:00")
