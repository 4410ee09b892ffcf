"""``facts.value_events`` by example: Ada asks at 9:05 and accepts at 9:07, for change 1."""

from typing import Any

from schemas.event import Event
from schemas.events.commit_recorded import CommitRecorded
from schemas.events.incident_detected import IncidentDetected
from schemas.events.service_deployed import ServiceDeployed
from schemas.events.service_rolledback import ServiceRolledback
from schemas.events.team_assigned import TeamAssigned
from tests.facts import Example
from tests.facts.telling import (
    ADA,
    at,
    beat,
    created,
    decision,
    everybody,
    merged,
    prompt,
    when,
)

SHA, ITS_REVERT = "1a" * 20, "2b" * 20


def deployed(time: str, sha: str = SHA, **more: Any) -> ServiceDeployed:
    said: dict[str, Any] = {"environment": "production", "service": "web", "outcome": "success"}
    return ServiceDeployed(
        time=at(time),
        provider="p",
        deployment=time,
        repo="f/acme/web",
        sha=sha,
        **(said | more),
    )


def reverted(time: str, of: str = SHA, repo: str = "f/acme/web") -> CommitRecorded:
    return CommitRecorded(time=at(time), repo=repo, sha=ITS_REVERT, parents=1, revert_of=of)


def incident(time: str, service: str = "web") -> IncidentDetected:
    return IncidentDetected(time=at(time), provider="p", incident=time, service=service)


ASKED = [*everybody(), created("11:00"), beat("9:00"), beat("9:04"), prompt("9:05")]
ACCEPTED = [*ASKED, decision("9:07")]
MERGED = [*ACCEPTED, merged("12:00", sha=SHA)]
DEPLOYED = [*MERGED, deployed("13:00")]

NOT_COMMITTED = dict.fromkeys(("committed_at", "merged_at"))
NOT_DEPLOYED = dict.fromkeys(("deployed_at", "durable_due_at", "durable_at"))
UNBROKEN = dict.fromkeys(("broken_at", "broken_because"))


def broken(name: str, time: str, because: str, *given: Event) -> Example:
    """Return the example of a deployment that did not hold."""
    return Example(
        name,
        [*DEPLOYED, *given],
        [
            {
                "deployed_at": when("13:00"),
                "durable_due_at": when("+14 13:00"),
                "durable_at": None,
                "broken_at": when(time),
                "broken_because": because,
            }
        ],
    )


