"""Land: the log becomes ``lake/deliveries``, exactly once by position.

One Delta commit carries the rows and, for each log partition it covers, where the next one starts.
A range begins where the table says the last one ended, so a replay is cut and a hole is an error;
of two rivals one commits and the other gets LostRace. Every position becomes one row: a delivery,
or an ``unreadable`` row that says where and why and holds none of the bytes.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import apache_beam as beam
import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from apache_beam.pvalue import PCollection

from connectors.log import Entry, Log, open_log
from pipelines import datafile, lake
from pipelines.arrow import arrow_schema
from pipelines.datafile import DataFile
from pipelines.engine import connect
from pipelines.hops import run
from pipelines.table import DELIVERIES
from schemas.envelope import UNREADABLE, decode
from schemas.errors import Fatal, Rejected
from schemas.identity import EPOCH, id128

RANGE_ROWS = 100_000
"""Positions that one task reads and one data file holds."""

COMMIT_RANGES = 20
"""Ranges that one commit covers."""

SCHEMA = arrow_schema(DELIVERIES.columns)


class Range(NamedTuple):
    """Consecutive positions of one log partition."""

    partition: str
    start: int
    stop: int


@dataclass(frozen=True)
class Landed:
    """What became of the positions consumed: deliveries and unreadable ones, nothing else."""

    deliveries: int = 0
    unreadable: int = 0

    @property
    def consumed(self) -> int:
        """Positions that are now behind us."""
        return self.deliveries + self.unreadable


def app_id(partition: str) -> str:
    """Return the name under which the table remembers a log partition's next position."""
    return f"log/{partition}"


def plan(log: Log, home: Path) -> list[Range]:
    """Return the ranges that have not landed, at most one commit's worth.

    Raises Fatal, with the exact gap, where the log no longer holds the next position, and where it
    ends before what has landed.
    """
    ranges: list[Range] = []
    for partition in log.partitions():
        first, end = log.offsets(partition)
        landed = lake.progress(home, DELIVERIES, app_id(partition)) or 0
        if landed < first:
            raise Fatal(
                f"log partition {partition}: positions {landed} to {first - 1} are gone",
                "pull those days from their sources again into a new log, then land that",
            )
        if end < landed:
            raise Fatal(
                f"log partition {partition} ends at {end}, but {landed} positions have landed",
                "this is not the log that was landed; name the right one with --log",
            )
        for start in range(landed, end, RANGE_ROWS):
            ranges.append(Range(partition, start, min(start + RANGE_ROWS, end)))
            if len(ranges) == COMMIT_RANGES:
                return ranges
    return ranges


def land(home: Path, log: str) -> Landed:
    """Land one commit's worth of the log; nothing consumed means that all has landed.

    Raises LostRace when a rival landed the same positions first; nothing is landed twice.
    """
    ranges = plan(open_log(log), home)
    if not ranges:
        return Landed()
    spans: dict[str, tuple[int, int]] = {}
    for span in ranges:
        spans[span.partition] = (spans.get(span.partition, span[1:])[0], span.stop)

    def graph(pipeline: beam.Pipeline) -> PCollection[str]:
        files: PCollection[str] = (
            pipeline
            | "Name ranges" >> beam.Create(ranges)
            | "Spread them" >> beam.Reshuffle()
            | "Write deliveries" >> beam.ParDo(_Land(str(home), log))
        )
        return files

    found = run(home, graph)
    files = [DataFile(**result["file"]) for result in found]
    consumed = sum(stop - start for start, stop in spans.values())
    if sum(file.rows for file in files) != consumed:
        raise Fatal(
            f"{consumed} positions were read and {sum(file.rows for file in files)} rows written",
            "nothing was committed; run the command again and report this if it comes back",
        )
    moves = {app_id(p): (start or None, stop) for p, (start, stop) in spans.items()}
    lake.append(home, DELIVERIES, files, moves, "land-commit")
    unreadable = sum(result["unreadable"] for result in found)
    return Landed(consumed - unreadable, unreadable)


class _Land(beam.DoFn):
    """A range of the log becomes data files, one a day of receipt."""

    def __init__(self, home: str, log: str) -> None:
        self.home = Path(home)
        self.log = log

    def process(self, span: Range) -> Iterator[str]:
        entries = open_log(self.log).read(*span)
        rows = table(span.partition, entries)
        for day, received in by_day(rows):
            file = datafile.write(self.home, DELIVERIES, day, received, "land-write")
            unreadable = int(pc.sum(pc.equal(received["kind"], UNREADABLE)).as_py() or 0)
            if file is not None:
                yield json.dumps({"file": asdict(file), "unreadable": unreadable})


def table(partition: str, entries: Iterator[Entry]) -> pa.Table:
    """Return log entries as rows of ``lake.deliveries``, one a position, in log order."""
    columns: dict[str, list[Any]] = {name: [] for name in SCHEMA.names}
    for entry in entries:
        for name, value in zip(SCHEMA.names, _row(partition, entry), strict=True):
            columns[name].append(value)
    return _valid(pa.table(columns, schema=SCHEMA))


def _row(partition: str, entry: Entry) -> tuple[Any, ...]:
    if entry.line is None:
        return _unreadable(partition, entry.offset, entry.size, entry.reason)
    try:
        delivery = decode(entry.line)
        received = EPOCH.replace(tzinfo=None) + timedelta(microseconds=delivery.received)
        body = bytes(delivery.body).decode()
    except (Rejected, OverflowError, UnicodeDecodeError) as problem:
        reason = problem.problem if isinstance(problem, Rejected) else "not a delivery"
        return _unreadable(partition, entry.offset, entry.size, reason)
    return (
        entry.origin or partition,
        entry.position if entry.origin else entry.offset,
        delivery.source,
        delivery.kind,
        received,
        delivery.content_hash,
        body,
    )


def _unreadable(partition: str, offset: int, size: int, reason: str) -> tuple[Any, ...]:
    body = msgspec.json.encode({"size": size, "reason": reason}).decode()
    place = id128("unreadable", partition, offset)
    return (partition, offset, "log", UNREADABLE, None, place, body)


def _valid(rows: pa.Table) -> pa.Table:
    """Turn rows whose body the engine cannot parse into unreadable ones."""
    db = connect()
    db.register("rows", rows)
    return (
        db.sql(
            "SELECT origin, position, source, "
            f"CASE WHEN json_valid(body) THEN kind ELSE '{UNREADABLE}' END AS kind, "
            "received, content_hash, "
            """CASE WHEN json_valid(body) THEN body ELSE '{"reason":"broken JSON"}' END AS body """
            "FROM rows ORDER BY position"
        )
        .to_arrow_table()
        .cast(SCHEMA)
    )


def by_day(rows: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Split deliveries by the UTC day of receipt; those with none, or an absurd one, stay together.

    The rule is the table's own, so that a reader finds a row where its columns say it is.
    """
    db = connect()
    db.register("rows", rows)
    days = db.sql(f"SELECT {DELIVERIES.partition.sql(DELIVERIES.types)} AS day FROM rows")
    found = days.to_arrow_table()["day"]
    for day in sorted(set(found.unique().to_pylist())):
        yield day, rows.filter(pc.equal(found, day))
