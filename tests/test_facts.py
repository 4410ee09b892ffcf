"""The contract of every fact: a file under ``pipelines/facts`` and its examples; nothing here."""

import importlib
from collections.abc import Callable, Iterable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from pipelines import datafile
from pipelines.arrow import arrow_schema
from pipelines.changed import Changed
from pipelines.engine import Connection, connect, show
from pipelines.hops import compute
from pipelines.plan import facts, levels, tables
from pipelines.step import Step
from pipelines.table import Table
from schemas import EVENTS
from schemas.event import Event
from schemas.partition import ALL, Whole
from tests.facts import Example

STEPS = [step for level in levels() for step in level if step.table.path in facts()]
EXAMPLES: dict[str, list[Example]] = {
    step.table.path: importlib.import_module(
        f"tests.facts.{step.table.path.rpartition('/')[2]}"
    ).EXAMPLES
    for step in STEPS
}
Files = dict[str, dict[str, str]]
"""The file of each partition of each table."""

every_fact = pytest.mark.parametrize("step", STEPS, ids=lambda step: step.table.path)
every_example = pytest.mark.parametrize(
    ("path", "number"),
    [
        pytest.param(path, number, id=f"{path}: {example.name}")
        for path, examples in EXAMPLES.items()
        for number, example in enumerate(examples)
    ],
)


def written(home: Path, table: Table, part: str, rows: pa.Table) -> dict[str, str]:
    """Write a partition, and return its file under its name."""
    file = datafile.write(home, table, part, rows, "derive-write")
    return {part: str(home / table.path / file.path)} if file else {}


def told(home: Path, events: Iterable[Event]) -> Files:
    """Write events where a lake has them."""
    rows: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for event in events:
        row = asdict(event)
        rows.setdefault((event.kind.name, event.kind.partition_of(row)), []).append(row)
    files: Files = {f"events/{name}": {} for name in EVENTS}
    for (name, part), said in rows.items():
        table = tables()[f"events/{name}"]
        schema = arrow_schema(table.columns)
        files[table.path] |= written(home, table, part, pa.Table.from_pylist(said, schema=schema))
    return files


def reads(step: Step, files: Files, part: str | None = None) -> list[tuple[Table, tuple[str, ...]]]:
    """Return what a partition of a step is made from; without one, what all of it is."""
    return [
        (tables()[name], tuple(files[name][p] for p in sorted(needs)))
        for name, reach in step.reads.items()
        for needs in [reach.needs(part, files[name]) if part else set(files[name])]
    ]


@cache
def made_from(path: str) -> frozenset[str]:
    """Return a fact and all that it is made from, near and far."""
    declared = facts()
    return frozenset({path}).union(
        *(made_from(name) for name in declared[path].reads if name in declared)
    )


def beside(files: Files) -> Callable[[str], Changed]:
    """Return what gives each table of a lake."""

    def table(path: str) -> Changed:
        return Changed(tables()[path], {}, files[path], table)

    return table


def built(home: Path, files: Files, path: str | None = None, db: Connection | None = None) -> Files:
    """Build a fact and what it is made from (or all facts), all partitions of each together."""
    db = db or connect()
    for step in STEPS:
        if path and step.table.path not in made_from(path):
            continue
        parts = {ALL} if isinstance(step.table.partition, Whole) else set[str]()
        parts = parts.union(*(r.touches(beside(files)(name), ()) for name, r in step.reads.items()))
        files[step.table.path] = {
            part: file
            for built in compute(step, reads(step, files), db, sorted(parts)).items()
            for part, file in written(home, step.table, *built).items()
        }
    return files


def rows(table: Table, files: Files) -> list[dict[str, Any]]:
    """Return what a fact's view shows, in key order."""
    db = connect()
    show(db, table, files[table.path].values())
    key = ", ".join(table.key)
    found: list[dict[str, Any]] = (
        db.sql(f"SELECT * FROM {table.view} ORDER BY {key}").to_arrow_table().to_pylist()
    )
    return found


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[Example, Files]]]:
    """Return every example of every fact, with the lake that its events make."""
    homes = tmp_path_factory.mktemp("facts")
    db = connect()
    return {
        path: [
            (example, built(home, told(home, example.given), path, db))
            for number, example in enumerate(examples)
            for home in [homes / path / str(number)]
        ]
        for path, examples in EXAMPLES.items()
    }


Worked = dict[str, list[tuple[Example, Files]]]


@every_example
def test_a_fact_says_what_its_example_expects(path: str, number: int, worked: Worked) -> None:
    example, files = worked[path][number]
    found = rows(tables()[path], files)
    assert len(found) == len(example.expect)
    for row, expected in zip(found, example.expect, strict=True):
        assert {name: row[name] for name in expected} == expected


@every_fact
def test_partition_by_partition_equals_all_at_once(step: Step, worked: Worked) -> None:
    db = connect()
    for example, files in worked[step.table.path]:
        for part, file in files[step.table.path].items():
            [alone] = compute(step, reads(step, files, part), db, [part]).values()
            assert alone == datafile.read(Path(file)).cast(alone.schema), (example.name, part)


@every_fact
def test_every_column_says_what_it_holds_and_is_selected(step: Step) -> None:
    assert step.table.doc
    assert [column.name for column in step.table.columns if not column.doc] == []
    assert [name for name, _, doc in step.table.computed if not doc] == []
    db = connect()
    for name in step.reads:
        show(db, tables()[name], [])
    selected = [row[0] for row in db.execute(f"DESCRIBE ({step.sql})").fetchall()]
    assert selected == [column.name for column in step.table.columns]


@every_fact
def test_every_stored_column_is_exact(step: Step) -> None:
    assert [column.name for column in step.table.columns if column.sql_type == "DOUBLE"] == []


@every_fact
def test_a_key_is_there_once_and_nothing_required_is_missing(step: Step, worked: Worked) -> None:
    for example, files in worked[step.table.path]:
        found = rows(step.table, files)
        keys = [tuple(row[name] for name in step.table.key) for row in found]
        assert len(set(keys)) == len(keys), example.name
        for column in step.table.columns:
            shown = [row[column.name] for row in found]
            assert not (column.required and None in shown), (example.name, column.name)
            assert not column.allowed or set(shown) <= {*column.allowed, None}, example.name


@every_fact
def test_a_fact_reads_what_it_says_it_reads(step: Step) -> None:
    for left_out in step.reads:
        db = connect()
        for name in step.reads.keys() - {left_out}:
            show(db, tables()[name], [])
        with pytest.raises(duckdb.CatalogException, match="does not exist"):
            db.execute(f"DESCRIBE ({step.sql})")


@every_fact
def test_every_column_is_spoken_of_by_an_example(step: Step) -> None:
    examples = EXAMPLES[step.table.path]
    spoken_of = {name for example in examples for row in example.expect for name in row}
    assert {column.name for column in step.table.columns} - spoken_of == set()
