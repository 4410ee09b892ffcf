"""What holds for every change, however odd its history: thousands of them, invented at random."""

from dataclasses import asdict
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from pipelines.plan import facts
from schemas.columns import Account
from schemas.event import Event
from tests.facts.changes import (
    AUTHOR,
    AUTHORS_OTHER,
    REVIEWER,
    closed,
    created,
    linked,
    merged,
    readied,
    reopened,
    reviewed,
)
from tests.test_facts import built, rows, told

PEOPLE: list[Account] = [AUTHOR, AUTHORS_OTHER, REVIEWER]


def history(number: int, random: Random) -> list[Event]:
    """Return what happened to one change, in an order that need not make sense."""

    def hour() -> int:
        return random.randrange(8, 20)

    draft = random.choice([True, False, None])
    told: list[Event] = [created(hour(), number=number, draft=draft)]
    told += [readied(hour()) for _ in range(random.randrange(3))]
    told += [
        reviewed(
            hour(),
            random.choice(["approved", "changes_requested", "commented"]),
            random.choice(PEOPLE),
            random.choice(["human", "bot", "agent", None]),
        )
        for _ in range(random.randrange(5))
    ]
    told += [closed(hour()) for _ in range(random.randrange(3))]
    told += [reopened(hour()) for _ in range(random.randrange(3))]
    told += [merged(hour())] * random.randrange(2)
    return [type(event)(**(asdict(event) | {"change": str(number)})) for event in told]


@pytest.fixture(scope="module")
def changes(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    random = Random(20260105)
    said = {event.id: event for number in range(500) for event in history(number, random)}
    home = tmp_path_factory.mktemp("changes")
    links = [linked(AUTHOR), linked(AUTHORS_OTHER)]
    return rows(
        facts()["facts/changes"].table,
        built(home, told(home, [*said.values(), *links]), "facts/changes"),
    )


def test_there_is_one_row_for_each_change(changes: list[dict[str, Any]]) -> None:
    assert len({row["change_id"] for row in changes}) == len(changes) == 500
    assert {row["outcome"] for row in changes} == {"open", "rejected", "merged"}


def test_no_stage_takes_less_than_nothing_and_an_unfinished_one_is_unknown(
    changes: list[dict[str, Any]],
) -> None:
    for row in changes:
        parts = [row["pickup_ms"], row["review_wait_ms"], row["merge_wait_ms"]]
        known = [part for part in parts if part is not None]
        assert all(part >= 0 for part in known)
        assert parts[: len(known)] == known, "a stage ended though the one before it did not"
        assert (len(known) == 3) == (row["outcome"] == "merged")


def test_the_stages_of_a_merged_change_add_up_to_its_time_from_ready_to_merge(
    changes: list[dict[str, Any]],
) -> None:
    for row in changes:
        if row["outcome"] == "merged":
            parts = row["pickup_ms"] + row["review_wait_ms"] + row["merge_wait_ms"]
            open_for = row["merged_at"] - (row["ready_at"] or row["created_at"])
            assert timedelta(milliseconds=parts) == max(open_for, timedelta(0))


def test_a_stage_that_is_not_flagged_is_as_its_times_say(changes: list[dict[str, Any]]) -> None:
    plain = [row for row in changes if row["outcome"] == "merged" and not row["stages_forced"]]
    assert plain
    for row in plain:
        pickup = row["first_review_at"] - (row["ready_at"] or row["created_at"])
        assert timedelta(milliseconds=row["pickup_ms"]) == pickup


def test_a_change_ends_once_and_when_it_says(changes: list[dict[str, Any]]) -> None:
    for row in changes:
        assert (row["closed_at"] is None) == (row["outcome"] == "open")
        assert (row["merged_at"] is None) == (row["outcome"] != "merged")
        assert row["merged_at"] in (None, row["closed_at"])
