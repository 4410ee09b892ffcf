"""What was read once, under the names that it goes by now: compactions since then are followed.

A compaction puts few files in the place of many that hold the same rows, and only of such as the
newest snapshot had read. So what a later pass finds there and does not know is new, whatever was
compacted meanwhile. The table remembers the version of its last compaction; the version before
that one remembers the one before, and so on back.
"""

from collections.abc import Iterator
from pathlib import Path

from pipelines import lake
from pipelines.datafile import DataFile
from pipelines.landed import COMPACTED
from pipelines.table import DELIVERIES


def known(home: Path, read: int, newest: int) -> frozenset[DataFile]:
    """Return the files of the version that was read, as a newer version names them.

    A file that went without a compaction of files that were all read keeps its old name, and the
    newer version does not have it: what it said must then be decoded anew.
    """
    files = lake.live(home, DELIVERIES, read)
    for version in reversed(list(_compactions(home, read, newest))):
        before, after = (lake.live(home, DELIVERIES, one) for one in (version - 1, version))
        if before - after <= files:
            files = files - (before - after) | (after - before)
    return files


def _compactions(home: Path, read: int, newest: int) -> Iterator[int]:
    """Yield the versions behind one, up to another, that compactions made; the latest first."""
    while newest > read:
        made = lake.progress(home, DELIVERIES, COMPACTED, newest)
        if made is None or made <= read:
            return
        yield made
        newest = made - 1
