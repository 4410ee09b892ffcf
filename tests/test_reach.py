"""Reach, read forwards and backwards: what is made from a partition is what it touches."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import datafile
from pipelines.arrow import arrow_schema
from pipelines.changed import Changed
from pipelines.engine import connect
from pipelines.plan import tables
from pipelines.reach import Days, Everything, Peers, Reach, Rows, Same, Seen, Sight, days
from pipelines.table import IGNORED
from schemas.partition import OUTSIDE

DAYS = st.dates(date(2026, 1, 1), date(2026, 1, 20)).map(str) | st.just(OUTSIDE)
REACHES: st.SearchStrategy[Reach] = st.one_of(
    st.just(Same()), st.just(Everything()), st.builds(Days, st.integers(0, 4), st.integers(0, 4))
)


@dataclass(frozen=True)
class Parts:
    """A change of whole partitions, whatever the rows."""

    parts: set[str]

    def listed(self, sql: str) -> set[str]:
        raise AssertionError("nobody asked for rows")

    def peers(self, key: str) -> set[str]:
        raise AssertionError("nobody asked for rows")

    def seen(self, path: str, day: str, columns: tuple[str, ...], what: set[str]) -> set[str]:
        raise AssertionError("nobody asked for rows")


@given(reach=REACHES, held=st.sets(DAYS, max_size=8), parts=st.sets(DAYS, max_size=8))
def test_a_partition_is_touched_by_exactly_the_partitions_that_it_needs(
    reach: Reach, held: set[str], parts: set[str]
) -> None:
    for changed in held:
        touched = reach.touches(Parts({changed}), parts) & parts
        assert touched == {part for part in parts if changed in reach.needs(part, held)}


@given(reach=REACHES, parts=st.sets(DAYS, max_size=8))
def test_no_change_touches_nothing(reach: Reach, parts: set[str]) -> None:
    assert reach.touches(Parts(set()), parts) == set()


@given(reach=REACHES, part=DAYS, held=st.sets(DAYS, max_size=8))
def test_only_partitions_that_are_there_are_read(reach: Reach, part: str, held: set[str]) -> None:
    assert reach.needs(part, held) <= held


@pytest.mark.parametrize(
    ("changed", "touched"),
    [
        ("2026-01-05", {"2026-01-04", "2026-01-05", "2026-01-06", "2026-01-07"}),
        ("2026-03-01", {"2026-02-28", "2026-03-01", "2026-03-02", "2026-03-03"}),
        (OUTSIDE, {OUTSIDE}),
    ],
)
def test_days_reach_over_midnight_and_over_the_end_of_a_month(
    changed: str, touched: set[str]
) -> None:
    assert Days(before=2, after=1).touches(Parts({changed}), ()) == touched


def alone(path: str) -> Changed:
    raise AssertionError(f"nobody asked for {path}")


def ignored(home: Path, part: str, *kinds: str) -> dict[str, str]:
    """Write one partition of a small table, a row a kind, and return its file under its name."""
    said = [{"source": "s", "kind": kind, "content_hash": part} for kind in kinds]
    rows = pa.Table.from_pylist(said, schema=arrow_schema(IGNORED.columns))
    file = datafile.write(home, IGNORED, part, rows, "derive-write")
    return {part: str(home / IGNORED.path / file.path)} if file else {}


def test_only_rows_that_came_or_went_say_what_they_reach(tmp_path: Path) -> None:
    before = ignored(tmp_path, "a", "stays", "goes") | ignored(tmp_path, "b", "same")
    after = ignored(tmp_path, "a", "stays", "comes") | ignored(tmp_path, "b", "same")
    reach = Rows("CASE WHEN kind <> 'mute' THEN [kind, source] END")
    assert reach.touches(Changed(IGNORED, before, after, alone), ()) == {"goes", "comes", "s"}
    assert reach.touches(Changed(IGNORED, {}, after, alone), ()) == {"stays", "comes", "same", "s"}
    assert reach.touches(Changed(IGNORED, after, {}, alone), ()) == {"stays", "comes", "same", "s"}
    assert reach.touches(Changed(IGNORED, after, after, alone), ()) == set()
    gone = ignored(tmp_path, "a", "stays", "mute") | ignored(tmp_path, "b", "same")
    assert reach.touches(Changed(IGNORED, gone, after, alone), ()) == {"comes", "s"}


def touched_on(home: Path, on: str, *files: str) -> dict[str, str]:
    """Write one day on which somebody touched some files, and return its file under its name."""
    table = tables()["facts/edits"]
    said = [{"day": date.fromisoformat(on), "entity": name, "change_id": "f/1"} for name in files]
    rows = pa.Table.from_pylist(said, schema=arrow_schema(table.columns))
    file = datafile.write(home, table, on, rows, "derive-write")
    return {on: str(home / table.path / file.path)} if file else {}


def test_a_row_reaches_the_days_that_have_a_row_of_its_key_however_far_away(tmp_path: Path) -> None:
    edits, peers = tables()["facts/edits"], Peers("entity", around=0)
    first, other = touched_on(tmp_path, "2020-01-01", "a"), touched_on(tmp_path, "2026-01-05", "b")
    before = first | other | touched_on(tmp_path, "2026-01-09", "a", "b")
    after = first | other | touched_on(tmp_path, "2026-01-09", "b", "c")
    gone, came = Changed(edits, before, after, alone), Changed(edits, after, before, alone)
    assert peers.touches(gone, ()) == peers.touches(came, ()) == {"2020-01-01", "2026-01-09"}
    nothing, everything = Changed(edits, after, after, alone), Changed(edits, {}, after, alone)
    assert peers.touches(nothing, ()) == set()
    assert peers.touches(everything, ()) == {"2020-01-01", "2026-01-05", "2026-01-09"}
    around = Peers("(change_id, entity)", around=1).touches(gone, ())
    assert around == {f"2026-01-{n:02}" for n in (8, 9, 10)} | {"2019-12-31", *first, "2020-01-02"}


def test_a_row_reaches_the_days_on_which_something_of_it_was_seen(tmp_path: Path) -> None:
    edits = tables()["facts/edits"]
    seen = touched_on(tmp_path, "2020-01-01", "x") | touched_on(tmp_path, "2026-01-05", "z")
    there = Changed(edits, {}, seen, alone)
    before, after = ignored(tmp_path, "a", "x", "stays"), ignored(tmp_path, "a", "y", "stays")
    reach = Seen(
        "[kind]",
        (Sight("facts/edits", ("entity",), "day"),),
        around=1,
        always="[CASE WHEN kind = 'y' THEN '2030-01-01' END]",
    )
    changed = Changed(IGNORED, before, after, {"facts/edits": there}.__getitem__)
    parts = {"2019-12-31", "2020-01-01", "2026-01-05", "2030-01-01"}
    assert reach.touches(changed, parts) == parts - {"2026-01-05"}
    assert reach.touches(Changed(IGNORED, after, after, alone), parts) == set()


@pytest.mark.parametrize(
    ("first", "last", "listed"),
    [
        ("2026-02-28 23:00", "2026-03-01 01:00", ["2026-02-28", "2026-03-01"]),
        ("2026-03-01 00:00", "2026-02-01 00:00", []),
        ("1970-01-01 00:00", "2000-01-02 00:00", ["2000-01-01", "2000-01-02"]),
        ("2100-12-31 00:00", "2199-01-01 00:00", ["2100-12-31"]),
        ("1970-01-01 00:00", "1999-12-31 00:00", []),
        (None, "2026-01-01 00:00", None),
    ],
)
def test_days_from_one_time_to_another_are_listed_as_partitions_are_named(
    first: str | None, last: str, listed: list[str] | None
) -> None:
    with connect() as db:
        found = db.execute(
            f"SELECT {days('a', 'b')} FROM (SELECT ?::TIMESTAMP AS a, ?::TIMESTAMP AS b)",
            [first, last],
        )
        assert found.fetchall() == [(listed,)]
