"""The run that nothing disturbs: how often it reaches each step, and what its catalogue answers."""

from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from schemas import steps
from tests.crash import answers, recording
from tests.crash.answers import Answers
from tests.crash.home import Home
from tests.crash.process import Done

STREAM = ("stream", "--once")


@dataclass(frozen=True)
class Calm:
    """A home that remembers how it was before each command, as ``0``, ``1`` and so on."""

    home: Home
    commands: tuple[tuple[str, ...], ...]
    reached: tuple[Counter[str], ...]
    """By command: how often it reached each place (``land-commit``, ``land-commit+``)."""
    answers: dict[int, Answers]
    """By snapshot."""

    def snapshot_before(self, command: int) -> int:
        """Return the snapshot that the catalogue shows before a command; 0 is none."""
        return sum(argv == STREAM for argv in self.commands[:command])


def calm(folder: Path) -> Calm:
    """Pull an hour, stream, pull the next hour, stream."""
    home = Home(folder)
    succeeded(home.run(("init",)))
    first, second = recording.write(folder)
    commands = (pulling(first), STREAM, pulling(second), STREAM)
    reached = []
    said: dict[int, Answers] = {}
    for number, argv in enumerate(commands):
        home.keep(str(number))
        seen = folder / f"reached-{number}"
        succeeded(home.run(argv, prepare=partial(_count, seen)))
        reached.append(Counter(seen.read_text().split()))
        if (shown := answers.read(home.lake)) is not None:
            said[shown.snapshot] = shown
    home.keep(str(len(commands)))
    return Calm(home, commands, tuple(reached), said)


def pulling(path: Path) -> tuple[str, ...]:
    """Return the command that pulls a recorded hour."""
    return ("pull", "gharchive", str(path))


def succeeded(done: Done) -> Done:
    """Return it if it went well."""
    assert done.code == 0, done.err
    return done


def _count(seen: Path) -> None:
    """Note each place of the protocol instead of looking whether to die there."""

    def note(place: str) -> None:
        with seen.open("a") as file:
            file.write(f"{place}\n")

    steps._die_here = note
