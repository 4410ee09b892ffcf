"""``ai.edit.decided``: an edit that an AI tool proposed was let through or refused."""

from datetime import UTC, datetime
from typing import Literal

from schemas.columns import Account, Keyed
from schemas.event import Event, event
from schemas.partition import Bucket


@event("ai.edit.decided", key=("tool", "session", "call"), partition=Bucket(("tool", "session")))
class AiEditDecided(Event):
    """One decision on one proposed edit, by a human or by a rule that a human set."""

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
    tool_name: str
    """What would edit, such as ``Write``."""
    decision: Literal["accept", "reject", "modify"]
    """What was decided."""
    decider: Literal["user", "policy"] | None = None
    """Whether a human decided this very edit, or a rule did."""
    surface: str | None = None
    """Where the AI tool ran; without a terminal nobody can be asked."""
    version: str | None = None
    """The AI tool's version."""


EXAMPLES = [
    AiEditDecided(
        time=datetime(2026, 1, 5, 9, 0, 3, 381000, tzinfo=UTC),
        tool="claude_code",
        session=Keyed("5e" * 16),
        call=Keyed("ca" * 16),
        account=Account("0f" * 16),
        prompt=Keyed("9b" * 16),
        tool_name="Edit",
        decision="accept",
        decider="user",
        surface="vscode",
        version="2.1.197",
        evidence="B",
    )
]
