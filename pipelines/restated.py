"""Restated: what a snapshot says otherwise than the one before it, in rows and in partitions.

Data files are named by their content, so names alone tell which partitions changed; rows are
counted where a worker has both tellings in hand. It is the history of passes, and enters no table
but ``lake/snapshots``.
"""

import json
from collections.abc import Mapping

import pyarrow as pa

from pipelines.datafile import DataFile
from pipelines.engine import Connection


def lost(before: pa.Table, now: pa.Table, db: Connection) -> int:
    """Return how many rows of a partition are there no more, or say something else now."""
    db.register("_before", before)
    db.register("_now", now.select(before.column_names))
    counted = db.execute("SELECT count(*) FROM (FROM _before EXCEPT ALL FROM _now)").fetchall()
    db.unregister("_before")
    db.unregister("_now")
    return int(counted[0][0])


def changed_in(
    earlier: str, held: Mapping[str, DataFile], wanted: Mapping[str, DataFile], snapshot: int
) -> str:
    """Return, as JSON, the snapshot in which each partition last changed; those gone stay named."""
    changed = {part for part in {*held, *wanted} if held.get(part) != wanted.get(part)}
    known = json.loads(earlier) | dict.fromkeys(changed, snapshot)
    return json.dumps(known, sort_keys=True)


PARTITIONS = """
SELECT "table", unnest(map_keys(known)) AS part, unnest(map_values(known)) AS changed_in
FROM (SELECT "table", CAST(changed_in::JSON AS MAP(VARCHAR, BIGINT)) AS known FROM ({versions}))
"""

PARTITIONS_DOCS = {
    "table": "The table's path in the lake.",
    "part": "The partition: a day, a bucket of keys, or `all`.",
    "changed_in": "The number of the last snapshot in which a row of it came, went or changed.",
}
