"""``change.ready``: the author asked for eyes."""

from datetime import UTC, datetime

from schemas.change import CHANGE
from schemas.event import Event, event


@event("change.ready", key=("forge", "change", "time"), partition=CHANGE)
class ChangeReady(Event):
    """A draft was marked ready for review."""

    forge: str
    """The host that keeps the change."""
    change: str
    """The forge's own object id of the change."""


EXAMPLES = [
    ChangeReady(
        time=datetime(2026, 1, 5, 9, 30, tzinfo=UTC), forge="github.com", change="694073641"
    )
]