EXAMPLES = [
    Example(
        "the whole ladder, from the prompt to 14 days in production",
        [*DEPLOYED, TeamAssigned(time=at("0:00"), person=ADA, team="web")],
        [
            {
                "tool": "claude_code",
                "session": "5a" * 16,
                "prompt": "c1" * 16,
                "person": ADA,
                "team": "web",
                "change_id": "f/1",
                "run_at": when("9:05"),
                "accepted_at": when("9:07"),
                "survived_at": None,
                "committed_at": when("11:00"),
                "merged_at": when("12:00"),
                "deployed_at": when("13:00"),
                "durable_due_at": when("+14 13:00"),
                "durable_at": when("+14 13:00"),
                "evidence": "C",
                **UNBROKEN,
            }
        ],
    ),
    Example(
        "merged and not deployed is not durable, and nothing is due",
        MERGED,
        [{"merged_at": when("12:00"), **NOT_DEPLOYED, **UNBROKEN}],
    ),
    Example(
        "a preview is no deployment",
        [*MERGED, deployed("13:00", environment="staging")],
        [{"merged_at": when("12:00"), **NOT_DEPLOYED}],
    ),
    Example(
        "open: committed when its change was opened",
        ACCEPTED,
        [{"committed_at": when("11:00"), "merged_at": None, **NOT_DEPLOYED}],
    ),
    Example(
        "what was never accepted reaches nothing, whatever becomes of its change",
        [*ASKED, merged("12:00", sha=SHA), deployed("13:00")],
        [{"change_id": "f/1", "accepted_at": None, **NOT_COMMITTED, **NOT_DEPLOYED}],
    ),
    Example(
        "accepted after the opening: committed with the merge at the latest",
        [
            *(*everybody(), created("9:00"), beat("9:02"), beat("9:04"), prompt("9:05")),
            *(decision("9:07"), merged("12:00", sha=SHA)),
        ],
        [{"committed_at": when("12:00"), "merged_at": when("12:00")}],
    ),
    Example(
        "and while that is open nobody knows",
        [
            *everybody(),
            created("9:00"),
            beat("9:02"),
            beat("9:04"),
            prompt("9:05"),
            decision("9:07"),
        ],
        [{"accepted_at": when("9:07"), **NOT_COMMITTED}],
    ),
    Example(
        "accepted behind the merge: it did not come in with it",
        [*ACCEPTED, merged("9:06", sha=SHA), deployed("13:00")],
        [{"accepted_at": when("9:07"), **NOT_COMMITTED, **NOT_DEPLOYED, **UNBROKEN}],
    ),
    Example(
        "a deployment whose clock is before the merge's is not before the merge",
        [*MERGED, deployed("11:59")],
        [{"deployed_at": when("12:00"), "durable_due_at": when("+14 12:00")}],
    ),
    Example(
        "the first deployment counts, not the one after it",
        [*DEPLOYED, deployed("15:00"), deployed("16:00", service="worker")],
        [{"deployed_at": when("13:00")}],
    ),
    Example(
        "three edits of one prompt are one, two prompts for one change are two",
        [*ACCEPTED, decision("9:08"), decision("9:09"), prompt("9:10", 2), decision("9:11", 2)],
        [
            {"prompt": "c1" * 16, "accepted_at": when("9:07"), "change_id": "f/1"},
            {"prompt": "c2" * 16, "accepted_at": when("9:11"), "change_id": "f/1"},
        ],
    ),
    Example(
        "a prompt for nothing that is known stays where it was accepted",
        [*everybody(), prompt("9:05"), decision("9:06")],
        [{"change_id": None, "accepted_at": when("9:06"), **NOT_COMMITTED, **NOT_DEPLOYED}],
    ),
    broken("reverted", "+3 9:00", "reverted", reverted("+3 9:00")),
    broken(
        "a revert may name the first digits", "+3 9:00", "reverted", reverted("+3 9:00", SHA[:8])
    ),
    broken(
        "rolled back",
        "14:00",
        "rolled_back",
        ServiceRolledback(
            time=at("14:00"),
            provider="p",
            deployment="back",
            environment="production",
            service="web",
        ),
    ),
    broken("hit by an incident", "+14 13:00", "incident", incident("+14 13:00")),
    broken(
        "of several the first",
        "+1 9:00",
        "incident",
        incident("+1 9:00"),
        incident("+2 9:00"),
        reverted("+1 10:00"),
    ),
    Example(
        "what comes later than 14 days, or is of others, breaks nothing",
        [
            *DEPLOYED,
            incident("+14 13:01"),
            incident("14:00", service="worker"),
            reverted("+14 13:01"),
            reverted("14:00", repo="f/acme/api"),
        ],
        [{"durable_at": when("+14 13:00"), **UNBROKEN}],
    ),
    Example(
        "an incident after the next deployment is that one's",
        [
            *(*DEPLOYED, created("11:30", 2), merged("14:00", 2, sha="3c" * 20)),
            *(deployed("15:00", "3c" * 20), incident("16:00")),
        ],
        [{"durable_at": when("+14 13:00"), **UNBROKEN}],
    ),
    Example(
        "reverted before it was ever deployed",
        [*MERGED, reverted("12:30")],
        [{"broken_because": "reverted", "broken_at": when("12:30"), **NOT_DEPLOYED}],
    ),
]
