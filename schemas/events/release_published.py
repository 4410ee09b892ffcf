"""``release.published``: a state of the code was given a name."""

from datetime import UTC, datetime

from schemas.event import Event, event
from schemas.partition import Bucket


@event("release.published", key=("repo", "tag"), partition=Bucket(("repo",)))
class ReleasePublished(Event):
    """One tag of one repository; of a tag that was moved, where it was put last."""

    repo: str
    """``host/owner/name``; the owner's part is keyed where it may be a person."""
    tag: str
    """The tag's name where it holds a version number, else a keyed hash of it."""
    sha: str
    """The commit that it names."""


EXAMPLES = [
    ReleasePublished(
        time=datetime(2026, 1, 6, 8, 0, tzinfo=UTC),
        repo="github.com/acme/web",
        tag="v1.4.0",
        sha="5e" * 20,
        rev=1_767_686_400_000_000,
    )
]
