"""``facts.changes`` by example: one change, and what is told of it."""

from datetime import UTC, date, datetime
from typing import Any, Literal

from schemas.change import ActorKind
from schemas.columns import Account, Person
from schemas.event import Event
from schemas.events.change_abandoned import ChangeAbandoned
from schemas.events.change_attributed import ChangeAttributed
from schemas.events.change_created import ChangeCreated
from schemas.events.change_merged import ChangeMerged
from schemas.events.change_ready import ChangeReady
from schemas.events.change_reopened import ChangeReopened
from schemas.events.change_reviewed import ChangeReviewed
from schemas.events.identity_linked import IdentityLinked
from schemas.events.team_assigned import TeamAssigned
from tests.facts import Example
from tests.facts.worked_changes import EXAMPLES as WORKED

HOUR = 3_600_000
AUTHOR, AUTHORS_OTHER, REVIEWER = (Account(letter * 32) for letter in "abc")
ADA = Person("9" * 32)

Verdict = Literal["approved", "changes_requested", "commented", "dismissed"]


def at(hour: float, day: int = 5) -> datetime:
    """Return a time on a day of January 2026."""
    return datetime(2026, 1, day, int(hour), round(hour % 1 * 60), tzinfo=UTC)


def when(hour: float, day: int = 5) -> datetime:
    """Return the same time as a row has it: UTC, without saying so."""
    return at(hour, day).replace(tzinfo=None)


def created(hour: float = 9, **more: Any) -> ChangeCreated:
    said: dict[str, Any] = {
        "time": at(hour),
        "forge": "f",
        "change": "1",
        "repo": "f/acme/web",
        "number": 7,
        "author": AUTHOR,
        "author_kind": "human",
    }
    return ChangeCreated(**{**said, **more})


def reviewed(
    hour: float,
    state: Verdict = "approved",
    reviewer: Account = REVIEWER,
    reviewer_kind: ActorKind | None = "human",
) -> ChangeReviewed:
    return ChangeReviewed(
        time=at(hour),
        forge="f",
        change="1",
        review=f"at {hour}",
        state=state,
        reviewer=reviewer,
        reviewer_kind=reviewer_kind,
    )


def merged(hour: float, added: int | None = None, removed: int | None = None) -> ChangeMerged:
    return ChangeMerged(
        time=at(hour), forge="f", change="1", lines_added=added, lines_removed=removed
    )


def closed(hour: float, added: int | None = None) -> ChangeAbandoned:
    return ChangeAbandoned(time=at(hour), forge="f", change="1", lines_added=added)


def reopened(hour: float) -> ChangeReopened:
    return ChangeReopened(time=at(hour), forge="f", change="1")


def readied(hour: float) -> ChangeReady:
    return ChangeReady(time=at(hour), forge="f", change="1")


def attributed(tool: str) -> ChangeAttributed:
    return ChangeAttributed(time=at(9), forge="f", change="1", tool=tool, evidence="C")


def linked(
    account: Account, since: date | None = None, until: date | None = None, person: Person = ADA
) -> IdentityLinked:
    return IdentityLinked(
        time=at(9, day=30), account=account, person=person, since=since, until=until
    )


def in_team(team: str, since: date | None = None, until: date | None = None) -> TeamAssigned:
    return TeamAssigned(time=at(9), person=ADA, team=team, since=since, until=until)


def unreviewed(name: str, *given: Event) -> Example:
    """Return the example of a review that is none: a change merged at once, without any."""
    nobody = {"first_review_at": None, "approved_at": None, "pickup_ms": 0, "review_wait_ms": 0}
    return Example(name, [created(), merged(12), *given], [{**nobody, "merge_wait_ms": 3 * HOUR}])


