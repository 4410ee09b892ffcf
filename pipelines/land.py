"""Land: the log becomes ``lake/deliveries``, exactly once by position.

One Delta commit carries the rows and, for each stream of the log it covers, where the next one
starts. A range begins where the table says the last one ended, so a replay is cut and a hole is an
error; of two rivals one commits and the other gets LostRace. Every delivery becomes one row: what
was said, or an ``unreadable`` row that says where and why and holds none of the bytes.

A position of Kafka holds many deliveries, so positions alone do not say how many rows there must
be. So each commit also moves ``rows/packed``, how many rows such positions ever gave, and the audit
holds rows = positions of spools + that number.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc
from apache_beam.pvalue import PCollection

from connectors.log import Log, open_log
from pipelines import datafile, lake
from pipelines.datafile import DataFile
from pipelines.engine import Connection, connect
from pipelines.erased import Erased, forget
from pipelines.erased import read as erased_in
from pipelines.gap import filling
from pipelines.hops import Numbered, run, spread
from pipelines.landed import ERASURES, LOST, PACKED, REPLAYED, app_id, made_of, number
from pipelines.landed_rows import rows, valid
from pipelines.runners import LOCAL, Runner
from pipelines.table import DELIVERIES
from schemas.envelope import UNREADABLE
from schemas.errors import Fatal

RANGE_ROWS = 100_000
"""Deliveries that one data file holds at most, and that a task holds in memory."""

COMMIT_RANGES = 48
"""Ranges that one commit covers."""


class Range(NamedTuple):
    """Consecutive positions of one log partition."""

    partition: str
    start: int
    stop: int
    since: int | None = None
    """Where the table stands, if not at ``start``: the loss between the two is accepted."""
    stream: str = ""
    """What the partition is made of, where that is not the partition itself."""


@dataclass(frozen=True)
class Landed:
    """What became of the positions consumed: deliveries and unreadable ones, nothing else."""

    deliveries: int = 0
    unreadable: int = 0
    consumed: int = 0
    """Positions of the log that are now behind us; in Kafka, one may hold many deliveries."""
    lost: int = 0
    """Positions that the log no longer had, which was accepted."""
    full: bool = False
    """Whether as much landed as one commit takes; if not, it was all that there was."""

    def __add__(self, other: "Landed") -> "Landed":
        return Landed(
            self.deliveries + other.deliveries,
            self.unreadable + other.unreadable,
            self.consumed + other.consumed,
            self.lost + other.lost,
            other.full,
        )


Mine = Callable[[str], bool]
"""Tells whether a partition of the log is to be landed here."""


def everybodys(partition: str) -> bool:
    """Land every partition."""
    return True


def plan(
    log: Log, home: Path, *, accept_loss: bool = False, mine: Mine = everybodys
) -> list[Range]:
    """Return the ranges that have not landed, at most one commit's worth, fairly over partitions.

    Raises Fatal, with the exact gap, where the log no longer holds the next position; where it
    ends before what has landed; and where a partition was deleted and made anew. With
    ``accept_loss`` the first and the last are gone past.
    """
    streams = {
        partition: log.stream(partition) for partition in log.partitions() if mine(partition)
    }
    names = [app_id(stream) for stream in streams.values()]
    known = lake.committed(home, DELIVERIES, [*names, *map(made_of, streams), REPLAYED])
    if known[REPLAYED]:
        raise Fatal(
            f"{home} was replayed from another lake, and does not know what of the log it holds",
            "land into the lake that it came from, or into a new one",
        )
    queues = []
    for partition, stream in streams.items():
        first, end = log.offsets(partition)
        landed = known[app_id(stream)] or 0
        was = known[made_of(partition)]
        if was not in (None, number(stream)) and not accept_loss:
            raise Fatal(
                f"log partition {partition} was deleted and made anew: what it held and had not "
                "landed is gone",
                filling(home, partition),
            )
        if landed < first and not accept_loss:
            raise Fatal(
                f"log partition {partition}: positions {landed} to {first - 1} are gone",
                filling(home, partition),
            )
        if end < landed:
            raise Fatal(
                f"log partition {partition} ends at {end}, but {landed} positions have landed",
                "this is not the log that was landed; name the right one with --log",
            )
        queues.append(_ranges(log, Range(partition, max(landed, first), end, landed, stream)))
    fairly = (one for turn in zip_longest(*queues) for one in turn if one)
    return list(islice(fairly, COMMIT_RANGES))


def _ranges(log: Log, whole: Range) -> Iterator[Range]:
    since = whole.since
    for start in range(whole.start, whole.stop, log.range_positions):
        stop = min(start + log.range_positions, whole.stop)
        yield whole._replace(start=start, stop=stop, since=since)
        since = stop


@dataclass(frozen=True)
class Work:
    """One commit's worth of the log, and from where to where its commit moves the table."""

    ranges: list[Range]
    tasks: list[tuple[Range, ...]]
    erased: Erased
    moves: dict[str, tuple[int | None, int]]
    lost: int
    """Positions of spools that are gone past."""


