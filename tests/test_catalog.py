"""The catalogue: every view readable by anyone, all at one snapshot, and never half written."""

import csv
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import publish, snapshots
from pipelines.catalog import FORMAT, open_catalog, path, shown
from pipelines.derive import derive
from pipelines.engine import Connection, connect
from pipelines.freshness import FRESHNESS
from pipelines.plan import tables
from pipelines.publish import publish_catalog
from schemas.errors import Fatal
from tests.deliveries import SOURCES
from tests.lakes import SILENT, made, recorded

SHELL = Path(sys.executable).with_name("duckdb")

VIEWS = """
    SELECT schema_name || '.' || view_name, comment FROM duckdb_views()
    WHERE NOT internal AND schema_name <> 'main' ORDER BY ALL"""

OWN = {f"lake.{name}" for name in ("deliveries", "versions", "partitions", "freshness", "metrics")}


def views(db: Connection) -> dict[str, Any]:
    """Return the comment of every view by its name."""
    return dict(db.execute(VIEWS).fetchall())


def content(view: str) -> str:
    """Return the query that reads all of a view: its rows, and a digest of every column of them."""
    return (
        f"SELECT '{view}', count(*), md5(coalesce(string_agg(text, '' ORDER BY text), '')) "
        f"FROM (SELECT md5(row_to_json(t)::VARCHAR) AS text FROM {view} AS t)"
    )


def contents(db: Connection) -> list[tuple[Any, ...]]:
    return [db.execute(content(view)).fetchall()[0] for view in views(db)]


def test_every_table_has_a_view_that_can_be_read(complete: Path) -> None:
    with open_catalog(complete) as db:
        assert set(views(db)) == {table.view for table in tables().values()} | OWN
        read = contents(db)
    assert {view for view, rows, _ in read if rows == 0} == {tables()[p].view for p in SILENT}