EXAMPLES = [
    *WORKED,
    Example(
        "merged after one approval by another human",
        [created(), reviewed(10, "commented"), reviewed(11.5), merged(12, added=8, removed=1)],
        [
            {
                "change_id": "f/1",
                "forge": "f",
                "change": "1",
                "repo": "f/acme/web",
                "number": 7,
                "author": AUTHOR,
                "author_kind": "human",
                "team": None,
                "tools": [],
                "created_at": when(9),
                "ready_at": when(9),
                "first_review_at": when(10),
                "approved_at": when(11.5),
                "merged_at": when(12),
                "closed_at": when(12),
                "pickup_ms": HOUR,
                "review_wait_ms": 1.5 * HOUR,
                "merge_wait_ms": HOUR / 2,
                "stages_forced": False,
                "lines_added": 8,
                "lines_removed": 1,
                "lines_added_ai": None,
                "lines_added_unknown": 8,
                "outcome": "merged",
                "evidence": "A",
                "mature_at": when(12, day=26),
            }
        ],
    ),
    Example(
        "what nothing is told of is unknown, not zero",
        [created()],
        [
            dict.fromkeys(
                ("hand_ms", "prompt_ms", "self_review_ms", "peer_review_ms", "correct_early_ms")
            )
            | dict.fromkeys(("rework_ms", "correct_late_ms"))
            | dict.fromkeys(("authored_ms", "review_ms", "correction_ms", "lead_ms"))
            | dict.fromkeys(("coding_ms", "pickup_ms", "review_wait_ms", "merge_wait_ms"))
            | dict.fromkeys(("deploy_wait_ms", "lines_added", "lines_added_human"))
            | dict.fromkeys(("first_review_at", "closed_at", "deployed_at", "mature_at", "team"))
            | {"outcome": "open", "stages_forced": False}
        ],
    ),
    Example("a change that was not seen opening is no row", [reviewed(10), merged(11)], []),
    unreviewed("nobody reviews their own change", reviewed(10, reviewer=AUTHOR)),
    unreviewed(
        "nor from another account of theirs",
        reviewed(10, reviewer=AUTHORS_OTHER),
        linked(AUTHOR),
        linked(AUTHORS_OTHER),
    ),
    unreviewed("a robot's review is no human's", reviewed(10, reviewer_kind="bot")),
    unreviewed("nor is an agent's", reviewed(10, reviewer_kind="agent")),
    Example(
        "an account that was someone else's then is another human",
        [
            created(),
            reviewed(10, reviewer=AUTHORS_OTHER),
            linked(AUTHOR),
            linked(AUTHORS_OTHER, since=date(2026, 1, 6)),
        ],
        [{"first_review_at": when(10), "author": ADA}],
    ),
    Example(
        "a reviewer of unknown kind is taken for a human",
        [created(), reviewed(10, reviewer_kind=None)],
        [{"first_review_at": when(10), "pickup_ms": HOUR, "review_wait_ms": 0}],
    ),
    Example(
        "the last approval counts, and a verdict against it does not",
        [created(), reviewed(10), reviewed(11, "changes_requested"), reviewed(12), merged(13)],
        [{"first_review_at": when(10), "approved_at": when(12), "review_wait_ms": 2 * HOUR}],
    ),
    Example(
        "a draft asks for eyes when it is first marked ready",
        [created(draft=True), readied(11), readied(15), reviewed(12), merged(13)],
        [{"ready_at": when(11), "pickup_ms": HOUR, "stages_forced": False}],
    ),
    Example(
        "a draft that was never marked ready never asked",
        [created(draft=True)],
        [{"ready_at": None, "pickup_ms": None}],
    ),
    Example(
        "a change not known to be a draft was one if it was marked ready",
        [created(draft=None), readied(11)],
        [{"ready_at": when(11)}],
    ),
    Example(
        "a change known to be no draft asked when it was opened, whatever came later",
        [created(draft=False), readied(11)],
        [{"ready_at": when(9)}],
    ),
    Example(
        "reviewed as a draft: the pickup took no time",
        [created(draft=True), reviewed(10), readied(11), reviewed(12, "approved"), merged(13)],
        [
            {
                "first_review_at": when(10),
                "pickup_ms": 0,
                "review_wait_ms": HOUR,
                "merge_wait_ms": HOUR,
                "stages_forced": True,
            }
        ],
    ),
    Example(
        "closed and not reopened is rejected, with the size it had",
        [created(), closed(11, added=3)],
        [
            {
                "outcome": "rejected",
                "closed_at": when(11),
                "merged_at": None,
                "mature_at": when(11),
                "lines_added": 3,
                "stages_forced": False,
                "pickup_ms": None,
            }
        ],
    ),
    Example(
        "closed and reopened is open",
        [created(), closed(10, added=3), reopened(11)],
        [{"outcome": "open", "closed_at": None, "mature_at": None, "lines_added": None}],
    ),
    Example(
        "closed, reopened and closed again ended the second time",
        [created(), closed(10, added=3), reopened(11), closed(12, added=4)],
        [{"outcome": "rejected", "closed_at": when(12), "lines_added": 4}],
    ),
    Example(
        "closed, reopened and merged is merged",
        [created(), closed(10, added=3), reopened(11), merged(12, added=5)],
        [{"outcome": "merged", "closed_at": when(12), "lines_added": 5}],
    ),
    Example(
        "merged without a review: the stages it skipped took no time, and it says so",
        [created(), merged(12)],
        [
            {
                "pickup_ms": 0,
                "review_wait_ms": 0,
                "merge_wait_ms": 3 * HOUR,
                "stages_forced": True,
                "lines_added": None,
            }
        ],
    ),
    Example(
        "reviewed after the merge: it waited for no review, and the parts end with the merge",
        [created(), merged(12), reviewed(14)],
        [
            {
                "first_review_at": when(14),
                "approved_at": when(14),
                "pickup_ms": 0,
                "review_wait_ms": 0,
                "merge_wait_ms": 3 * HOUR,
                "stages_forced": True,
            }
        ],
    ),
    Example(
        "approved again after the merge: the last approval before it ended the review",
        [created(), reviewed(10), reviewed(11), merged(12), reviewed(14)],
        [
            {
                "approved_at": when(14),
                "pickup_ms": HOUR,
                "review_wait_ms": HOUR,
                "merge_wait_ms": HOUR,
                "stages_forced": False,
            }
        ],
    ),
    Example(
        "two tools are both named, once each, sorted",
        [created(), attributed("cursor"), attributed("claude_code")],
        [{"tools": ["claude_code", "cursor"]}],
    ),
    Example(
        "a link that was told late names the person all the same",
        [created(), linked(AUTHOR), in_team("web")],
        [{"author": ADA, "team": "web"}],
    ),
    Example(
        "the team is the one on the day it was opened, the last day not being one",
        [
            created(),
            linked(AUTHOR),
            in_team("web", until=date(2026, 1, 5)),
            in_team("platform", since=date(2026, 1, 5), until=date(2026, 1, 6)),
            in_team("data", since=date(2026, 1, 6)),
        ],
        [{"team": "platform"}],
    ),
    Example(
        "a team that was left that day is theirs no longer",
        [created(), linked(AUTHOR), in_team("web", until=date(2026, 1, 5))],
        [{"author": ADA, "team": None}],
    ),
    Example(
        "an account that was theirs until the day before is nobody's",
        [created(), linked(AUTHOR, until=date(2026, 1, 5)), in_team("web")],
        [{"author": AUTHOR, "team": None}],
    ),
    Example(
        "two changes of one number in two repositories are two",
        [created(), created(change="2", repo="f/acme/api")],
        [{"change_id": "f/1"}, {"change_id": "f/2"}],
    ),
]
