"""One winner per id: whatever the order, the company and the copies, the same rows stay."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.arrow import arrow_schema
from pipelines.engine import connect
from pipelines.table import REJECTED, Table, event_table
from pipelines.winners import Merged, merge
from schemas import EVENTS
from schemas.columns import Account
from schemas.event import Evidence
from schemas.events.change_merged import ChangeMerged

MERGED = event_table(EVENTS["change.merged"])
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)

# Texts that a careless spelling of a row would mistake for one another.
TEXTS = st.sampled_from([None, "", "-", "|", "a", "a|-", "-|a", "1:a"])
TELLINGS = st.builds(
    ChangeMerged,
    time=st.sampled_from([NOON, NOON.replace(microsecond=1)]),
    evidence=st.sampled_from(["A", "B", "C"]),
    rev=st.sampled_from([None, 0, 1]),
    forge=st.just("f"),
    change=st.sampled_from(["1", "2"]),
    sha=TEXTS,
    merger=TEXTS,
    lines_added=st.sampled_from([None, 0, 1]),
    lines_removed=st.sampled_from([None, 1]),
)
REJECTS = st.fixed_dictionaries(
    {column.name: st.sampled_from(["", "-", "|", "a|"]) for column in REJECTED.columns}
)


def rows(table: Table, said: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(said, schema=arrow_schema(table.columns))


DB = connect()


def told(*tellings: ChangeMerged) -> Merged:
    return merge(MERGED, rows(MERGED, [asdict(telling) for telling in tellings]), DB)


def telling(
    rev: int | None = None,
    evidence: Evidence = "A",
    sha: str | None = None,
    merger: Account | None = None,
) -> ChangeMerged:
    return ChangeMerged(
        time=NOON, forge="f", change="1", rev=rev, evidence=evidence, sha=sha, merger=merger
    )


def in_any_order(table: Table, said: list[dict[str, Any]], data: st.DataObject) -> None:
    """Merge at once, then shuffled, with copies, and batch upon batch; hold all to be equal."""
    once = merge(table, rows(table, said), DB)
    assert once.rows.num_rows + once.duplicates + once.superseded == len(said)

    copied = data.draw(st.permutations(said + data.draw(st.lists(st.sampled_from(said)))))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(copied)), max_size=3)))
    kept, items, losers = rows(table, []), 0, 0
    for start, stop in zip([0, *cuts], [*cuts, len(copied)], strict=True):
        batch = pa.concat_tables([kept, rows(table, copied[start:stop])])
        merged = merge(table, batch, DB)
        kept = merged.rows
        items += stop - start
        losers += merged.duplicates + merged.superseded
    assert kept.equals(once.rows)
    assert kept.num_rows + losers == items


@settings(max_examples=60)
@given(said=st.lists(TELLINGS, min_size=1, max_size=8), data=st.data())
def test_any_order_and_any_copies_give_the_same_events(
    said: list[ChangeMerged], data: st.DataObject
) -> None:
    in_any_order(MERGED, [asdict(one) for one in said], data)


@settings(max_examples=30)
@given(said=st.lists(REJECTS, min_size=1, max_size=8), data=st.data())
def test_any_order_and_any_copies_give_the_same_rejects(
    said: list[dict[str, Any]], data: st.DataObject
) -> None:
    in_any_order(REJECTED, said, data)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (telling(rev=2, evidence="C"), telling(rev=1, evidence="A", sha="x")),
        (telling(rev=1, evidence="C"), telling(rev=None, evidence="A", sha="x")),
        (telling(evidence="A"), telling(evidence="B", sha="x")),
        (telling(evidence="B"), telling(evidence="C", sha="x")),
        (telling(sha="x"), telling()),
    ],
    ids=[
        "a newer revision before better evidence",
        "any revision before none",
        "the system of record before a client",
        "a client before an inference",
        "a fuller telling before a poorer one",
    ],
)
def test_the_better_telling_wins_from_either_side(
    better: ChangeMerged, worse: ChangeMerged
) -> None:
    for merged in (told(better, worse), told(worse, better)):
        assert merged.rows.to_pylist() == rows(MERGED, [asdict(better)]).to_pylist()
        assert (merged.duplicates, merged.superseded) == (0, 1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (telling(sha="x"), telling(merger=Account("x"))),
        (telling(sha="a|b", merger=Account("c")), telling(sha="a", merger=Account("b|c"))),
        (telling(sha="-"), telling(merger=Account("-"))),
        (telling(sha="1:a"), telling(merger=Account("1:a"))),
    ],
)
def test_of_equally_good_tellings_the_same_one_always_wins(
    one: ChangeMerged, other: ChangeMerged
) -> None:
    assert told(one, other).rows.equals(told(other, one).rows)
    assert told(one, other).superseded == told(other, one).superseded == 1


def test_a_copy_is_a_duplicate_and_anything_else_was_superseded() -> None:
    merged = told(telling(sha="x"), telling(sha="x"), telling(), telling(sha="x"))
    assert merged == Merged(merged.rows, duplicates=2, superseded=1)


def test_ids_that_share_nothing_all_stay_in_key_order() -> None:
    changes = [ChangeMerged(time=NOON, forge="f", change=str(n)) for n in (3, 1, 2)]
    merged = told(*changes)
    assert merged.rows["change"].to_pylist() == ["1", "2", "3"]
    assert (merged.duplicates, merged.superseded) == (0, 0)


def test_a_copy_of_what_lost_was_superseded_as_well() -> None:
    merged = told(telling(sha="x"), telling(), telling(), telling(sha="x"))
    assert merged == Merged(merged.rows, duplicates=1, superseded=2)


def test_copies_are_counted_beside_ids_that_are_contested() -> None:
    alone = ChangeMerged(time=NOON, forge="f", change="2")
    merged = told(telling(), alone, telling(sha="x"), alone, alone)
    assert merged == Merged(merged.rows, duplicates=2, superseded=1)
    assert merged.rows["sha"].to_pylist() == ["x", None]


def test_copies_are_told_even_where_a_column_is_a_list() -> None:
    table = event_table(EVENTS["commit.attributed"])
    said = dict.fromkeys(table.types) | dict.fromkeys(table.key, "x") | {"models": ["a", "b"]}
    others = said | {"models": ["a"]}
    merged = merge(table, rows(table, [said, others, said]), DB)
    assert (len(merged.rows), merged.duplicates + merged.superseded) == (1, 2)
    alike = merge(table, rows(table, [said, said]), DB)
    assert (alike.rows["models"].to_pylist(), alike.duplicates) == ([["a", "b"]], 1)
