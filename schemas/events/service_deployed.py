"""``service.deployed``: a version of a service was put where it runs."""

from datetime import UTC, datetime
from typing import Literal

from schemas.columns import Account
from schemas.event import Event, event
from schemas.partition import Bucket


@event(
    "service.deployed",
    key=("provider", "deployment"),
    partition=Bucket(("provider", "deployment")),
)
class ServiceDeployed(Event):
    """One deployment came to its end, well or badly; an upgrade is one too."""

    provider: str
    """Who deployed, such as ``github`` or ``cdevents``."""
    deployment: str
    """The provider's own object id of the end that was reached."""
    environment: str
    """Where to, as the provider calls it."""
    outcome: Literal["success", "failure"]
    """Whether it runs there now."""
    service: str | None = None
    """What was deployed, as the provider calls it."""
    repo: str | None = None
    """``host/owner/name`` of what it was built from."""
    sha: str | None = None
    """The commit it was built from."""
    artifact: str | None = None
    """What was put there, as a package URL."""
    deployer: Account | None = None
    """The account that deployed."""


EXAMPLES = [
    ServiceDeployed(
        time=datetime(2026, 1, 5, 12, 0, tzinfo=UTC),
        provider="github",
        deployment="209916254",
        environment="production",
        outcome="success",
        repo="github.com/acme/web",
        sha="f95f852bd8fca8fcc58a9a2d6c842781e32a215e",
        deployer=Account("ab" * 16),
    )
]
