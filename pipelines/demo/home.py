"""The demo's home: which of its folders a new run of the demo may clear away.

.upshot/
  key                  kept, whoever made it
  demo-archive/        an archive and a roster, for whoever wants to pull them by hand
  demo-organisation/   the invented organisation's roster and clones, and the truth about it
  demo-kafka/          the broker's, while it runs
  demo-old/            what is on its way out; there for a moment
  demo.json            what the demo put into the log: one spool, so many deliveries
  log/  lake/          cleared only while they hold exactly that
"""

import fcntl
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake.exceptions import DeltaError

from connectors.file_log import FileLog
from pipelines import catalog, lake
from pipelines.plan import tables
from pipelines.snapshots import SNAPSHOTS
from pipelines.table import DELIVERIES
from schemas.errors import Fatal, LostRace, UpshotError, Usage

OURS = (
    "demo-archive",
    "demo-organisation",
    "demo-kafka",
    "demo-log",
    "demo-log.forwarded",
    "log.forwarded",
)
"""What nobody but a demo makes."""


class Made(NamedTuple):
    """What the demo put into its log."""

    spool: str
    deliveries: int


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Keep a second demo out of the same home. Raises LostRace when there is one already."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        marker = _marker(home).open("a")
    except OSError as problem:
        raise Usage(f"{home} cannot be used: {problem.strerror}", "name another --home") from None
    with marker:
        try:
            fcntl.flock(marker, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LostRace(f"another demo runs in {home}", "wait for its end") from None
        yield


def clear(home: Path) -> None:
    """Put away what an earlier demo made.

    Raises Usage, having cleared nothing, where the log or the lake may hold anything else.
    """
    made = _read(home)
    for folder, ours in ((home / "lake", _lake_is_ours), (home / "log", _log_is_ours)):
        if folder.exists() and not (made and ours(folder, made)):
            raise Usage(
                f"{folder} holds more than the demo made",
                "move it away, or name another folder with --home",
            )
    old = home / "demo-old"
    for folder in (home / "lake", home / "log", *(home / name for name in OURS)):
        # Renamed first: a demo that dies while deleting leaves no half of a lake behind.
        shutil.rmtree(old, ignore_errors=True)
        if folder.exists():
            folder.rename(old)
    shutil.rmtree(old, ignore_errors=True)


def take(home: Path, log: Path, made: Made) -> None:
    """Make a finished log the home's own, noting first what is in it."""
    _marker(home).write_text(json.dumps(made._asdict()))
    log.rename(home / "log")


def _marker(home: Path) -> Path:
    return home / "demo.json"


def _read(home: Path) -> Made | None:
    """Return what the last demo noted; None where it noted nothing."""
    text = _marker(home).read_text()
    try:
        return Made(**json.loads(text)) if text else None
    except (ValueError, TypeError):
        raise Fatal(f"{_marker(home)} is damaged", "name another folder with --home") from None


def _log_is_ours(folder: Path, made: Made) -> bool:
    log = FileLog(folder)
    try:
        return all(
            spool == made.spool and log.offsets(spool) == (0, made.deliveries)
            for spool in log.partitions()
        )
    except UpshotError:
        return False


def _lake_is_ours(folder: Path, made: Made) -> bool:
    known = {table.partition("/")[0] for table in [*tables(), DELIVERIES.path, SNAPSHOTS.path]}
    known |= {catalog.path(folder).name, "_tmp"}
    try:
        origins = _origins(folder)
    except (DeltaError, UpshotError, pa.ArrowException, OSError):
        return False
    # The catalogue's own lock, and what a demo that died while publishing was writing aside.
    aside = {entry.name for entry in folder.glob(".catalog*")}
    found = {entry.name for entry in folder.iterdir()} - aside
    ours = set(origins) <= {made.spool} and origins.total() <= made.deliveries
    return found <= known and ours


def _origins(folder: Path) -> Counter[str]:
    """Return how many deliveries have landed from which spool, through whichever log."""
    counts: Counter[str] = Counter()
    for file in lake.live(folder, DELIVERIES):
        rows = pq.read_table(folder / DELIVERIES.path / file.path, columns=["origin"])
        for pair in rows["origin"].value_counts().to_pylist():
            counts[pair["values"]] += pair["counts"]
    return counts