def test_a_long_query_draws_nothing_over_its_rows(
    complete: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for db in (open_catalog(complete), connect()):
        db.execute("SET progress_bar_time = 1")
        db.sql("SELECT count(*) FROM range(3_000) AS a, range(3_000) AS b").fetchall()
    assert capfd.readouterr().out == ""


def test_a_view_holds_the_rows_that_its_snapshot_counted(complete: Path) -> None:
    counted = {path: version.rows for path, version in snapshots.read(complete).tables.items()}
    with open_catalog(complete) as db:
        held = {view: rows for view, rows, _ in contents(db)}
        [(ignored,)] = db.execute("SELECT sum(deliveries) FROM lake.ignored").fetchall()
    assert ignored == counted.pop("ignored")
    assert {path: held[tables()[path].view] for path in counted} == counted


def test_every_view_and_every_column_says_what_it_holds(complete: Path) -> None:
    with open_catalog(complete) as db:
        assert [view for view, comment in views(db).items() if not comment] == []
        silent = db.execute(
            "SELECT schema_name || '.' || table_name, column_name FROM duckdb_columns() "
            "WHERE NOT internal AND comment IS NULL AND table_name <> 'upshot_format'"
        ).fetchall()
    assert silent == []


def test_a_plain_shell_of_the_older_line_reads_every_view_and_the_same(complete: Path) -> None:
    if not SHELL.exists():
        pytest.skip("needs the `duckdb` shell of the duckdb-cli package")
    with open_catalog(complete) as db:
        here = [(view, str(rows), digest) for view, rows, digest in contents(db)]
        names = list(views(db))
    alone = "SET autoinstall_known_extensions = false; SET autoload_known_extensions = false;"
    queries = alone + ";".join(map(content, names))
    ran = subprocess.run(
        [SHELL, "-readonly", "-bail", "-csv", "-noheader", path(complete), queries],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.stderr == ""
    assert [tuple(row) for row in csv.reader(ran.stdout.splitlines())] == here
    version = subprocess.run([SHELL, "--version"], capture_output=True, text=True, check=True)
    assert version.stdout.startswith("v1."), "the line that most people have"


def test_a_lake_that_was_moved_is_read_by_us_and_by_whoever_says_where_it_is(
    complete: Path, tmp_path: Path
) -> None:
    home = shutil.copytree(complete, tmp_path / "first")
    path(home).unlink()
    publish_catalog(home)
    moved = Path(shutil.move(home, tmp_path / "it's moved"))
    with open_catalog(complete) as db:
        before = contents(db)
    with open_catalog(moved) as db:
        assert contents(db) == before
    with duckdb.connect(str(path(moved)), read_only=True) as db:
        with pytest.raises(duckdb.Error, match="No files found"):
            db.execute("FROM facts.changes").fetchall()
        db.execute("SET VARIABLE lake = ?", [str(moved)])
        assert contents(db) == before


def test_a_lake_in_which_nothing_is_has_all_its_views_and_no_rows(tmp_path: Path) -> None:
    derive(tmp_path, SOURCES)
    with open_catalog(tmp_path) as db:
        counts = {view: rows for view, rows, _ in contents(db)}
    assert {view for view, rows in counts.items() if rows} <= {
        "lake.versions",
        "lake.partitions",
        "lake.metrics",
    } | {table.view for table in tables().values() if table.path.startswith("metrics/")}


def test_a_reader_that_came_before_a_new_snapshot_goes_on_reading_the_old_one(
    tmp_path: Path,
) -> None:
    made(tmp_path, [recorded()[:10]])
    with open_catalog(tmp_path) as early:
        before = contents(early)
        made(tmp_path, [recorded()[10:]])
        assert contents(early) == before
    with open_catalog(tmp_path) as late:
        assert contents(late) != before


def test_a_catalogue_that_is_up_to_date_is_left_alone(complete: Path, tmp_path: Path) -> None:
    home = shutil.copytree(complete, tmp_path / "lake")
    was = path(home).stat().st_ino
    assert publish_catalog(home) == 1 == shown(home)
    assert path(home).stat().st_ino == was
    path(home).unlink()
    assert shown(home) is None
    assert not derive(home, SOURCES).published
    assert shown(home) == 1, "but one that is gone is made again"


def test_what_a_dead_writer_left_aside_is_cleared_away(complete: Path, tmp_path: Path) -> None:
    home = shutil.copytree(complete, tmp_path / "lake")
    path(home).unlink()
    (home / publish.ASIDE).write_text("half a catalogue")
    publish_catalog(home)
    assert not list(home.glob(f"{publish.ASIDE}*"))
    assert shown(home) == 1


def other_format(home: Path, number: int) -> None:
    with duckdb.connect(str(path(home))) as db:
        db.execute("CREATE SCHEMA IF NOT EXISTS lake")
        db.execute(f"CREATE TABLE lake.upshot_format AS SELECT {number} AS format, 9 AS snapshot")


def test_a_catalogue_of_a_newer_format_is_neither_read_nor_replaced(tmp_path: Path) -> None:
    other_format(tmp_path, FORMAT + 1)
    for act in (open_catalog, publish_catalog):
        with pytest.raises(Fatal, match=f"has format {FORMAT + 1}; this version reads up to"):
            act(tmp_path)
    assert path(tmp_path).exists()


@pytest.mark.parametrize("foreign", [b"", b"not a database", b"\x00" * 8192])
def test_a_file_that_is_no_catalogue_is_not_replaced(foreign: bytes, tmp_path: Path) -> None:
    path(tmp_path).write_bytes(foreign)
    with pytest.raises(Fatal, match="is not a catalogue"):
        open_catalog(tmp_path)
    assert path(tmp_path).read_bytes() == foreign


def test_a_database_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    with duckdb.connect(str(path(tmp_path))) as db:
        db.execute("CREATE TABLE mine AS SELECT 1")
    with pytest.raises(Fatal, match="is not a catalogue"):
        publish_catalog(tmp_path)


def test_no_catalogue_is_said_with_what_makes_one(tmp_path: Path) -> None:
    with pytest.raises(Fatal, match=r"there is no catalogue .* run `upshot stream --once` first"):
        open_catalog(tmp_path)


@pytest.mark.parametrize(
    ("covered", "complete_up_to"),
    [
        ("(0, 2)", 2),
        ("(0, 2), (2, 4)", 4),
        ("(2, 4), (0, 3)", 4),
        ("(0, 2), (3, 4)", 2),
        ("(0, 9), (1, 2), (3, 4)", 9),
        ("(0, 2), (3, 4), (2, 3)", 4),
    ],
)
def test_a_source_is_complete_up_to_the_first_hole(covered: str, complete_up_to: int) -> None:
    day = "DATE '2026-01-01' + INTERVAL (n) DAY"
    query = FRESHNESS.format(
        covered=f"SELECT 's' AS source, {day.replace('n', 'a')} AS covered_from, "
        f"{day.replace('n', 'b')} AS time FROM (VALUES {covered}) AS t(a, b)"
    )
    [(source, found)] = duckdb.connect().execute(query).fetchall()
    assert (source, found.day) == ("s", 1 + complete_up_to)
