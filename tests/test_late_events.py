"""Whatever arrives last, every fact is as if it had been there from the start.

One story with everything that a prompt's way to production is made of; each kind of event in turn
is told only after all else was built. What is then rebuilt is only what the reaches name.
"""

from pathlib import Path

import pytest

from pipelines.changed import Changed
from pipelines.engine import connect
from pipelines.hops import compute
from pipelines.plan import tables
from pipelines.reach import possible
from schemas.event import Event
from schemas.events.service_rolledback import ServiceRolledback
from schemas.events.team_assigned import TeamAssigned
from schemas.partition import ALL, Whole
from tests.facts.telling import (
    ADA,
    REWRITTEN,
    SHOP,
    at,
    beat,
    commented,
    created,
    decision,
    everybody,
    linked,
    merged,
    prompt,
    read,
    reviewed,
)
from tests.facts.value_events import deployed, incident, reverted
from tests.test_facts import STEPS, Files, beside, built, reads, rows, told, written

SECOND_SHA, THIRD_SHA = "3c" * 20, "4d" * 20


STORY: list[Event] = [
    *everybody(),
    TeamAssigned(time=at("0:00"), person=ADA, team="web"),
    *(linked(SHOP), beat("13:06", on=2, project=SHOP)),
    *(created("11:00"), beat("9:00"), beat("9:04"), prompt("9:05"), decision("9:07")),
    *(created("15:00", 2), beat("13:00", on=2), beat("13:04", on=2), prompt("23:59:30", 2)),
    *(beat("23:55", on=2), decision("+1 0:01", 2), created("+1 9:00", 3), prompt("+1 8:00", 3)),
    *(merged("12:00", sha="1a" * 20), merged("+1 10:00", 2, sha=SECOND_SHA)),
    *(merged("+1 11:00", 3, sha=THIRD_SHA), deployed("12:30"), deployed("+1 10:30", SECOND_SHA)),
    *(deployed("+1 12:00", THIRD_SHA), incident("+1 11:00"), reverted("+2 9:00")),
    ServiceRolledback(
        time=at("+1 13:00"), provider="p", deployment="x", environment="production", service="web"
    ),
    # What the AI wrote for change 1 is rewritten for another, that was open for 50 days by then.
    *(beat("9:06", category="ai coding", ai_lines=40, lines_added=40), created("-39 9:00", 4)),
    *(beat(f"+11 {time}", on=4, **lines) for time, lines in (("9:00", {}), ("9:04", REWRITTEN))),
    beat("-45 9:00", on=4, category="ai coding", ai_lines=9),
    *(
        read("+11 8:00"),
        reviewed("+11 8:04"),
        commented("+11 8:10", who=ADA),
        read("+12 9:00", on=4),
    ),
]
KINDS = sorted({event.kind.name for event in STORY})


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Files:
    home = tmp_path_factory.mktemp("whole")
    return built(home, told(home, STORY))


def test_the_story_reaches_every_fact_about_delivery(whole: Files) -> None:
    for name in ("runs", "deployments", "value_events"):
        assert len(rows(tables()[f"facts/{name}"], whole)) == 3
    ladder = rows(tables()["facts/value_events"], whole)
    assert {row["change_id"] for row in ladder} == {"f/1", "f/2", None}
    assert {row["broken_because"] for row in ladder} == {"reverted", "incident", None}


@pytest.mark.parametrize("late", KINDS)
def test_what_arrives_last_changes_all_that_it_reaches(
    late: str, whole: Files, tmp_path: Path
) -> None:
    before = built(tmp_path, told(tmp_path, [e for e in STORY if e.kind.name != late]))
    now = rebuilt(tmp_path, before, told(tmp_path, STORY))
    for step in STEPS:
        assert rows(step.table, now) == rows(step.table, whole), step.table.path


def rebuilt(home: Path, before: Files, now: Files) -> Files:
    """Build again what the facts' reaches name, and nothing else."""
    db = connect()
    for step in STEPS:
        path = step.table.path
        parts = set(before[path]) | possible(step.reads, beside(now))
        parts |= {ALL} if isinstance(step.table.partition, Whole) else set()
        touched = set[str]().union(
            *(
                reach.touches(Changed(tables()[name], before[name], now[name], beside(now)), parts)
                for name, reach in step.reads.items()
            )
        )
        now[path] = {part: file for part, file in before[path].items() if part not in touched}
        for part in sorted(touched):
            found = compute(step, reads(step, now, part), db, [part])[part]
            now[path] |= written(home, step.table, part, found)
    return now
