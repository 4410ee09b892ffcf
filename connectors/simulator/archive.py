"""The organisation's changes as GH Archive would have recorded them: hourly files of events.

The objects have the names, the nesting and the surplus of the real ones, names of people, mail
addresses, titles and branches included, so that what must not get past the edge is there to be
stripped.
"""

import gzip
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha1
from pathlib import Path
from typing import Any

from connectors.simulator.organisation import Change
from connectors.simulator.people import OWNER, TEAMS, Person

Json = dict[str, Any]

MARKS = {
    "aider": "Co-authored-by: aider (gpt) <aider@aider.chat>",
    "claude_code": "Generated with [Claude Code](https://claude.com/claude-code)",
    "codex": "Co-authored-by: Codex <noreply@openai.com>",
    "copilot": "Co-authored-by: Copilot <198982749+Copilot@users.noreply.github.com>",
    "cursor": "Co-authored-by: Cursor <cursoragent@cursor.com>",
}
"""What each tool leaves in the text of a change."""

AGENT = ("Copilot", 198982749)
"""The account of the tool that opens changes itself."""


def write_archive(folder: Path, changes: Iterable[Change], first: date, weeks: int) -> None:
    """Write a file for every hour of these weeks, quiet ones too; equal bytes for equal changes.

    What would happen after the last hour is left out, so the latest changes are still open.
    """
    start = datetime.combine(first, time(0), UTC)
    hours: list[list[Json]] = [[] for _ in range(weeks * 7 * 24)]
    told = ((at, event) for change in changes for at, event in _events(change))
    for number, (at, event) in enumerate(sorted(told, key=lambda one: one[0])):
        hour = (at - start) // timedelta(hours=1)
        if hour < len(hours):
            told_at = {"id": str(24_000_000_000 + number), "created_at": _iso(at)}
            hours[hour].append(event | told_at)
    folder.mkdir(parents=True)
    for number, events in enumerate(hours):
        at = start + timedelta(hours=number)
        lines = "".join(json.dumps(event, separators=(",", ":")) + "\n" for event in events)
        packed = gzip.compress(lines.encode(), mtime=0)
        (folder / f"{at:%Y-%m-%d}-{at.hour}.json.gz").write_bytes(packed)


def _events(change: Change) -> Iterator[tuple[datetime, Json]]:
    """Yield what happened to a change, each with its time."""
    author = _author(change)
    opened = _pull_request(change, change.opened)
    yield change.opened - timedelta(seconds=40), _event("PushEvent", author, change, _push(change))
    yield (
        change.opened,
        _event("PullRequestEvent", author, change, _said("opened", change, opened)),
    )
    for review in change.reviews:
        seen = {
            "action": "created",
            "review": {
                "id": int(_sha(change, review.at.isoformat())[:11], 16),
                "user": _person(review.reviewer),
                "body": f"Thanks, {change.author.name}!",
                "commit_id": _sha(change, "head"),
                "submitted_at": _iso(review.at),
                "state": review.state,
            },
            "pull_request": _pull_request(change, review.at),
        }
        yield review.at, _event("PullRequestReviewEvent", _person(review.reviewer), change, seen)
    closed = _said("closed", change, _pull_request(change, change.ended))
    closer = _person(change.reviews[-1].reviewer if change.reviews else change.author)
    yield change.ended, _event("PullRequestEvent", closer, change, closed)


def _event(kind: str, actor: Json, change: Change, payload: Json) -> Json:
    repo = _repository(change)
    return {
        "type": kind,
        "actor": {name: actor[name] for name in ("id", "login", "url", "avatar_url")},
        "repo": {"id": repo["id"], "name": repo["full_name"], "url": repo["url"]},
        "payload": payload,
        "public": True,
        "org": {"id": 8_100_001, "login": OWNER},
    }


def _said(action: str, change: Change, pull_request: Json) -> Json:
    return {"action": action, "number": change.number, "pull_request": pull_request}


def _pull_request(change: Change, at: datetime) -> Json:
    """Return the pull request as it was at a time."""
    ended = at >= change.ended
    merged = ended and change.merged
    repo = _repository(change)
    url = f"{repo['url']}/pulls/{change.number}"
    mark = f"\n\n{MARKS[change.tool]}" if change.tool else ""
    return {
        "url": url,
        "id": 2_400_000_000 + change.number,
        "html_url": f"https://github.com/{repo['full_name']}/pull/{change.number}",
        "number": change.number,
        "state": "closed" if ended else "open",
        "locked": False,
        "title": change.subject,
        "user": _author(change),
        "body": f"{change.subject}, as {change.author.name} and I discussed.{mark}",
        "created_at": _iso(change.opened),
        "updated_at": _iso(at),
        "closed_at": _iso(change.ended) if ended else None,
        "merged_at": _iso(change.ended) if merged else None,
        "merge_commit_sha": _sha(change, "merge") if merged else None,
        "assignee": None,
        "requested_reviewers": [],
        "labels": [],
        "draft": False,
        "head": {"ref": _branch(change), "sha": _sha(change, "head"), "repo": repo},
        "base": {"ref": "main", "sha": _sha(change, "base"), "repo": repo},
        "merged": merged,
        "merged_by": _person(change.reviews[-1].reviewer) if merged and change.reviews else None,
        "comments": 0,
        "commits": 1,
        "additions": change.added,
        "deletions": change.removed,
        "changed_files": 1 + change.added // 60,
    }


def _push(change: Change) -> Json:
    person = change.author
    return {
        "push_id": 9_000_000_000 + change.number,
        "size": 1,
        "distinct_size": 1,
        "ref": f"refs/heads/{_branch(change)}",
        "head": _sha(change, "head"),
        "before": _sha(change, "base"),
        "commits": [
            {
                "sha": _sha(change, "head"),
                "author": {"name": person.name, "email": person.email},
                "message": change.subject,
                "distinct": True,
            }
        ],
    }


def _author(change: Change) -> Json:
    return _account(*AGENT, "Bot") if change.by_agent else _person(change.author)


def _person(person: Person) -> Json:
    return _account(person.login, person.number, "User")


def _account(login: str, number: int, kind: str) -> Json:
    return {
        "login": login,
        "id": number,
        "url": f"https://api.github.com/users/{login}",
        "avatar_url": f"https://avatars.githubusercontent.com/u/{number}?v=4",
        "type": kind,
        "site_admin": False,
    }


def _repository(change: Change) -> Json:
    name = change.author.team.name
    return {
        "id": 8_200_001 + TEAMS.index(change.author.team),
        "name": name,
        "full_name": f"{OWNER}/{name}",
        "url": f"https://api.github.com/repos/{OWNER}/{name}",
        "private": False,
        "owner": _account(OWNER, 8_100_001, "Organization"),
        "default_branch": "main",
    }


def _branch(change: Change) -> str:
    who = "copilot" if change.by_agent else change.author.login
    return f"{who}/{change.subject.lower().replace(' ', '-')}-{change.number}"


def _sha(change: Change, what: str) -> str:
    return sha1(f"{change.number} {what}".encode(), usedforsecurity=False).hexdigest()


def _iso(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
