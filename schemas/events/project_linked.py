"""``project.linked``: this folder in an editor is that repository's."""

from datetime import UTC, datetime

from schemas.columns import Keyed
from schemas.event import Event, event
from schemas.partition import Whole


@event("project.linked", key=("project",), partition=Whole())
class ProjectLinked(Event):
    """Said by hand where a folder's name does not tell: another name, or one that several share."""

    project: Keyed
    """The folder, hidden as an editor's project is."""
    repo: str
    """``host/owner/name``; a personal owner's part is keyed."""


EXAMPLES = [
    ProjectLinked(
        time=datetime(2026, 1, 5, tzinfo=UTC),
        project=Keyed("5c" * 16),
        repo="github.com/acme/web",
    )
]
