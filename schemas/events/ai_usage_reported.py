"""``ai.usage.reported``: an AI tool summed up what it did in a stretch of time."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

from schemas.columns import Account, Keyed
from schemas.event import Event, event
from schemas.partition import Day


@event(
    "ai.usage.reported",
    key=("tool", "series", "measure", "started", "until"),
    partition=Day("started"),
)
class AiUsageReported(Event):
    """One sum of one series; all of a measure may be added up, but never to the single events."""

    tool: str
    """The AI tool."""
    series: Keyed
    """What is summed, for whom and where, hidden: one time series of the tool."""
    measure: Literal[
        "sessions",
        "lines_added",
        "lines_removed",
        "commits",
        "pull_requests",
        "cost_usd",
        "input_tokens",
        "output_tokens",
        "cache_read_tokens",
        "cache_creation_tokens",
        "edits_accepted",
        "edits_rejected",
        "active_user_s",
        "active_cli_s",
    ]
    """What is counted, and in which unit."""
    quantity: Decimal
    """How much."""
    started: datetime
    """Since when, in UTC."""
    until: datetime | None = None
    """Up to when; NULL is "so far": a later sum since the same start replaces this one."""
    session: Keyed | None = None
    """The tool's own session id, hidden."""
    account: Account | None = None
    """For whom."""
    model: str | None = None
    """The model, where the sum is split by model."""
    surface: str | None = None
    """Where the tool ran, as it calls it."""
    version: str | None = None
    """The tool's version."""


EXAMPLES = [
    AiUsageReported(
        time=datetime(2026, 1, 5, 9, 1, tzinfo=UTC),
        tool="claude_code",
        series=Keyed("5a" * 16),
        measure="lines_added",
        quantity=Decimal(4),
        started=datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
        until=datetime(2026, 1, 5, 9, 1, tzinfo=UTC),
        session=Keyed("5e" * 16),
        account=Account("0f" * 16),
        model="claude-sonnet-4-5",
        surface="vscode",
        version="2.1.197",
        evidence="B",
    ),
    AiUsageReported(
        time=datetime(2026, 1, 5, 9, 2, tzinfo=UTC),
        tool="claude_code",
        series=Keyed("5b" * 16),
        measure="cost_usd",
        quantity=Decimal("0.02832"),
        started=datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
        rev=1767603720000000,
        evidence="B",
    ),
]
