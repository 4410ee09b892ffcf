"""``change.reviewed``: someone finished one review of a change."""

from datetime import UTC, datetime
from typing import Literal

from schemas.change import CHANGE, ActorKind
from schemas.columns import Account
from schemas.event import Event, event


@event("change.reviewed", key=("forge", "change", "review", "state"), partition=CHANGE)
class ChangeReviewed(Event):
    """One verdict on one change; a later dismissal is a row of its own."""

    forge: str
    """The host that keeps the change."""
    change: str
    """The forge's own object id of the change."""
    review: str
    """The forge's own object id of the review."""
    state: Literal["approved", "changes_requested", "commented", "dismissed"]
    """The verdict, in lower case whatever the source's spelling."""
    reviewer: Account
    """The account that reviewed."""
    reviewer_kind: ActorKind | None = None
    """human, bot or agent; NULL is unknown."""


EXAMPLES = [
    ChangeReviewed(
        time=datetime(2026, 1, 5, 10, 0, tzinfo=UTC),
        forge="github.com",
        change="694073641",
        review="711282642",
        state="approved",
        reviewer=Account("ab" * 16),
        reviewer_kind="human",
    )
]
