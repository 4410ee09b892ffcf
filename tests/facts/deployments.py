"""``facts.deployments`` by example: changes 1, 2, 3 of one repository, and what became of them."""

from datetime import UTC, date, datetime
from typing import Any, Literal

from schemas.columns import Account, Person
from schemas.event import Event
from schemas.events.change_created import ChangeCreated
from schemas.events.change_merged import ChangeMerged
from schemas.events.identity_linked import IdentityLinked
from schemas.events.incident_detected import IncidentDetected
from schemas.events.service_deployed import ServiceDeployed
from schemas.events.service_rolledback import ServiceRolledback
from schemas.events.team_assigned import TeamAssigned
from tests.facts import Example

ADA, BEA, CAM = (Account(letter * 32) for letter in "abc")
WEB = "f/acme/web"
KEYED = f"f/{'0f' * 16}/web"
"""The same repository, told by one that does not know whose it is."""


def at(hour: float, day: int = 5) -> datetime:
    """Return a time on a day of January 2026."""
    return datetime(2026, 1, day, int(hour), round(hour % 1 * 60), tzinfo=UTC)


def when(hour: float, day: int = 5) -> datetime:
    """Return the same time as a row has it: UTC, without saying so."""
    return at(hour, day).replace(tzinfo=None)


def sha(change: str) -> str:
    """Return the commit that a change's merge made."""
    return change * 40


def change(
    number: str, merged: float, author: Account = ADA, repo: str = WEB, of: str | None = None
) -> list[Event]:
    """Return a change that was opened at eight and merged, as the commit of that number."""
    opened = ChangeCreated(
        time=at(8), forge="f", change=number, repo=repo, number=int(number), author=author
    )
    return [opened, ChangeMerged(time=at(merged), forge="f", change=number, sha=sha(of or number))]


def deployed(
    name: str,
    hour: float,
    of: str | None = "1",
    outcome: Literal["success", "failure"] = "success",
    **more: Any,
) -> ServiceDeployed:
    """Return a deployment of the commit of a change, to production."""
    said: dict[str, Any] = {
        "environment": "production",
        "service": "web",
        "repo": WEB,
        "sha": of and sha(of),
    }
    return ServiceDeployed(
        time=at(hour), provider="p", deployment=name, outcome=outcome, **{**said, **more}
    )


def rolled_back(hour: float, **more: Any) -> ServiceRolledback:
    said: dict[str, Any] = {"environment": "production", "service": "web"}
    return ServiceRolledback(time=at(hour), provider="p", deployment="back", **{**said, **more})


def incident(hour: float, day: int = 5, **more: Any) -> IncidentDetected:
    return IncidentDetected(
        time=at(hour, day), provider="p", incident=f"{day} {hour}", **{"service": "web", **more}
    )


def team_of(account: Account, team: str, until: date | None = None) -> list[Event]:
    """Return who has an account, and the team that this person is in."""
    person = Person(account[:1] * 31 + "9")
    return [
        IdentityLinked(time=at(0), account=account, person=person),
        TeamAssigned(time=at(0), person=person, team=team, until=until),
    ]


THREE = [*change("1", 9), *change("2", 10), *change("3", 11)]


def counted(*changes: str) -> dict[str, Any]:
    """Return what a counted deployment of these changes says."""
    return {
        "counted": True,
        "uncounted_because": None,
        "changes": [f"f/{number}" for number in changes],
    }


def uncounted(because: str) -> dict[str, Any]:
    return {"counted": False, "uncounted_because": because}


