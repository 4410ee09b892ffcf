"""GitHub's pull requests, as every source that speaks of them sees them.

The records are shaped like GitHub's own objects, and ``lifecycle`` says once what such an object
means, so that an archive, a webhook and a data set of the same pull request tell the same events.
"""

import binascii
import re
from base64 import urlsafe_b64decode
from typing import Annotated, Any

import msgspec

from connectors.ai_marks import ai_marks
from connectors.github_accounts import User, actor_kind
from connectors.places import PLACE, PROJECT
from connectors.record import Extract, Hidden, record
from connectors.repository import Repository

HOST = "github.com"


def change_of_node(node_id: str) -> str | None:
    """Return the object id of the pull request that a node id names; nothing for an issue's.

    An issue's payload tells a pull request's object id only here: as base64 of the text
    ``011:PullRequest693259113``, or after ``PR_`` as base64 of the list [0, repository, id] in
    MessagePack.
    """
    kind, _, packed = node_id.rpartition("_")
    if kind not in ("", "PR"):
        return None
    try:
        inside = urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        if kind == "PR":
            return str(msgspec.msgpack.decode(inside, type=tuple[int, int, int])[2])
    except (binascii.Error, msgspec.DecodeError, ValueError):
        raise ValueError("Expected a node id") from None
    found = re.fullmatch(rb"0\d+:PullRequest(\d+)", inside)
    return found[1].decode() if found else None


@record
class Folder:
    """The repository that was cloned, as its folder is called."""

    name: Annotated[str, PROJECT]


@record
class Head:
    """Where a pull request comes from."""

    ref: Annotated[str, Hidden("branch")]
    repo: Folder


@record
class Base:
    """Where a pull request goes to."""

    repo: Annotated[dict[str, Any], Repository(HOST)]


@record
class PullRequest:
    """A pull request; of its text only the marks of AI tools leave."""

    id: int
    number: int
    html_url: Annotated[str, PLACE]
    user: User
    created_at: str
    updated_at: str
    closed_at: str
    merged_at: str
    merge_commit_sha: str
    merged_by: User
    additions: int
    deletions: int
    draft: bool
    body: Annotated[str, Extract(ai_marks)]
    head: Head
    base: Base


@record
class Review:
    """A finished review, without its text."""

    id: int
    user: User
    state: str
    submitted_at: str


@record
class Comment:
    """A remark, without its text."""

    id: int
    user: User
    created_at: str


def lifecycle(pull_requests: str) -> dict[str, str]:
    """Return what a pull request says of its own beginning and end, by event type.

    ``pull_requests`` is a SELECT of ``delivery``, ``action`` (what had just happened, or NULL) and
    ``pr`` (the object). A closed one tells its creation and its end.
    """
    change = f"SELECT delivery, '{HOST}' AS forge, pr.id AS change"
    size = "pr.additions AS lines_added, pr.deletions AS lines_removed"
    return {
        "change.created": f"""
            {change}, pr.created_at AS time, pr.base.repo AS repo, pr.number AS number,
                pr.user.login AS author, {actor_kind("pr.user")} AS author_kind,
                pr.head.ref AS branch, pr.head.repo.name AS project, pr.html_url AS page,
                CASE WHEN action = 'opened' THEN pr.draft END AS draft
            FROM ({pull_requests})""",
        "change.merged": f"""
            {change}, pr.merged_at AS time, pr.merge_commit_sha AS sha,
                pr.merged_by.login AS merger, {size}
            FROM ({pull_requests}) WHERE pr.merged_at IS NOT NULL""",
        "change.abandoned": f"""
            {change}, pr.closed_at AS time, {size}
            FROM ({pull_requests}) WHERE pr.closed_at IS NOT NULL AND pr.merged_at IS NULL""",
    }


def stepped(pull_requests: str, action: str) -> str:
    """Return when the same pull requests took a step that they do not remember themselves."""
    return f"""
        SELECT delivery, '{HOST}' AS forge, pr.id AS change, pr.updated_at AS time
        FROM ({pull_requests}) WHERE action = '{action}'"""


def reviewed(reviews: str) -> str:
    """Return the verdicts in a SELECT of ``delivery``, ``change`` (its id) and ``review``."""
    return f"""
        SELECT delivery, '{HOST}' AS forge, change, review.id AS review,
            lower(review.state) AS state, review.user.login AS reviewer,
            {actor_kind("review.user")} AS reviewer_kind, review.submitted_at AS time
        FROM ({reviews})"""


def commented(comments: str) -> str:
    """Return the remarks in a SELECT of ``delivery``, ``change`` (its id) and ``comment``."""
    return f"""
        SELECT delivery, '{HOST}' AS forge, change, comment.id AS comment,
            comment.user.login AS author, {actor_kind("comment.user")} AS author_kind,
            comment.created_at AS time
        FROM ({comments})"""


def attributed(pull_requests: str) -> str:
    """Return which AI tools a pull request shows: its author's, and those that left a mark."""
    return f"""
        SELECT DISTINCT delivery, '{HOST}' AS forge, pr.id AS change, pr.created_at AS time,
            'C' AS evidence, tool
        FROM (
            SELECT delivery, pr, pr.user.id AS tool FROM ({pull_requests})
            UNION ALL
            SELECT delivery, pr, split_part(unnest(pr.body), ':', 1) FROM ({pull_requests}))
        WHERE tool IS NOT NULL"""
