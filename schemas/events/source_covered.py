"""``source.covered``: from here to there, we have all that a source said."""

from datetime import UTC, datetime

from schemas.event import Event, event
from schemas.partition import Whole


@event("source.covered", key=("source", "covered_from", "time"), partition=Whole())
class SourceCovered(Event):
    """Lets a metric say "no data" where a zero would be a lie; ``time`` is the covered end."""

    source: str
    """The source."""
    covered_from: datetime
    """The first covered moment; ``time`` is the first moment that is not."""


EXAMPLES = [
    SourceCovered(
        time=datetime(2026, 1, 5, 10, 0, tzinfo=UTC),
        source="gharchive",
        covered_from=datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
    )
]
