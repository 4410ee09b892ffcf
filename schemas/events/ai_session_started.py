"""``ai.session.started``: somebody began (or took up again) a session with an AI tool."""

from datetime import UTC, datetime

from schemas.columns import Account, Keyed
from schemas.event import Event, event
from schemas.partition import Day


@event("ai.session.started", key=("tool", "session", "time"), partition=Day("time"))
class AiSessionStarted(Event):
    """One start; a session that is taken up again starts again."""

    tool: str
    """The AI tool, such as ``claude_code``."""
    session: Keyed
    """The tool's own session id, hidden; equal in every source that knows it."""
    account: Account | None = None
    """Whose session."""
    start_type: str | None = None
    """How it began, as the tool calls it: fresh, resume, continue."""
    surface: str | None = None
    """Where it ran, as the tool calls it: an editor, a terminal, or without either."""
    version: str | None = None
    """The tool's version."""


EXAMPLES = [
    AiSessionStarted(
        time=datetime(2026, 1, 5, 9, 0, 0, 199000, tzinfo=UTC),
        tool="claude_code",
        session=Keyed("5e" * 16),
        account=Account("0f" * 16),
        start_type="fresh",
        surface="vscode",
        version="2.1.197",
        evidence="B",
    )
]
