"""Land without an end, on a cluster: a splittable source whose every turn is one commit.

The partitions of the log are shared out among a few seats. A seat takes turns for ever: it looks
where the table stands, lands from there what its partitions hold, commits all of them at once, and
waits. What a turn covers is the table's to say, so Flink's state is the number of the next turn and
no row hangs on it: a turn that is taken again, after a kill or from an old savepoint, goes on where
the last commit ended; a hole is an error; of two rivals one is refused and has landed nothing. New
partitions are found by looking again each turn.

A turn must be over before Flink can take a checkpoint, and Flink never asks it to end. So it lasts
half of the time between two checkpoints, and waits inside: each turn that is put off would add to
every later checkpoint.
"""

import random
import struct
import time
from collections.abc import Iterable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.coders import Coder
from apache_beam.io.iobase import RestrictionProgress, RestrictionTracker
from apache_beam.transforms.core import RestrictionProvider

from connectors.log import open_log
from pipelines import job
from pipelines.engine import connect
from pipelines.flink import rest
from pipelines.job import Job
from pipelines.land import Landed, Work, commit, prepare, take
from pipelines.landed import number
from pipelines.runners import UNBOUNDED, Runner
from schemas.errors import LostRace

FOR_EVER = 2**63 - 1
TRIES = 8
"""How often a commit is tried that only met another seat's, or a compaction's."""


class Seat(NamedTuple):
    """A share of the log's partitions."""

    number: int
    of: int

    def has(self, partition: str) -> bool:
        """Whether a partition is this seat's; of all seats exactly one has it."""
        return number(partition) % self.of == self.number


class Turns(NamedTuple):
    """The turns that a seat has still to take."""

    next: int
    stop: int


class TurnsCoder(Coder):
    """Sixteen bytes: two numbers."""

    def encode(self, value: Turns) -> bytes:
        """Write them."""
        return struct.pack(">QQ", *value)

    def decode(self, encoded: bytes) -> Turns:
        """Read them."""
        return Turns(*struct.unpack(">QQ", encoded))

    def is_deterministic(self) -> bool:
        """Equal turns have equal bytes."""
        return True


class TurnTracker(RestrictionTracker):
    """Claims one turn after the other; what is not claimed can be given back, nothing else."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._claimed = turns.next - 1

    def current_restriction(self) -> Turns:
        """Return the turns that are ours, those taken among them."""
        return self._turns

    def current_progress(self) -> RestrictionProgress:
        """Nobody knows how much of what has no end is done."""
        return RestrictionProgress(completed=self._claimed - self._turns.next + 1, remaining=1)

    def try_claim(self, position: int) -> bool:
        """Claim the next turn; False where it was given back."""
        if position != self._claimed + 1:
            raise ValueError(f"turn {position} was claimed behind turn {self._claimed}")
        if position >= self._turns.stop:
            return False
        self._claimed = position
        return True

    def try_split(self, fraction_of_remainder: float) -> tuple[Turns, Turns] | None:
        """Give back all that is not claimed; never a part of it, for it has no middle."""
        at = self._claimed + 1
        if fraction_of_remainder != 0 or at >= self._turns.stop:
            return None
        rest = Turns(at, self._turns.stop)
        self._turns = Turns(self._turns.next, at)
        return self._turns, rest

    def check_done(self) -> None:
        """Raise ValueError where a turn was neither taken nor given back."""
        if self._claimed + 1 < self._turns.stop:
            raise ValueError(f"turn {self._claimed + 1} was neither taken nor given back")

    def is_bounded(self) -> bool:
        """There is always a next turn."""
        return False


class _AllTurns(RestrictionProvider):
    def initial_restriction(self, element: Seat) -> Turns:
        return Turns(0, FOR_EVER)

    def create_tracker(self, restriction: Turns) -> TurnTracker:
        return TurnTracker(restriction)

    def restriction_size(self, element: Seat, restriction: Turns) -> int:
        return 1

    def restriction_coder(self) -> TurnsCoder:
        return TurnsCoder()

    def truncate(self, element: Seat, restriction: Turns) -> None:
        """A job that is drained takes no further turn."""


TURNS = beam.DoFn.RestrictionParam(_AllTurns())


class LandForever(beam.DoFn):
    """A seat's turns."""

    def __init__(self, home: str, log: str, turn_s: float, *, accept_loss: bool) -> None:
        self.home = Path(home)
        self.log = log
        self.turn_s = turn_s
        self.accept_loss = accept_loss

    @beam.DoFn.unbounded_per_element()  # type: ignore[untyped-decorator]
    def process(self, element: Seat, tracker: Any = TURNS) -> None:
        """Take the next turn and put off those behind it."""
        if not tracker.try_claim(tracker.current_restriction().next):
            return
        over = time.monotonic() + self.turn_s
        landed = turn(self.home, self.log, Seat(*element), accept_loss=self.accept_loss)
        if not landed.full:
            time.sleep(max(0.0, over - time.monotonic()))
        tracker.defer_remainder()


def turn(home: Path, log: str, seat: Seat, *, accept_loss: bool = False) -> Landed:
    """Land and commit at once what a seat's partitions hold, as much as one commit takes.

    Where a rival was first nothing has landed, and the next turn sees what is left. Raises as
    ``pipelines.land.land`` does for what someone must mend.
    """
    with closing(open_log(log)) as opened, connect() as db:
        work = prepare(home, opened, accept_loss=accept_loss, mine=seat.has)
        if work is None:
            return Landed()
        found = [take(home, opened, task, work.erased, db) for task in work.tasks]
    return commit_again(home, work, found)


def commit_again(home: Path, work: Work, found: list[Any]) -> Landed:
    """Commit some work, again where another writer of the same table was first.

    A commit looks each time whether its own positions still are the next; if not, the rival landed
    them, and trying again is as vain as it is harmless.
    """
    for tried in range(TRIES):
        try:
            return commit(home, work, found)
        except LostRace:
            # Seats that met once must not meet again.
            time.sleep(random.uniform(0, 0.05 * 2 ** min(tried, 4)))  # noqa: S311
    return Landed()


def job_name(home: Path) -> str:
    """Return how the names of jobs begin that land into a lake."""
    return f"upshot-land-{number(str(home.absolute())):014x}"


def begin(home: Path, log: str, runner: Runner, turn_s: float, *, accept_loss: bool = False) -> Job:
    """Begin to land on a cluster, from where the table stands.

    Raises LostRace where Flink runs such a job for this lake already, and what ``plan`` raises
    where it could not land anyway.
    """
    name = job_name(home)
    if other := rest.alive(runner.rest, name):
        raise LostRace(
            f"job {other} lands into this lake already",
            "derive beside it (`upshot derive --every 60`), or cancel it in Flink first",
        )
    with closing(open_log(log)) as opened:
        prepare(home, opened, accept_loss=accept_loss)
    return job.submit(
        runner,
        partial(graph, str(home), log, runner.parallelism, turn_s, accept_loss),
        name,
        [*UNBOUNDED, f"--checkpointing_interval={int(2000 * turn_s)}"],
    )


def graph(
    home: str, log: str, seats: int, turn_s: float, accept_loss: bool, pipeline: beam.Pipeline
) -> None:
    """Seat by seat, land into a lake for ever."""
    listed: Iterable[Seat] = [Seat(at, seats) for at in range(seats)]
    _ = (
        pipeline
        | "Name seats" >> beam.Create(listed, reshuffle=False)
        | "Spread them" >> beam.Reshuffle()
        | "Land" >> beam.ParDo(LandForever(home, log, turn_s, accept_loss=accept_loss))
    )
