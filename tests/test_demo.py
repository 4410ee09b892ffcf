"""The demo: the same every time, careful with what is not its own, and silent about people."""

import fcntl
import re
import shutil
from contextlib import chdir
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from connectors import simulator
from connectors.file_log import FileLog
from connectors.simulator.archive import write_archive
from connectors.simulator.organisation import changes
from connectors.simulator.people import PEOPLE
from connectors.simulator.roster import write_roster
from connectors.source import Item
from connectors.sources import gharchive, roster
from pipelines.catalog import open_catalog
from pipelines.demo import FIRST, QUERIES, SEED, WEEKS
from pipelines.demo import demo as run
from pipelines.demo_home import Made, alone, clear, take
from schemas.errors import Fatal, LostRace, Usage
from tests.conftest import Demo
from tests.deliveries import pulled

MONDAY = date(2026, 1, 5)


def written(folder: Path, seed: int) -> dict[str, bytes]:
    """Return the archive and roster of a seed, by file."""
    write_archive(folder / "github", changes(seed, MONDAY, 1), MONDAY, 1)
    write_roster(folder / "roster", MONDAY)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_equal_seeds_give_equal_bytes_and_others_do_not(tmp_path: Path) -> None:
    once, again, other = (written(tmp_path / str(n), seed) for n, seed in enumerate([1, 1, 2]))

    assert len(once) == 7 * 24 + 3
    assert once == again
    assert once != other


def test_the_simulator_knows_no_source_so_that_it_cannot_agree_with_one_by_sharing_it() -> None:
    code = "".join(file.read_text() for file in Path(simulator.__file__).parent.glob("*.py"))

    assert set(re.findall(r"(?:from|import) (connectors\.\w+)", code)) == {"connectors.simulator"}


def test_the_sources_understand_all_of_the_archive(tmp_path: Path) -> None:
    written(tmp_path, seed=1)

    said = [*pulled("gharchive", tmp_path / "github"), *pulled("roster", tmp_path / "roster")]

    kinds = {delivery.kind for delivery in said}
    assert kinds == {
        *("PullRequestEvent", "PullRequestReviewEvent", "PushEvent", "source.covered"),
        *roster.SOURCE.records,
    }
    assert kinds & set(gharchive.SOURCE.records) == {"PullRequestEvent", "PullRequestReviewEvent"}
    assert [delivery.kind for delivery in said if b"_unfit" in bytes(delivery.body)] == []


def test_the_demo_twice_prints_the_same_and_keeps_the_key(demo: Demo) -> None:
    key = (demo.folder / ".upshot/key").read_bytes()

    with chdir(demo.folder):
        again = run(Path(".upshot"), lambda what, done, of: None, lambda: 1_800_000_000_000_000)

    assert again == demo.text
    assert (demo.folder / ".upshot/key").read_bytes() == key


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_to_try_finds_something(query: str, demo: Demo) -> None:
    with open_catalog(demo.folder / ".upshot/lake") as db:
        assert query in demo.text + "\n"
        assert db.execute(query).fetchall()


def test_nobody_is_named_in_the_log_or_in_the_lake(demo: Demo) -> None:
    home = demo.folder / ".upshot"
    told = archive(home / "demo-archive")
    branches = set(re.findall(r'"ref":"([a-z-]+/[a-z0-9-]+)"', told))
    names = {name for one in PEOPLE for name in (one.name, one.login, one.email)}
    sentinels = {name.lower() for name in names | branches}

    kept = (logged(home / "log") + laid_down(home / "lake")).lower()

    assert len(branches) > 100
    assert {name for name in sentinels if len(name) < 8 or name not in told.lower()} == set()
    assert {name for name in sentinels if name in kept} == set()


def archive(folder: Path) -> str:
    """Return all that the organisation's systems told."""
    items = [*gharchive.read(folder / "github"), *roster.read(folder / "roster")]
    return "\n".join(
        item.raw.decode() if isinstance(item.raw, bytes) else repr(item.raw)
        for item in items
        if isinstance(item, Item)
    )


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


def test_the_archive_of_the_demo_covers_its_weeks(demo: Demo) -> None:
    assert (SEED, FIRST.weekday(), WEEKS) == (7, 0, 8)
    with open_catalog(demo.folder / ".upshot/lake") as db:
        found = db.execute("SELECT source, complete_up_to::VARCHAR FROM lake.freshness").fetchall()
    assert found == [("gharchive", "2026-03-02 00:00:00")]
