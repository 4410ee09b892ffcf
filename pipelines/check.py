"""The audit of a lake: what it promises, held against what is there.

Nothing lost, nothing twice: deliveries landed, plus those that were unreadable, are all that was
consumed, and copies are counted; in every decoded table items = rows + duplicates + superseded.
Every file is what its name says, every key is there once, every version was made from the versions
beside it; then the checks of ``sql/checks``, small groups among them.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from connectors import all_sources
from connectors.file_log import FileLog
from connectors.log import Lines, open_log
from pipelines import erased, lake, snapshots
from pipelines.catalog import open_catalog
from pipelines.compacted import known
from pipelines.datafile import RESTORE, sound
from pipelines.engine import Connection, connect, scan
from pipelines.landed import LOST, PACKED, app_id
from pipelines.plan import fingerprints, levels, tables
from pipelines.reachable import telling
from pipelines.snapshots import SNAPSHOTS, Snapshot
from pipelines.table import DELIVERIES, Table, decoded_tables
from schemas.errors import Fatal
from sql.check import checks


@dataclass(frozen=True)
class Finding:
    """One promise, whether it holds, and what was seen."""

    name: str
    passed: bool
    said: str
    next_step: str = ""
    severity: str = "fail"
    """``warn`` for what is only worth a look; it never fails the audit."""

    @property
    def state(self) -> str:
        """Return ok, warn or FAIL."""
        return "ok" if self.passed else "warn" if self.severity == "warn" else "FAIL"


PULL_AGAIN = "put the segment back from a copy, or pull those days from the source again"
ERASE_AGAIN = "run `upshot erase --lake LAKE --log LOG` again"
DERIVE_AGAIN = "derive a new lake from the log and compare, then report it"


def check(home: Path, tell: Callable[[str, int, int], None]) -> list[Finding]:
    """Return every finding, in a fixed order; files that are not right end the audit at once.

    Raises Fatal where there is no lake to check.
    """
    snapshot = snapshots.read(home)
    if snapshot.number == 0:
        raise Fatal(f"there is no lake in {home}", "run `upshot stream --once` first")
    _made_by_this_code(snapshot)
    db = connect(threads=2)
    held = {table.path: (table, snapshot.version(path)) for path, table in tables().items()}
    # What has landed is promised from then on, not only once it is decoded.
    held[DELIVERIES.path] = (DELIVERIES, lake.newest(home, DELIVERIES))
    held[SNAPSHOTS.path] = (SNAPSHOTS, lake.newest(home, SNAPSHOTS))
    files = _files(home, held, tell)
    if not files.passed:
        return [files]
    return [
        files,
        _keys_once(home, held, db, tell),
        *landed(home, db, gone(home, snapshot)),
        _decoded(home, snapshot),
        _consistent(snapshot),
        _as_published(home, snapshot),
        *_data_checks(home),
    ]


def readable(log: str, tell: Callable[[str, int, int], None]) -> Finding:
    """Return whether every position that a log holds reads as it was written."""
    wrong: list[str] = []
    seen = 0
    with closing(open_log(log)) as opened:
        for partition in opened.partitions():
            for part in opened.parts(partition, *opened.offsets(partition)):
                # What it gives as lines is sound.
                entries = [] if isinstance(part, Lines) else part
                wrong += [
                    f"{partition} at {entry.offset}: {entry.reason}"
                    for entry in entries
                    if entry.line is None
                ]
                seen += part.deliveries if isinstance(part, Lines) else len(part)
                tell("log", seen, 0)
    return _finding("the log reads as it was written", f"{seen} deliveries", wrong, PULL_AGAIN)


def forgotten(home: Path, log: str | None, tell: Callable[[str, int, int], None]) -> Finding:
    """Return whether no byte of a lake, and of a log in files, tells of whoever was erased."""
    whom = erased.read(home)
    opened = open_log(log) if log else None
    folders = [home, opened.folder] if isinstance(opened, FileLog) else [home]
    said = (
        f"{len(whom.digests)} pseudonyms erased, looked through {' and '.join(map(str, folders))}"
    )
    return _finding(
        "nobody erased is told of", said, list(telling(folders, whom, tell)), ERASE_AGAIN
    )


def _made_by_this_code(snapshot: Snapshot) -> None:
    """Raise Fatal for a lake that other code derived: its tables may have other columns."""
    for path, made in fingerprints(all_sources()).items():
        held = snapshot.tables.get(path)
        if held is None or held.fingerprint != made:
            raise Fatal(f"{path} was derived by other code", "run `upshot derive` first")


def _paths(home: Path, table: Table, version: int) -> list[str]:
    files = lake.live(home, table, version)
    return sorted(str(home / table.path / file.path) for file in files)


def _files(
    home: Path, held: dict[str, tuple[Table, int]], tell: Callable[[str, int, int], None]
) -> Finding:
    """Every file is there, holds its rows, and its bytes hash to its name."""
    wrong: list[str] = []
    seen = 0
    for table, version in held.values():
        for file in sorted(lake.live(home, table, version)):
            path = home / table.path / file.path
            seen += 1
            tell("files", seen, 0)
            if not path.exists():
                wrong.append(f"{table.path}/{file.path} is missing")
                continue
            if not sound(path):
                wrong.append(f"{table.path}/{file.path} is not what its name says")
                continue
            if pq.read_metadata(path).num_rows != file.rows:
                wrong.append(f"{table.path}/{file.path} holds another number of rows")
    return _finding("files are what their names say", f"{seen} files", wrong, RESTORE)


def _keys_once(
    home: Path,
    held: dict[str, tuple[Table, int]],
    db: Connection,
    tell: Callable[[str, int, int], None],
) -> Finding:
    """Every natural key is in its table once."""
    wrong = []
    # Deliveries may be there more than once; those are counted on their own.
    for done, (table, version) in enumerate(held.values()):
        if table == DELIVERIES:
            continue
        tell(table.path, done, len(held))
        key = ", ".join(f'"{name}"' for name in table.key)
        rows = scan(table, _paths(home, table, version))
        twice = _one(
            db,
            f"SELECT count(*) FROM (SELECT {key} FROM ({rows}) GROUP BY ALL HAVING count(*) > 1)",
        )
        if twice:
            wrong.append(f"{table.path}: {twice} keys are there more than once")
    return _finding("no key is there twice", f"{len(held)} tables", wrong, DERIVE_AGAIN)


def gone(home: Path, snapshot: Snapshot) -> list[str]:
    """Say what was decoded and is no part of what has landed any more."""
    newest = lake.newest(home, DELIVERIES)
    lost = known(home, snapshot.deliveries, newest) - lake.live(home, DELIVERIES, newest)
    return [f"{file.path} was landed and is no part of the table now" for file in sorted(lost)]


def landed(home: Path, db: Connection, gone: Iterable[str] = ()) -> Iterator[Finding]:
    """Per spool and in all: deliveries + unreadable = what was consumed of the log."""
    rows = scan(DELIVERIES, _paths(home, DELIVERIES, lake.newest(home, DELIVERIES)))
    found = db.execute(
        "SELECT origin, count(*), count(DISTINCT position), min(position), max(position) + 1 "
        f"FROM ({rows}) GROUP BY origin ORDER BY origin"
    ).fetchall()
    # What could not be read of Kafka at all has no spool; its origin is the stream.
    spools = [origin for origin, *_ in found if "/" not in origin]
    consumed = lake.committed(home, DELIVERIES, map(app_id, spools))
    wrong, missing = list(gone), []
    total, due = 0, lake.progress(home, DELIVERIES, PACKED) or 0
    due -= lake.progress(home, DELIVERIES, LOST) or 0
    for origin, count, places, first, end in found:
        total += count
        upto = consumed.get(app_id(origin))
        if upto is not None:
            due += upto
            if end < upto or places != end - first:
                wrong.append(f"partition {origin}: {places} positions of {first} to {upto - 1}")
        elif origin in spools and places != end - first:
            missing.append(f"spool {origin}: {end - first - places} of {first} to {end - 1}")
    if total != due:
        wrong.append(f"{total} rows have landed of {due} deliveries that were read")
    said = f"{total} deliveries in {len(spools)} spools"
    yield _finding("landed + unreadable = consumed", said, wrong, DERIVE_AGAIN)
    wait = "land what is still in the log; if it stays, look for unreadable records of that time"
    yield _finding("no position of a spool is missing", said, missing, wait, "warn")
    yield _copies(rows, db)


def _copies(rows: str, db: Connection) -> Finding:
    """Deliveries that are there more than once, as a forwarder's restart makes them, are equal."""
    ((copies, unequal),) = db.execute(
        "SELECT coalesce(sum(rows - 1), 0), count(*) FILTER (contents > 1) FROM ("
        f"SELECT count(*) AS rows, count(DISTINCT content_hash) AS contents FROM ({rows}) "
        "GROUP BY origin, position HAVING rows > 1)"
    ).fetchall()
    wrong = [f"{unequal} of {copies} differ"] if unequal else []
    return _finding("copies of a delivery are equal", f"{copies} copies", wrong, DERIVE_AGAIN)


