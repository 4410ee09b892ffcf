"""Two hours of invented activity, as GH Archive records them: the second goes on from the first.

Each hour is more than one write of the spool, and holds everything that an audit must account for:
events, copies of a line of the hour before, a line that is no JSON, an event that lacks a field
(rejected) and kinds that mean nothing to us (ignored).
"""

import json
from collections.abc import Iterator
from functools import cache
from itertools import count, islice
from pathlib import Path
from typing import Any

from schemas.change import CHANGE

HOURS = ("2026-01-05-9.json", "2026-01-05-10.json")
FIRST, SECOND = range(1, 1001), range(1001, 1401)
"""The changes that are opened in each hour; all of the first are closed in the second."""

CHANGES = {1: len(FIRST), 2: len(FIRST) + len(SECOND)}
MERGED = {1: 0, 2: sum(n % 3 > 0 for n in FIRST)}
"""What ``facts.changes`` must hold after each hour."""

BUCKETS = {"0", "9"}
"""Where all changes lie: every partition that a pass writes costs the sweep time."""

MARKS = ("Generated with [Claude Code]", "Co-authored-by: C <cursoragent@cursor.com>", "", "")


def write(folder: Path) -> tuple[Path, Path]:
    """Write both hours into a folder; return their paths."""
    first, second = list(_first_hour()), list(_second_hour())
    told = ([*first, '{"type":"Pu'], [*first[:100], *second, "[]"])
    for name, lines in zip(HOURS, told, strict=True):
        (folder / name).write_text("\n".join(lines) + "\n")
    return folder / HOURS[0], folder / HOURS[1]


def _first_hour() -> Iterator[str]:
    for number in FIRST:
        yield _line("PullRequestEvent", 9, action="opened", pull_request=_change(number))
        yield _reviewed(number, 9, "approved" if number % 2 else "commented")
        if number % 50 == 0:
            yield _line("PushEvent", 9, size=1)
    yield _line("PullRequestEvent", 9, action="opened", pull_request=_change(0) | _UNNUMBERED)


def _second_hour() -> Iterator[str]:
    for number in FIRST:
        change = {**_change(number), "closed_at": _at(10, number), "additions": number}
        if number % 3:
            change |= {"merged_at": _at(10, number), "merged_by": _user(number + 1)}
        yield _line("PullRequestEvent", 10, action="closed", pull_request=change)
    for number in SECOND:
        yield _line("PullRequestEvent", 10, action="opened", pull_request=_change(number))
        yield _reviewed(number, 10, "changes_requested")
        if number % 50 == 0:
            yield _line("WatchEvent", 10, action="started")
    yield _line(
        "PullRequestEvent",
        10,
        action="opened",
        pull_request=_change(0) | _UNNUMBERED | {"additions": 4},
    )


_UNNUMBERED = {"number": None}


def _line(kind: str, hour: int, **payload: Any) -> str:
    return json.dumps({"type": kind, "created_at": _at(hour, 0), "payload": payload})


def _at(hour: int, number: int) -> str:
    return f"2026-01-05T{hour:02}:{number % 60:02}:{number % 59:02}Z"


@cache
def _ids() -> list[int]:
    """Return the forge's ids of all changes, by number."""
    lie = (n for n in count() if CHANGE.of({"forge": "github.com", "change": str(n)}) in BUCKETS)
    return list(islice(lie, 1 + max(SECOND)))


def _user(number: int) -> dict[str, Any]:
    return {"login": f"invented-{number % 40}", "id": 9_000_000 + number % 40, "type": "User"}


def _change(number: int) -> dict[str, Any]:
    return {
        "id": _ids()[number],
        "number": number,
        "user": _user(number),
        "created_at": _at(8, number),
        "updated_at": _at(9, number),
        "draft": number % 7 == 0,
        "additions": 3,
        "deletions": 1,
        "body": MARKS[number % 4],
        "head": {"ref": f"branch-{number}"},
        "base": {
            "repo": {
                "full_name": "acme-example/web",
                "owner": {"login": "acme-example", "type": "Organization"},
            }
        },
    }


def _reviewed(number: int, hour: int, state: str) -> str:
    review = {
        "id": 700_000 + number,
        "user": _user(number + 1),
        "state": state,
        "submitted_at": _at(hour, number),
    }
    return _line(
        "PullRequestReviewEvent",
        hour,
        action="created",
        review=review,
        pull_request=_change(number),
    )
