"""The two Beam graphs of a pass: decode (a shuffle of batches) and build (some partitions each).

A hop takes tasks and gives results; workers write data files, nothing else, so a bundle that runs
twice writes the same file twice. Results come back as one small file, whatever the runner. Every
hop is bounded: its caller decides how much one run may hold.
"""

import gc
import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import apache_beam as beam
import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from apache_beam.pvalue import PCollection

from connectors.source import Source
from pipelines import datafile
from pipelines.arrow import arrow_schema, one_batch, packed
from pipelines.coder import RecordBatchCoder
from pipelines.datafile import RESTORE, DataFile
from pipelines.decode import decode
from pipelines.engine import Connection, connect, quoted, show
from pipelines.erased import Erased, forget
from pipelines.erased import read as erased_in
from pipelines.restated import lost
from pipelines.runners import LOCAL, Runner, finish
from pipelines.step import Step
from pipelines.table import Table
from pipelines.winners import merge
from schemas.errors import Fatal, UpshotError
from schemas.partition import PART

beam.coders.registry.register_coder(pa.RecordBatch, RecordBatchCoder)


@dataclass(frozen=True)
class Built:
    """What a worker did to one partition: its file (None: no rows) and what became of items."""

    table: str
    part: str
    file: DataFile | None
    items: int = 0
    duplicates: int = 0
    superseded: int = 0
    restated: int = 0
    """Rows that the partition held before and does not hold as they were."""


DECODED_FROM = ["source", "kind", "received", "content_hash", "body"]
"""The columns of a delivery that decoding reads; the others say where it was kept."""

Numbered = tuple[int, Iterable[Any]]
"""A task as a worker gets it: its number, and it alone."""

Graph = Callable[[beam.Pipeline], PCollection[str]]


def run(lake: Path, graph: Graph, runner: Runner = LOCAL) -> list[Any]:
    """Run a graph to its end and return its results, which are JSON texts until here.

    Raises what a worker raised, as the worker said it.
    """
    results = lake / "_tmp" / f"{uuid.uuid4().hex}.json"
    results.parent.mkdir(parents=True, exist_ok=True)
    try:
        finish(runner, partial(_whole, graph, results))
    except UpshotError as problem:
        # Beam writes into the first argument where it was; the reader needs what to do.
        said = problem.problem.partition(" [while running ")[0]
        raise type(problem)(said, problem.next_step) from None
    # A pipeline is made of cycles; all that went through it stays until they are looked for.
    gc.collect()
    pa.default_memory_pool().release_unused()
    found = json.loads(results.read_text())
    results.unlink()
    return [json.loads(text) for text in found]


def _whole(graph: Graph, results: Path, pipeline: beam.Pipeline) -> None:
    # Every step of a graph costs milliseconds to set up, and a small pass has little else to do.
    # So no ToList, which is a dozen; a graph without any result is one that did nothing.
    _ = (
        graph(pipeline)
        | "Name them alike" >> beam.Map(_results).with_output_types(tuple[str, str])
        | "Bring them together" >> beam.GroupByKey()
        | "Write results" >> beam.Map(_write_results, str(results))
    )


def spread(pipeline: beam.Pipeline, tasks: Iterable[Any]) -> PCollection[Numbered]:
    """Hand out tasks, each to whichever worker is free: a Reshuffle, in a quarter of its steps."""
    numbered = list(enumerate(tasks))
    spread: PCollection[Numbered] = (
        pipeline
        | "Name tasks" >> beam.Create(numbered, reshuffle=False)
        | "Spread them" >> beam.GroupByKey()
    )
    return spread


def _results(text: str) -> tuple[str, str]:
    return "results", text


def _write_results(found: tuple[str, Iterable[str]], path: str) -> None:
    aside = Path(f"{path}.{uuid.uuid4().hex}")
    aside.write_text(json.dumps(list(found[1])))
    aside.replace(path)


