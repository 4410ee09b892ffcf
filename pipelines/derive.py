"""Derive: one pass from the deliveries to a published snapshot, touching only what changed.

    read the newest snapshot > decode what was landed since > build the facts whose inputs changed
    > build the metrics > commit each changed table > publish the next snapshot

A table whose fingerprint changed is rebuilt whole: code is an input too, so there are no
migrations. Data files are named by their content, so "changed" is told by names alone, and a
rebuild that gives the same rows changes nothing. The result is a function of the deliveries only;
an incremental lake and one built from nothing hold the same files.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from connectors.source import Source
from pipelines import lake, snapshots
from pipelines.changed import Changed
from pipelines.compacted import known
from pipelines.datafile import DataFile
from pipelines.decode import mapping_fingerprint
from pipelines.engine import connect, scan
from pipelines.hops import Built, Task, build_hop, decode_hop
from pipelines.plan import Level, levels
from pipelines.publish import publish_catalog
from pipelines.reach import possible
from pipelines.rejects import refuse
from pipelines.restated import changed_in
from pipelines.runners import LOCAL, Runner
from pipelines.snapshots import Snapshot, Version
from pipelines.step import Step
from pipelines.table import DELIVERIES, REJECTED, Table, decoded_tables
from schemas.partition import ALL, Whole

ROUND_ROWS = 1_000_000
"""Deliveries decoded by one Beam run: what bounds the memory of a pass of any size."""

UNIT_ROWS = 250_000
"""Deliveries that one worker decodes together, and rows that it makes partitions from together."""

Parts = dict[str, DataFile]
"""The one file of each partition of a table."""

T = TypeVar("T")

Tell = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


@dataclass
class Pass:
    """What one pass knows: where it started, and the tables as they will be."""

    home: Path
    before: Snapshot
    deliveries: int
    runner: Runner
    tables: dict[str, Table] = field(default_factory=dict)
    held: dict[str, Parts] = field(default_factory=dict)
    """The files of each table in the snapshot that the pass started from."""
    wanted: dict[str, Parts] = field(default_factory=dict)
    """The files that each table shall have."""
    versions: dict[str, Version] = field(default_factory=dict)
    steps: dict[str, Step] = field(default_factory=dict)
    recomputed: dict[str, int] = field(default_factory=dict)
    """Partitions computed again, by table."""

    def changed(self, path: str) -> Changed:
        """Return how this pass changed a table."""
        before, after = self._of(path, self.held), self._of(path, self.wanted)
        return Changed(self.tables[path], before, after, self.there)

    def there(self, path: str) -> Changed:
        """Return all that a table will hold, as if it were new."""
        return Changed(self.tables[path], {}, self._of(path, self.wanted), self.there)

    def _of(self, path: str, files: Mapping[str, Parts]) -> dict[str, str]:
        return {part: str(self.home / path / file.path) for part, file in files[path].items()}

    def files(self, path: str, parts: Iterable[str]) -> tuple[str, ...]:
        """Return the paths of a table's files for some partitions."""
        will = self.wanted[path]
        return tuple(str(self.home / path / will[part].path) for part in sorted(parts))


@dataclass(frozen=True)
class Outcome:
    """What a pass did."""

    snapshot: int
    """The newest snapshot's number."""
    published: bool
    """Whether the pass made it; False where nothing had changed."""
    recomputed: dict[str, int]
    """Partitions computed again, by table."""
    rows: dict[str, int]
    """Rows by table."""


def derive(
    home: Path,
    sources: Mapping[str, Source],
    days: tuple[date, date] | None = None,
    tell: Tell = lambda what, done, of: None,
    *,
    accept_rejects: bool = False,
    runner: Runner = LOCAL,
) -> Outcome:
    """Bring everything derived up to date with what has landed, and publish it.

    ``days`` also rebuilds the facts that reach those days (UTC, inclusive) though unchanged.
    Idempotent; safe to kill anywhere; two at once are safe and the later raises LostRace. Raises
    Fatal where most of what a source newly said was rejected, unless that is accepted.
    """
    before = snapshots.read(home)
    work = Pass(home, before, lake.newest(home, DELIVERIES), runner)
    decoded = _decode(work, sources, tell)
    if not accept_rejects and work.changed(REJECTED.path).parts:
        refuse(decoded, work.files(REJECTED.path, work.wanted[REJECTED.path]))
    for level in levels():
        _build(work, level, days, tell)
    published = _publish(work)
    publish_catalog(home)
    newest = snapshots.read(home)
    rows = {path: version.rows for path, version in sorted(newest.tables.items())}
    return Outcome(newest.number, published, work.recomputed, rows)


