"""A reader that never rests: one snapshot a look, held to its own account of itself."""

import json
import random
from dataclasses import dataclass
from pathlib import Path

import duckdb

TABLES = 3
"""Tables whose rows are counted in one look, another few each time."""


@dataclass(frozen=True)
class Watch:
    """What runs in the reader's process, until the file ``stop`` is there."""

    lake: Path
    stop: Path

    def __call__(self) -> None:
        """Print a line a look: the snapshot, what contradicts itself in it, and what it answers."""
        catalog = self.lake / "catalog.duckdb"
        chance = random.Random(0)
        with duckdb.connect(":memory:", config={"threads": "1"}) as db:
            while not self.stop.exists():
                if catalog.exists():
                    print(json.dumps(look(db, catalog, chance)), flush=True)


def look(
    db: duckdb.DuckDBPyConnection, catalog: Path, chance: random.Random
) -> tuple[int, list[str], list[int]]:
    """Read one snapshot: rows, counted, against what the versions of its tables say."""
    try:
        db.execute(f"ATTACH '{catalog}' AS shown (READ_ONLY)")
        db.execute("USE shown")
        ((snapshot,),) = db.execute("SELECT snapshot FROM lake.upshot_format").fetchall()
        versions = db.execute(
            'SELECT "table", snapshot, rows, deliveries, items, duplicates, superseded '
            "FROM lake.versions ORDER BY ALL"
        ).fetchall()
        wrong = [
            f"{path} is of {of}, not {snapshot}" for path, of, *_ in versions if of != snapshot
        ]
        if not versions:
            wrong.append(f"snapshot {snapshot} is shown and not published")
        ((landed,),) = db.execute("SELECT count(*) FROM lake.deliveries").fetchall()
        for path, _, rows, deliveries, items, duplicates, superseded in versions:
            if path.startswith(("events/", "rejected", "ignored")) and deliveries != landed:
                wrong.append(f"{path} is made from {deliveries} of {landed} deliveries")
            if path.startswith("events/") and items != rows + duplicates + superseded:
                wrong.append(f"{path} does not account for its {items} items")
        held = [(path, rows) for path, _, rows, *_ in versions if rows and "/" in path]
        for path, rows in chance.sample(held, min(TABLES, len(held))):
            view = path.replace(".", "_").replace("/", ".")
            ((found,),) = db.execute(f"SELECT count(*) FROM {view}").fetchall()
            if found != rows:
                wrong.append(f"{path} shows {found} rows of {rows}")
        return snapshot, wrong, [landed, *(rows for _, rows in held)]
    except duckdb.Error as problem:
        return 0, [f"a snapshot cannot be read: {str(problem).splitlines()[0]}"], []
    finally:
        db.execute("USE memory")
        db.execute("DETACH DATABASE IF EXISTS shown")
