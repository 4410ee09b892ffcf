"""What may not matter to attention: names, clocks, order, and what others do.

One seeded week of two people, told through every stream, is told again in another way; no truth
is needed to know that the answer may not change.
"""

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import timedelta
from itertools import combinations, pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest

from pipelines import datafile
from pipelines.engine import connect
from pipelines.hops import compute
from pipelines.plan import facts, tables
from schemas.columns import Keyed
from schemas.event import Event
from tests.facts.telling import (
    ADA,
    BEN,
    MAIN,
    beat,
    commented,
    created,
    decision,
    everybody,
    file,
    inference,
    merged,
    prompt,
    read,
    reviewed,
)
from tests.test_facts import built, reads, rows, told

Spans = list[dict[str, Any]]


def clock(day: int, minute: float) -> str:
    return f"{day} {int(minute // 60)}:{minute % 60:.3f}"


def week(random: Random) -> list[Event]:
    """Return what is told of a week: a change a day for each of two, reviewed by the other."""
    said: list[Event] = []
    for day in range(5):
        for number, (who, other) in enumerate(((ADA, BEN), (BEN, ADA)), start=1):
            change = 1 + 2 * day + number if day < 4 else number
            minute = 540.0 + random.random() * 30
            for turn in range(25):
                minute += random.choice((0.5, 2, 4, 9, 25)) * (0.5 + random.random())
                lines = random.randrange(9)
                at = clock(day, minute)
                where = MAIN if random.random() < 0.1 else change
                sign: list[Event] = [
                    beat(at, who, where, entity=file(random.choice("ab")), human_lines=lines),
                ]
                if random.random() < 0.3:
                    asked = 1000 * day + 100 * number + turn
                    sign = [
                        prompt(at, asked, who, chars=random.randrange(90)),
                        inference(clock(day, minute + 0.4), asked, who),
                        decision(clock(day, minute + 1.1), asked, who),
                        beat(clock(day, minute + 1.2), who, where, ai_lines=9, human_lines=0),
                        inference(clock(day, minute + 1.5), asked, who),
                    ]
                    minute += 1.5
                said += sign
            opened = minute + 1
            said += [
                created(clock(day, opened), change, who),
                read(clock(day, opened + 5), other, change),
                commented(clock(day, opened + 8), change, other),
                reviewed(clock(day, opened + 11), change, other),
                merged(clock(day, opened + 60), change, added=40),
            ]
    return list({(event.kind.name, event.id): event for event in said}.values())


WEEK = week(Random(20260105))


def spans(home: Path, events: list[Event]) -> Spans:
    """Return the spans that these events make."""
    files = built(home, told(home, [*everybody(), *events]), "facts/spans")
    return rows(tables()["facts/spans"], files)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Spans:
    found = spans(tmp_path_factory.mktemp("plain"), WEEK)
    assert {row["kind"] for row in found} == {
        "hand",
        "prompt",
        "self_review",
        "peer_review",
        "wait",
    }
    return found


def test_no_two_spans_of_one_person_overlap(plain: Spans) -> None:
    for before, after in pairwise(plain):
        if before["person"] == after["person"] and before["day"] == after["day"]:
            assert before["ended_at"] <= after["started_at"]


def test_a_span_lasts_as_long_as_it_says_within_one_day(plain: Spans) -> None:
    for row in plain:
        assert row["duration_ms"] == (row["ended_at"] - row["started_at"]) / timedelta(
            milliseconds=1
        )
        assert row["duration_ms"] > 0
        assert row["started_at"].date() == row["day"]


def test_the_order_in_which_it_is_told_does_not_matter(plain: Spans, tmp_path: Path) -> None:
    shuffled = list(WEEK)
    Random(7).shuffle(shuffled)
    assert spans(tmp_path, shuffled) == plain


def test_renaming_every_branch_changes_nothing(plain: Spans, tmp_path: Path) -> None:
    def renamed(event: Event) -> Event:
        name = getattr(event, "branch", None)
        return replace(event, branch=Keyed(name[::-1].upper())) if name else event  # type: ignore[call-arg]

    assert spans(tmp_path, [renamed(event) for event in WEEK]) == plain


def test_shifting_every_clock_by_three_hours_keeps_every_duration(
    plain: Spans, tmp_path: Path
) -> None:
    shift = timedelta(hours=3)
    later = spans(tmp_path, [replace(event, time=event.time + shift) for event in WEEK])
    moved = [
        row
        | {
            "started_at": row["started_at"] + shift,
            "ended_at": row["ended_at"] + shift,
            "day": (row["started_at"] + shift).date(),
        }
        for row in plain
    ]
    assert later == moved


@pytest.mark.parametrize(
    "kept",
    [
        pytest.param(lambda row: row["person"] == ADA, id="Ada's"),
        pytest.param(lambda row: row["person"] == BEN, id="Ben's"),
    ],
)
def test_what_another_person_does_in_editors_and_with_agents_is_not_mine(
    kept: Callable[[dict[str, Any]], bool], plain: Spans, tmp_path: Path
) -> None:
    mine = [row for row in plain if kept(row)]
    me = mine[0]["person"]
    without = [
        event
        for event in WEEK
        if event.kind.name.startswith("change.")
        or str(asdict(event).get("account"))[:30] == me[:30]
    ]
    assert [row for row in spans(tmp_path, without) if row["person"] == me] == mine


def test_without_an_agent_its_persons_editor_is_still_seen_and_nothing_has_a_tool(
    plain: Spans, tmp_path: Path
) -> None:
    found = spans(tmp_path, [event for event in WEEK if not event.kind.name.startswith("ai.")])
    assert {row["tool"] for row in found} == {None}
    assert "wait" not in {row["kind"] for row in found}
    assert {row["change_id"] for row in found} == {row["change_id"] for row in plain}


def sleepless(random: Random) -> list[Event]:
    """Return signs of four days and nights without a pause: long visits, runs that never end."""
    said: list[Event] = []
    minute, asked = 0.0, 0
    while minute < 4 * 24 * 60:
        minute += random.uniform(1, 9) if random.random() < 0.999 else 11
        at = clock(int(minute // 1440), minute % 1440)
        lines: dict[str, Any] = {
            "human_lines": random.randrange(3),
            "lines_removed": random.randrange(3),
        }
        touch = lines if random.random() < 0.005 else {}
        said.append(beat(at, is_write=False, **touch))
        if random.random() < 0.002:
            asked += 1
            later = minute + random.choice((3, 300, 900, 2000))
            said += [
                prompt(at, asked),
                inference(clock(int(later // 1440), later % 1440), asked),
                decision(clock(int(later // 1440), (later + 1) % 1440), asked),
            ]
    return [*said, created("3 12:00")]


@pytest.mark.parametrize("seed", range(3))
def test_a_day_is_the_same_whichever_days_are_built_with_it(seed: int, tmp_path: Path) -> None:
    files = built(tmp_path, told(tmp_path, sleepless(Random(seed))), "facts/spans")
    step, db = facts()["facts/spans"], connect()
    days = sorted(files[step.table.path])
    assert len(days) >= 4
    for first, last in combinations(range(len(days) + 1), 2):
        some = days[first:last]
        needed = [
            (table, tuple({file for day in some for file in dict(reads(step, files, day))[table]}))
            for table, _ in reads(step, files)
        ]
        for day, found in compute(step, needed, db, some).items():
            kept = datafile.read(Path(files[step.table.path][day]))
            assert found == kept.cast(found.schema), (some, day)
