"""Delta, as far as we use it: which files a table version holds, and one atomic commit.

Derived tables are replaced: the caller states the files that shall be live, and what is added and
removed follows from what is live now. So a version that no snapshot names (its pass died) needs no
clean-up; the next commit starts from whatever it left. The log's table is appended to, and its
files may be exchanged for others that hold the same rows. Every commit bumps app ids, so rivals
that read the same version always conflict and the later gets LostRace.
"""

import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from deltalake import DeltaTable, Schema
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.schema import Field, PrimitiveType
from deltalake.transaction import AddAction, CommitProperties, RemoveAction, Transaction

from pipelines.arrow import arrow_schema
from pipelines.datafile import DataFile
from pipelines.table import Table
from schemas.errors import Fatal, LostRace
from schemas.partition import PART
from schemas.steps import Step, step

APP = "upshot"
"""The app id that every writer of a derived table bumps, to the number of its snapshot."""

CONFIGURATION = {
    "delta.checkpointInterval": "25",
    # A day more than snapshots stay by default: what they name is found until they go.
    "delta.logRetentionDuration": "interval 8 days",
}

RESTORE_LOG = "restore its _delta_log from a copy, or derive a new lake from the log"

EMPTY = -1
"""The version of a table that nobody has written yet."""


def delta(lake: Path, table: Table, version: int | None = None) -> DeltaTable | None:
    """Open a table at a version (newest by default); None when it does not exist yet.

    Raises Fatal for a version that the table does not have, or a log that cannot be read.
    """
    try:
        return DeltaTable(lake / table.path, version=version)
    except TableNotFoundError:
        return None
    except DeltaError:
        at = "" if version is None else f" at version {version}"
        raise Fatal(
            f"{table.path} cannot be opened{at}",
            RESTORE_LOG,
        ) from None


def live(lake: Path, table: Table, version: int | None = None) -> frozenset[DataFile]:
    """Return the files that a version of a table holds."""
    if version == EMPTY:
        return frozenset()
    opened = delta(lake, table, version)
    return frozenset() if opened is None else _files(opened, table)


def declared(lake: Path, table: Table, version: int) -> bool:
    """Return whether a version of a table tells other readers the columns that we declare."""
    opened = None if version == EMPTY else delta(lake, table, version)
    return opened is None or opened.schema() == _schema(table)


def newest(lake: Path, table: Table) -> int:
    """Return the newest version, EMPTY where there is no table."""
    opened = delta(lake, table)
    return EMPTY if opened is None else opened.version()


def progress(lake: Path, table: Table, app_id: str, version: int | None = None) -> int | None:
    """Return what was last committed under an app id, up to a version; None where nothing was."""
    opened = delta(lake, table, version)
    return None if opened is None else opened.transaction_version(app_id)


def committed(lake: Path, table: Table, app_ids: Iterable[str]) -> dict[str, int | None]:
    """Return what ``progress`` does for many app ids, all of the same version of the table."""
    opened = delta(lake, table)
    return {one: None if opened is None else opened.transaction_version(one) for one in app_ids}


def replace(
    lake: Path, table: Table, wanted: Iterable[DataFile], app_version: int, name: Step
) -> int:
    """Make exactly these files live, in one commit; return the version that holds them.

    Where the columns have changed, the same commit says so. Nothing is committed where the files
    are live already. Raises LostRace when another writer
    committed between our reading and our commit.
    """
    wanted = frozenset(wanted)
    opened = delta(lake, table)
    if opened is None:
        if not wanted:
            return EMPTY
        opened = _create(lake, table)
    held = _files(opened, table)
    if held == wanted:
        return opened.version()
    moved = {APP: app_version}
    if opened.schema() != _schema(table):
        return _commit(lake, opened, table, wanted, (), moved, name, "overwrite")
    return _commit(lake, opened, table, wanted - held, held - wanted, moved, name)


def append(
    lake: Path,
    table: Table,
    added: Iterable[DataFile],
    moves: Mapping[str, tuple[int | None, int]],
    name: Step,
    removed: Iterable[DataFile] = (),
) -> int:
    """Add files and move app ids from where they stand to where they shall, in one commit.

    ``moves`` is (from, to) by app id; from is None for an id never committed. Raises LostRace when
    an app id does not stand at its from (the library itself would accept that) or a rival
    committed between our reading and our commit. ``removed`` are files that the table forgets.
    """
    opened = delta(lake, table) or _create(lake, table)
    for app_id, (start, _) in moves.items():
        if opened.transaction_version(app_id) != start:
            raise LostRace(f"{table.path}: another writer is ahead of us", "run the command again")
    moved = {app: to for app, (_, to) in moves.items()}
    return _commit(lake, opened, table, added, removed, moved, name)


