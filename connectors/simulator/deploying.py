"""Deploying: how what is merged gets to where it runs, and what goes wrong there.

Three teams tell of it as GitHub's deployment statuses, two as CDEvents. Of each deployment the
truth says whether it put something new into production.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

from connectors.simulator import forge
from connectors.simulator.numbers import Numbers
from connectors.simulator.people import OWNER
from connectors.simulator.regime import HOUR, MINUTE
from connectors.simulator.signals import CdEvent, Signals
from connectors.simulator.work import Work

BY_CDEVENTS = {"platform", "mobile"}
AT_ONCE = {"payments", "platform"}
"""Teams that deploy each merge; the others wait for a train that leaves twice a day."""

TRAIN_MS = 12 * HOUR
PRODUCTION = "production"


@dataclass(frozen=True)
class Deployment:
    """One attempt to put a commit somewhere."""

    at_ms: int
    repo: str
    environment: str
    sha: str
    succeeded: bool
    because: str
    """Why it does not count: ``preview``, ``failed``, ``retry``, ``rollback``; else empty."""
    changes: tuple[int, ...] = ()


def deployments(repo: str, works: Sequence[Work], random: Random) -> Iterator[Deployment]:
    """Yield what a team deploys, in no order."""
    for work in works:
        if work.opened_ms and random.random() < 0.2:
            at = work.opened_ms + int(random.uniform(2, 9) * MINUTE)
            place = f"preview/pr-{work.number}"
            yield Deployment(at, repo, place, forge.head(work), True, "preview")
    done: list[str] = []
    free_ms = 0
    for train in _trains(repo, works):
        for deployment in _rolled_out(repo, train, done, free_ms, random):
            free_ms = max(free_ms, deployment.at_ms + 5 * MINUTE)
            yield deployment
        done.append(train[-1].merge_sha)


def _trains(repo: str, works: Sequence[Work]) -> list[list[Work]]:
    """Return which merges go to production together, in order."""
    trains: list[list[Work]] = []
    for work in sorted((work for work in works if work.merged), key=lambda one: one.ended_ms):
        together = bool(trains) and (
            work.ended_ms - trains[-1][-1].ended_ms < 12 * MINUTE
            if repo in AT_ONCE
            else work.ended_ms // TRAIN_MS == trains[-1][-1].ended_ms // TRAIN_MS
        )
        if together:
            trains[-1].append(work)
        else:
            trains.append([work])
    return trains


def _rolled_out(
    repo: str, works: Sequence[Work], done: Sequence[str], free_ms: int, random: Random
) -> Iterator[Deployment]:
    """Yield the way of one commit: to staging, to production, again if that failed, and back."""
    last = works[-1]
    at = last.ended_ms + int(random.uniform(6, 40) * MINUTE)
    if repo not in AT_ONCE:
        at = (last.ended_ms // TRAIN_MS + 1) * TRAIN_MS + int(random.uniform(1, 30) * MINUTE)
    at = max(at, free_ms)
    new = tuple(work.id for work in works)
    yield Deployment(at, repo, "staging", last.merge_sha, True, "preview")
    at += int(random.uniform(4, 15) * MINUTE)
    if random.random() < 0.06:
        yield Deployment(at, repo, PRODUCTION, last.merge_sha, False, "failed")
        at += int(random.uniform(10, 60) * MINUTE)
    yield Deployment(at, repo, PRODUCTION, last.merge_sha, True, "", new)
    if random.random() < 0.04:
        # Somebody pressed the button once more, or a node was replaced.
        again = at + int(random.uniform(10, 200) * MINUTE)
        yield Deployment(again, repo, PRODUCTION, last.merge_sha, True, "retry")
    elif done and random.random() < 0.025:
        back = at + int(random.uniform(15, 90) * MINUTE)
        yield Deployment(back, repo, PRODUCTION, done[-1], True, "rollback")


def tell(deployment: Deployment, ids: Numbers, random: Random, signals: Signals) -> dict[str, Any]:
    """Let the team's tool tell of a deployment; return the truth of it."""
    at, repo = deployment.at_ms, deployment.repo
    if repo in BY_CDEVENTS:
        number = str(UUID(int=random.getrandbits(128), version=4))
        if deployment.succeeded:
            name = "rolledback" if deployment.because == "rollback" else "deployed"
            signals.cdevents.append(_service(deployment, number, name))
        else:
            signals.cdevents.append(_run_failed(deployment, number))
    else:
        number = str(ids.next())
        by = forge.ROBOT
        state = "success" if deployment.succeeded else "failure"
        steps = [("in_progress", at - 2 * MINUTE), (state, at)]
        for step, when in steps[random.random() < 0.7 :]:
            status = ids.next()
            hook = forge.deployed(
                repo, when, status, deployment.sha, deployment.environment, step, by
            )
            signals.hooks.append(hook)
            number = str(status)
    broke = deployment.environment == PRODUCTION and not deployment.because
    if broke and random.random() < 0.02:
        _incident(deployment, random, signals)
    return {
        "at_ms": at,
        "repo": f"github.com/{OWNER}/{repo}",
        "team": repo,
        "deployment": number,
        "environment": deployment.environment,
        "sha": deployment.sha,
        "counted": not deployment.because,
        "because": deployment.because or None,
        "changes": list(deployment.changes),
    }


def _context(at_ms: int, number: str, kind: str) -> dict[str, str]:
    return {
        "id": number,
        "source": f"https://cd.{OWNER}.test/pipelines",
        "type": f"dev.cdevents.{kind}.0.3.0",
        "timestamp": forge.iso(at_ms),
        "specversion": "0.5.1",
    }


def _service(deployment: Deployment, number: str, name: str) -> CdEvent:
    content = {
        "environment": {"id": deployment.environment},
        "artifactId": f"pkg:github/{OWNER}/{deployment.repo}@{deployment.sha}",
    }
    event = {
        "context": _context(deployment.at_ms, number, f"service.{name}"),
        "subject": {"id": deployment.repo, "content": content},
        "customData": {"asked_by": "Imogen Hartwell"},
        "customDataContentType": "application/json",
    }
    return CdEvent(deployment.at_ms, event)


def _run_failed(deployment: Deployment, number: str) -> CdEvent:
    content = {"pipelineName": f"deploy {deployment.repo}", "outcome": "failure"}
    event = {
        "context": _context(deployment.at_ms, number, "pipelinerun.finished"),
        "subject": {"id": f"deploy-{number[:8]}", "content": content},
    }
    return CdEvent(deployment.at_ms, event)


def _incident(deployment: Deployment, random: Random, signals: Signals) -> None:
    begins = deployment.at_ms + int(random.uniform(10, 90) * MINUTE)
    ends = begins + int(random.uniform(15, 200) * MINUTE)
    number = f"{deployment.repo}-{deployment.sha[:10]}"
    for name, at in (("detected", begins), ("resolved", ends)):
        content = {
            "environment": {"id": deployment.environment},
            "service": {"id": deployment.repo},
        }
        context = _context(at, f"{number}-{name}", f"incident.{name}")
        event = {"context": context, "subject": {"id": number, "content": content}}
        signals.cdevents.append(CdEvent(at, event))
