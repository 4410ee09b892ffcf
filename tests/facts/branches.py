"""``facts.branches`` by example: from when to when a branch is a change's."""

from schemas.events.change_abandoned import ChangeAbandoned
from schemas.events.change_ready import ChangeReady
from schemas.events.change_reopened import ChangeReopened
from tests.facts import Example
from tests.facts.telling import ADA, WEB, at, branch, created, everybody, merged, page, when

CLOSED = ChangeAbandoned(time=at("+1 9:00"), forge="f", change="1")
BACK = ChangeReopened(time=at("+1 9:30"), forge="f", change="1")

EXAMPLES = [
    Example(
        "a merged change has its branch from 30 days before until 21 days after",
        [*everybody(), created("9:00"), merged("12:00")],
        [
            {
                "change_id": "f/1",
                "forge": "f",
                "change": "1",
                "repo": "f/acme/web",
                "project": WEB,
                "branch": branch(1),
                "page": page(1),
                "author": ADA,
                "author_kind": "human",
                "created_at": when("9:00"),
                "ready_at": when("9:00"),
                "merged_at": when("12:00"),
                "ended_at": when("12:00"),
                "opens_at": when("-30 9:00"),
                "closes_at": when("+21 12:00"),
            }
        ],
    ),
    Example(
        "an open change has it for a year at most",
        [created("9:00")],
        [{"ended_at": None, "closes_at": when("+365 9:00")}],
    ),
    Example(
        "a change that was closed and opened again is open",
        [created("9:00"), CLOSED, BACK],
        [{"ended_at": None}],
    ),
    Example(
        "a change that was closed for good has ended",
        [created("9:00"), CLOSED],
        [{"ended_at": when("+1 9:00"), "closes_at": when("+22 9:00")}],
    ),
    Example(
        "a draft is ready when its author first says so",
        [
            created("9:00", draft=True),
            ChangeReady(time=at("11:00"), forge="f", change="1"),
            ChangeReady(time=at("12:00"), forge="f", change="1"),
        ],
        [{"ready_at": when("11:00")}],
    ),
    Example(
        "and until then it is not",
        [created("9:00", draft=True)],
        [{"ready_at": None}],
    ),
]
