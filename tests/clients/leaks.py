"""A scan for what must not be known: over files as they lie there, and over what is packed in them.

Of a broker the segment files are read, not its answers; every zstd frame in them is unpacked.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq
import zstandard

LEAST = 8
"""Bytes of the shortest text that is looked for: below that a hit may be chance."""
FRAME = b"\x28\xb5\x2f\xfd"


def lines(text: str) -> Iterator[str]:
    """Yield the lines of a text that are long enough to be looked for."""
    for line in text.splitlines():
        if len(line.strip().encode()) >= LEAST:
            yield line.strip()


def files(*folders: Path) -> Iterator[bytes]:
    """Yield all that files hold, names included: as it is, and in plain text where it is packed."""
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            raw = path.read_bytes()
            yield str(path.relative_to(folder)).encode()
            yield raw
            if path.suffix == ".parquet":
                yield repr(pq.read_table(path, partitioning=None).to_pydict()).encode()
            elif path.suffix == ".duckdb":
                yield from _catalogue(path)
            else:
                yield from unpacked(raw)


def unpacked(raw: bytes) -> Iterator[bytes]:
    """Yield the content of every whole zstd frame that stands somewhere in some bytes."""
    at = raw.find(FRAME)
    while at >= 0:
        step = len(FRAME)
        inside = zstandard.ZstdDecompressor().decompressobj()
        try:
            yield inside.decompress(raw[at:])
            step = len(raw) - at - len(inside.unused_data)
        except zstandard.ZstdError:
            # Four bytes that only look like the start of one.
            yield b""
        at = raw.find(FRAME, at + step)


def _catalogue(path: Path) -> Iterator[bytes]:
    with duckdb.connect(path, read_only=True) as catalogue:
        views = catalogue.execute(
            "SELECT schema_name || '.' || view_name FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
        for (view,) in views:
            yield repr(catalogue.execute(f"FROM {view}").fetchall()).encode()


def known(held: Iterable[bytes], sentinels: Iterable[str]) -> set[str]:
    """Return those of many texts that stand in any of the bytes, whatever their case."""
    by_head: dict[bytes, set[bytes]] = {}
    for sentinel in sentinels:
        wanted = sentinel.encode().lower()
        assert len(wanted) >= LEAST, f"{sentinel!r} is too short to be looked for"
        by_head.setdefault(wanted[:LEAST], set()).add(wanted)
    heads = np.frombuffer(b"".join(by_head), np.uint64)
    found: set[bytes] = set()
    for blob in map(bytes.lower, held):
        for shift in range(min(LEAST, len(blob) - LEAST + 1)):
            words = np.frombuffer(blob, np.uint64, (len(blob) - shift) // LEAST, shift)
            for hit in np.flatnonzero(np.isin(words, heads)):
                at = shift + LEAST * int(hit)
                candidates = by_head[blob[at : at + LEAST]]
                found |= {one for one in candidates if blob.startswith(one, at)}
    return {one.decode() for one in found}
