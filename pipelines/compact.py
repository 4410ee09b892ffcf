"""Compact: the many small files that landing leaves become few large ones, row for row the same.

One data file comes of each landing commit and day, so a stream makes thousands a day. Only files
that the newest snapshot has read are taken, so what comes behind it is still told by its name. A
file is replaced only once its bytes were held to its name and what was made of it was read back.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import pyarrow as pa

from pipelines import datafile, lake, snapshots
from pipelines.compacted import known
from pipelines.datafile import RESTORE, DataFile, by_part, sound
from pipelines.engine import Connection, connect, scan
from pipelines.landed import COMPACTED
from pipelines.table import DELIVERIES
from schemas.errors import Fatal

FILE_ROWS = 100_000
"""Deliveries that one file holds at most, as those that land do."""

FILE_BYTES = 64 * 2**20
"""Bytes of the files that become one, at most: what is held in memory is some times that."""


@dataclass(frozen=True)
class Compacted:
    """What a compaction did."""

    partitions: int = 0
    """Days of receipt whose files were exchanged, one commit each."""
    removed: int = 0
    """Files that are no longer in the table."""
    added: int = 0
    """Files that are there in their place."""
    rows: int = 0
    """Deliveries that were written anew."""
    files: int = 0
    """Files that the table holds now."""


def compact(home: Path, tell: Callable[[str, int, int], None]) -> Compacted:
    """Put large files in the place of small ones, a commit for each day of receipt.

    Idempotent; safe to kill anywhere, and beside everything else: raises LostRace where another
    writer committed first, with all days before that one done.
    """
    snapshot = snapshots.read(home)
    if snapshot.number == 0:
        raise Fatal(f"there is no lake in {home}", "run `upshot stream --once` first")
    newest = lake.newest(home, DELIVERIES)
    held = lake.live(home, DELIVERIES, newest)
    settled = by_part(known(home, snapshot.deliveries, newest) & held)
    done = Compacted(files=len(held))
    with connect() as db:
        for number, (part, files) in enumerate(settled.items()):
            tell(f"compact {part}", number, len(settled))
            removed: set[DataFile] = set()
            added: set[DataFile] = set()
            for group in groups(files):
                made = _merged(home, part, group, db)
                # Of copies, as a forwarder makes them, may come what is there; not there twice.
                if made not in held | added:
                    removed.update(group)
                    added.add(made)
            if added:
                lake.exchange(home, DELIVERIES, removed, added, COMPACTED, "compact-commit")
                done = Compacted(
                    done.partitions + 1,
                    done.removed + len(removed),
                    done.added + len(added),
                    done.rows + sum(file.rows for file in added),
                    done.files - len(removed) + len(added),
                )
    return done


def groups(files: Iterable[DataFile]) -> Iterator[list[DataFile]]:
    """Yield those files of a partition that shall become one, smallest first.

    None of them holds more than all that are smaller, so whoever is written again is then in a
    file of twice its size: a row is written again 17 times at most, however often one compacts.
    """
    held: list[DataFile] = []
    rows = size = 0
    for file in sorted(files, key=lambda file: (file.rows, file.path)):
        if rows + file.rows > FILE_ROWS or size + file.size > FILE_BYTES:
            yield from _doubled(held)
            held, rows, size = [], 0, 0
        held.append(file)
        rows, size = rows + file.rows, size + file.size
    yield from _doubled(held)


def _doubled(files: list[DataFile]) -> Iterator[list[DataFile]]:
    """Yield as many as possible, from the smallest on, of which none outweighs those before it."""
    rows = [file.rows for file in files]
    fit = [n for n, total in enumerate(accumulate(rows), 1) if n > 1 and 2 * rows[n - 1] <= total]
    if fit:
        yield files[: fit[-1]]


def _merged(home: Path, part: str, files: list[DataFile], db: Connection) -> DataFile:
    """Write the rows of some files as one. Raises Fatal where what is read is not what was kept."""
    paths = [home / DELIVERIES.path / file.path for file in files]
    for path in paths:
        if not (path.exists() and sound(path)):
            raise Fatal(f"{path} is not what its name says", RESTORE)
    rows = pa.concat_tables(map(datafile.read, paths))
    made = datafile.write(
        home,
        DELIVERIES,
        part,
        rows.sort_by([("origin", "ascending"), ("position", "ascending")]),
        "compact-write",
    )
    if made is None or made.rows != sum(file.rows for file in files):
        raise _unequal(part)
    was = scan(DELIVERIES, [str(path) for path in paths])
    now = scan(DELIVERIES, [str(home / DELIVERIES.path / made.path)])
    differing = db.execute(
        f"SELECT count(*) FROM (({was} EXCEPT ALL {now}) UNION ALL ({now} EXCEPT ALL {was}))"
    ).fetchall()
    if differing != [(0,)]:
        raise _unequal(part)
    return made


def _unequal(part: str) -> Fatal:
    return Fatal(
        f"deliveries of {part}: what was written is not what was read",
        "nothing was committed; run the command again and report this if it comes back",
    )
