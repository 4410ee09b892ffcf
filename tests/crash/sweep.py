"""The kill sweep: die at every step, look at once, run the commands again, compare with calm.

    python -m tests.crash.sweep

A case restores a home to how it was before one command, kills that command at a place, and then
does what a scheduler would: the same commands again, that one and all behind it. Each of five
checkers may find something wrong: *kill* (it did not die there), *reader* (the catalogue, right
after the kill and at the end), *log* (what it held must stay, and land), *rerun* (exit codes) and
*audit* (``upshot check``).
"""

import json
import signal
import sys
import tempfile
from collections.abc import Iterator
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
from tests.crash.process import Done, Prepare

FIRST_HOUR, SECOND_HOUR = (0, 1), (2, 3)
"""The commands (pull, stream) of each hour, by their place in the run."""

LAST = -1


class Case(NamedTuple):
    """Where to kill: at which command, before or behind (``+``) which step, at which time."""

    command: int
    place: str
    nth: int

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


def run(
    known: Calm, case: Case, prepare: Prepare | None = None, resume: int | None = None
) -> Outcome:
    """Kill, look, run again, compare.

    ``prepare`` runs in every process that writes. ``resume`` is the command to go on from; without
    it, the one that was killed.
    """
    home = known.home
    home.put_back(str(case.command))
    held = home.held()
    nth = known.reached[case.command][case.place] if case.nth == LAST else case.nth
    died = home.run(known.commands[case.command], f"{case.place}:{nth}", prepare)
    after = _state(known)
    kept = home.held()
    wrong = [
        *_killed(died),
        *_shown(known, case.command),
        *(("log", f"{place} was lost in the kill") for place in held if place not in kept),
    ]
    for argv in known.commands[case.command if resume is None else resume :]:
        wrong += _ended(argv, home.run(argv, prepare=prepare))
    wrong += _recovered(known, kept)
    return Outcome(died.code == -signal.SIGKILL, after, tuple(wrong))


def _killed(died: Done) -> Iterator[tuple[str, str]]:
    if died.code != -signal.SIGKILL:
        yield "kill", f"it was never reached: the command ended with {died.code}\n{died.err}"


def _ended(argv: tuple[str, ...], done: Done) -> Iterator[tuple[str, str]]:
    if done.code != 0 or "Traceback" in done.err:
        yield "rerun", f"`upshot {' '.join(argv)}` ended with {done.code}\n{done.err[-2000:]}"


def _shown(known: Calm, command: int) -> Iterator[tuple[str, str]]:
    """Right after the kill: the old snapshot or the new one, whole; none only if there was none."""
    before = known.snapshot_before(command)
    try:
        shown = answers.read(known.home.lake)
    except duckdb.Error as problem:
        yield "reader", f"the catalogue cannot be read: {problem}"
        return
    if shown is None:
        if before:
            yield "reader", "the catalogue is gone"
        return
    published = snapshots.read(known.home.lake).number
    if not before <= shown.snapshot <= min(published, before + 1):
        yield "reader", f"it shows snapshot {shown.snapshot} of {published}, and had {before}"
    yield from _right(known.answers[shown.snapshot], shown)


def _right(expected: Answers, shown: Answers) -> Iterator[tuple[str, str]]:
    for what in chain(answers.faults(shown), answers.differences(expected, shown)):
        yield "reader", what


def _recovered(known: Calm, kept: dict[tuple[str, int], str]) -> Iterator[tuple[str, str]]:
    """At the end: the audit passes, the log kept and landed everything, and the rows are calm."""
    home = known.home
    yield from audited(known)
    held = home.held()
    for place in kept:
        if held.get(place) != kept[place]:
            yield "log", f"{place} was lost or changed after the kill"
    try:
        shown = answers.read(home.lake)
    except duckdb.Error as problem:
        yield "reader", f"the catalogue cannot be read: {problem}"
        return
    if shown is None:
        yield "reader", "there is no catalogue"
        return
    if shown.landed != held:
        yield "log", f"it holds {len(held)} deliveries, and {len(shown.landed)} were decoded"
    if shown.snapshot != snapshots.read(home.lake).number:
        yield "reader", f"it stays at snapshot {shown.snapshot}"
    yield from _right(known.answers[max(known.answers)], shown)


def audited(known: Calm) -> Iterator[tuple[str, str]]:
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


def _state(known: Calm) -> str:
    home = known.home
    landed = sum(file.rows for file in lake.live(home.lake, DELIVERIES))
    try:
        shown = answers.read(home.lake)
    except duckdb.Error:
        seen = "unreadable"
    else:
        seen = str(shown.snapshot if shown else 0)
    published = snapshots.read(home.lake).number
    return f"{len(home.held())} in the log, {landed} landed, snapshot {published}, shown {seen}"


def main() -> int:
    """Print the whole sweep as a table; 1 where anything was wrong."""
    table = Table("command", "killed at", "killed", "right after the kill", "recovered")
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        known = calm(Path(folder))
        for case in cases(FIRST_HOUR) + cases(SECOND_HOUR):
            outcome = run(known, case)
            bad += bool(outcome.wrong)
            command = f"{known.commands[case.command][0]} {1 + case.command // 2}"
            killed = "yes" if outcome.killed else "NO"
            ending = "; ".join(": ".join(what) for what in outcome.wrong)
            table.add_row(command, str(case), killed, outcome.after, ending or "equal to calm")
    Console(width=130).print(table)
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
