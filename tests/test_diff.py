"""Two lakes compared: what differs is counted, what is equal is not read. And one made for it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pytest
from msgspec import structs

from pipelines import datafile, lake, snapshots
from pipelines import derive as derive_module
from pipelines.derive import derive
from pipelines.diff import Difference, diff
from pipelines.land import land
from pipelines.plan import tables
from pipelines.replay import Chosen, replay
from pipelines.table import DELIVERIES
from schemas.envelope import Delivery
from schemas.errors import Fatal, Usage
from tests.commands import Run, refused
from tests.deliveries import SOURCES
from tests.lakes import recorded, tell
from tests.test_incremental import DEAF, REVIEWED

SAID = [said for said in recorded() if said.source in ("gharchive", "roster")]


def tables_of(found: list[Difference]) -> dict[str, tuple[int, int]]:
    return {one.table: (one.left, one.right) for one in found if not one.equal}


@pytest.fixture(scope="module", autouse=True)
def events_alone() -> Iterator[None]:
    """Derive events and nothing more: every table is compared alike."""
    with patch.object(derive_module, "levels", tuple):
        yield


@pytest.fixture(scope="module")
def lakes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a lake of two landings, and one of the same deliveries and two more."""
    folder = tmp_path_factory.mktemp("lakes")
    broken = structs.replace(SAID[0], body=type(SAID[0].body)(b'{"type":3}'))
    tell(folder / "less", SAID[::2])
    tell(folder / "less", [*SAID[1::2], broken])
    derive(folder / "less", SOURCES)
    copytree(folder / "less", folder / "more")
    tell(folder / "more", [membership("1"), membership("2")])
    derive(folder / "more", SOURCES)
    return folder / "less", folder / "more"


def membership(person: str) -> Delivery:
    [said, *_] = [one for one in SAID if one.source == "roster" and one.kind == "membership"]
    body = b'{"person":"%s","team":"web","as_of":1}' % (person * 32).encode()
    return structs.replace(said, body=type(said.body)(body))


def test_a_lake_equals_itself_and_no_file_is_read(lakes: tuple[Path, Path], tmp_path: Path) -> None:
    copytree(lakes[0], tmp_path / "copy")
    for file in (tmp_path / "copy").rglob("events/*/part=*/*.parquet"):
        file.write_bytes(b"")
    found = diff(lakes[0], tmp_path / "copy")
    assert tables_of(found) == {}
    assert len(found) == len(snapshots.read(lakes[0]).tables)


def test_rows_of_one_side_are_counted_and_some_are_named(lakes: tuple[Path, Path]) -> None:
    assert tables_of(diff(*lakes)) == {"events.team_assigned": (0, 2)}
    assert tables_of(diff(*lakes[::-1])) == {"events.team_assigned": (2, 0)}
    [found] = diff(*lakes, ["events.team_assigned"])
    assert [key.partition(",")[0] for key in found.keys] == [
        "person=" + "1" * 32,
        "person=" + "2" * 32,
    ]
    assert diff(*lakes, ["events/team.assigned"]) == [found]


def test_rows_are_compared_and_not_only_names(lakes: tuple[Path, Path], tmp_path: Path) -> None:
    home, table = copytree(lakes[0], tmp_path / "lake"), tables()["events/team.assigned"]
    wanted = []
    for file in lake.live(home, table):
        rows = datafile.read(home / table.path / file.path)
        turned = pa.concat_tables([rows.slice(1), rows.slice(0, 1)])
        wanted.append(datafile.write(home, table, file.part, turned, "derive-write"))
    version = lake.replace(home, table, filter(None, wanted), 2, "derive-commit")
    published(home, table.path, version=version)
    assert tables_of(diff(lakes[0], home)) == {}
    [file, *_] = lake.live(home, table)
    rows = datafile.read(home / table.path / file.path)
    doubled = datafile.write(
        home, table, file.part, pa.concat_tables([rows, rows.slice(0, 1)]), "derive-write"
    )
    assert doubled is not None
    held = lake.live(home, table) - {file} | {doubled}
    published(home, table.path, version=lake.replace(home, table, held, 3, "derive-commit"))
    assert tables_of(diff(lakes[0], home)) == {"events.team_assigned": (0, 1)}


def published(home: Path, path: str, **changed: Any) -> None:
    """Publish the newest snapshot again, one table's row in it changed."""
    newest = snapshots.read(home)
    versions = {**newest.tables, path: replace(newest.tables[path], **changed)}
    snapshots.publish(home, snapshots.Snapshot(newest.number + 1, versions))