def _decode(work: Pass, sources: Mapping[str, Source], tell: Tell) -> tuple[str, ...]:
    """Decode new deliveries into current tables, and all deliveries into outdated ones.

    Returns the delivery files of which something may newly be rejected.
    """
    fingerprints = {
        path: mapping_fingerprint(table, sources) for path, table in decoded_tables().items()
    }
    landed = lake.live(work.home, DELIVERIES, work.deliveries)
    read = known(work.home, work.before.deliveries, work.deliveries)
    appended_only = read <= landed
    current: dict[str, Table] = {}
    outdated: dict[str, Table] = {}
    for path, table in decoded_tables().items():
        version = work.before.tables.get(path)
        fresh = appended_only and version and version.fingerprint == fingerprints[path]
        (current if fresh else outdated)[path] = table
        _open(work, table, fingerprints[path], {DELIVERIES.path: work.deliveries})
        if version and fresh:
            work.versions[path] = replace(
                version, inputs=work.versions[path].inputs, snapshot=work.before.number + 1
            )
        else:
            work.wanted[path] = {}
    for tables, files in ((outdated, landed), (current, landed - read)):
        if tables and files:
            _decode_files(work, tables, sorted(files), sources, tell)
    again = landed if REJECTED.path in outdated else landed - read
    return tuple(str(work.home / DELIVERIES.path / file.path) for file in sorted(again))


def _open(work: Pass, table: Table, fingerprint: str, inputs: Mapping[str, int]) -> None:
    """Take a table into the pass as the snapshot holds it."""
    path = table.path
    work.tables[path] = table
    work.held[path] = {
        file.part: file for file in lake.live(work.home, table, work.before.version(path))
    }
    work.wanted[path] = dict(work.held[path])
    version = Version(work.before.number + 1, path, lake.EMPTY, json.dumps(inputs), fingerprint, 0)
    earlier = work.before.tables.get(path)
    if earlier and earlier.fingerprint == fingerprint:
        version = replace(version, restated=earlier.restated)
    work.versions[path] = version


def _decode_files(
    work: Pass,
    tables: Mapping[str, Table],
    files: list[DataFile],
    sources: Mapping[str, Source],
    tell: Tell,
) -> None:
    done, total = 0, sum(file.rows for file in files)
    for group in _grouped(files, _file_rows, ROUND_ROWS):
        tell("decode", done, total)
        units = [
            tuple(str(work.home / DELIVERIES.path / file.path) for file in unit)
            for unit in _grouped(group, _file_rows, UNIT_ROWS)
        ]
        held = {path: work.wanted[path] for path in tables}
        built, deliveries = decode_hop(work.home, units, tables, held, sources, work.runner)
        for path in tables:
            version = work.versions[path]
            work.versions[path] = replace(version, deliveries=version.deliveries + deliveries)
        for result in built:
            _take(work, result)
        done += deliveries
    tell("decode", done, total)


def _file_rows(file: DataFile) -> int:
    return file.rows


def _grouped(things: Iterable[T], rows: Callable[[T], int], most: int) -> Iterator[list[T]]:
    """Group things, in order, so that a group has at most so many rows (or is one thing)."""
    group: list[T] = []
    held = 0
    for thing in things:
        more = rows(thing)
        if group and held + more > most:
            yield group
            group, held = [], 0
        group.append(thing)
        held += more
    if group:
        yield group


def _take(work: Pass, built: Built) -> None:
    """Note what a worker built."""
    parts = work.wanted[built.table]
    if built.file is None:
        parts.pop(built.part, None)
    else:
        parts[built.part] = built.file
    version = work.versions[built.table]
    work.versions[built.table] = replace(
        version,
        items=version.items + built.items,
        duplicates=version.duplicates + built.duplicates,
        superseded=version.superseded + built.superseded,
        restated=version.restated + built.restated,
    )
    work.recomputed[built.table] = work.recomputed.get(built.table, 0) + 1


