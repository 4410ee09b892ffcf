"""``change.commented``: someone wrote a remark on a change."""

from datetime import UTC, datetime

from schemas.change import CHANGE, ActorKind
from schemas.columns import Account
from schemas.event import Event, event


@event("change.commented", key=("forge", "change", "comment"), partition=CHANGE)
class ChangeCommented(Event):
    """One remark, on the change or on a line of it; its text is never kept."""

    forge: str
    """The host that keeps the change."""
    change: str
    """The forge's own object id of the change."""
    comment: str
    """The forge's own object id of the remark."""
    author: Account
    """The account that wrote it."""
    author_kind: ActorKind | None = None
    """human, bot or agent; NULL is unknown."""


EXAMPLES = [
    ChangeCommented(
        time=datetime(2026, 1, 5, 10, 5, tzinfo=UTC),
        forge="github.com",
        change="694073641",
        comment="2960679301",
        author=Account("ab" * 16),
        author_kind="human",
    )
]