def decode_hop(
    lake: Path,
    units: Sequence[tuple[str, ...]],
    tables: Mapping[str, Table],
    held: Mapping[str, Mapping[str, DataFile]],
    sources: Mapping[str, Source],
    runner: Runner = LOCAL,
) -> tuple[list[Built], int]:
    """Decode delivery files into these tables' partitions, on top of the files held there.

    A unit is the files that one worker decodes together: the more, the fewer and larger batches.
    Returns what was built, a result a touched partition, and how many deliveries were read.
    """

    def graph(pipeline: beam.Pipeline) -> PCollection[str]:
        read = spread(pipeline, units) | "Decode deliveries" >> beam.ParDo(
            _Decode(dict(sources), frozenset(tables), erased_in(lake))
        ).with_outputs("counts", main="rows")
        rows: PCollection[tuple[str, pa.RecordBatch]] = read.rows
        built: PCollection[str] = (
            rows
            | "Know the coder" >> beam.Map(_same).with_output_types(tuple[str, pa.RecordBatch])
            | "Meet by partition" >> beam.GroupByKey()
            | "Keep one winner per id" >> beam.ParDo(_Merge(str(lake), dict(tables), held))
        )
        counted: PCollection[str] = read.counts | "Count deliveries" >> beam.Map(json.dumps)
        together: PCollection[str] = (built, counted) | beam.Flatten()
        return together

    results = run(lake, graph, runner.of(len(units)))
    return (
        [_built(result) for result in results if isinstance(result, dict)],
        sum(result for result in results if isinstance(result, int)),
    )


def _same(element: tuple[str, pa.RecordBatch]) -> tuple[str, pa.RecordBatch]:
    return element


class _Decode(beam.DoFn):
    """Some delivery files become batches of candidate rows, one a table and partition."""

    def __init__(self, sources: dict[str, Source], wanted: frozenset[str], erased: Erased) -> None:
        self.sources = sources
        self.wanted = wanted
        self.erased = erased

    def process(self, task: Numbered) -> Iterator[Any]:
        [paths] = task[1]
        deliveries = pa.concat_tables(datafile.read(Path(path), DECODED_FROM) for path in paths)
        # One for each unit: an engine that is kept keeps the memory of the largest one.
        with connect() as db:
            decoded = decode(forget(deliveries, self.erased, db), self.sources, db)
        yield beam.pvalue.TaggedOutput("counts", decoded.deliveries)
        for table in self.wanted & decoded.rows.keys():
            for part, rows in by_part(decoded.rows[table]):
                yield f"{table}|{part}", one_batch(packed(rows))


