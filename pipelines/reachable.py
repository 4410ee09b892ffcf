"""Reachable: every byte below a lake and a log in files, searched for whoever was erased.

Whether a snapshot names a file does not matter: what is on the disk can be read.
"""

import mmap
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from pipelines.datafile import RESTORE
from pipelines.engine import Connection, connect, quoted
from pipelines.erased import PSEUDONYM, Erased
from schemas.errors import Fatal

IN_BYTES = re.compile(PSEUDONYM.encode())


def telling(
    folders: list[Path], whom: Erased, tell: Callable[[str, int, int], None]
) -> Iterator[str]:
    """Yield every file that tells of somebody erased, and how many of them it does.

    Raises Fatal for a Parquet file that cannot be read.
    """
    paths = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    with connect() as db:
        for done, path in enumerate(paths):
            tell("every byte", done, len(paths))
            # Others tidy up meanwhile: what is gone tells of nobody.
            with suppress(FileNotFoundError):
                tokens = _in_table(path, db) if path.suffix == ".parquet" else _in_bytes(path)
                if found := whom.among(tokens):
                    yield f"{path} tells of {len(found)} of them"


def _in_bytes(path: Path) -> set[str]:
    if not path.stat().st_size:
        return set()
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        return {match[0].decode() for match in IN_BYTES.finditer(text)}


def _in_table(path: Path, db: Connection) -> set[str]:
    """Return what looks like a pseudonym in any column, however deep, and in the file's notes."""
    try:
        found = db.execute(
            "SELECT DISTINCT unnest(regexp_extract_all(one::VARCHAR, $form)) "
            f"FROM read_parquet({quoted(str(path))}, hive_partitioning = false) AS one",
            {"form": PSEUDONYM},
        ).fetchall()
        notes = str(pq.read_metadata(path).metadata)
    except duckdb.Error:
        path.stat()
        raise Fatal(f"{path} cannot be read", RESTORE) from None
    return {token for (token,) in found} | set(re.findall(PSEUDONYM, notes))