def _build(work: Pass, level: Level, days: tuple[date, date] | None, tell: Tell) -> None:
    """Rebuild the partitions of facts and metrics that their changed inputs reach."""
    tasks: list[Task] = []
    for step in level:
        _open(work, step.table, step.fingerprint, {})
        work.steps[step.table.path] = step
        tasks += _tasks(work, step, sorted(_touched(work, step, days)))
    what = ", ".join(step.table.path for step in level)
    of = sum(len(task.parts) for task in tasks)
    tell(what, 0, of)
    for built in build_hop(work.home, tasks, work.runner) if tasks else []:
        _take(work, built)
    tell(what, of, of)


def _tasks(work: Pass, step: Step, parts: list[str]) -> Iterator[Task]:
    """Share out partitions: neighbours together, as long as what they add to read is not too much.

    Most of what a small partition takes is planning its query, not running it; and neighbours that
    read the same days need not read them twice.
    """
    needs = {
        part: {
            (name, needed)
            for name, reach in step.reads.items()
            for needed in reach.needs(part, work.wanted[name])
        }
        for part in parts
    }
    rows = {
        part: _rows(work, needs[part] - needs.get(before, set()))
        for before, part in zip(["", *parts], parts, strict=False)
    }
    for group in _grouped(parts, rows.__getitem__, UNIT_ROWS):
        read = set().union(*(needs[part] for part in group))
        inputs = [
            (work.tables[name], work.files(name, [part for of, part in read if of == name]))
            for name in sorted(step.reads)
        ]
        yield Task(step, tuple(group), tuple(inputs), _comparable(work, step, group))


def _comparable(work: Pass, step: Step, parts: Iterable[str]) -> Parts:
    """Return the files that partitions had, by which to count rows that are said otherwise."""
    path = step.table.path
    version = work.before.tables.get(path)
    if version is None or version.fingerprint != step.fingerprint:
        return {}
    return {part: work.held[path][part] for part in parts if part in work.held[path]}


def _rows(work: Pass, needed: Iterable[tuple[str, str]]) -> int:
    return sum(work.wanted[path][part].rows for path, part in needed)


def _touched(work: Pass, step: Step, days: tuple[date, date] | None) -> set[str]:
    """Return the partitions of a step to compute again."""
    path = step.table.path
    parts = set(work.held[path]) | possible(step.reads, work.there)
    if isinstance(step.table.partition, Whole):
        parts.add(ALL)
    version = work.before.tables.get(path)
    if version is None or version.fingerprint != step.fingerprint:
        return parts.union(*(r.touches(work.there(name), ()) for name, r in step.reads.items()))
    touched = _reaching(work, step, days) if days else set()
    return touched.union(*(r.touches(work.changed(name), parts) for name, r in step.reads.items()))


def _reaching(work: Pass, step: Step, days: tuple[date, date]) -> set[str]:
    """Return the partitions that hold a row which reaches any of these days."""
    if step.days is None:
        return set()
    first, last = step.days
    db = connect()
    reaching = set()
    for part in work.wanted[step.table.path]:
        rows = scan(step.table, work.files(step.table.path, [part]))
        found = db.execute(
            f"SELECT count(*) FROM ({rows}) WHERE {first} <= ? AND {last} >= ?",
            [days[1], days[0]],
        ).fetchall()
        if found != [(0,)]:
            reaching.add(part)
    return reaching


def _publish(work: Pass) -> bool:
    """Commit each changed table, inputs first, and publish the snapshot; False: nothing new."""
    number = work.before.number + 1
    for path, table in work.tables.items():
        made = work.versions[path]
        version = work.before.version(path)
        if work.wanted[path] != work.held[path]:
            version = lake.replace(
                work.home, table, work.wanted[path].values(), number, "derive-commit"
            )
        step = work.steps.get(path)
        inputs = {name: work.versions[name].version for name in step.reads} if step else None
        work.versions[path] = replace(
            made,
            version=version,
            rows=sum(file.rows for file in work.wanted[path].values()),
            changed_in=changed_in(
                work.before.tables[path].changed_in if path in work.before.tables else "{}",
                work.held[path],
                work.wanted[path],
                number,
            ),
            inputs=made.inputs if inputs is None else json.dumps(inputs, sort_keys=True),
        )
    was = {path: replace(version, snapshot=number) for path, version in work.before.tables.items()}
    if was == work.versions:
        return False
    snapshots.publish(work.home, Snapshot(number, work.versions))
    return True
