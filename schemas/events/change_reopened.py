"""``change.reopened``: a closed change was opened again."""

from datetime import UTC, datetime

from schemas.change import CHANGE
from schemas.event import Event, event


@event("change.reopened", key=("forge", "change", "time"), partition=CHANGE)
class ChangeReopened(Event):
    """Its abandonment no longer counts."""

    forge: str
    """The host that keeps the change."""
    change: str
    """The forge's own object id of the change."""


EXAMPLES = [
    ChangeReopened(
        time=datetime(2026, 1, 6, 12, 0, tzinfo=UTC), forge="github.com", change="694073642"
    )
]
