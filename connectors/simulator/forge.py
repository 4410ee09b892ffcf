"""Forge: what GitHub would have sent of a change, its reviews and its deployments, as webhooks.

The objects have the names, the nesting and the surplus of the real ones, names of people, mail
addresses, titles and branches included, so that what must not get past the edge is there to be
stripped. Times are whole seconds, as GitHub's are.
"""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from hashlib import sha1

import msgspec

from connectors.simulator.engineers import Engineer
from connectors.simulator.people import OWNER, TEAMS
from connectors.simulator.signals import Hook, Json
from connectors.simulator.work import Work

MARK = "\n\n🤖 Generated with [Claude Code](https://claude.com/claude-code)"
ROBOT: Json = {"login": "larchwood-ci[bot]", "id": 7_900_001, "type": "Bot"}


def iso(at_ms: int) -> str:
    """Return a time as GitHub writes it."""
    return f"{datetime.fromtimestamp(at_ms // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"


def sha(*parts: object) -> str:
    """Return a commit that is known by its parts."""
    return sha1(" ".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()


def user(engineer: Engineer) -> Json:
    """Return somebody's account."""
    login, number = engineer.login, engineer.person.number
    return {
        "login": login,
        "id": number,
        "avatar_url": f"https://avatars.githubusercontent.com/u/{number}?v=4",
        "url": f"https://api.github.com/users/{login}",
        "html_url": f"https://github.com/{login}",
        "type": "User",
        "site_admin": False,
    }


def repository(name: str) -> Json:
    """Return a team's repository."""
    number = [team.name for team in TEAMS].index(name)
    return {
        "id": 8_200_001 + number,
        "name": name,
        "full_name": f"{OWNER}/{name}",
        "private": True,
        "owner": {"login": OWNER, "id": 8_100_001, "type": "Organization"},
        "html_url": f"https://github.com/{OWNER}/{name}",
        "default_branch": "main",
    }


def page(work: Work, rest: str = "") -> str:
    """Return the address at which a change is read."""
    return f"https://github.com/{OWNER}/{work.repo}/pull/{work.number}{rest}"


def pull_request(work: Work, at_ms: int) -> Json:
    """Return the pull request as it is at a time."""
    ai, human = work.lines()
    ended = bool(work.ended_ms)
    repo = repository(work.repo)
    helped = MARK if work.marked else ""
    name = work.author.person.name
    body = f"{work.subject}, as {name} and I discussed.{helped}"
    if work.reverts:
        body = f"Reverts {OWNER}/{work.repo}#{work.reverts.number}"
    return {
        "url": f"https://api.github.com/repos/{OWNER}/{work.repo}/pulls/{work.number}",
        "id": work.id,
        "node_id": node_id(work),
        "html_url": page(work),
        "number": work.number,
        "state": "closed" if ended else "open",
        "locked": False,
        "title": work.subject,
        "user": user(work.author),
        "body": body,
        "created_at": iso(work.created_ms),
        "updated_at": iso(at_ms),
        "closed_at": iso(work.ended_ms) if ended else None,
        "merged_at": iso(work.ended_ms) if work.merged else None,
        "merge_commit_sha": work.merge_sha or None,
        "requested_reviewers": [],
        "labels": [],
        "draft": work.draft,
        "head": {
            "label": f"{OWNER}:{work.branch}",
            "ref": work.branch,
            "sha": head(work),
            "repo": repo,
        },
        "base": {"label": f"{OWNER}:main", "ref": "main", "sha": sha(work.id), "repo": repo},
        "author_association": "MEMBER",
        "merged": work.merged,
        "merged_by": user(work.author) if work.merged else None,
        "comments": 0,
        "commits": 1 + work.pushes,
        "additions": ai + human,
        "deletions": work.removed,
        "changed_files": len(work.files),
    }


def head(work: Work) -> str:
    """Return the newest commit of a change's branch."""
    return sha(work.id, "head", work.pushes)


def node_id(work: Work) -> str:
    """Return the object's id as GitHub's newer interfaces spell it."""
    packed = msgspec.msgpack.encode([0, repository(work.repo)["id"], work.id])
    return f"PR_{urlsafe_b64encode(packed).decode().rstrip('=')}"


def about(work: Work, at_ms: int, event: str, action: str, sender: Json, **more: Json) -> Hook:
    """Return a webhook about a change."""
    payload = {
        "action": action,
        "number": work.number,
        "pull_request": pull_request(work, at_ms),
        "repository": repository(work.repo),
        "organization": {"login": OWNER, "id": 8_100_001},
        "sender": sender,
        **more,
    }
    return Hook(at_ms, event, payload)


def stepped(work: Work, at_ms: int, action: str) -> Hook:
    """Return that a change's author took a step with it."""
    return about(work, at_ms, "pull_request", action, user(work.author))


def reviewed(work: Work, at_ms: int, number: int, reviewer: Engineer, state: str) -> Hook:
    """Return that a review was submitted."""
    review = {
        "id": number,
        "user": user(reviewer),
        "body": f"Thanks, {work.author.person.name}!",
        "commit_id": head(work),
        "submitted_at": iso(at_ms),
        "state": state,
        "author_association": "MEMBER",
    }
    return about(work, at_ms, "pull_request_review", "submitted", user(reviewer), review=review)


def remarked(work: Work, at_ms: int, number: int, reviewer: Engineer, file: str) -> Hook:
    """Return that a line of a change was remarked upon."""
    comment = {
        "id": number,
        "user": user(reviewer),
        "path": file,
        "line": 12,
        "diff_hunk": f"@@ -1 +1 @@ # {work.author.person.name}",
        "body": f"{work.author.person.name}, should this not be shorter?",
        "created_at": iso(at_ms),
        "updated_at": iso(at_ms),
    }
    return about(
        work, at_ms, "pull_request_review_comment", "created", user(reviewer), comment=comment
    )


def said(work: Work, at_ms: int, number: int, who: Json, text: str) -> Hook:
    """Return that somebody (or a robot) said something below a change."""
    payload = {
        "action": "created",
        "issue": {
            "id": work.id + 1,
            "node_id": node_id(work),
            "number": work.number,
            "title": work.subject,
            "user": user(work.author),
            "pull_request": {"html_url": page(work)},
        },
        "comment": {
            "id": number,
            "user": who,
            "created_at": iso(at_ms),
            "updated_at": iso(at_ms),
            "body": text,
        },
        "repository": repository(work.repo),
        "sender": who,
    }
    return Hook(at_ms, "issue_comment", payload)


def pushed(work: Work, at_ms: int) -> Hook:
    """Return that commits were pushed to a change's branch."""
    person = work.author.person
    payload = {
        "ref": f"refs/heads/{work.branch}",
        "before": sha(work.id, "head", work.pushes - 1),
        "after": head(work),
        "forced": False,
        "commits": [
            {
                "id": head(work),
                "message": work.subject,
                "timestamp": iso(at_ms),
                "author": {"name": person.name, "email": person.email, "username": person.login},
                "modified": work.files,
            }
        ],
        "pusher": {"name": person.login, "email": person.email},
        "repository": repository(work.repo),
        "sender": user(work.author),
    }
    return Hook(at_ms, "push", payload)


def ran(work: Work, at_ms: int, number: int, took_ms: int, conclusion: str) -> Hook:
    """Return that the checks of a change's newest commit ended."""
    run = {
        "id": number,
        "name": "checks",
        "run_attempt": 1,
        "event": "pull_request",
        "status": "completed",
        "conclusion": conclusion,
        "head_sha": head(work),
        "head_branch": work.branch,
        "created_at": iso(at_ms),
        "run_started_at": iso(at_ms),
        "updated_at": iso(at_ms + took_ms),
        "actor": user(work.author),
    }
    payload = {
        "action": "completed",
        "workflow_run": run,
        "repository": repository(work.repo),
        "sender": user(work.author),
    }
    return Hook(at_ms + took_ms, "workflow_run", payload)


def deployed(
    repo: str, at_ms: int, number: int, commit: str, environment: str, state: str, by: Json
) -> Hook:
    """Return how far a deployment is."""
    payload = {
        "action": "created",
        "deployment_status": {
            "id": number,
            "state": state,
            "creator": by,
            "environment": environment,
            "target_url": f"https://ci.{OWNER}.test/{number}",
            "created_at": iso(at_ms),
            "updated_at": iso(at_ms),
        },
        "deployment": {
            "id": number // 8,
            "sha": commit,
            "ref": "main",
            "task": "deploy",
            "environment": environment,
            "creator": by,
            "created_at": iso(at_ms - 240_000),
        },
        "repository": repository(repo),
        "sender": by,
    }
    return Hook(at_ms, "deployment_status", payload)
