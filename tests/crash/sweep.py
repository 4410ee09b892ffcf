"""The kill sweep: die at every step, look at once, run the commands again, compare with calm.

    python -m tests.crash.sweep

A case restores a home to how it was before one command, kills that command at a place, and then
does what a scheduler would: runs it and all behind it again. Only the first pass is not run again
before more has arrived. Each of five checkers may find something wrong: *kill* (it did not die
there), *reader* (the catalogue, right after the kill and at the end), *log* (what it held must
stay, and land), *rerun* (exit codes) and *audit* (``upshot check``).
"""

import json
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import duckdb
from rich.console import Console
from rich.table import Table

from pipelines import lake, snapshots
from pipelines.table import DELIVERIES
from tests.crash import answers
from tests.crash.answers import Answers
from tests.crash.calm import Calm, calm
from tests.crash.home import Place
from tests.crash.process import Done, Prepare

FIRST_HOUR, SECOND_HOUR = (0, 1), (2, 3)
"""The commands (pull, stream) of each hour, by their place in the run."""

LAST = -1


Wrong = Iterator[tuple[str, str]]
"""Findings: which checker, and what."""


class Case(NamedTuple):
    """Where to kill: at which command, before or behind (``+``) which step, at which time."""

    command: int
    place: str
    nth: int

    @property
    def resume(self) -> int:
        """Return the command that is run next."""
        return 2 if self.command == 1 else self.command

    def __str__(self) -> str:
        return f"{self.place}:{'last' if self.nth == LAST else self.nth}"


@dataclass(frozen=True)
class Outcome:
    """What a case did, and everything that was wrong as (checker, what)."""

    killed: bool
    after: str
    wrong: tuple[tuple[str, str], ...]

    @property
    def checkers(self) -> set[str]:
        """Return who found something wrong."""
        return {checker for checker, _ in self.wrong}


def cases(commands: tuple[int, int]) -> list[Case]:
    """Return every place of one hour: the first time it is reached, and later ones."""
    pulled, streamed = commands
    places = [
        (pulled, "append", (1, LAST)),
        (pulled, "fsync", (1,)),
        (streamed, "land-write", (1,)),
        (streamed, "land-commit", (1,)),
        (streamed, "derive-write", (1, 2, LAST)),
        (streamed, "derive-commit", (1, 2, LAST)),
        (streamed, "snapshot-commit", (1,)),
        (streamed, "catalog-write", (1,)),
        (streamed, "catalog-rename", (1,)),
    ]
    return [
        Case(command, name + side, nth)
        for command, name, times in places
        for nth in times
        for side in ("", "+")
    ]


def run(known: Calm, case: Case, prepare: Prepare | None = None) -> Outcome:
    """Kill, look, run again, compare. ``prepare`` runs in every process that writes."""
    home = known.home
    home.put_back(str(case.command))
    held = home.held()
    nth = known.reached[case.command][case.place] if case.nth == LAST else case.nth
    died = home.run(known.commands[case.command], f"{case.place}:{nth}", prepare)
    kept = home.held()
    wrong = [*_killed(died), *_changed(held, kept)]
    shown, unread = _read(home.lake)
    wrong += unread or _right_after(known, case.command, shown)
    after = _state(home.lake, len(kept), shown)
    for argv in known.commands[case.resume :]:
        wrong += _ended(argv, home.run(argv, prepare=prepare))
    wrong += audited(known)
    wrong += _changed(kept, home.held())
    shown, unread = _read(home.lake)
    wrong += unread or _at_the_end(known, shown)
    return Outcome(died.code == -signal.SIGKILL, after, tuple(wrong))


def _killed(died: Done) -> Wrong:
    if died.code != -signal.SIGKILL:
        yield "kill", f"it was never reached: the command ended with {died.code}\n{died.err}"


def _ended(argv: tuple[str, ...], done: Done) -> Wrong:
    if done.code != 0 or "Traceback" in done.err:
        yield "rerun", f"`upshot {' '.join(argv)}` ended with {done.code}\n{done.err[-2000:]}"


