"""``change.abandoned``: a change was closed without being merged."""

from datetime import UTC, datetime

from schemas.change import CHANGE
from schemas.event import Event, event


@event("change.abandoned", key=("forge", "change", "time"), partition=CHANGE)
class ChangeAbandoned(Event):
    """Closed unmerged, with the size it had then; it may be reopened later."""

    forge: str
    """The host that keeps the change."""
    change: str
    """The forge's own object id of the change."""
    lines_added: int | None = None
    """Lines added, as the forge counts them."""
    lines_removed: int | None = None
    """Lines removed, as the forge counts them."""


EXAMPLES = [
    ChangeAbandoned(
        time=datetime(2026, 1, 6, 11, 0, tzinfo=UTC), forge="github.com", change="694073642"
    )
]