def exchange(
    lake: Path,
    table: Table,
    removed: Iterable[DataFile],
    added: Iterable[DataFile],
    app_id: str,
    name: Step,
) -> int:
    """Put files in the place of others that held the same rows, in one commit; return its version.

    The commit tells Delta that no data changed, and moves ``app_id`` to its own version, so that
    the newest exchange can be found. Raises LostRace where the table no longer holds what shall
    go, or a rival committed between our reading and our commit.
    """
    removed, added = frozenset(removed), frozenset(added)
    opened = delta(lake, table)
    held = frozenset() if opened is None else _files(opened, table)
    # The library would remove what is not there, and add what is, without a word.
    if opened is None or not removed <= held or added & held:
        raise LostRace(f"{table.path}: another writer exchanged these", "run the command again")
    moved = {app_id: opened.version() + 1}
    return _commit(lake, opened, table, added, removed, moved, name, data_change=False)


def _commit(
    lake: Path,
    opened: DeltaTable,
    table: Table,
    added: Iterable[DataFile],
    removed: Iterable[DataFile],
    app_versions: Mapping[str, int],
    name: Step,
    mode: Literal["append", "overwrite"] = "append",
    *,
    data_change: bool = True,
) -> int:
    """Commit on top of the version that was opened, or raise LostRace.

    The library writes new columns only as it overwrites, and then removes all that was live.
    """
    read_at = opened.version()
    _all_there(lake, table, added)
    actions: list[AddAction | RemoveAction] = [
        *(_add(file, data_change) for file in sorted(added)),
        *(_remove(file, data_change) for file in sorted(removed)),
    ]
    with step(name):
        try:
            opened.create_write_transaction(
                actions,
                mode=mode,
                schema=_schema(table),
                partition_by=[PART],
                commit_properties=CommitProperties(
                    app_transactions=[Transaction(*item) for item in app_versions.items()],
                    max_commit_retries=0,
                ),
            )
        except CommitFailedError:
            raise LostRace(
                f"{table.path}: another writer committed first", "run the command again"
            ) from None
    return read_at + 1


def _all_there(lake: Path, table: Table, files: Iterable[DataFile]) -> None:
    """Raise LostRace where a vacuum took a file that nobody had named yet."""
    for file in files:
        if not (lake / table.path / file.path).exists():
            raise LostRace(
                f"{table.path}: a file that was to be added is gone",
                "run the command again; `upshot vacuum --longest-pass` spares what is this young",
            )


def _create(lake: Path, table: Table) -> DeltaTable:
    """Create an empty table; two creators at once both find it created."""
    return DeltaTable.create(
        lake / table.path,
        _schema(table),
        mode="ignore",
        partition_by=[PART],
        configuration=CONFIGURATION,
    )


def _schema(table: Table) -> Schema:
    """Return the table's columns as Delta knows them, the partition among them."""
    arrow = Schema.from_arrow(arrow_schema(table.columns))
    return Schema([*arrow.fields, Field(PART, PrimitiveType("string"))])


def _files(opened: DeltaTable, table: Table) -> frozenset[DataFile]:
    actions = opened.get_add_actions(flatten=True)
    names = ("path", f"partition.{PART}", "size_bytes", "num_records")
    held = set(actions.schema.names)
    columns = [
        actions.column(name).to_pylist() if name in held else [None] * actions.num_rows
        for name in names
    ]
    if any(None in column for column in columns):
        raise Fatal(
            f"{table.path} holds files that this version did not write",
            "open the lake with the version that wrote it, or derive a new lake from the log",
        )
    return frozenset(DataFile(*row) for row in zip(*columns, strict=True))


def _add(file: DataFile, data_change: bool) -> AddAction:
    stats = json.dumps({"numRecords": file.rows})
    return AddAction(file.path, file.size, {PART: file.part}, 0, data_change, stats)


def _remove(file: DataFile, data_change: bool) -> RemoveAction:
    return RemoveAction(
        file.path,
        data_change=data_change,
        # For other readers' housekeeping; no table's content knows of it.
        deletion_timestamp=time.time_ns() // 1_000_000,
        partition_values={PART: file.part},
        size=file.size,
    )