def _decoded(home: Path, snapshot: Snapshot) -> Finding:
    """Per decoded table: rows + duplicates + superseded = items, from every delivery."""
    wrong = []
    items = 0
    for path in decoded_tables():
        version = snapshot.tables[path]
        files = lake.live(home, tables()[path], version.version)
        rows = sum(file.rows for file in files)
        landed = sum(
            file.rows for file in lake.live(home, DELIVERIES, version.read(DELIVERIES.path))
        )
        items += version.items
        if rows + version.duplicates + version.superseded != version.items:
            wrong.append(
                f"{path}: {rows} rows + {version.duplicates} duplicates + {version.superseded} "
                f"superseded is not {version.items} items"
            )
        if landed != version.deliveries:
            wrong.append(f"{path}: {version.deliveries} of {landed} deliveries were decoded")
    said = f"{items} items"
    name = "events + duplicates + superseded + rejected + ignored = items"
    return _finding(name, said, wrong, DERIVE_AGAIN)


def _consistent(snapshot: Snapshot) -> Finding:
    """Every table was made from the versions that the same snapshot holds."""
    wrong = [
        f"{step.table.path} was made from version {made.read(name)} of {name}, "
        f"not {snapshot.version(name)}"
        for level in levels()
        for step in level
        if (made := snapshot.tables[step.table.path])
        for name in step.reads
        if made.read(name) != snapshot.version(name)
    ]
    said = f"snapshot {snapshot.number}, {len(snapshot.tables)} tables"
    return _finding("a snapshot's tables belong together", said, wrong, DERIVE_AGAIN)


