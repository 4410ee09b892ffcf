"""``pipelinerun.finished``: a build or test pipeline ran to its end."""

from datetime import UTC, datetime
from typing import Literal

from schemas.columns import Keyed
from schemas.event import Event, event
from schemas.partition import Bucket


@event(
    "pipelinerun.finished",
    key=("provider", "run", "attempt"),
    partition=Bucket(("provider", "run")),
)
class PipelinerunFinished(Event):
    """One attempt of one run."""

    provider: str
    """Who ran it, such as ``github`` or ``cdevents``."""
    run: str
    """The provider's own object id of the run."""
    attempt: int
    """Which attempt, from 1."""
    outcome: Literal["success", "failure", "error", "cancelled", "skipped"] | None = None
    """How it ended; NULL where the provider does not say."""
    started_at: datetime | None = None
    """When this attempt began."""
    repo: str | None = None
    """``host/owner/name`` of what it ran on."""
    sha: str | None = None
    """The commit it ran on."""
    branch: Keyed | None = None
    """The branch it ran on, hidden."""


EXAMPLES = [
    PipelinerunFinished(
        time=datetime(2026, 1, 5, 9, 12, tzinfo=UTC),
        provider="github",
        run="1589141870",
        attempt=1,
        outcome="success",
        started_at=datetime(2026, 1, 5, 9, 10, tzinfo=UTC),
        repo="github.com/acme/web",
        sha="5779607b49aab1200488439f02372c57b4f75444",
    )
]
