"""``activity.reported``: a tracker summed up one person's day."""

from datetime import UTC, date, datetime
from typing import Literal

from schemas.columns import Account
from schemas.event import Event, event
from schemas.partition import Day


@event(
    "activity.reported",
    key=("provider", "account", "day", "dimension", "member"),
    partition=Day("day"),
)
class ActivityReported(Event):
    """One line of a daily summary: the total, or one member of one way to split it."""

    provider: str
    """Who counted, such as ``wakatime``."""
    account: Account
    """Whose day it was."""
    day: date
    """The day in the person's own time zone, as the report names it."""
    dimension: Literal["total", "language", "project", "category", "editor"]
    """How the day is split; the members of one dimension add up to the total."""
    member: str
    """The language, category or editor; a project is hidden; the total is ``all``."""
    duration_us: int
    """Time, in microseconds, exactly as reported."""


EXAMPLES = [
    ActivityReported(
        time=datetime(2026, 1, 5, 23, 59, 59, tzinfo=UTC),
        provider="wakatime",
        account=Account("0f" * 16),
        day=date(2026, 1, 5),
        dimension="language",
        member="Python",
        duration_us=21_590_313_927,
        evidence="B",
        rev=1_753_782_379_000_000,
    )
]
