"""The kill sweep: die at every step, look at once, run the commands again, compare with calm.

    python -m tests.crash.sweep

A case restores a home to how it was before one command, kills that command at a place, and then
does what a scheduler would: runs it and all behind it again. Only the first pass is not run again
before more has arrived. Run as above, and on CI, each case is alone; elsewhere the tests kill a
command at all its places one upon another, which takes half of the time.

Each of five checkers may find something wrong: *kill* (it did not die there), *reader* (the
catalogue, right after each kill and at the end), *log* (what it held must stay, and land), *rerun*
(exit codes) and *audit* (``upshot check``).
"""

import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
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
from schemas.steps import STEPS
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


def chains(commands: tuple[int, int]) -> list[list[Case]]:
    """Return the same cases, for each command in the order in which it meets them.

    Killed so one upon another, a command costs little more than its deaths: a pass goes on from
    what the last one left, and need be run to its end, compared and audited but once. Only land,
    the first time, dies alone: whether it lands twice shows when more has arrived behind each
    death, since the same rows again would be the same file.
    """
    found = []
    for command in commands:
        known = sorted((case for case in cases(commands) if case.command == command), key=_met)
        lands = [c for c in known if c.resume != command and c.place.startswith("land-")]
        found += [[case] for case in lands] + [[case for case in known if case not in lands]]
    return found


def deaths(commands: tuple[int, int]) -> list[list[Case]]:
    """Return how the tests sweep an hour: chained, and on CI each case alone."""
    alone = os.environ.get("CI") == "true"
    return [[case] for case in cases(commands)] if alone else chains(commands)


def named(chain: list[Case]) -> str:
    """Return what a test of these cases is called."""
    return str(chain[0]) if len(chain) == 1 else f"{chain[0]} to {chain[-1]}"


def _met(case: Case) -> tuple[float, float, bool]:
    """Return when a command meets a place: by its step, how often, and before or behind it."""
    step = case.place.rstrip("+")
    met: float = [*map(str, STEPS)].index(step)
    if (step, case.nth) == ("derive-write", LAST):
        # The last file that a pass writes is the snapshot's own.
        met = STEPS.index("snapshot-commit") - 0.5
    nth = float("inf") if case.nth == LAST else case.nth
    return met, nth, case.place.endswith("+")


def run(known: Calm, case: Case, prepare: Prepare | None = None) -> Outcome:
    """Kill, look, run again, compare. ``prepare`` runs in every process that writes."""
    return run_chain(known, [case], prepare)


def run_chain(known: Calm, chain: Sequence[Case], prepare: Prepare | None = None) -> Outcome:
    """Kill one command at each place in turn, looking each time; then run again and compare."""
    home = known.home
    home.put_back(str(chain[0].command))
    killed, after, wrong, committed = True, "", list[tuple[str, str]](), 0
    for case in chain:
        held = home.held()
        nth = known.reached[case.command][case.place] if case.nth == LAST else case.nth
        again = nth
        if case.place.startswith("derive-commit"):
            # What is committed already is not committed again, so it is not met again.
            again -= committed
            committed = nth if case.place.endswith("+") else nth - 1
        died = home.run(known.commands[case.command], f"{case.place}:{again}", prepare)
        killed &= died.code == -signal.SIGKILL
        kept = home.held()
        shown, unread = _read(home.lake)
        found = [*_killed(died), *_changed(held, kept)]
        found += unread or _right_after(known, case.command, shown)
        wrong += [(checker, f"{case}: {what}") for checker, what in found]
        after = _state(home.lake, len(kept), shown)
    for argv in known.commands[chain[-1].resume :]:
        wrong += _ended(argv, home.run(argv, prepare=prepare))
    wrong += audited(known)
    wrong += _changed(kept, home.held())
    shown, unread = _read(home.lake)
    wrong += unread or _at_the_end(known, shown)
    return Outcome(killed, after, tuple(wrong))


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
