"""The commands that land and derive: again and again, once more, or once for some days.

Who runs the graphs is said by ``--runner``. On a cluster ``stream`` lands by a job without an end,
which lasts as long as the command, and derives beside it.
"""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.answer import answer, bar, days_of, err
from pipelines.options import LAKE, LOG, Json, Lake, Log, Loss, Parallelism, Rejects, RunnerName
from pipelines.runners import LOCAL, Runner, runner
from schemas.errors import LostRace


def stream(
    log: Log = LOG,
    lake: Lake = LAKE,
    once: Annotated[bool, typer.Option("--once", help="Stop when all has landed.")] = False,
    every: Annotated[float, typer.Option("--every", help="Seconds between passes.")] = 5.0,
    runner_name: RunnerName = "local",
    parallelism: Parallelism = 2,
    accept_loss: Loss = False,
    accept_rejects: Rejects = False,
    as_json: Json = False,
) -> None:
    """Land what the log holds and derive from it, again and again."""
    who = runner(runner_name, parallelism)
    with ExitStack() as ending:
        lands: Any = None
        if not (who.local or once):
            lands = ending.enter_context(_landing(lake, log, who, every, accept_loss=accept_loss))
            # A job takes seconds to begin, so the many small passes are made here.
            who = LOCAL
        while True:
            try:
                landed = lands() if lands else _land(lake, log, who, accept_loss=accept_loss)
                outcome = _derive(lake, None, who, accept_rejects=accept_rejects)
            except LostRace:
                if once:
                    raise
                # A rival is doing the same work; what it did not do is there in the next pass.
                time.sleep(every)
                continue
            _outcome(as_json, outcome, landed)
            if once:
                return
            time.sleep(every)


def derive(
    lake: Lake = LAKE,
    every: Annotated[float | None, typer.Option("--every", help="Repeat after S seconds.")] = None,
    runner_name: RunnerName = "local",
    parallelism: Parallelism = 2,
    accept_rejects: Rejects = False,
    as_json: Json = False,
) -> None:
    """Bring events, facts and metrics up to date with what has landed."""
    who = runner(runner_name, parallelism)
    while True:
        try:
            _outcome(as_json, _derive(lake, None, who, accept_rejects=accept_rejects), None)
        except LostRace:
            if every is None:
                raise
        if every is None:
            return
        time.sleep(every)


def backfill(
    log: Log = LOG,
    lake: Lake = LAKE,
    first: Annotated[str | None, typer.Option("--from", help="First event day, UTC.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last event day, UTC.")] = None,
    runner_name: RunnerName = "local",
    parallelism: Parallelism = 2,
    accept_rejects: Rejects = False,
    as_json: Json = False,
) -> None:
    """Land and decode all that is new, then compute again the facts that reach these days."""
    days = days_of(first, last)
    who = runner(runner_name, parallelism)
    landed = _land(lake, log, who)
    _outcome(as_json, _derive(lake, days, who, accept_rejects=accept_rejects), landed)


def _land(lake: Path, log: str, who: Runner = LOCAL, *, accept_loss: bool = False) -> Any:
    from pipelines.land import Landed, land

    lake, log = who.seen(lake, log)
    total = Landed(full=True)
    with bar("land") as tell:
        # Not until nothing is left: somebody may go on writing for ever.
        while total.full:
            total += land(lake, log, accept_loss=accept_loss, runner=who)
            tell("land", total.deliveries, 0)
    return total


@contextmanager
def _landing(
    lake: Path, log: str, who: Runner, every: float, *, accept_loss: bool
) -> Iterator[Callable[[], None]]:
    """Have a cluster land meanwhile; give what raises where it does so no more."""
    from pipelines.land_forever import begin

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    lands = begin(*who.seen(lake, log), who, every, accept_loss=accept_loss)
    err.print(f"upshot: job {lands.name} lands; Ctrl-C cancels it", markup=False, soft_wrap=True)
    try:
        yield lands.check
    except KeyboardInterrupt:
        # That is how one ends it.
        pass
    finally:
        lands.cancel()


def _derive(
    lake: Path,
    days: tuple[date, date] | None,
    who: Runner = LOCAL,
    *,
    accept_rejects: bool = False,
) -> Any:
    from connectors import all_sources
    from pipelines.derive import derive as derive_lake

    lake, _ = who.seen(lake, "")
    with bar("derive") as tell:
        return derive_lake(
            lake, all_sources(), days, tell, accept_rejects=accept_rejects, runner=who
        )


def _outcome(as_json: bool, outcome: Any, landed: Any) -> None:
    said = {
        "snapshot": outcome.snapshot,
        "published": outcome.published,
        "recomputed": outcome.recomputed,
        "rows": outcome.rows,
    }
    lines = []
    if landed is not None:
        said["landed"] = {name: n for name, n in vars(landed).items() if name != "full"}
        lines.append(f"landed {landed.deliveries} deliveries, {landed.unreadable} unreadable")
        if landed.lost:
            lines.append(f"went past {landed.lost} positions that the log no longer has")
    parts = sum(outcome.recomputed.values())
    state = "published" if outcome.published else "nothing new; newest is"
    lines.append(f"computed {parts} partitions, {state} snapshot {outcome.snapshot}")
    answer(as_json, said, lines)
