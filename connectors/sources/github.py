"""GitHub: webhooks of pull requests, reviews, remarks, deployments and workflow runs.

The route is ``/github``; every delivery is signed over its raw bytes. The kind is GitHub's own
event name; kinds without a record are counted. For ``pull``, PATH is a folder of payloads (or one
of them) named by their event: ``pull_request.json``, ``pull_request.closed.json``.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qs

import msgspec

from connectors.github import (
    HOST,
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
from connectors.github_accounts import User
from connectors.record import Extract, Hidden, record
from connectors.repository import Repository
from connectors.source import Item, Push, Reply, Request, Source
from schemas.errors import Fatal, Rejected

FORM = "application/x-www-form-urlencoded"
KIND_HEADER = "x-github-event"


@record
class Issue:
    """What a conversation hangs on; leaves as the pull request behind it, if there is one."""

    node_id: Annotated[str, Extract(change_of_node)]


@record
class Conversation:
    """A webhook about a pull request, its reviews or its remarks."""

    action: str
    pull_request: PullRequest
    review: Review
    comment: Comment
    issue: Issue


@record
class Deployment:
    """What was deployed."""

    sha: str
    task: str


@record
class Status:
    """How far a deployment is."""

    id: int
    state: str
    environment: str
    created_at: str
    creator: User


@record
class Deployed:
    """A webhook about the progress of a deployment."""

    deployment: Deployment
    deployment_status: Status
    repository: Annotated[dict[str, Any], Repository(HOST)]


@record
class Run:
    """One attempt of a workflow run."""

    id: int
    run_attempt: int
    conclusion: str
    head_sha: str
    head_branch: Annotated[str, Hidden("branch")]
    run_started_at: str
    updated_at: str


@record
class Ran:
    """A webhook about a workflow run."""

    action: str
    workflow_run: Run
    repository: Annotated[dict[str, Any], Repository(HOST)]


def items(request: Request) -> Iterator[Item]:
    """Yield the one payload of a delivery, sent as JSON or as a form."""
    kind = request.headers.get(KIND_HEADER, "")
    if not kind.replace("_", "").isalnum() or len(kind) > 64:
        raise Rejected("the header X-GitHub-Event is missing or no event name")
    body = request.body
    if request.headers.get("content-type", "").startswith(FORM):
        fields = parse_qs(body, max_num_fields=4)
        if b"payload" not in fields:
            raise Rejected("the form has no field `payload`")
        body = fields[b"payload"][0]
    try:
        msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise Rejected(f"the payload is not a JSON object: {problem}") from None
    yield Item(kind, body)


def reply(request: Request, kept: int) -> Reply:
    """Answer that it is kept; GitHub only looks at the status."""
    return Reply(202, "application/json", msgspec.json.encode({"kept": kept}))


def read(path: Path) -> Iterator[Item]:
    """Yield recorded payloads. Raises Fatal where there is none."""
    files = [path] if path.is_file() else sorted(path.glob("*.json"))
    if not files:
        raise Fatal(f"github: no .json file at {path}", "name payloads by their event")
    for file in files:
        yield Item(file.name.partition(".")[0], file.read_bytes())


PULL_REQUESTS = "SELECT delivery, action, pull_request AS pr FROM pull_request"

REVIEWS = """
    SELECT delivery, pull_request.id AS change, review FROM pull_request_review"""

COMMENTS = """
    SELECT delivery, pull_request.id::VARCHAR AS change, comment
    FROM pull_request_review_comment WHERE action = 'created'
    UNION ALL BY NAME
    SELECT delivery, issue.node_id AS change, comment
    FROM issue_comment WHERE action = 'created' AND issue.node_id IS NOT NULL"""

SOURCE = Source(
    name="github",
    topic="review",
    records={
        "pull_request": Conversation,
        "pull_request_review": Conversation,
        "pull_request_review_comment": Conversation,
        "issue_comment": Conversation,
        "deployment_status": Deployed,
        "workflow_run": Ran,
    },
    read=read,
    push=Push(
        routes=("/github",),
        proof="hub_signature",
        items=items,
        reply=reply,
        content_types=("application/json", FORM),
        max_bytes=25 * 2**20,
    ),
    events={
        **lifecycle(PULL_REQUESTS),
        "change.ready": stepped(PULL_REQUESTS, "ready_for_review"),
        "change.reopened": stepped(PULL_REQUESTS, "reopened"),
        "change.attributed": attributed(PULL_REQUESTS),
        "change.reviewed": reviewed(REVIEWS),
        "change.commented": commented(COMMENTS),
        "service.deployed": """
            SELECT delivery, 'github' AS provider, deployment_status.id AS deployment,
                deployment_status.environment AS environment, repository AS repo,
                deployment.sha AS sha, deployment_status.creator.login AS deployer,
                deployment_status.created_at AS time,
                CASE WHEN deployment_status.state = 'success' THEN 'success' ELSE 'failure' END
                    AS outcome
            FROM deployment_status
            WHERE deployment_status.state IN ('success', 'failure', 'error')""",
        "pipelinerun.finished": """
            SELECT delivery, 'github' AS provider, workflow_run.id AS run,
                coalesce(workflow_run.run_attempt, 1) AS attempt,
                CASE workflow_run.conclusion
                    WHEN 'success' THEN 'success'
                    WHEN 'failure' THEN 'failure'
                    WHEN 'timed_out' THEN 'error'
                    WHEN 'startup_failure' THEN 'error'
                    WHEN 'cancelled' THEN 'cancelled'
                    WHEN 'skipped' THEN 'skipped'
                END AS outcome,
                workflow_run.run_started_at AS started_at, workflow_run.updated_at AS time,
                repository AS repo, workflow_run.head_sha AS sha,
                workflow_run.head_branch AS branch
            FROM workflow_run WHERE action = 'completed'""",
    },
)
