"""``incident.resolved``: what had gone wrong is well again."""

from datetime import UTC, datetime

from schemas.event import Event, event
from schemas.partition import Bucket


@event(
    "incident.resolved",
    key=("provider", "incident"),
    partition=Bucket(("provider", "incident")),
)
class IncidentResolved(Event):
    """The end of an incident."""

    provider: str
    """Who watches, such as ``cdevents``."""
    incident: str
    """The provider's own id of the incident."""
    environment: str | None = None
    """Where, as the provider calls it."""
    service: str | None = None
    """What, as the provider calls it."""
    artifact: str | None = None
    """What ran there, as a package URL."""


EXAMPLES = [
    IncidentResolved(
        time=datetime(2026, 1, 5, 15, 0, tzinfo=UTC),
        provider="cdevents",
        incident="0f0f/incident-123",
        environment="prod1",
        service="myApp",
    )
]
