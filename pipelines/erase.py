"""Erase: somebody leaves the deliveries, all that was derived from them, and the log in files.

    note whom to forget > exchange the delivery files that name them > derive everything anew
    > forget the snapshots before, and remove their files > rewrite the log's segments

Safe to kill anywhere: a rerun, with or without the name, does what is left. From the first step on
nothing that lands or is decoded brings them back. A table's own log of commits stays: it holds
names of files, which are hashes, and numbers of rows.
"""

import math
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.compute as pc
from msgspec import Raw

from connectors.file_log import FileLog
from connectors.kafka_access import Access
from connectors.source import Source
from connectors.topics import keeps_ms
from pipelines import datafile, erased, lake, snapshots
from pipelines.datafile import DataFile
from pipelines.derive import derive
from pipelines.engine import connect, scan
from pipelines.erased import Erased
from pipelines.landed import ERASURES
from pipelines.table import DELIVERIES, event_table
from pipelines.vacuum import vacuum
from schemas import EVENTS
from schemas.envelope import Delivery, decode, encode
from schemas.errors import Fatal, Rejected

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Erasure:
    """What an erasure found and did."""

    dropped: int
    """Deliveries of which nothing but their place is left."""
    blanked: int
    """Deliveries of what several did together, in which they are nobody now."""
    linked: int
    """Other accounts that the roster gives to the same person; they are still there."""


def erase(home: Path, gone: Iterable[str], sources: Mapping[str, Source], tell: Tell) -> Erasure:
    """Erase pseudonyms from a lake, and whoever was erased before; none is only the latter.

    Raises LostRace where another writer committed meanwhile: a rerun goes on from there.
    """
    if snapshots.read(home).number == 0:
        raise Fatal(f"there is no lake in {home}", "run `upshot stream --once` first")
    gone = frozenset(gone)
    linked = _linked(home, gone)
    erased.add(home, map(erased.digest, gone))
    dropped, blanked = _exchange(home, erased.read(home), tell)
    derive(home, sources, tell=tell, accept_rejects=True)
    vacuum(home, math.inf, keep_s=0, pass_s=0, tell=tell)
    return Erasure(dropped, blanked, linked)


def _linked(home: Path, gone: frozenset[str]) -> int:
    """Return how many accounts, beside these, belong to a person that these belong to."""
    table = event_table(EVENTS["identity.linked"])
    files = lake.live(home, table, snapshots.read(home).version(table.path))
    links = scan(table, sorted(str(home / table.path / file.path) for file in files))
    with connect() as db:
        ((count,),) = db.execute(
            f"""WITH link AS ({links}), gone AS (SELECT unnest($gone::VARCHAR[]) AS one)
            SELECT count(DISTINCT account) FROM link
            WHERE account NOT IN (FROM gone) AND (person IN (FROM gone)
                OR person IN (SELECT person FROM link WHERE account IN (FROM gone)))""",
            {"gone": sorted(gone)},
        ).fetchall()
    return int(count)


def _exchange(home: Path, whom: Erased, tell: Tell) -> tuple[int, int]:
    """Put delivery files that name nobody in the place of those that do, in one commit."""
    newest = lake.newest(home, DELIVERIES)
    held = lake.live(home, DELIVERIES, newest)
    erasures = lake.progress(home, DELIVERIES, ERASURES, newest)
    removed: set[DataFile] = set()
    added: set[DataFile] = set()
    dropped = blanked = 0
    with connect() as db:
        for done, file in enumerate(sorted(held)):
            tell("look through deliveries", done, len(held))
            rows = datafile.read(home / DELIVERIES.path / file.path)
            left = erased.forget(rows, whom, db)
            if left is rows:
                continue
            changed = pc.not_equal(left["content_hash"], rows["content_hash"])
            emptied = pc.and_(changed, pc.equal(left["kind"], erased.KIND))
            count, empty = (pc.sum(one).as_py() or 0 for one in (changed, emptied))
            dropped, blanked = dropped + empty, blanked + count - empty
            made = datafile.write(home, DELIVERIES, file.part, left, "erase-write")
            removed.add(file)
            added |= {made} if made else set()
    # Even where none does: what lands meanwhile, and does not know of it, is refused by it.
    moves = {ERASURES: (erasures, (erasures or 0) + 1)}
    lake.append(home, DELIVERIES, added, moves, "erase-commit", removed=removed)
    return dropped, blanked


def erase_from_log(log: FileLog, whom: Erased, tell: Tell) -> int:
    """Rewrite, in place, what a log in files holds of the erased; return how many deliveries.

    Raises Fatal where a spool is being written.
    """

    def left(line: bytes) -> bytes | None:
        if not whom.named(line.decode(errors="replace")):
            return None
        try:
            said = decode(line)
            stays = whom.of(said.source, said.kind, bytes(said.body).decode())
        except (Rejected, UnicodeDecodeError):
            return b""  # what is no delivery lands as unreadable, whatever it holds
        kind, body = stays or (erased.KIND, "{}")
        return encode(Delivery(said.source, kind, said.received, Raw(body.encode())))

    spools = log.partitions()
    rewritten = 0
    for done, spool in enumerate(spools):
        tell("rewrite the log", done, len(spools))
        rewritten += log.rewrite(spool, left)
    return rewritten


def kept_until(log: str, now: float) -> str:
    """Return until when Kafka may hold what was just erased, in words."""
    kept_ms = keeps_ms(Access.read(log, os.environ))
    if kept_ms < 0:
        return "for ever: set `retention.ms` on its topics"
    return f"until {datetime.fromtimestamp(now + kept_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC at most"
