"""The audit: each promise is broken in a copy of a good lake, and found by its name."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines import datafile, lake, snapshots
from pipelines.arrow import arrow_schema
from pipelines.check import Finding, check
from pipelines.datafile import DataFile
from pipelines.plan import tables
from pipelines.publish import publish_catalog
from pipelines.snapshots import SNAPSHOTS, Snapshot, Version
from pipelines.table import DELIVERIES, Table
from schemas.errors import Fatal
from tests.commands import Run, refused
from tests.lakes import recorded, tell

FILES = "files are what their names say"
KEYS = "no key is there twice"
LANDED = "landed + unreadable = consumed"
DECODED = "events + duplicates + superseded + rejected + ignored = items"
TOGETHER = "a snapshot's tables belong together"
AS_PUBLISHED = "tables hold what was published"
PROMISES = (FILES, KEYS, LANDED, DECODED, TOGETHER, AS_PUBLISHED)
CREATED = "events/change.created"
CHANGES = "facts/changes"
ACTIVE = "metrics/active_people_by_tool"


@pytest.fixture
def home(complete: Path, tmp_path: Path) -> Path:
    home = copytree(complete, tmp_path / "lake")
    (home / "catalog.duckdb").unlink()
    publish_catalog(home)
    return home


def found(home: Path) -> dict[str, Finding]:
    return {finding.name: finding for finding in check(home, lambda what, done, of: None)}


def failed(home: Path) -> set[str]:
    return {name for name, finding in found(home).items() if finding.state == "FAIL"}


def file_of(home: Path, table: Table) -> DataFile:
    return min(lake.live(home, table, None))


def published(home: Path, path: str, **changed: Any) -> None:
    """Publish the newest snapshot again, one table's row in it changed."""
    newest = snapshots.read(home)
    versions = {name: replace(v, snapshot=newest.number + 1) for name, v in newest.tables.items()}
    versions[path] = replace(versions[path], **changed)
    snapshots.publish(home, Snapshot(newest.number + 1, versions))
    publish_catalog(home)


def rewritten(home: Path, path: str, change: Callable[[list[dict[str, Any]]], Any]) -> None:
    """Replace the rows of one file of a table, as a pass that went wrong would have."""
    table = tables()[path]
    file = file_of(home, table)
    rows = pq.read_table(home / path / file.path, partitioning=None).to_pylist()
    change(rows)
    made = pa.Table.from_pylist(rows, schema=arrow_schema(table.columns))
    written = datafile.write(home, table, file.part, made, "derive-write")
    others = lake.live(home, table) - {file}
    wanted = others | ({written} if written else set())
    version = lake.replace(home, table, wanted, 2, "derive-commit")
    published(home, path, version=version, rows=sum(file.rows for file in wanted))


def test_a_good_lake_passes_in_every_point(home: Path) -> None:
    findings = found(home)
    assert failed(home) == set()
    assert [name for name in findings if name in PROMISES] == list(PROMISES)
    assert len(findings) > 8
    assert all(finding.said for finding in findings.values())


@pytest.mark.parametrize("path", [CREATED, CHANGES, "metrics/change_outcome", "rejected"])
def test_a_missing_file_is_named(path: str, home: Path) -> None:
    file = file_of(home, tables()[path])
    (home / path / file.path).unlink()
    [finding] = found(home).values()
    assert (finding.name, finding.state) == (FILES, "FAIL")
    assert finding.said == f"{path}/{file.path} is missing"
    assert "restore" in finding.next_step


@pytest.mark.parametrize("table", [tables()[CREATED], tables()[ACTIVE], DELIVERIES])
@pytest.mark.parametrize("place", [0, 0.2, 0.5, 0.8, 1], ids="at {}".format)
def test_a_flipped_bit_anywhere_is_named(table: Table, place: float, home: Path) -> None:
    path = home / table.path / file_of(home, table).path
    spoilt = bytearray(path.read_bytes())
    spoilt[round(place * (len(spoilt) - 1))] ^= 0x10
    path.write_bytes(spoilt)
    assert found(home)[FILES].said.endswith(f"{path.name} is not what its name says")


def test_a_file_of_which_the_log_tells_another_count_is_named(home: Path) -> None:
    table = tables()[CREATED]
    file = file_of(home, table)
    others = lake.live(home, table) - {file}
    lake.replace(home, table, others, 2, "derive-commit")
    wanted = others | {replace(file, rows=file.rows + 1)}
    version = lake.replace(home, table, wanted, 2, "derive-commit")
    published(home, CREATED, version=version)
    assert found(home)[FILES].said.endswith("holds another number of rows")


def test_a_row_that_is_there_twice_is_found_by_its_key_and_by_the_account(home: Path) -> None:
    rewritten(home, CREATED, lambda rows: rows.append(dict(rows[0])))
    assert failed(home) >= {KEYS, DECODED}
    assert found(home)[KEYS].said == f"{CREATED}: 1 keys are there more than once"


def test_a_row_too_many_is_found_by_the_account(home: Path) -> None:
    rewritten(home, CREATED, lambda rows: rows.append(rows[0] | {"change": "999", "number": 999}))
    assert DECODED in failed(home)
    assert KEYS not in failed(home)
    assert "changes_match_events" in failed(home), "and no fact tells of it"


