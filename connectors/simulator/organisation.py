"""What the invented organisation does: its changes, their reviews, and what became of them.

The tools differ on purpose, by numbers made up for the show: what the demo prints says nothing
about any real tool.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Literal

from connectors.simulator.people import PEOPLE, TRYING, Person

Verdict = Literal["approved", "changes_requested", "commented"]


@dataclass(frozen=True)
class Habit:
    """How the changes fare in which a tool took part."""

    pickup_hours: float
    """From opening to the first review, in the middle."""
    review_hours: float
    """From there to the end, in the middle."""
    rejected_percent: int
    lines: int
    """Added, in the middle."""


NO_TOOL = Habit(2.0, 3.0, 7, 60)
HABITS = {
    "aider": Habit(2.0, 3.5, 12, 70),
    "claude_code": Habit(3.0, 4.5, 11, 170),
    "codex": Habit(1.5, 1.5, 17, 110),
    "copilot": Habit(6.0, 14.0, 31, 90),
    "cursor": Habit(3.0, 8.0, 10, 140),
}


@dataclass(frozen=True)
class Review:
    """One finished review."""

    reviewer: Person
    at: datetime
    state: Verdict


@dataclass(frozen=True)
class Change:
    """One pull request, from its opening to its end."""

    number: int
    author: Person
    by_agent: bool
    """The tool opened it, on the author's request; the forge names the tool only."""
    tool: str | None
    subject: str
    opened: datetime
    reviews: tuple[Review, ...]
    ended: datetime
    merged: bool
    added: int
    removed: int


CHANGES_A_DAY = 0.4
"""Opened by one person on a working day, on average."""

SUBJECTS = [
    f"{verb} the {thing}"
    for verb in ("Speed up", "Rework", "Test", "Simplify", "Repair", "Extend")
    for thing in ("invoice export", "basket", "index", "retry queue", "login page", "settings")
]


def changes(seed: int, first: date, weeks: int) -> Iterator[Change]:
    """Yield every change opened in these weeks, from a Monday on; equal for equal arguments."""
    random = Random(seed)
    number = 100
    for day in range(7 * weeks):
        for person in PEOPLE:
            if day % 7 < 5 and random.random() < CHANGES_A_DAY:
                number += 1
                morning = datetime.combine(first + timedelta(days=day), time(8), UTC)
                yield _change(random, number, person, morning, day // 7)


def _change(random: Random, number: int, author: Person, morning: datetime, week: int) -> Change:
    tool = _tool(random, author, week)
    peers = [person for person in PEOPLE if person.team == author.team and person != author]
    habit = HABITS[tool] if tool else NO_TOOL
    opened = morning + timedelta(seconds=random.randrange(9 * 3600))
    reviews, last = [], opened
    merged = random.randrange(100) >= habit.rejected_percent
    for state in _verdicts(random, merged):
        last = _later(random, last, habit.pickup_hours)
        reviews.append(Review(random.choice(peers), last, state))
    added = 1 + round(habit.lines * random.lognormvariate(0, 0.9))
    return Change(
        number=number,
        author=author,
        by_agent=tool == "copilot" and random.random() < 0.4,
        tool=tool,
        subject=random.choice(SUBJECTS),
        opened=opened,
        reviews=tuple(reviews),
        ended=_later(random, last, habit.review_hours),
        merged=merged,
        added=added,
        removed=round(added * random.random()),
    )


def _tool(random: Random, author: Person, week: int) -> str | None:
    """Tell the tool of a change: what a few try, or the team's once it is rolled out."""
    if author in TRYING and random.random() < 0.2:
        return "aider"
    return author.team.tool if week >= author.team.week and random.random() < 0.7 else None


def _verdicts(random: Random, merged: bool) -> tuple[Verdict, ...]:
    last: Verdict = "approved" if merged else "changes_requested"
    chance = random.random()
    if chance < 0.08:
        return ()
    if chance < 0.65:
        return (last,)
    return ("commented", last) if chance < 0.8 else ("changes_requested", last)


def _later(random: Random, since: datetime, hours: float) -> datetime:
    """Return a time some hours later, or the next morning of a working day."""
    at = since + timedelta(seconds=60 + round(3600 * hours * random.lognormvariate(0, 0.8)))
    if 8 <= at.hour < 18 and at.weekday() < 5:
        return at
    day = at.date() + timedelta(days=at.hour >= 18)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return datetime.combine(day, time(8), UTC) + timedelta(seconds=random.randrange(2 * 3600))
