"""``commit.attributed``: a commit, or some of its lines, is put down to an AI tool."""

from datetime import UTC, datetime
from typing import Literal

from schemas.event import Event, event
from schemas.partition import Bucket


@event(
    "commit.attributed",
    key=("repo", "sha", "scheme", "tool"),
    partition=Bucket(("repo", "sha")),
)
class CommitAttributed(Event):
    """One tool by one scheme; and of each note one row without a tool, for all that is no tool's.

    Line counts add up over rows: ``sum(lines_added_ai) / sum(lines_added_total)`` is the share.
    """

    repo: str
    """``host/owner/name``; the owner's part is keyed where it may be a person."""
    sha: str
    """The commit's object id."""
    scheme: Literal["git-ai", "trailer", "name"]
    """Who says so: a git-ai note, a mark in the message, or how the author or committer signs."""
    tool: str | None = None
    """The tool, such as ``claude_code``; NULL is a note's row about lines of no tool."""
    models: list[str] | None = None
    """The models that the note names for the tool's lines, sorted."""
    sessions: list[str] | None = None
    """The sessions that the lines came from, hidden as in the tool's own events, sorted."""
    lines_added_ai: int | None = None
    """Lines that the commit adds and the note gives to this tool, each counted once."""
    lines_claimed: int | None = None
    """Lines that the note gives to this tool, whether or not the commit adds them."""
    lines_added_total: int | None = None
    """Lines that the commit adds; only in the row without a tool; NULL for a merge."""
    lines_added_human: int | None = None
    """Of those, lines that the note gives to a known human; the rest is unknown, never human."""
    lines_added_unexplained: int | None = None
    """Of those, lines under a key that the note does not explain; not counted as a tool's."""


EXAMPLES = [
    CommitAttributed(
        time=datetime(2026, 1, 5, 9, 30, tzinfo=UTC),
        repo="github.com/acme/web",
        sha="5e" * 20,
        scheme="git-ai",
        tool="claude_code",
        models=["claude-opus-4-6"],
        sessions=["5e" * 16],
        lines_added_ai=9,
        lines_claimed=12,
        evidence="B",
        rev=1_767_605_460_000_000,
    ),
    CommitAttributed(
        time=datetime(2026, 1, 5, 9, 30, tzinfo=UTC),
        repo="github.com/acme/web",
        sha="5e" * 20,
        scheme="git-ai",
        lines_added_total=14,
        lines_added_human=2,
        lines_added_unexplained=0,
        evidence="B",
        rev=1_767_605_460_000_000,
    ),
    CommitAttributed(
        time=datetime(2026, 1, 5, 9, 30, tzinfo=UTC),
        repo="github.com/acme/web",
        sha="5e" * 20,
        scheme="trailer",
        tool="claude_code",
        evidence="C",
    ),
]
