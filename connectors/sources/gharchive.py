"""GH Archive: what happened on public GitHub, one file an hour, one event a line.

PATH is an hourly file (``2026-01-05-9.json.gz``, packed or not) or a folder of them. A file named
after its hour covers that hour; any other covers from its first event to its last.
"""

import gzip
import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec

from connectors.github import (
    Comment,
    PullRequest,
    Review,
    attributed,
    change_of_node,
    commented,
    lifecycle,
    reviewed,
    stepped,
)
from connectors.record import Extract, record
from connectors.source import Covered, Item, Source
from schemas.envelope import UNREADABLE
from schemas.errors import Fatal


@record
class Issue:
    """What a conversation hangs on; leaves as the pull request behind it, if there is one."""

    node_id: Annotated[str, Extract(change_of_node)]


@record
class Payload:
    """What happened, to what; which objects are there depends on the kind of event."""

    action: str
    pull_request: PullRequest
    review: Review
    comment: Comment
    issue: Issue


@record
class Event:
    """One public event about a pull request (or, for remarks, an issue)."""

    payload: Payload


class Line(msgspec.Struct):
    """What the reader itself must know of a line."""

    type: Annotated[str, msgspec.Meta(pattern="^[A-Z][A-Za-z]{0,40}Event$")]
    created_at: datetime


def read(path: Path) -> Iterator[Item | Covered]:
    """Yield each line as an item, then what its file covers. Raises Fatal for a damaged file."""
    files = [path] if path.is_file() else sorted([*path.glob("*.json"), *path.glob("*.json.gz")])
    if not files:
        raise Fatal(f"gharchive: no .json or .json.gz file at {path}", "give a file or its folder")
    for file in files:
        try:
            with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as lines:
                yield from _read_lines(file.name, lines)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            raise Fatal(f"gharchive: {file} is damaged", "get it again and rerun") from None


def _read_lines(name: str, lines: Iterator[bytes]) -> Iterator[Item | Covered]:
    times: list[datetime] = []
    for line in lines:
        try:
            seen = msgspec.json.decode(line, type=Line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            if line.strip():
                yield Item(UNREADABLE, line)
            continue
        times = [min([*times, seen.created_at]), max([*times, seen.created_at])]
        yield Item(seen.type, line)
    if named := re.match(r"(\d{4}-\d\d-\d\d)-(\d{1,2})\.json", name):
        hour = datetime.strptime(f"{named[1]} {named[2]}", "%Y-%m-%d %H").replace(tzinfo=UTC)
        yield Covered(hour, hour + timedelta(hours=1))
    elif times:
        yield Covered(*times)


PULL_REQUESTS = """
    SELECT delivery, payload.action AS action, payload.pull_request AS pr FROM PullRequestEvent"""

REVIEWS = """
    SELECT delivery, payload.pull_request.id AS change, payload.review AS review
    FROM PullRequestReviewEvent"""

COMMENTS = """
    SELECT delivery, payload.pull_request.id::VARCHAR AS change, payload.comment AS comment
    FROM PullRequestReviewCommentEvent WHERE payload.action = 'created'
    UNION ALL BY NAME
    SELECT delivery, payload.issue.node_id AS change, payload.comment AS comment
    FROM IssueCommentEvent WHERE payload.action = 'created' AND payload.issue.node_id IS NOT NULL"""

SOURCE = Source(
    name="gharchive",
    topic="review",
    records={
        "PullRequestEvent": Event,
        "PullRequestReviewEvent": Event,
        "PullRequestReviewCommentEvent": Event,
        "IssueCommentEvent": Event,
    },
    read=read,
    events={
        **lifecycle(PULL_REQUESTS),
        "change.ready": stepped(PULL_REQUESTS, "ready_for_review"),
        "change.reopened": stepped(PULL_REQUESTS, "reopened"),
        "change.attributed": attributed(PULL_REQUESTS),
        "change.reviewed": reviewed(REVIEWS),
        "change.commented": commented(COMMENTS),
    },
)