EXAMPLES = [
    Example(
        "a deployment brings the changes merged since the last one, in the order of their merges",
        [
            *(*THREE, *change("4", 9.8)),
            *(deployed("a", 9.5, "1"), deployed("b", 12, "3", artifact="pkg:oci/web@1.0")),
        ],
        [
            counted("1"),
            counted("4", "2", "3")
            | {
                "deployment_id": "p/b",
                "provider": "p",
                "environment": "production",
                "service": "web",
                "repo": WEB,
                "sha": sha("3"),
                "artifact": "pkg:oci/web@1.0",
                "deployed_at": when(12),
                "outcome": "success",
                "team": None,
                "rolled_back_at": None,
                "incident_at": None,
                "evidence": "A",
            },
        ],
    ),
    Example(
        "of the first one seen only its own change is known to be new: what ran before is not",
        [*THREE, deployed("a", 12, "3")],
        [counted("3")],
    ),
    Example(
        "a commit that no change's merge made is unknown: counted, its changes NULL, not none",
        [*THREE, deployed("a", 9.5), deployed("b", 10.5, "9"), deployed("c", 12, "3")],
        [counted("1"), counted() | {"changes": None}, counted("2", "3")],
    ),
    Example(
        "so is a deployment that tells no commit; two of them are not the same",
        [*THREE, deployed("a", 9.5, None), deployed("b", 10.5, None)],
        [counted() | {"changes": None, "sha": None}] * 2,
    ),
    Example(
        "an environment that is not production is a preview, and takes nothing from production",
        [
            *THREE,
            *(
                deployed(f"a{number}", 9 + number / 10, "1", environment=environment)
                for number, environment in enumerate(
                    ["staging", "Preview - web", "pre-production", "prod-test", "eu-west-1"]
                )
            ),
            deployed("b", 12, "1"),
        ],
        [uncounted("preview") | {"changes": ["f/1"]}] * 5 + [counted("1")],
    ),
    Example(
        "names of production",
        [
            deployed(name, 12, None, environment=name)
            for name in ["Production", "live", "prd-eu", "prod1", "web_prod"]
        ],
        [{"environment": "Production", "counted": True}] + [{"counted": True}] * 4,
    ),
    Example(
        "what failed is not counted; the attempt that succeeds is, with all its changes",
        [
            *THREE,
            deployed("a", 9.5),
            deployed("b", 12, "3", "failure"),
            deployed("c", 12.5, "3"),
        ],
        [
            counted("1"),
            uncounted("failed") | {"changes": ["f/2", "f/3"], "outcome": "failure"},
            counted("2", "3"),
        ],
    ),
    Example(
        "failing again at the same is a retry, not a second failure; at another commit it is one",
        [
            *THREE,
            deployed("a", 9, "1", "failure"),
            deployed("b", 10, "1", "failure"),
            deployed("c", 11, "1", "failure"),
            deployed("d", 12, "2", "failure"),
        ],
        [uncounted("failed"), uncounted("retry"), uncounted("retry"), uncounted("failed")],
    ),
    Example(
        "a retry of what had run before brings nothing new",
        [*THREE, deployed("a", 9.5), deployed("b", 10, "1", "failure"), deployed("c", 11)],
        [counted("1"), uncounted("failed"), uncounted("retry") | {"changes": []}],
    ),
    Example(
        "re-deployed: the same commit again brings nothing",
        [*THREE, deployed("a", 9.5), deployed("b", 12)],
        [counted("1"), uncounted("same_artifact") | {"changes": []}],
    ),
    Example(
        "nor does the same artifact, of whatever commit it is",
        [
            deployed("a", 9, None, artifact="pkg:oci/web@sha256:00", repo=None),
            deployed("b", 10, None, artifact="pkg:oci/web@sha256:11", repo=None),
            deployed("c", 11, None, artifact="pkg:oci/web@sha256:00", repo=None),
        ],
        [{"counted": True}, {"counted": True}, uncounted("same_artifact")],
    ),
    Example(
        "a canary and two regions are one deployment, another service of that commit is another",
        [
            *THREE,
            deployed("a", 9.1, environment="production-canary"),
            deployed("b", 9.2, environment="production-eu"),
            deployed("c", 9.3, environment="production-us"),
            deployed("d", 9.4, service="worker"),
        ],
        [counted("1"), *[uncounted("same_artifact")] * 2, counted("1") | {"service": "worker"}],
    ),
    Example(
        "two tell of one deployment, one of them without the service: that one is not counted",
        [*THREE, deployed("a", 9.5, service=None), deployed("b", 9.6)],
        [uncounted("same_artifact") | {"service": WEB}, counted("1")],
    ),
    Example(
        "an earlier change in the place of a later one is empty, and takes the later one back",
        [
            *(*THREE, deployed("a", 12, "2"), deployed("x", 12.5, "1", "failure")),
            *(deployed("b", 13, "1"), deployed("c", 14, "3")),
        ],
        [
            counted("2") | {"rolled_back_at": when(13)},
            uncounted("empty") | {"changes": [], "rolled_back_at": None},
            counted("3"),
            uncounted("failed") | {"rolled_back_at": None},
        ],
    ),
    Example(
        "rolled back: what ran until then was taken back, however often it had been put there",
        [
            *THREE,
            deployed("a", 9.5),
            deployed("b", 12, "3"),
            deployed("c", 13, "3"),
            rolled_back(14),
        ],
        [
            counted("1") | {"rolled_back_at": None},
            counted("2", "3") | {"rolled_back_at": when(14)},
            uncounted("same_artifact") | {"rolled_back_at": None},
        ],
    ),
    Example(
        "rolled back to another artifact",
        [
            *(*THREE, deployed("a", 9.5, artifact="pkg:oci/web@2.0")),
            rolled_back(12, artifact="pkg:oci/web@1.0"),
        ],
        [counted("1") | {"rolled_back_at": when(12)}],
    ),
    Example(
        "a roll-back of another service or place, or to what runs there, takes nothing back",
        [
            *THREE,
            deployed("a", 9.5, artifact="pkg:oci/web@1.0"),
            rolled_back(10, service="worker"),
            rolled_back(11, environment="production-eu"),
            rolled_back(12, artifact="pkg:oci/web@1.0"),
        ],
        [counted("1") | {"rolled_back_at": None}],
    ),
    Example(
        "an incident is put down to what was new in production then; the first one is shown",
        [
            *THREE,
            deployed("a", 9.5),
            deployed("b", 12, "3"),
            deployed("c", 13, "3"),
            incident(10),
            incident(16, environment="production-eu"),
            incident(15),
            incident(9.6, environment="staging"),
            incident(9.7, service="worker"),
        ],
        [
            {"incident_at": when(10)},
            {"incident_at": when(15)},
            uncounted("same_artifact") | {"incident_at": None},
        ],
    ),
    Example(
        "where a deployment names no service, its repository's last name is one",
        [
            *(*THREE, deployed("a", 9.5, service=None), deployed("b", 11, "2", service="worker")),
            *(incident(12), incident(11, service="acme")),
        ],
        [{"incident_at": when(12)}, {"incident_at": None}],
    ),
    Example(
        "an incident that names an artifact is that one's, or nobody's",
        [
            *THREE,
            deployed("a", 9.5, artifact="pkg:oci/web@1.0"),
            deployed("b", 12, "3", artifact="pkg:oci/web@2.0"),
            incident(13, artifact="pkg:oci/web@1.0"),
            incident(14, artifact="pkg:oci/web@3.0"),
        ],
        [{"incident_at": when(13)}, {"incident_at": None}],
    ),
    Example(
        "even where a later deployment names none",
        [
            *(*THREE, deployed("a", 9.5, artifact="pkg:oci/web@1.0"), deployed("b", 12, "3")),
            incident(13, artifact="pkg:oci/web@1.0"),
        ],
        [{"incident_at": when(13)}, {"incident_at": None}],
    ),
    Example(
        "14 days later to the minute it is still its doing, a minute more and it is not",
        [
            *THREE,
            deployed("a", 9.5),
            incident(9.5, day=19),
            deployed("b", 9.5, service="worker"),
            incident(9.6, day=19, service="worker"),
        ],
        [{"incident_at": when(9.5, day=19)}, {"incident_at": None}],
    ),
    Example(
        "a repository whose owner is keyed is known by one commit, for its other commits, too",
        [
            *THREE,
            deployed("a", 9.5, repo=KEYED),
            deployed("b", 10.5, "9", repo=KEYED),
            deployed("c", 12, "3", repo=None),
        ],
        [
            counted("1") | {"repo": WEB},
            counted() | {"changes": None, "repo": WEB},
            counted("2", "3") | {"repo": WEB},
        ],
    ),
    Example(
        "a commit of that name in a repository that is told plainly is no other repository's",
        [*THREE, *change("4", 12, repo="f/acme/api"), deployed("a", 13, "1", repo="f/acme/api")],
        [{"repo": "f/acme/api", "changes": None}],
    ),
    Example(
        "the same merge told in two repositories leaves it unknown which was deployed",
        [
            *change("1", 9),
            *change("5", 9, repo="f/acme/fork", of="1"),
            deployed("a", 12, repo=KEYED),
        ],
        [{"changes": None, "repo": KEYED}],
    ),
    Example(
        "the team of most of the authors owns it",
        [
            *change("1", 9),
            *change("2", 10, BEA),
            *change("3", 11, CAM),
            *change("4", 10.5, ADA),
            *team_of(ADA, "platform"),
            *team_of(BEA, "web"),
            *team_of(CAM, "web"),
            deployed("a", 9.5),
            deployed("b", 12, "3"),
        ],
        [{"team": "platform"}, {"team": "web"}],
    ),
    Example(
        "of equals the first by name; authors in no team do not vote; nothing new is its commit's",
        [
            *change("1", 9),
            *change("2", 10, BEA),
            *change("3", 11, CAM),
            *team_of(ADA, "web"),
            *team_of(BEA, "platform"),
            *team_of(CAM, "gone", until=date(2026, 1, 5)),
            deployed("a", 9.5, "1"),
            deployed("b", 12, "3"),
            deployed("c", 13, "1"),
        ],
        [{"team": "web"}, {"team": "platform"}, {"team": "web"} | uncounted("same_artifact")],
    ),
]