def test_a_row_too_few_is_found_by_the_account(home: Path) -> None:
    rewritten(home, "events/activity.reported", list.pop)
    assert failed(home) == {DECODED}


@pytest.mark.parametrize("counter", ["items", "duplicates", "superseded", "deliveries"])
def test_a_counter_that_is_wrong_by_one_is_found(counter: str, home: Path) -> None:
    version = snapshots.read(home).tables["rejected"]
    published(home, "rejected", **{counter: getattr(version, counter) + 1})
    assert failed(home) == {DECODED}
    assert found(home)[DECODED].said.startswith("rejected: ")


@pytest.mark.parametrize("lost", ["the first row", "the last row", "all rows"])
def test_a_landed_delivery_that_is_gone_is_found(lost: str, home: Path) -> None:
    file = file_of(home, DELIVERIES)
    rows = pq.read_table(home / DELIVERIES.path / file.path, partitioning=None)
    left = {"the first row": rows.slice(1), "the last row": rows.slice(0, len(rows) - 1)}
    written = datafile.write(
        home, DELIVERIES, file.part, left.get(lost, rows.slice(0, 0)), "land-write"
    )
    wanted = lake.live(home, DELIVERIES) - {file} | ({written} if written else set())
    lake.replace(home, DELIVERIES, wanted, 1, "land-commit")
    assert LANDED in failed(home)


def test_a_delivery_that_is_gone_before_it_was_decoded_is_found(home: Path) -> None:
    old = lake.live(home, DELIVERIES)
    tell(home, recorded()[:9])
    [file] = lake.live(home, DELIVERIES) - old
    rows = pq.read_table(home / DELIVERIES.path / file.path, partitioning=None)
    left = pa.concat_tables([rows.slice(0, 4), rows.slice(5)])
    written = datafile.write(home, DELIVERIES, file.part, left, "land-write")
    assert failed(home) == set()
    lake.replace(home, DELIVERIES, old | ({written} if written else set()), 1, "land-commit")
    assert failed(home) == {LANDED}


def test_a_table_made_from_another_version_than_the_snapshot_holds_is_found(home: Path) -> None:
    version = snapshots.read(home).tables[CHANGES]
    inputs = version.inputs.replace(f'"{CREATED}": 1', f'"{CREATED}": 7')
    assert inputs != version.inputs
    published(home, CHANGES, inputs=inputs)
    assert failed(home) == {TOGETHER}
    assert f"from version 7 of {CREATED}, not 1" in found(home)[TOGETHER].said


def test_a_fact_that_says_otherwise_than_its_events_is_found(home: Path) -> None:
    rewritten(home, CHANGES, lambda rows: rows[0].update(outcome="merged", repo="github.com/x/y"))
    assert "changes_match_events" in failed(home)


def test_a_small_group_in_a_published_table_is_found(home: Path) -> None:
    rewritten(home, ACTIVE, lambda rows: rows[0].update(people=4, suppressed=None))
    assert failed(home) == {"small_groups_hidden_in_active_people_by_tool"}


def test_what_is_only_worth_a_look_does_not_fail(home: Path) -> None:
    finding = found(home)["change_was_seen_opening"]
    assert (finding.passed, finding.severity, finding.state) == (False, "warn", "warn")
    assert finding.next_step


def test_a_snapshot_that_cannot_be_read_is_said_in_one_line(home: Path) -> None:
    path = home / SNAPSHOTS.path / file_of(home, SNAPSHOTS).path
    path.write_bytes(b"PAR1 no more")
    with pytest.raises(Fatal, match=r"snapshots/part=1/\w+.parquet cannot be read"):
        check(home, lambda what, done, of: None)
    path.unlink()
    with pytest.raises(Fatal, match=r"snapshots/part=1/\w+.parquet cannot be read"):
        check(home, lambda what, done, of: None)


def test_a_catalogue_of_files_that_a_vacuum_took_is_said_with_what_shows_the_newest(
    home: Path, upshot: Run
) -> None:
    taken = home / "taken.parquet"
    with duckdb.connect(str(home / "catalog.duckdb")) as db:
        db.execute(f"COPY (FROM facts.changes) TO '{taken}'")
        db.execute(f"CREATE OR REPLACE VIEW facts.changes AS FROM read_parquet('{taken}')")
    taken.unlink()
    refused(upshot("check", "--lake", home), 1, "taken.parquet", "run `upshot derive`")


def test_a_lake_of_other_code_is_not_judged_by_this_code(home: Path) -> None:
    published(home, CHANGES, fingerprint="another")
    with pytest.raises(Fatal, match="facts/changes was derived by other code"):
        check(home, lambda what, done, of: None)


def test_no_lake_is_said_with_what_makes_one(tmp_path: Path) -> None:
    with pytest.raises(Fatal, match=r"there is no lake in .* run `upshot stream --once` first"):
        check(tmp_path, lambda what, done, of: None)


def test_a_version_knows_what_it_is_made_of() -> None:
    version = Version(1, CHANGES, 3, '{"a": 2}', "code", 5)
    assert (version.read("a"), version.read("b")) == (2, lake.EMPTY)