def prepare(
    home: Path, log: Log, *, accept_loss: bool = False, mine: Mine = everybodys
) -> Work | None:
    """Return what is to land next of these partitions, None where all has landed.

    Raises as ``plan`` does.
    """
    # In this order: who is erased behind it makes the commit fail.
    erasures = lake.progress(home, DELIVERIES, ERASURES)
    erased = erased_in(home)
    ranges = plan(log, home, accept_loss=accept_loss, mine=mine)
    if not ranges:
        return None
    lost = sum(log.deliveries(*gap) or 0 for gap in _gaps(ranges))
    moves = _moves(home, ranges) | {ERASURES: (erasures, erasures or 0)}
    return Work(ranges, list(_tasks(ranges, log.range_positions)), erased, moves, lost)


def land(home: Path, log: str, *, accept_loss: bool = False, runner: Runner = LOCAL) -> Landed:
    """Land one commit's worth of the log; nothing consumed means that all has landed.

    Raises LostRace when a rival landed the same positions first; nothing is landed twice.
    """
    with closing(open_log(log)) as opened:
        work = prepare(home, opened, accept_loss=accept_loss)
    if work is None:
        return Landed()
    tasks, erased = work.tasks, work.erased

    def graph(pipeline: beam.Pipeline) -> PCollection[str]:
        files: PCollection[str] = spread(pipeline, tasks) | "Write deliveries" >> beam.ParDo(
            _Land(str(home), log, erased)
        )
        return files

    return commit(home, work, run(home, graph, runner.of(len(tasks))))


def commit(home: Path, work: Work, found: list[Any]) -> Landed:
    """Commit what workers have read of some work: all of it, or nothing.

    Raises LostRace when the table no longer stands where the work begins.
    """
    files = {DataFile(**file) for result in found for file in result["files"]}
    read, written = (sum(result[name] for result in found) for name in ("read", "written"))
    consumed = sum(one.stop - one.start for one in work.ranges)
    seen = sum(result["positions"] for result in found)
    if written != read or seen != consumed:
        raise Fatal(
            f"{seen} of {consumed} positions gave {read} deliveries and {written} rows",
            "nothing was committed; run the command again and report this if it comes back",
        )
    moves = dict(work.moves)
    if work.lost:
        before = lake.progress(home, DELIVERIES, LOST)
        moves[LOST] = (before, (before or 0) + work.lost)
    if any(result["packed"] for result in found):
        # A file of nothing but copies may be there already, and is then not there twice.
        files -= lake.live(home, DELIVERIES)
        before = lake.progress(home, DELIVERIES, PACKED)
        moves[PACKED] = (before, (before or 0) + sum(file.rows for file in files))
    lake.append(home, DELIVERIES, files, moves, "land-commit")
    unreadable = sum(result["unreadable"] for result in found)
    return Landed(
        deliveries=read - unreadable,
        unreadable=unreadable,
        consumed=consumed,
        lost=sum(stop - start for _, start, stop in _gaps(work.ranges)),
        full=len(work.ranges) == COMMIT_RANGES,
    )


def _gaps(ranges: Iterable[Range]) -> list[tuple[str, int, int]]:
    """Return the positions that are gone past, by partition."""
    return [
        (one.partition, one.since, one.start)
        for one in ranges
        if one.since is not None and one.since < one.start
    ]


def _tasks(ranges: Iterable[Range], positions: int) -> Iterator[tuple[Range, ...]]:
    """Group ranges that are short, so that many quiet partitions make one file, not one each."""
    task: list[Range] = []
    size = 0
    for one in ranges:
        if task and size + one.stop - one.start > positions:
            yield tuple(task)
            task, size = [], 0
        task.append(one)
        size += one.stop - one.start
    if task:
        yield tuple(task)