def _as_published(home: Path, snapshot: Snapshot) -> Finding:
    """Every table holds the rows that the snapshot counted, under the columns that it has."""
    wrong = []
    for path, table in tables().items():
        version = snapshot.tables[path]
        held = sum(file.rows for file in lake.live(home, table, version.version))
        if held != version.rows:
            wrong.append(f"{path} holds {held} rows of {version.rows}")
        # One that is empty may say columns of before, which nobody reads.
        if held and not lake.declared(home, table, version.version):
            wrong.append(f"{path} does not say its columns as they are")
    said = f"{sum(version.rows for version in snapshot.tables.values())} rows"
    return _finding("tables hold what was published", said, wrong, lake.RESTORE_LOG)


def _data_checks(home: Path) -> Iterator[Finding]:
    """Run the checks of ``sql/checks`` on the catalogue."""
    with open_catalog(home) as db:
        for name, one in checks().items():
            bad = len(db.execute(one.query).fetchall())
            said = f"{bad} rows" if bad else "clean"
            yield Finding(name, not bad, said, one.next_step, one.severity)


def _one(db: Connection, query: str) -> Any:
    return db.execute(query).fetchall()[0][0]


def _finding(
    name: str, said: str, wrong: list[str], next_step: str, severity: str = "fail"
) -> Finding:
    if not wrong:
        return Finding(name, True, said)
    more = f" (and {len(wrong) - 3} more)" if len(wrong) > 3 else ""
    return Finding(name, False, "; ".join(wrong[:3]) + more, next_step, severity)
