"""``team.assigned``: this person works in that team."""

from datetime import UTC, date, datetime

from schemas.columns import Person
from schemas.event import Event, event
from schemas.partition import Whole


@event("team.assigned", key=("person", "since"), partition=Whole())
class TeamAssigned(Event):
    """One stretch of one person in one team; a person is in one team at a time."""

    person: Person
    """Who."""
    team: str
    """The team's name."""
    since: date | None = None
    """First day in the team; NULL is always."""
    until: date | None = None
    """First day no longer in the team; NULL is still."""


EXAMPLES = [
    TeamAssigned(
        time=datetime(2026, 1, 5, tzinfo=UTC),
        person=Person("9a" * 16),
        team="web",
        since=date(2026, 1, 5),
    )
]
