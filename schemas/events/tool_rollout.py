"""``tool.rollout``: an AI tool was given to a team."""

from datetime import UTC, date, datetime

from schemas.event import Event, event
from schemas.partition import Whole


@event("tool.rollout", key=("tool", "team"), partition=Whole())
class ToolRollout(Event):
    """The day that parts before from after; without it there is no baseline."""

    tool: str
    """The tool."""
    team: str
    """The team that got it; ``all`` for everyone."""
    started: date
    """The first day of use."""


EXAMPLES = [
    ToolRollout(
        time=datetime(2026, 2, 2, tzinfo=UTC),
        tool="claude_code",
        team="web",
        started=date(2026, 2, 2),
    )
]
