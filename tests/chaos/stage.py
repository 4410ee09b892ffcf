"""The stage: real commands that run at once, are killed at random, and are started again.

Nearly half of all starts are told to die at a step of the protocol (``UPSHOT_FAULT``), before or
behind it; whoever lives on is killed from outside, whatever it does just then.
"""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests.crash.process import Command, Done, Prepare, Running

LAND = ("land-write", "land-commit")
DERIVE = ("derive-write", "derive-commit", "snapshot-commit", "catalog-write", "catalog-rename")
FAULTED = 0.45
POLITE = {0, 3}
"""Exit codes of commands that are done, or lost a race."""


@dataclass
class Actor:
    """A command that is started again whenever it has ended."""

    name: str
    argv: tuple[str, ...]
    places: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    prepare: Prepare | None = None
    running: Running | None = None


@dataclass
class Stage:
    """Actors in one home; ``wrong`` are the ends that none of them may come to."""

    folder: Path
    env: Mapping[str, str]
    chance: random.Random
    deaths: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    _started: Iterator[int] = field(default_factory=count)

    def start(self, actor: Actor, *, calm: bool = False) -> None:
        """Start an actor; unless ``calm``, perhaps with a step of the protocol to die at."""
        fault = ""
        if not calm and actor.places and self.chance.random() < FAULTED:
            place = self.chance.choice(actor.places) + self.chance.choice(("", "+"))
            fault = f"{place}:{self.chance.choice((1, 1, 2, 5))}"
        said = self.folder / "said"
        said.mkdir(parents=True, exist_ok=True)
        env = {**self.env, **actor.env, "UPSHOT_FAULT": fault}
        command = Command(actor.argv, actor.prepare)
        actor.running = Running(command, said / str(next(self._started)), env)

    def play(self, actors: list[Actor], until_s: float, kills: int, pause_s: float) -> None:
        """Let all run, killing one every now and then, for so long and until so many died."""
        begun = time.monotonic()
        for actor in actors:
            if actor.running is None:
                self.start(actor)
        kill_at = begun
        while time.monotonic() < begun + until_s or self.deaths.total() < kills:
            time.sleep(0.02)
            for actor in actors:
                if actor.running and actor.running.code is not None:
                    self._ended(actor, actor.running.wait())
                    self.start(actor)
            if time.monotonic() > kill_at:
                kill_at = time.monotonic() + self.chance.uniform(0, 2 * pause_s)
                victim = self.chance.choice(actors)
                if victim.running:
                    victim.running.kill()

    def stop(self, actors: list[Actor]) -> None:
        """Kill all that still run."""
        for actor in actors:
            if actor.running:
                actor.running.kill()
                self._ended(actor, actor.running.wait())
                actor.running = None

    def _ended(self, actor: Actor, done: Done) -> None:
        if done.code == -signal.SIGKILL:
            self.deaths[actor.name] += 1
        elif done.code in POLITE:
            self.ends[f"{actor.name} ended with {done.code}"] += 1
        if done.code not in {-signal.SIGKILL, *POLITE} or "Traceback" in done.err:
            self.wrong.append(f"{actor.name} ended with {done.code}: {done.err[-400:]}")

    def run(self, actor: Actor) -> Done:
        """Run a command in peace, to its end."""
        self.start(actor, calm=True)
        assert actor.running
        return actor.running.wait()

    def watch(self, work: Callable[[], None]) -> Running:
        """Start a function that nobody kills."""
        return Running(work, self.folder / "watch", dict(self.env))