def by_part(rows: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Split candidate rows by the partition they belong to."""
    parts = rows.column(PART).dictionary_encode().unify_dictionaries()
    plain = rows.drop_columns([PART])
    names = parts.chunk(0).dictionary.to_pylist() if len(rows) else []
    if len(names) == 1:
        yield names[0], plain
        return
    numbers = pa.chunked_array([chunk.indices for chunk in parts.chunks], pa.int32())
    for number, name in enumerate(names):
        yield name, plain.filter(pc.equal(numbers, number))


class _Merge(beam.DoFn):
    """All candidates of one partition, and what it held, become its one file."""

    def __init__(
        self,
        lake: str,
        tables: dict[str, Table],
        held: Mapping[str, Mapping[str, DataFile]],
    ) -> None:
        self.lake = Path(lake)
        self.tables = tables
        self.held = held

    def setup(self) -> None:
        self.db = connect()

    def teardown(self) -> None:
        self.db.close()

    def process(self, element: tuple[str, Iterable[pa.RecordBatch]]) -> Iterator[str]:
        path, _, part = element[0].rpartition("|")
        table = self.tables[path]
        said = pa.Table.from_batches(element[1])
        before = self.held.get(path, {}).get(part)
        kept = [] if before is None else [_kept(self.lake / path / before.path, said.schema)]
        merged = merge(table, pa.concat_tables([*kept, said]), self.db)
        file = datafile.write(self.lake, table, part, merged.rows, "derive-write")
        # A row goes only by losing to another, which is rare, and seldom to a late old one.
        restated = lost(kept[0], merged.rows, self.db) if kept and merged.superseded else 0
        counts = len(said), merged.duplicates, merged.superseded, restated
        yield json.dumps(asdict(Built(path, part, file, *counts)))


def _kept(file: Path, schema: pa.Schema) -> pa.Table:
    """Read a file of a table as packed as the rows that it will meet."""
    texts = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    return datafile.read(file, dictionaries=texts).cast(schema)


@dataclass(frozen=True)
class Task:
    """Partitions to build together: of which step, from which files by input."""

    step: Step
    parts: tuple[str, ...]
    inputs: tuple[tuple[Table, tuple[str, ...]], ...]
    held: Mapping[str, DataFile]
    """The files that these partitions had, where the same code made them."""


def build_hop(lake: Path, tasks: Sequence[Task], runner: Runner = LOCAL) -> list[Built]:
    """Build partitions of facts or metrics, each from nothing but its inputs' files."""

    def graph(pipeline: beam.Pipeline) -> PCollection[str]:
        built: PCollection[str] = spread(pipeline, tasks) | "Build partitions" >> beam.ParDo(
            _Build(str(lake))
        )
        return built

    return [_built(result) for result in run(lake, graph, runner.of(len(tasks)))]


class _Build(beam.DoFn):
    """Each partition of a step becomes its file."""

    def __init__(self, lake: str) -> None:
        self.lake = Path(lake)

    def setup(self) -> None:
        self.db = connect()

    def teardown(self) -> None:
        self.db.close()

    def process(self, numbered: Numbered) -> Iterator[str]:
        [task] = numbered[1]
        table = task.step.table
        rows = compute(task.step, task.inputs, self.db, task.parts)
        for part in task.parts:
            file = datafile.write(self.lake, table, part, rows[part], "derive-write")
            before, restated = task.held.get(part), 0
            if before and before != file:
                was = datafile.read(self.lake / table.path / before.path)
                restated = lost(was, rows[part], self.db)
            yield json.dumps(asdict(Built(table.path, part, file, restated=restated)))


def compute(
    step: Step,
    inputs: Iterable[tuple[Table, tuple[str, ...]]],
    db: Connection,
    parts: Sequence[str],
) -> dict[str, pa.Table]:
    """Run a step's SQL over files, for some partitions; each is a table in key order.

    A row is the same whatever partitions are built beside its own, and however much more of an
    input is shown; so the SQL may ask for ``getvariable('parts')``, a list, only to read less.
    Raises Fatal where a file is gone or damaged.
    """
    table = step.table
    names = ", ".join(
        f'"{column.name}"::{column.sql_type} AS "{column.name}"' for column in table.columns
    )
    key = ", ".join(f'"{name}"' for name in table.key)
    listed = f"[{', '.join(quoted(part) for part in parts)}]::VARCHAR[]"
    try:
        for source, files in inputs:
            show(db, source, files)
        db.execute(f"SET VARIABLE parts = {listed}")
        rows = db.sql(
            f"""SELECT {names}, {table.partition.sql(table.types)} AS {PART} FROM ({step.sql})
            WHERE {PART} IN (SELECT unnest({listed})) ORDER BY {key}"""
        ).to_arrow_table()
    except (duckdb.IOException, duckdb.InvalidInputException) as problem:
        said = str(problem).splitlines()[0]
        raise Fatal(f"{table.path}: a file cannot be read: {said}", RESTORE) from None
    schema = arrow_schema(table.columns)
    found = {part: own.cast(schema) for part, own in by_part(rows)}
    return {part: found.get(part, schema.empty_table()) for part in parts}


def _built(result: dict[str, Any]) -> Built:
    file = result.pop("file")
    return Built(**result, file=DataFile(**file) if file else None)
