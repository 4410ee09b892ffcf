"""``ai.inference.completed``: a model answered an AI tool, or failed to."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

from schemas.columns import Account, Keyed
from schemas.event import Event, event
from schemas.partition import Day


@event(
    "ai.inference.completed",
    key=("tool", "session", "time", "inference"),
    partition=Day("time"),
)
class AiInferenceCompleted(Event):
    """One request to a model; its cost is the tool's estimate, not the bill."""

    tool: str
    """The AI tool."""
    session: Keyed
    """The tool's own session id, hidden."""
    inference: Keyed
    """The provider's id of the request, hidden; without one, the hash of the record."""
    account: Account | None = None
    """For whom."""
    prompt: Keyed | None = None
    """The prompt that it was done for, hidden."""
    outcome: Literal["succeeded", "failed"]
    """How it ended."""
    status_code: int | None = None
    """The HTTP status of a failure."""
    model: str | None = None
    """The model, as the tool calls it."""
    input_tokens: int | None = None
    """Tokens read at the full price."""
    output_tokens: int | None = None
    """Tokens written."""
    cache_read_tokens: int | None = None
    """Tokens read from the provider's cache."""
    cache_creation_tokens: int | None = None
    """Tokens put into the provider's cache."""
    cost_usd: Decimal | None = None
    """What it cost by the tool's own price list."""
    duration_ms: int | None = None
    """How long it took."""
    surface: str | None = None
    """Where the tool ran, as it calls it."""
    version: str | None = None
    """The tool's version."""


EXAMPLES = [
    AiInferenceCompleted(
        time=datetime(2026, 1, 5, 9, 0, 2, 377000, tzinfo=UTC),
        tool="claude_code",
        session=Keyed("5e" * 16),
        inference=Keyed("6d" * 16),
        account=Account("0f" * 16),
        prompt=Keyed("9b" * 16),
        outcome="succeeded",
        model="claude-sonnet-4-5",
        input_tokens=1200,
        output_tokens=77,
        cache_read_tokens=4000,
        cache_creation_tokens=300,
        cost_usd=Decimal("0.00708"),
        duration_ms=18,
        surface="vscode",
        version="2.1.197",
        evidence="B",
    ),
    AiInferenceCompleted(
        time=datetime(2026, 1, 5, 9, 0, 9, 1000, tzinfo=UTC),
        tool="claude_code",
        session=Keyed("5e" * 16),
        inference=Keyed("6e" * 16),
        outcome="failed",
        status_code=529,
        evidence="B",
    ),
]
