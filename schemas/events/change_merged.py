"""``change.merged``: a change became part of its target branch."""

from datetime import UTC, datetime

from schemas.change import CHANGE
from schemas.columns import Account
from schemas.event import Event, event


@event("change.merged", key=("forge", "change"), partition=CHANGE)
class ChangeMerged(Event):
    """The end that every change hopes for, with the size it had then."""

    forge: str
    """The host that keeps the change."""
    change: str
    """The forge's own object id of the change."""
    sha: str | None = None
    """The commit on the target branch."""
    merger: Account | None = None
    """The account that merged it."""
    lines_added: int | None = None
    """Lines added, as the forge counts them."""
    lines_removed: int | None = None
    """Lines removed, as the forge counts them."""


EXAMPLES = [
    ChangeMerged(
        time=datetime(2026, 1, 5, 11, 0, tzinfo=UTC),
        forge="github.com",
        change="694073641",
        sha="3f2ac17efb3b65b4a40d25d94b01dcbdcc84d286",
        merger=Account("ab" * 16),
        lines_added=8,
        lines_removed=1,
    )
]
