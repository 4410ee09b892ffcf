"""``seat.assigned``: a person may use a paid tool."""

from datetime import UTC, date, datetime

from schemas.columns import Person
from schemas.event import Event, event
from schemas.partition import Whole


@event("seat.assigned", key=("person", "tool", "since"), partition=Whole())
class SeatAssigned(Event):
    """The denominator of every usage metric: who could have used the tool."""

    person: Person
    """Who holds the seat."""
    tool: str
    """The tool."""
    plan: str | None = None
    """The plan, as the vendor calls it."""
    since: date | None = None
    """First day of the seat; NULL is always."""
    until: date | None = None
    """First day without it; NULL is still."""


EXAMPLES = [
    SeatAssigned(
        time=datetime(2026, 2, 2, tzinfo=UTC),
        person=Person("9a" * 16),
        tool="copilot",
        plan="business",
        since=date(2026, 2, 2),
    )
]
