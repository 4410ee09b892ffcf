"""The contract of every event type; a new file under schemas/events is tested by being there."""

import pkgutil
import re
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import schemas.events
from schemas import EVENTS
from schemas.columns import Column
from schemas.event import Event, EventType, event
from schemas.identity import id128
from schemas.partition import Bucket, Day, Whole

MODULES = {module.name for module in pkgutil.iter_modules(schemas.events.__path__)}
README = Path(schemas.__file__).parent / "README.md"
HEX_128 = re.compile(r"[0-9a-f]{32}")

Row = dict[str, Any]
Examples = dict[str, list[Event]]

every_type = pytest.mark.parametrize("kind", EVENTS.values(), ids=EVENTS.keys())


@every_type
def test_a_type_has_examples_and_they_are_of_that_type(kind: EventType, examples: Examples) -> None:
    assert examples[kind.name]
    assert {type(example) for example in examples[kind.name]} == {kind.declaration}


@every_type
def test_a_type_is_named_subject_dot_verb_and_so_is_its_file(kind: EventType) -> None:
    assert re.fullmatch(r"(ai\.)?[a-z]+\.[a-z]+", kind.name)
    assert kind.declaration.__module__ == f"schemas.events.{kind.table}"


def test_every_file_declares_one_type() -> None:
    assert {kind.table for kind in EVENTS.values()} == MODULES


@every_type
def test_every_column_says_what_it_is(kind: EventType) -> None:
    assert [column.name for column in kind.columns if not column.doc] == []


@every_type
def test_an_example_fills_what_is_required_with_what_is_allowed(
    kind: EventType, examples: Examples
) -> None:
    for example in examples[kind.name]:
        row = asdict(example)
        for column in kind.columns:
            value = row[column.name]
            assert value is not None or not column.required, column.name
            assert value is None or not column.allowed or value in column.allowed, column.name
            assert value is None or not column.about_people or HEX_128.fullmatch(value), column.name


@every_type
def test_an_example_comes_back_from_its_table_as_it_was_told(
    kind: EventType, examples: Examples
) -> None:
    rows = [asdict(example) for example in examples[kind.name]]

    found = in_sql(kind, rows, *kind.types)

    assert found == [tuple(naive(value) for value in row.values()) for row in rows]


@every_type
def test_python_and_sql_agree_on_an_examples_id_and_partition(
    kind: EventType, examples: Examples
) -> None:
    told = examples[kind.name]

    found = in_sql(kind, [asdict(e) for e in told], kind.id_sql, kind.partition.sql(kind.types))

    assert found == [(e.id, kind.partition_of(asdict(e))) for e in told]


@every_type
@settings(max_examples=15)
@given(st.data())
def test_the_key_alone_gives_id_and_partition_in_python_and_in_sql(
    kind: EventType, data: st.DataObject
) -> None:
    of_key = [column for column in kind.columns if column.name in kind.key]
    row = st.fixed_dictionaries({column.name: values(column) for column in of_key})
    rows = data.draw(st.lists(row, min_size=1, max_size=20))

    found = in_sql(kind, rows, kind.id_sql, kind.partition.sql(kind.types))

    assert found == [
        (id128(kind.name, *(row[name] for name in kind.key)), kind.partition.of(row))
        for row in rows
    ]


def test_days_that_no_clock_can_mean_share_one_partition() -> None:
    days = [
        datetime(1999, 12, 31, 23, tzinfo=UTC),
        datetime(2000, 1, 1, tzinfo=UTC),
        datetime(2100, 12, 31, 23, tzinfo=UTC),
        datetime(2101, 1, 1, tzinfo=UTC),
    ]

    assert [Day("time").of({"time": day}) for day in days] == [
        "outside",
        "2000-01-01",
        "2100-12-31",
        "outside",
    ]


def test_a_day_partition_refuses_what_is_no_time() -> None:
    with pytest.raises(TypeError, match="seen must be a day or a time, not str"):
        Day("seen").of({"seen": "2026-01-05"})


def test_a_bucket_is_one_of_sixteen_and_all_are_used() -> None:
    buckets = {Bucket(("change",)).of({"change": str(number)}) for number in range(300)}

    assert buckets == set("0123456789abcdef")


def test_a_key_of_undeclared_columns_is_refused() -> None:
    with pytest.raises(TypeError, match=r"x\.missed: key columns \['nothing'\] are not declared"):

        @event("x.missed", key=("nothing",), partition=Whole())
        class Missed(Event):
            """Never declared."""

    assert "x.missed" not in EVENTS


def test_a_name_can_be_declared_once() -> None:
    with pytest.raises(TypeError, match=r"change\.merged is declared twice"):

        @event("change.merged", key=("time",), partition=Whole())
        class Again(Event):
            """Never declared."""


def test_the_readme_lists_every_type(kept: Callable[[Path, str], None]) -> None:
    head, begin, rest = README.read_text().partition("<!-- generated: events -->\n")
    _, end, tail = rest.partition("<!-- end -->")

    kept(README, head + begin + table_of_types() + end + tail)


def table_of_types() -> str:
    """Return all types as a Markdown table."""
    lines = ["| event | what it says | natural key | partition |", "| --- | --- | --- | --- |"]
    for kind in EVENTS.values():
        told = sys.modules[kind.declaration.__module__].__doc__ or ""
        says = told.strip().splitlines()[0].partition(": ")[2]
        key = ", ".join(f"`{name}`" for name in kind.key)
        lines.append(
            f"| `{kind.name}` | {says} | {key} | {type(kind.partition).__name__.lower()} |"
        )
    return "\n".join(lines) + "\n"


def values(column: Column) -> st.SearchStrategy[Any]:
    """Return a strategy for all that a column may hold."""
    held: dict[str, st.SearchStrategy[Any]] = {
        "VARCHAR": st.sampled_from(column.allowed) if column.allowed else st.text(),
        "BIGINT": st.integers(-(2**63), 2**63 - 1),
        "BOOLEAN": st.booleans(),
        "TIMESTAMP": st.datetimes(timezones=st.just(UTC)),
        "DATE": st.dates(),
    }
    value = held[column.sql_type]
    return value if column.required else st.none() | value


def in_sql(kind: EventType, rows: list[Row], *expressions: str) -> list[tuple[Any, ...]]:
    """Evaluate SQL over rows in a table of the declared types, in a session with another zone."""
    names = [name for name in kind.types if name in rows[0]]
    declared = ", ".join(f'"{name}" {kind.types[name]}' for name in names)
    marks = ", ".join("?" for _ in names)
    con = far_from_utc()
    con.execute(f"CREATE OR REPLACE TABLE told ({declared})")
    for row in rows:
        con.execute(f"INSERT INTO told VALUES ({marks})", [naive(row[name]) for name in names])
    return con.execute(f"SELECT {', '.join(expressions)} FROM told ORDER BY rowid").fetchall()


@cache
def far_from_utc() -> duckdb.DuckDBPyConnection:
    """Return one session whose own zone must not matter."""
    con = duckdb.connect(config={"threads": 1})
    con.execute("SET TimeZone = 'Asia/Kathmandu'")
    return con


def naive(value: Any) -> Any:
    """Drop the zone of a UTC time, as a TIMESTAMP does."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value
