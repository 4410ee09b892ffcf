"""Diff: what two lakes derived differently, row by row, copies counted.

Data files are named by their content, so of two tables only those files are read that one lake has
and the other has not. The lakes may be of other code than this: what both have of a table's
columns is compared, and the others are named.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from pipelines import lake, snapshots
from pipelines.engine import Connection, connect, quoted
from pipelines.plan import tables
from pipelines.snapshots import Snapshot
from pipelines.table import Table
from schemas.errors import Fatal, Usage
from schemas.partition import PART, Whole

EXAMPLES = 3
"""Keys of differing rows that are given for each table."""


@dataclass(frozen=True)
class Difference:
    """One table of two lakes."""

    table: str
    """Its name in the catalogue."""
    left: int
    """Rows that only the left lake has."""
    right: int
    """Rows that only the right lake has."""
    columns: tuple[str, ...]
    """Columns that only one of them has."""
    keys: tuple[str, ...]
    """Keys of some rows that differ."""

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return not (self.left or self.right or self.columns)


@dataclass(frozen=True)
class _Side:
    """A table as one lake's newest snapshot holds it."""

    columns: tuple[str, ...]
    """None where it has no rows yet."""
    files: dict[str, str]
    """Full path by path below the table."""

    @classmethod
    def of(cls, home: Path, snapshot: Snapshot, table: Table) -> "_Side":
        version = snapshot.version(table.path)
        if version == lake.EMPTY or (opened := lake.delta(home, table, version)) is None:
            return cls((), {})
        names = tuple(field.name for field in opened.schema().fields if field.name != PART)
        held = lake.live(home, table, version)
        return cls(names, {one.path: str(home / table.path / one.path) for one in held})


def diff(left: Path, right: Path, only: Collection[str] = ()) -> list[Difference]:
    """Compare the newest snapshots of two lakes: every table, or only some by their path or name.

    Raises Fatal where one is no lake, and Usage where neither has a table that is asked for.
    """
    sides = [(home, _snapshot(home)) for home in (left, right)]
    held = {path: _table(path) for _, snapshot in sides for path in snapshot.tables}
    wanted = {path for path, table in held.items() if not only or {path, table.view} & set(only)}
    for one in only:
        if not any(one in (path, held[path].view) for path in wanted):
            names = ", ".join(sorted(table.view for table in held.values()))
            raise Usage(f"neither lake has a table {one}", f"use one of: {names}")
    with connect(threads=2) as db:
        return [
            _compared(db, held[path], *(_Side.of(*side, held[path]) for side in sides))
            for path in sorted(wanted)
        ]


def _snapshot(home: Path) -> Snapshot:
    found = snapshots.read(home)
    if found.number == 0:
        raise Fatal(f"there is no lake in {home}", "name a folder that `upshot derive` has filled")
    return found


def _table(path: str) -> Table:
    """Return a table by its path, also one that this code knows nothing of."""
    return tables().get(path) or Table(path, (), (), Whole())


def _compared(db: Connection, table: Table, left: _Side, right: _Side) -> Difference:
    odd = set(left.columns) ^ set(right.columns) if left.columns and right.columns else set()
    columns = [name for name in left.columns or right.columns if name not in odd]
    if left.files.keys() == right.files.keys():
        return Difference(table.view, 0, 0, tuple(sorted(odd)), ())
    for name, side, other in (("l", left, right), ("r", right, left)):
        own = [path for below, path in side.files.items() if below not in other.files]
        rows = _scan(columns, own) if own else f"{_scan(columns, other.files.values())} LIMIT 0"
        db.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {rows}")
    for name, less in (("l", "r"), ("r", "l")):
        rows = f"FROM {name} EXCEPT ALL FROM {less}"
        db.execute(f"CREATE OR REPLACE TEMP TABLE only_{name} AS {rows}")
    counts = db.execute("SELECT (SELECT count(*) FROM only_l), (SELECT count(*) FROM only_r)")
    [(only_left, only_right)] = counts.fetchall()
    key = [name for name in table.key if name in columns] or columns
    return Difference(table.view, only_left, only_right, tuple(sorted(odd)), _keys(db, key))


def _scan(columns: Iterable[str], paths: Iterable[str]) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    listed = ", ".join(quoted(path) for path in sorted(paths))
    return f"SELECT {names} FROM read_parquet([{listed}], hive_partitioning = false)"


def _keys(db: Connection, key: list[str]) -> tuple[str, ...]:
    """Return the first keys of rows that differ, each as ``name=value, ...``."""
    names = ", ".join(f'"{name}"::VARCHAR' for name in key)
    rows = f"FROM (FROM only_l UNION ALL FROM only_r) SELECT DISTINCT {names}"
    found = db.execute(f"{rows} ORDER BY ALL LIMIT {EXAMPLES}").fetchall()
    return tuple(", ".join(f"{n}={v}" for n, v in zip(key, row, strict=True)) for row in found)
