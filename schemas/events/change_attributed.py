"""``change.attributed``: an AI tool took part in a change."""

from datetime import UTC, datetime

from schemas.change import CHANGE
from schemas.event import Event, event


@event("change.attributed", key=("forge", "change", "tool"), partition=CHANGE)
class ChangeAttributed(Event):
    """One tool, one change; how much of the change it made is not said here."""

    forge: str
    """The host that keeps the change."""
    change: str
    """The forge's own object id of the change."""
    tool: str
    """The tool, such as ``claude_code``, ``codex``, ``copilot`` or ``cursor``."""


EXAMPLES = [
    ChangeAttributed(
        time=datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
        forge="github.com",
        change="694073641",
        tool="claude_code",
        evidence="C",
    )
]
