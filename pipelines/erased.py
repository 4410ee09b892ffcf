"""Erased: whom nothing may tell of any more, and what is left of a delivery that did.

Kept is a hash of each pseudonym, so the list itself names nobody. Landing and decoding ask it, so
what a log still holds, a replay or an older copy of the deliveries does not bring anybody back. A
delivery stays one row, for the account of positions:

=================================== ========================================================
a tool or the roster told of them   its kind is ``erased``, and nothing else of it is left
it tells what several did together  (a forge, a deployment) they are nobody in it
=================================== ========================================================
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from connectors import all_sources
from pipelines import datafile, lake
from pipelines.arrow import arrow_schema
from pipelines.engine import Connection
from pipelines.table import DELIVERIES, ERASED
from schemas.envelope import content_hash
from schemas.partition import ALL

KIND = "erased"
"""The kind of a delivery of which nothing is left."""

NOBODY = "0" * 32
"""Whom a delivery names in place of somebody who was erased."""

SHARED = frozenset({"review", "deployment"})
"""Topics of what several did together, which stays theirs."""

PSEUDONYM = r"\b[0-9a-f]{32}\b"
"""What a pseudonym looks like, wherever it stands."""

SCHEMA = arrow_schema(DELIVERIES.columns)


def digest(pseudonym: str) -> str:
    """Return the hash by which an erased pseudonym is known; nothing leads back from it."""
    return sha256(f"erased:{pseudonym}".encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Erased:
    """Whom to forget, as hashes; and which sources tell what several did together."""

    digests: frozenset[str]
    shared: frozenset[str]

    def named(self, text: str) -> frozenset[str]:
        """Return the erased pseudonyms that stand in a text."""
        return self.among(re.findall(PSEUDONYM, text))

    def among(self, pseudonyms: Iterable[str]) -> frozenset[str]:
        """Return those pseudonyms that are erased."""
        return frozenset(one for one in set(pseudonyms) if digest(one) in self.digests)

    def of(self, source: str, kind: str, body: str) -> tuple[str, str] | None:
        """Return the kind and body that are left of a delivery; None where all of it stays."""
        gone = self.named(body) if self.digests else frozenset()
        if not gone:
            return None
        if source not in self.shared:
            return KIND, "{}"
        return kind, re.sub("|".join(sorted(gone)), NOBODY, body)


def shared() -> frozenset[str]:
    """Return the sources that tell what several did together."""
    return frozenset(name for name, source in all_sources().items() if source.topic in SHARED)


def read(home: Path) -> Erased:
    """Return whom a lake has erased."""
    files = sorted(home / ERASED.path / file.path for file in lake.live(home, ERASED))
    held = (datafile.read(path)["digest"].to_pylist() for path in files)
    return Erased(frozenset(one for digests in held for one in digests), shared())


def add(home: Path, digests: Iterable[str]) -> None:
    """Note whom to forget, durably, before anything is. Raises LostRace beside another erasure."""
    before = lake.progress(home, ERASED, lake.APP)
    new = sorted(set(digests) - read(home).digests)
    if not new:
        return
    rows = pa.Table.from_pydict({"digest": new}, schema=arrow_schema(ERASED.columns))
    file = datafile.write(home, ERASED, ALL, rows, "erase-write")
    moves = {lake.APP: (before, (before or 0) + 1)}
    lake.append(home, ERASED, [file] if file else [], moves, "erase-note")


def forget(rows: pa.Table, erased: Erased, db: Connection) -> pa.Table:
    """Return rows of ``deliveries`` with nothing of the erased; the very rows where they are not.

    Pure; as many rows, in the same order.
    """
    if not erased.digests:
        return rows
    db.register("_bodies", rows.select(["body"]))
    tokens = db.execute(
        "SELECT DISTINCT unnest(regexp_extract_all(body, $form)) FROM _bodies", {"form": PSEUDONYM}
    ).fetchall()
    db.unregister("_bodies")
    gone = erased.among(token for (token,) in tokens)
    if not gone:
        return rows
    hits = pc.match_substring_regex(rows["body"], "|".join(sorted(gone)))
    changed = {name: rows[name].to_pylist() for name in ("kind", "content_hash", "body")}
    sources = rows["source"]
    for number in pc.indices_nonzero(pc.fill_null(hits, False)).to_pylist():
        source = sources[number].as_py()
        left = erased.of(source, changed["kind"][number], changed["body"][number])
        if left:
            kind, body = left
            changed["kind"][number], changed["body"][number] = kind, body
            changed["content_hash"][number] = content_hash(source, kind, body.encode())
    for name, values in changed.items():
        at = rows.schema.get_field_index(name)
        rows = rows.set_column(at, SCHEMA.field(name), pa.array(values, SCHEMA.field(name).type))
    return rows
