"""``service.rolledback``: a version of a service was taken back."""

from datetime import UTC, datetime

from schemas.event import Event, event
from schemas.partition import Bucket


@event(
    "service.rolledback",
    key=("provider", "deployment"),
    partition=Bucket(("provider", "deployment")),
)
class ServiceRolledback(Event):
    """An earlier version runs again."""

    provider: str
    """Who said so, such as ``cdevents``."""
    deployment: str
    """The provider's own object id of the roll-back."""
    environment: str
    """Where, as the provider calls it."""
    service: str | None = None
    """What was taken back, as the provider calls it."""
    artifact: str | None = None
    """What runs there now, as a package URL."""


EXAMPLES = [
    ServiceRolledback(
        time=datetime(2026, 1, 5, 13, 0, tzinfo=UTC),
        provider="cdevents",
        deployment="0f0f/271069a8-fc18-44f1-b38f-9d70a1695819",
        environment="production",
        service="web",
    )
]