def test_a_column_or_a_table_that_only_one_has_is_named(
    lakes: tuple[Path, Path], tmp_path: Path
) -> None:
    home, path = copytree(lakes[0], tmp_path / "lake"), "events/team.assigned"
    table = tables()[path]
    narrow = replace(table, columns=tuple(one for one in table.columns if one.name != "rev"))
    wanted = [
        datafile.write(
            home, narrow, file.part, datafile.read(home / path / file.path), "land-write"
        )
        for file in lake.live(home, table)
    ]
    version = lake.replace(home, narrow, filter(None, wanted), 2, "derive-commit")
    published(home, path, version=version)
    for pair in ((home, lakes[0]), (lakes[0], home)):
        assert diff(*pair, [path]) == [Difference(table.view, 0, 0, ("rev",), ())]
    newest = snapshots.read(home)
    less = {name: version for name, version in newest.tables.items() if name != path}
    snapshots.publish(home, snapshots.Snapshot(newest.number + 1, less))
    [found] = [one for one in diff(home, lakes[0]) if not one.equal]
    assert (found.table, found.left, found.columns) == ("events.team_assigned", 0, ())
    assert found.right == newest.tables[path].rows


def test_what_is_no_lake_and_what_is_no_table_is_said(
    lakes: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(Fatal, match=f"there is no lake in {tmp_path}"):
        diff(lakes[0], tmp_path)
    with pytest.raises(Usage, match=r"neither lake has a table happiness. use one of: events."):
        diff(*lakes, ["happiness"])


def test_the_command_ends_with_1_where_anything_differs(
    lakes: tuple[Path, Path], upshot: Run
) -> None:
    same = upshot("diff", lakes[0], lakes[0])
    assert (same.code, same.out, same.err) == (0, "no row differs\n", "")
    other = upshot("diff", *lakes)
    assert other.code == 1
    assert other.out.startswith("events.team_assigned: 0 rows only left, 2 only right\n    person=")
    assert "1 of " in other.err
    assert "tables differ" in other.err
    machine = upshot("diff", *lakes, "--table", "events.team_assigned", "--json")
    assert machine.code == 1
    assert '"left": 0, "right": 2' in machine.out
    refused(upshot("diff", lakes[0], "nowhere"), 1, "there is no lake in nowhere")


def test_all_that_was_landed_gives_the_same_lake_again(
    lakes: tuple[Path, Path], tmp_path: Path
) -> None:
    done = replay(lakes[1], tmp_path / "new", Chosen(), SOURCES)
    assert tables_of(done.differences) == {}
    assert done.deliveries == sum(file.rows for file in lake.live(lakes[1], DELIVERIES))
    assert replay(lakes[1], tmp_path / "new", Chosen(), SOURCES) == done, "and once more"
    with pytest.raises(Usage, match="holds another replay"):
        replay(lakes[0], tmp_path / "new", Chosen(), SOURCES)
    for own in lakes:
        with pytest.raises(Usage, match="is a lake of its own"):
            replay(lakes[0], own, Chosen(), SOURCES)
    with pytest.raises(Fatal, match="was replayed from another lake"):
        land(tmp_path / "new", f"file:{lakes[1] / 'log'}")


def test_a_lake_on_another_disk_is_copied(lakes: tuple[Path, Path], tmp_path: Path) -> None:
    with patch("os.link", side_effect=OSError(18, "another disk")):
        done = replay(lakes[0], tmp_path / "new", Chosen(), SOURCES)
    assert tables_of(done.differences) == {}
    assert list(tmp_path.rglob("*.tmp")) == []


def test_a_changed_mapping_is_seen_before_the_lake_knows_of_it(
    lakes: tuple[Path, Path], tmp_path: Path
) -> None:
    before = snapshots.read(lakes[0])
    done = replay(lakes[0], tmp_path / "new", Chosen(), DEAF)
    [(table, counts)] = tables_of(done.differences).items()
    assert table == tables()[REVIEWED].view
    assert counts[0] == counts[1] > 0
    assert snapshots.read(lakes[0]) == before


def test_what_was_rejected_is_tried_alone(lakes: tuple[Path, Path], tmp_path: Path) -> None:
    done = replay(lakes[0], tmp_path / "new", Chosen(rejected=True), SOURCES)
    assert 0 < done.deliveries < 5
    assert done.rejected == snapshots.read(lakes[0]).tables["rejected"].rows
    assert tables_of(done.differences) == {}, "of a part, only what is new would differ"


def test_one_source_and_some_days_are_tried_alone(
    lakes: tuple[Path, Path], tmp_path: Path, upshot: Run
) -> None:
    roster = replay(lakes[1], tmp_path / "roster", Chosen(source="roster"), SOURCES)
    assert roster.deliveries == 2 + sum(said.source == "roster" for said in SAID)
    place = ("--lake", lakes[1], "--into")
    days = upshot("replay", *place, tmp_path / "days", "--from", "2026-01-05", "--to", "2026-01-05")
    assert days.code == 0, days
    assert "no row differs" in days.out
    none = upshot("replay", *place, tmp_path / "none", "--from", "1999-01-05", "--to", "1999-01-06")
    assert none.out.startswith("replayed 0 deliveries into")
    refused(upshot("replay", *place, tmp_path / "x", "--source", "nobody"), 2, "source called")
    refused(upshot("replay", "--lake", "nowhere", "--into", "x"), 1, "there is no lake in nowhere")
    rmtree(tmp_path / "none")
