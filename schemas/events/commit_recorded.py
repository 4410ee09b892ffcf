"""``commit.recorded``: someone (or something) put a state of the code on record."""

from datetime import UTC, datetime

from schemas.columns import Account
from schemas.event import Event, event
from schemas.partition import Bucket


@event("commit.recorded", key=("repo", "sha"), partition=Bucket(("repo", "sha")))
class CommitRecorded(Event):
    """One commit of one repository; ``time`` is the committer's, which a rebase renews."""

    repo: str
    """``host/owner/name``; the owner's part is keyed where it may be a person."""
    sha: str
    """The commit's object id."""
    parents: int
    """How many it has: 0 begins a history, 2 or more is a merge."""
    author: Account | None = None
    """The account behind the author's e-mail address; GitHub's where the address is one of its."""
    committer: Account | None = None
    """The account behind the committer's e-mail address."""
    authored_at: datetime | None = None
    """When the work was first committed, in UTC; survives a rebase."""
    files: int | None = None
    """Files that differ from the parent, a rename being one; NULL for a merge and where unread."""
    lines_added: int | None = None
    """Lines added against the parent, renames followed; NULL for a merge and where unread."""
    lines_removed: int | None = None
    """Lines removed against the parent, renames followed; NULL for a merge and where unread."""
    patch_id: str | None = None
    """Git's stable id of the change itself: equal for a commit and its rebased or picked copy."""
    revert_of: str | None = None
    """The strict sign of a revert: the commit in ``This reverts commit <sha>``, if named."""
    is_revert_subject: bool | None = None
    """The wide sign: the message begins with ``revert`` (any case) or says ``This reverts commit``.
    """
    ai_tools: list[str] | None = None
    """The AI tools that left a mark on it, sorted: a lower bound, as marks can be switched off."""
    ai_marks: list[str] | None = None
    """The marks themselves, sorted, each ``tool:mark:version``."""


EXAMPLES = [
    CommitRecorded(
        time=datetime(2026, 1, 5, 9, 30, tzinfo=UTC),
        repo="github.com/acme/web",
        sha="5e" * 20,
        parents=1,
        author=Account("0f" * 16),
        committer=Account("0f" * 16),
        authored_at=datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
        files=2,
        lines_added=14,
        lines_removed=3,
        patch_id="9c" * 20,
        is_revert_subject=False,
        ai_tools=["claude_code"],
        ai_marks=["claude_code:co_author:1"],
    )
]
