"""``ai.tool.completed``: an AI tool used one of its tools."""

from datetime import UTC, datetime
from typing import Literal

from schemas.columns import Account, Keyed
from schemas.event import Event, event
from schemas.partition import Day


@event("ai.tool.completed", key=("tool", "session", "time", "call"), partition=Day("time"))
class AiToolCompleted(Event):
    """One use; what went in and what came out are never known here."""

    tool: str
    """The AI tool."""
    session: Keyed
    """The tool's own session id, hidden."""
    call: Keyed
    """The tool's id of the use, hidden; without one, the hash of the record."""
    account: Account | None = None
    """For whom."""
    prompt: Keyed | None = None
    """The prompt that it was done for, hidden."""
    tool_name: str | None = None
    """What was used; a tool that somebody added is ``mcp:`` or ``other:`` and a hash."""
    tool_kind: Literal["edit", "read", "search", "shell", "web", "agent", "mcp", "other"] | None = (
        None
    )
    """What such a tool does."""
    success: bool | None = None
    """Whether it worked."""
    duration_ms: int | None = None
    """How long it took."""
    input_bytes: int | None = None
    """The size of what went in."""
    result_bytes: int | None = None
    """The size of what came out."""
    surface: str | None = None
    """Where the AI tool ran, as it calls it."""
    version: str | None = None
    """The AI tool's version."""


EXAMPLES = [
    AiToolCompleted(
        time=datetime(2026, 1, 5, 9, 0, 3, 398000, tzinfo=UTC),
        tool="claude_code",
        session=Keyed("5e" * 16),
        call=Keyed("ca" * 16),
        account=Account("0f" * 16),
        prompt=Keyed("9b" * 16),
        tool_name="Edit",
        tool_kind="edit",
        success=True,
        duration_ms=16,
        input_bytes=88,
        result_bytes=127,
        surface="vscode",
        version="2.1.197",
        evidence="B",
    )
]