def _moves(home: Path, ranges: Iterable[Range]) -> dict[str, tuple[int | None, int]]:
    """Return from where to where each stream moves, and which stream a partition now is."""
    moves: dict[str, tuple[int | None, int]] = {}
    remade = {made_of(one.partition): one.stream for one in ranges if one.stream != one.partition}
    known = lake.committed(home, DELIVERIES, remade)
    for name, stream in remade.items():
        if stream and known[name] != number(stream):
            moves[name] = (known[name], number(stream))
    for one in ranges:
        name = app_id(one.stream or one.partition)
        since = one.start if one.since is None else one.since
        moves[name] = (moves[name][0] if name in moves else since or None, one.stop)
    return moves


COUNTS = ("positions", "read", "written", "packed", "unreadable")
"""What a worker says of its work, beside the files it wrote."""


class _Land(beam.DoFn):
    """Ranges of the log become data files, one a day of receipt."""

    def __init__(self, home: str, log: str, erased: Erased) -> None:
        self.home = Path(home)
        self.log = log
        self.erased = erased

    def setup(self) -> None:
        self.db = connect()

    def process(self, task: Numbered) -> Iterator[str]:
        [ranges] = task[1]
        with closing(open_log(self.log)) as log:
            yield json.dumps(take(self.home, log, ranges, self.erased, self.db))


def take(
    home: Path, log: Log, ranges: Iterable[Range], erased: Erased, db: Connection
) -> dict[str, Any]:
    """Write ranges of the log as data files; return those, and what was counted on the way."""
    files: list[DataFile] = []
    counts = Counter[str]()
    for found in _tables(log, ranges, counts, db):
        counts["unreadable"] += pc.sum(pc.equal(found["kind"], UNREADABLE)).as_py() or 0
        for day, part in by_day(forget(found, erased, db), db):
            file = datafile.write(home, DELIVERIES, day, part, "land-write")
            files += [file] if file else []
    counts["written"] = sum(file.rows for file in files)
    counts["positions"] = sum(one.stop - one.start for one in ranges)
    return {name: counts[name] for name in COUNTS} | {"files": [asdict(file) for file in files]}


def _tables(
    log: Log, ranges: Iterable[Range], counts: Counter[str], db: Connection
) -> Iterator[pa.Table]:
    """Read ranges and yield their rows, as many at once as one file may hold; count what is read.

    Raises Fatal where a range does not give as many deliveries as it has.
    """
    held: list[pa.Table] = []
    waiting = 0
    for one in ranges:
        stream = one.stream or one.partition
        if log.stream(one.partition) != stream:
            raise Fatal(f"log partition {one.partition} was just made anew", "run it again")
        read = 0
        for part in log.parts(one.partition, one.start, one.stop):
            held.append(rows(stream, part))
            waiting, read = waiting + held[-1].num_rows, read + held[-1].num_rows
            while waiting >= RANGE_ROWS:
                whole = pa.concat_tables(held)
                yield valid(whole[:RANGE_ROWS], db)
                held, waiting = [whole[RANGE_ROWS:]], waiting - RANGE_ROWS
        counts["read"] += read
        expected = log.deliveries(one.partition, one.start, one.stop)
        if expected is None:
            counts["packed"] += read
        elif read != expected:
            raise Fatal(
                f"log partition {one.partition}: {expected} positions gave {read} deliveries",
                "nothing was committed; run the command again and report this if it comes back",
            )
    if waiting:
        yield valid(pa.concat_tables(held), db)


def by_day(landed: pa.Table, db: Connection) -> Iterator[tuple[str, pa.Table]]:
    """Split deliveries by the UTC day of receipt; those with none, or an absurd one, stay together.

    The rule is the table's own, so that a reader finds a row where its columns say it is.
    """
    db.register("_received", landed.select(["received"]))
    days = db.sql(f"SELECT {DELIVERIES.partition.sql(DELIVERIES.types)} AS day FROM _received")
    found = days.to_arrow_table()["day"]
    db.unregister("_received")
    several = sorted(set(found.unique().to_pylist()))
    for day in several:
        yield day, landed.filter(pc.equal(found, day)) if len(several) > 1 else landed
