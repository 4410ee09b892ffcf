"""Publish the catalogue: views over the files of the newest snapshot, in one file.

The file is written aside and renamed, so a reader has the old one or the new one, whole.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipelines import lake, snapshots
from pipelines.catalog import FORMAT, path, shown
from pipelines.datafile import sync_folder
from pipelines.engine import Connection, quoted, scan_from
from pipelines.freshness import LATENESS, LATENESS_DOCS, METRICS_DOCS, metrics_sql
from pipelines.plan import rests_on, tables
from pipelines.restated import PARTITIONS, PARTITIONS_DOCS
from pipelines.snapshots import SNAPSHOTS, Snapshot
from pipelines.table import ARRIVALS, DELIVERIES, IGNORED, Table
from schemas.steps import step

ASIDE = ".catalog.duckdb"
"""Where it is written, until it is whole."""


def publish_catalog(home: Path) -> int:
    """Bring the catalogue to the newest snapshot; returns its number.

    One publisher at a time: a slow one would otherwise rename an older snapshot over a newer, and
    a reader would see time go back. Whoever dies in here frees the lock by dying.
    """
    with _alone(home):
        newest = snapshots.read(home)
        if newest.number != shown(home):
            for left in home.glob(f"{ASIDE}*"):
                left.unlink()
            with step("catalog-write"):
                _write(home, newest, home / ASIDE)
            with step("catalog-rename"):
                os.replace(home / ASIDE, path(home))
                sync_folder(home)
    return newest.number


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    with (home / ".catalog.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(home: Path, snapshot: Snapshot, aside: Path) -> None:
    with duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"}) as db:
        db.execute(f"ATTACH {quoted(str(aside))} AS made (STORAGE_VERSION 'v1.0.0')")
        db.execute("USE made")
        # In one transaction: hundreds of comments would be written and synced one by one.
        db.begin()
        for schema in ("events", "facts", "metrics", "lake"):
            db.execute(f"CREATE SCHEMA {schema}")
        for name, table in tables().items():
            _view(db, home, table, snapshot.version(name))
        _view(db, home, DELIVERIES, snapshot.deliveries)
        _view(db, home, IGNORED, snapshot.version(IGNORED.path), _COUNTED)
        _lake_views(db, home, snapshot)
        db.commit()
        db.execute("USE memory")
        db.execute("DETACH made")


_COUNTED = "SELECT source, kind, count(*) AS deliveries FROM ({rows}) GROUP BY ALL"


def _view(
    db: Connection, home: Path, table: Table, version: int, shape: str = "SELECT * FROM ({rows})"
) -> None:
    """Show a table at a version, with its computed columns and what its columns say."""
    files = sorted(file.path for file in lake.live(home, table, version))
    computed = "".join(f', {sql} AS "{name}"' for name, sql, _ in table.computed)
    rows = f"SELECT *{computed} FROM ({scan_from(table, _listed(home, table, files))})"
    db.execute(f"CREATE OR REPLACE VIEW {table.view} AS {shape.format(rows=rows)}")
    docs = {column.name: column.doc for column in table.columns}
    docs |= {name: doc for name, _, doc in table.computed}
    _explain(db, table.view, table.doc, {"deliveries": "How many of them.", **docs})


def _explain(db: Connection, view: str, doc: str, docs: Mapping[str, str]) -> None:
    """Say of a view, and of each of its columns, what it holds."""
    db.execute(f"COMMENT ON VIEW {view} IS {quoted(doc)}")
    for name, *_ in db.execute(f"DESCRIBE {view}").fetchall():
        if name in docs:
            db.execute(f'COMMENT ON COLUMN {view}."{name}" IS {quoted(docs[name])}')


def _listed(home: Path, table: Table, files: list[str]) -> str | None:
    """Return the SQL of a list of files below a lake that may be moved; None for no files."""
    if not files:
        return None
    below = ", ".join(quoted(f"/{table.path}/{file}") for file in files)
    root = f"coalesce(getvariable('lake'), {quoted(str(home.resolve()))})"
    return f"list_transform([{below}], lambda file: {root} || file)"


def _lake_views(db: Connection, home: Path, snapshot: Snapshot) -> None:
    """Show the lake's own account: versions, freshness, and which reader this needs."""

    def shown(table: Table) -> str:
        files = sorted(file.path for file in lake.live(home, table, snapshot.version(table.path)))
        return scan_from(table, _listed(home, table, files))

    held = lake.live(home, SNAPSHOTS) if snapshot.number else ()
    files = sorted(file.path for file in held if file.part == str(snapshot.number))
    rows = scan_from(SNAPSHOTS, _listed(home, SNAPSHOTS, files))
    db.execute(f"CREATE VIEW lake.versions AS {rows}")
    docs = {column.name: column.doc for column in SNAPSHOTS.columns}
    _explain(db, "lake.versions", "Every table of this snapshot, and what it was made from.", docs)
    db.execute(f"CREATE VIEW lake.partitions AS {PARTITIONS.format(versions=rows)}")
    doc = "Every partition of every table, and the snapshot in which it last changed."
    _explain(db, "lake.partitions", doc, PARTITIONS_DOCS)
    covered, arrivals = shown(tables()["events/source.covered"]), shown(ARRIVALS)
    query = LATENESS.format(covered=covered, arrivals=arrivals)
    db.execute(f"CREATE VIEW lake.freshness AS {query}")
    doc = "Up to when each source has told all, without a hole, and how late it told."
    _explain(db, "lake.freshness", doc, LATENESS_DOCS)
    db.execute(f"CREATE VIEW lake.metrics AS {metrics_sql(covered, arrivals, rests_on())}")
    doc = "Up to when all is there that a metric is made from, and by whose word."
    _explain(db, "lake.metrics", doc, METRICS_DOCS)
    db.execute(
        "CREATE TABLE lake.upshot_format AS "
        f"SELECT {FORMAT} AS format, {snapshot.number}::BIGINT AS snapshot"
    )
