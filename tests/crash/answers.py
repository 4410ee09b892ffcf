"""What a catalogue answers: read in one session, checked against itself, compared with another."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.plan import tables
from pipelines.table import DELIVERIES, IGNORED, decoded_tables
from tests.crash.home import Place

COMPARED = """schema_name IN ('events', 'facts', 'metrics')
    OR view_name IN ('rejected', 'ignored', 'arrivals')"""


@dataclass(frozen=True)
class Answers:
    """Everything that one catalogue shows."""

    snapshot: int
    tables: dict[str, pa.Table]
    """Every derived view, by name."""
    versions: list[dict[str, Any]]
    landed: dict[Place, str]
    """The content hash of every delivery that was decoded, by its place in the log."""
    deliveries: int
    """How many those are, copies included."""


def read(lake: Path) -> Answers | None:
    """Read everything that a lake's catalogue shows; None where there is no catalogue.

    Attached to a session of its own: connecting to the same path twice in one process may give
    the file that was there before.
    """
    if not (lake / "catalog.duckdb").exists():
        return None
    with duckdb.connect(":memory:", config={"autoinstall_known_extensions": False}) as db:
        db.execute(f"ATTACH '{lake}/catalog.duckdb' AS shown (READ_ONLY)")
        db.execute("USE shown")
        views = db.execute(
            "SELECT schema_name || '.' || view_name FROM duckdb_views() "
            f"WHERE database_name = 'shown' AND NOT internal AND ({COMPARED}) ORDER BY ALL"
        ).fetchall()
        ((snapshot,),) = db.execute("SELECT snapshot FROM lake.upshot_format").fetchall()
        rows = db.execute("SELECT origin, position, content_hash FROM lake.deliveries").fetchall()
        return Answers(
            snapshot,
            {name: db.sql(f"SELECT * FROM {name}").to_arrow_table() for (name,) in views},
            db.sql("SELECT * FROM lake.versions").to_arrow_table().to_pylist(),
            {(origin, position): content for origin, position, content in rows},
            len(rows),
        )


def faults(answers: Answers) -> list[str]:
    """Return where a catalogue contradicts itself: torn, or an account that does not add up."""
    said = {version["table"]: version for version in answers.versions}
    wrong = [
        f"{path} is of snapshot {version['snapshot']}, not {answers.snapshot}"
        for path, version in said.items()
        if version["snapshot"] != answers.snapshot
    ]
    wrong += [f"{path} has no version" for path in tables() if path not in said]
    for path, table in tables().items():
        shown, version = answers.tables[table.view], said.get(path)
        rows = sum(shown["deliveries"].to_pylist()) if path == IGNORED.path else shown.num_rows
        if version and rows != version["rows"]:
            wrong.append(f"{path} shows {rows} rows of {version['rows']}")
        if version and path in decoded_tables():
            lost = version["items"] - rows - version["duplicates"] - version["superseded"]
            if lost:
                wrong.append(f"{path} does not account for {lost} items")
            if version["deliveries"] != answers.deliveries:
                wrong.append(f"{path} is not made from every row of {DELIVERIES.view}")
    return wrong


def differences(calm: Answers, other: Answers) -> list[str]:
    """Return the views whose rows differ, and by how many on each side, copies counted."""
    wrong = []
    if calm.tables.keys() != other.tables.keys():
        wrong.append("not the same views")
    with duckdb.connect(":memory:") as db:
        for name in calm.tables.keys() & other.tables.keys():
            if calm.tables[name].equals(other.tables[name]):
                continue
            db.register("a", calm.tables[name])
            db.register("b", other.tables[name])
            ((missing,),) = db.execute("SELECT count(*) FROM (FROM a EXCEPT ALL FROM b)").fetchall()
            ((extra,),) = db.execute("SELECT count(*) FROM (FROM b EXCEPT ALL FROM a)").fetchall()
            if missing or extra:
                wrong.append(f"{name}: {missing} rows missing, {extra} too many")
    return sorted(wrong)
