"""The commands that keep a lake small, forget whom it must, and tell two lakes apart."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.answer import answer, asked, bar, days_of
from pipelines.options import KEY, LAKE, LOG, Json, Key, Lake, Log
from schemas.errors import UpshotError

if TYPE_CHECKING:
    from pipelines.diff import Difference


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
    removed = "would remove" if dry_run else "removed"
    line = f"{removed} {len(done.paths)} segments of {done.size} bytes"
    answer(as_json, vars(done), [*(done.paths if dry_run else ()), line])


def erase(
    account: Annotated[
        list[str] | None,
        typer.Option("--account", help="Whom, as PROVIDER:NAME; may be repeated."),
    ] = None,
    log: Log = LOG,
    lake: Lake = LAKE,
    key: Key = KEY,
    as_json: Json = False,
) -> None:
    """Erase an account from the lake and from a log in files, for good; a rerun is safe.

    Without an account it does again what was asked before: behind a restored copy, say.
    """
    from connectors import all_sources
    from connectors.file_log import FileLog
    from connectors.keys import read_key
    from connectors.log import open_log
    from connectors.pseudonyms import pseudonyms
    from pipelines.erase import erase as erase_from_lake
    from pipelines.erase import erase_from_log, kept_until
    from pipelines.erased import read

    gone = {one for said in account or () for one in pseudonyms(read_key(key), said)}
    opened = open_log(log)
    rewritten, until = 0, ""
    with bar("erase") as tell:
        done = erase_from_lake(lake, gone, all_sources(), tell)
        if isinstance(opened, FileLog):
            rewritten = erase_from_log(opened, read(lake), tell)
        else:
            until = kept_until(log, time.time())
    told = done.dropped + done.blanked
    left = f"of {done.dropped} nothing is left, in {done.blanked} they are nobody now"
    lines = [f"{told} deliveries told of them: {left}; {rewritten} were rewritten in the log"]
    if gone and not told:
        lines.append("nothing told of them: is it spelt right, and with this key?")
    if done.linked:
        lines.append(f"{done.linked} more accounts are the same person's: name them as well")
    if until:
        lines.append(f"Kafka holds them {until}, by the retention of its topics")
    answer(as_json, vars(done) | {"log": rewritten, "kafka": until}, lines)


def diff(
    left: Annotated[Path, typer.Argument(help="The folder of one lake.")],
    right: Annotated[Path, typer.Argument(help="The folder of another.")],
    table: Annotated[
        list[str] | None, typer.Option("--table", help="This table only; may be repeated.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Tell what two lakes derived differently, by table; exit 1 where anything differs."""
    from pipelines.diff import diff as diff_lakes

    with asked("the lakes cannot be compared", "run `upshot check` on both"):
        found = diff_lakes(left, right, table or ())
    differing = [one for one in found if not one.equal]
    answer(as_json, [vars(one) for one in found], _differences(differing) or ["no row differs"])
    if differing:
        raise UpshotError(
            f"{len(differing)} of {len(found)} tables differ",
            f"look at the rows of both: `upshot sql --lake {left} 'FROM {differing[0].table}'`",
        )


def replay(
    into: Annotated[Path, typer.Option("--into", help="The folder of the new lake.")],
    lake: Lake = LAKE,
    source: Annotated[
        str | None, typer.Option("--source", help="Only what this source said.")
    ] = None,
    first: Annotated[
        str | None, typer.Option("--from", help="Only from this day of receipt on, UTC.")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", help="Only up to this day of receipt, UTC.")
    ] = None,
    rejected: Annotated[
        bool, typer.Option("--rejected", help="Only that of which something was rejected.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Derive a new lake beside one from its deliveries, by the code as it is, and compare them."""
    from connectors import all_sources
    from pipelines.replay import Chosen
    from pipelines.replay import replay as replay_lake

    chosen = Chosen(source, days_of(first, last), rejected)
    with bar("replay") as tell:
        done = replay_lake(lake, into, chosen, all_sources(), tell)
    differing = [one for one in done.differences if not one.equal]
    said = {
        "deliveries": done.deliveries,
        "rejected": done.rejected,
        "differences": [vars(one) for one in differing],
    }
    line = f"replayed {done.deliveries} deliveries into {into}; {done.rejected} items are rejected"
    answer(as_json, said, [line, *(_differences(differing) or ["no row differs"])])


def _differences(differing: "list[Difference]") -> list[str]:
    """Return a line for each table that differs, and one for each example."""
    lines = []
    for one in differing:
        odd = f"; only one has {', '.join(one.columns)}" if one.columns else ""
        lines.append(f"{one.table}: {one.left} rows only left, {one.right} only right{odd}")
        lines += [f"    {key}" for key in one.keys]
    return lines