def _changed(before: dict[Place, str], after: dict[Place, str]) -> Wrong:
    for place in before:
        if after.get(place) != before[place]:
            yield "log", f"{place} was lost or changed"


def _read(home: Path) -> tuple[Answers | None, list[tuple[str, str]]]:
    try:
        return answers.read(home), []
    except duckdb.Error as problem:
        return None, [("reader", f"the catalogue cannot be read: {problem}")]


def _right_after(known: Calm, command: int, shown: Answers | None) -> Wrong:
    """Yield what is not the old snapshot or the new one, whole; nothing only if there was none."""
    before = known.snapshot_before(command)
    if shown is None:
        if before:
            yield "reader", "the catalogue is gone"
        return
    published = snapshots.read(known.home.lake).number
    if not before <= shown.snapshot <= min(published, before + 1):
        yield "reader", f"it shows snapshot {shown.snapshot} of {published}, and had {before}"
    if shown.snapshot in known.answers:
        yield from _equal(known.answers[shown.snapshot], shown)


def _at_the_end(known: Calm, shown: Answers | None) -> Wrong:
    """Yield what is not landed, decoded and published as in the calm run."""
    if shown is None:
        yield "reader", "there is no catalogue"
        return
    held = known.home.held()
    if shown.landed != held:
        yield "log", f"it holds {len(held)} deliveries, and {len(shown.landed)} were decoded"
    if shown.snapshot != snapshots.read(known.home.lake).number:
        yield "reader", f"it stays at snapshot {shown.snapshot}"
    yield from _equal(known.answers[max(known.answers)], shown)


def _equal(expected: Answers, shown: Answers) -> Wrong:
    for what in chain(answers.faults(shown), answers.differences(expected, shown)):
        yield "reader", what


def audited(known: Calm) -> Wrong:
    """Run ``upshot check --json``; yield what did not pass."""
    done = known.home.run(("check", "--json"))
    if "Traceback" in done.err or not done.out:
        yield "audit", f"it ended with {done.code}\n{done.err[-2000:]}"
        return
    findings = json.loads(done.out.splitlines()[0])
    failed = [finding for finding in findings if not finding["passed"]]
    for finding in failed:
        yield "audit", f"{finding['name']}: {finding['said']}"
    if (done.code == 0) == bool(failed):
        yield "audit", f"it ended with {done.code}, and {len(failed)} findings did not pass"


def _state(home: Path, held: int, shown: Answers | None) -> str:
    landed = sum(file.rows for file in lake.live(home, DELIVERIES))
    published = snapshots.read(home).number
    seen = shown.snapshot if shown else 0
    return f"{held} in the log, {landed} landed, snapshot {published}, shown {seen}"


def _swept(hour: tuple[int, int]) -> list[tuple[str, ...]]:
    with tempfile.TemporaryDirectory() as folder:
        known = calm(Path(folder))
        rows: list[tuple[str, ...]] = []
        for case in cases(hour):
            outcome = run(known, case)
            killed = "yes" if outcome.killed else "NO"
            command = f"{known.commands[case.command][0]} {1 + case.command // 2}"
            wrong = "; ".join(": ".join(what) for what in outcome.wrong)
            rows.append((command, str(case), killed, outcome.after, wrong or EQUAL))
        return rows


EQUAL = "equal to calm"


def main() -> int:
    """Print the whole sweep as a table; 1 where anything was wrong."""
    begin = time.monotonic()
    with ThreadPoolExecutor(2) as hours:
        rows = list(chain.from_iterable(hours.map(_swept, (FIRST_HOUR, SECOND_HOUR))))
    table = Table("command", "killed at", "killed", "right after the kill", "recovered")
    for row in rows:
        table.add_row(*row)
    good = sum(row[-1] == EQUAL for row in rows)
    console = Console(width=120)
    console.print(table)
    console.print(f"{good} of {len(rows)} recovered, in {time.monotonic() - begin:.0f} s")
    return int(good != len(rows))


if __name__ == "__main__":
    sys.exit(main())
