"""``ai.prompt.submitted``: somebody asked an AI tool for something."""

from datetime import UTC, datetime

from schemas.columns import Account, Keyed
from schemas.event import Event, event
from schemas.partition import Day


@event("ai.prompt.submitted", key=("tool", "session", "time", "record"), partition=Day("time"))
class AiPromptSubmitted(Event):
    """One prompt; what it says is never known here."""

    tool: str
    """The AI tool."""
    session: Keyed
    """The tool's own session id, hidden."""
    record: Keyed
    """The hash of all that the tool said of it; there is no id that lasts."""
    account: Account | None = None
    """Who asked."""
    prompt: Keyed | None = None
    """The tool's id of the prompt, hidden; what was done about it says the same."""
    prompt_chars: int | None = None
    """How long it was."""
    surface: str | None = None
    """Where it was typed, as the tool calls it."""
    version: str | None = None
    """The tool's version."""


EXAMPLES = [
    AiPromptSubmitted(
        time=datetime(2026, 1, 5, 9, 0, 1, 291000, tzinfo=UTC),
        tool="claude_code",
        session=Keyed("5e" * 16),
        record=Keyed("7a" * 16),
        account=Account("0f" * 16),
        prompt=Keyed("9b" * 16),
        prompt_chars=23,
        surface="vscode",
        version="2.1.197",
        evidence="B",
    )
]
