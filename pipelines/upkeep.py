"""The commands that keep a lake small and tell two lakes apart."""

import time
from typing import Annotated

import typer

from pipelines.answer import answer, bar
from pipelines.options import LAKE, LOG, Json, Lake, Log


def compact(lake: Lake = LAKE, as_json: Json = False) -> None:
    """Make few large files of the many small ones that landing leaves; no row changes."""
    from pipelines.compact import compact as compact_lake

    with bar("compact") as tell:
        done = compact_lake(lake, tell)
    line = f"made {done.added} files of {done.removed}, {done.rows} deliveries; {done.files} remain"
    answer(as_json, vars(done), [line])


DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")]


def vacuum(
    lake: Lake = LAKE,
    older_than: Annotated[
        float,
        typer.Option("--older-than", min=0, help="Hours that a snapshot stays behind the next."),
    ] = 168.0,
    longest_pass: Annotated[
        float, typer.Option("--longest-pass", min=0, help="Hours that no pass takes longer than.")
    ] = 24.0,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Remove old snapshots, and the files that no snapshot names any more."""
    from pipelines.vacuum import HOUR_S
    from pipelines.vacuum import vacuum as vacuum_lake

    with bar("vacuum") as tell:
        done = vacuum_lake(
            lake,
            time.time(),
            keep_s=older_than * HOUR_S,
            pass_s=longest_pass * HOUR_S,
            dry_run=dry_run,
            tell=tell,
        )
    removed, forgot = ("would remove", "forget") if dry_run else ("removed", "forgot")
    line = (
        f"{removed} {len(done.paths)} files of {done.size} bytes, {forgot} {done.snapshots} "
        f"snapshots; {done.oldest} is the oldest that can be read"
    )
    answer(as_json, vars(done), [*(done.paths if dry_run else ()), line])


def trim(
    log: Log = LOG,
    lake: Lake = LAKE,
    older_than: Annotated[
        float, typer.Option("--older-than", min=0, help="Hours that what has landed stays.")
    ] = 168.0,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Remove those segments of a log in files that have landed; the lake is then what has them."""
    from pipelines.trim import trim as trim_log
    from pipelines.vacuum import HOUR_S

    done = trim_log(lake, log, time.time() - older_than * HOUR_S, dry_run=dry_run)
    line = f"{'would remove' if dry_run else 'removed'} {len(done.paths)} segments of {done.size} bytes"
    answer(as_json, vars(done), [*(done.paths if dry_run else ()), line])
