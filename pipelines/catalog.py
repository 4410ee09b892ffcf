"""The catalogue: one small DuckDB file of views, all at one snapshot, readable by any shell.

Every view is over an explicit list of files that never change; a glob over a changing lake gives
torn reads. A plain shell reads a lake that was moved by ``SET VARIABLE lake = '/new/place'``; here
that is said for it. Reading needs DuckDB and nothing else; ``publish.py`` writes.
"""

from pathlib import Path

import duckdb

from pipelines.engine import Connection, quoted
from schemas.errors import Fatal

FORMAT = 1
"""What a reader must understand to read the catalogue."""


def path(home: Path) -> Path:
    """Return where a lake's catalogue is."""
    return home / "catalog.duckdb"


def shown(home: Path) -> int | None:
    """Return the snapshot that the catalogue shows, None where there is none.

    Raises Fatal for a catalogue that needs a newer reader, or that is none.
    """
    if not path(home).exists():
        return None
    try:
        with duckdb.connect(":memory:") as db:
            db.execute(f"ATTACH {quoted(str(path(home)))} AS shown (READ_ONLY)")
            found = db.execute("SELECT format, snapshot FROM shown.lake.upshot_format").fetchall()
    except duckdb.Error:
        raise Fatal(
            f"{path(home)} is not a catalogue", "move it away and run `upshot derive` again"
        ) from None
    form, snapshot = found[0]
    if form > FORMAT:
        raise Fatal(
            f"{path(home)} has format {form}; this version reads up to {FORMAT}",
            "install the version of upshot that wrote it, or a newer one",
        )
    return int(snapshot)


def open_catalog(home: Path) -> Connection:
    """Open the catalogue for reading. Raises Fatal where there is none to read."""
    if shown(home) is None:
        raise Fatal(f"there is no catalogue in {home}", "run `upshot stream --once` first")
    db = duckdb.connect(str(path(home)), read_only=True)
    db.execute("SET autoinstall_known_extensions = false")
    db.execute("SET enable_progress_bar_print = false")
    # It names files where it was written; the lake may have been moved since.
    db.execute(f"SET VARIABLE lake = {quoted(str(home.resolve()))}")
    return db
