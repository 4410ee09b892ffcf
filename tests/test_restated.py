"""Late and restated data: who is complete up to when, what came late, and what it changed.

One editor, one forge and one roster. The days are worked out on paper: a heartbeat of 1 January
that is received on 10 January is nine days late.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipelines import snapshots
from pipelines.catalog import open_catalog
from schemas.envelope import Delivery
from tests.lakes import differences, made, names

BEATS, MERGED, SPANS, CHANGES = (
    "events/activity.observed",
    "events/change.merged",
    "facts/spans",
    "facts/changes",
)


def told(source: str, kind: str, received: str, body: dict[str, Any]) -> Delivery:
    moment = int(datetime.fromisoformat(received).replace(tzinfo=UTC).timestamp())
    return Delivery(source, kind, moment * 1_000_000, msgspec.Raw(msgspec.json.encode(body)))


def covered(source: str, start: str, end: str) -> Delivery:
    word = {"source": source, "covered_from": f"{start}T00:00:00Z", "time": f"{end}T00:00:00Z"}
    return told("upshot", "source.covered", end, word)


def beats(day: str, received: str) -> list[Delivery]:
    """Return two saves, four minutes apart: one stretch of attention."""
    noon = int(datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=UTC).timestamp())
    said = {"account": "a" * 32, "entity": "f" * 32, "type": "file", "is_write": True}
    return [
        told("wakatime", "heartbeat", received, said | {"time": str(noon + later)})
        for later in (0, 240)
    ]


def merged(number: int, received: str, **said: Any) -> Delivery:
    """Return a change's merge; of two tellings of it that which says more of it is kept."""
    change = {
        "id": number,
        "number": number,
        "user": {"login": "b" * 32, "type": "User"},
        "created_at": "2026-01-05T08:00:00Z",
        "closed_at": "2026-01-05T09:30:00Z",
        "merged_at": "2026-01-05T09:30:00Z",
        "base": {"repo": "github.com/acme-example/web"},
        **said,
    }
    body = {"action": "closed", "pull_request": change}
    return told("github", "pull_request", received, body)


def member() -> Delivery:
    body = {"person": "9" * 32, "team": "web", "as_of": 1_767_600_000_000_000}
    return told("roster", "membership", "2026-01-05T08:00", body)


FIRST = [
    *beats("2026-01-08", "2026-01-08T12:05"),
    *beats("2026-01-09", "2026-01-09T12:05"),
    *(merged(number, "2026-01-05T09:30", additions=8) for number in range(1, 9)),
    member(),
    covered("wakatime", "2025-12-31", "2026-01-10"),
    covered("github", "2026-01-05", "2026-01-07"),
    covered("otlp", "2026-01-01", "2026-01-02"),
]
NINE_DAYS_LATE = beats("2026-01-01", "2026-01-10T12:00")
AGAIN = merged(3, "2026-01-06T10:00", additions=80, deletions=1)
STALE = merged(4, "2026-01-06T10:00")


def asked(home: Path, query: str) -> list[tuple[Any, ...]]:
    with open_catalog(home) as db:
        return db.execute(query).fetchall()


def changed_since(home: Path, snapshot: int) -> dict[str, set[str]]:
    """Return which partitions of which tables changed behind a snapshot, as an analyst asks it."""
    found: dict[str, set[str]] = {}
    query = f'SELECT "table", part FROM lake.partitions WHERE changed_in > {snapshot}'
    for table, part in asked(home, query):
        found.setdefault(table, set()).add(part)
    return found


def restated(home: Path) -> dict[str, int]:
    query = 'SELECT "table", restated FROM lake.versions WHERE restated > 0'
    return dict(asked(home, query))


@pytest.fixture(scope="module")
def late(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a lake that was told something nine days late, and told it again."""
    home = tmp_path_factory.mktemp("late")
    made(home, [FIRST, NINE_DAYS_LATE, NINE_DAYS_LATE])
    return home


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a lake in which one of eight changes was told again, and another by an old telling."""
    home = tmp_path_factory.mktemp("corrected")
    made(home, [FIRST, [AGAIN], [STALE]])
    return home


def test_freshness_says_who_told_late_and_of_which_day(late: Path) -> None:
    assert asked(
        late,
        "SELECT source, complete_up_to::DATE::VARCHAR, late_days, latest_by_days, "
        "latest_day::VARCHAR FROM lake.freshness ORDER BY source",
    ) == [
        ("github", "2026-01-07", 0, None, None),
        ("otlp", "2026-01-02", 0, None, None),
        ("roster", None, 0, None, None),
        ("wakatime", "2026-01-10", 1, 9, "2026-01-01"),
    ]


@pytest.mark.parametrize(
    ("metric", "up_to", "sources", "silent"),
    [
        ("change_outcome", "2026-01-07", ["github", "wakatime"], ["roster"]),
        ("unattributed_time", "2026-01-07", ["github", "wakatime"], ["roster"]),
        ("active_users_by_tool", None, [], []),
    ],
)
def test_a_metric_is_as_complete_as_the_least_of_the_sources_that_it_rests_on(
    metric: str, up_to: str | None, sources: Sequence[str], silent: Sequence[str], late: Path
) -> None:
    query = "SELECT complete_up_to::DATE::VARCHAR, sources, silent FROM lake.metrics"
    assert asked(late, f"{query} WHERE metric = '{metric}'") == [(up_to, sources, silent)]


def test_what_comes_nine_days_late_changes_its_day_and_restates_nothing_else(
    late: Path, tmp_path: Path
) -> None:
    made(tmp_path, [FIRST])
    for path in (BEATS, SPANS):
        [file] = names(late)[path] - names(tmp_path)[path]
        assert file.startswith("part=2026-01-01/")
        assert changed_since(late, 1)[path] == {"2026-01-01"}
        assert names(tmp_path)[path] < names(late)[path]
    days = {part for parts in changed_since(late, 1).values() for part in parts}
    assert days <= {"2026-01-01", "all"}
    assert {path for path in restated(late) if not path.startswith("metrics/")} == set()


def test_what_is_only_a_copy_publishes_but_changes_no_partition(late: Path) -> None:
    assert snapshots.read(late).number == 3
    assert changed_since(late, 2) == {}
    assert snapshots.read(late).tables[BEATS].duplicates == 2


def test_a_change_that_is_told_again_restates_one_row_and_its_bucket(corrected: Path) -> None:
    assert (restated(corrected)[MERGED], restated(corrected)[CHANGES]) == (1, 1)
    [bucket] = changed_since(corrected, 1)[MERGED]
    assert changed_since(corrected, 1)[CHANGES] == {bucket}
    [kept] = asked(corrected, "SELECT lines_added FROM facts.changes WHERE change = '3'")
    assert kept == (80,)
    assert BEATS not in changed_since(corrected, 1)


def test_an_old_telling_that_comes_last_is_superseded_and_restates_nothing(corrected: Path) -> None:
    version = snapshots.read(corrected).tables[MERGED]
    assert (version.superseded, version.restated) == (2, 1)
    assert changed_since(corrected, 2) == {}


def test_the_order_of_arrival_leaves_its_mark_in_the_account_only(
    corrected: Path, tmp_path: Path
) -> None:
    made(tmp_path, [[AGAIN, STALE], FIRST])
    assert differences(tmp_path, corrected) == {}
    assert names(tmp_path) == names(corrected)
    assert restated(tmp_path)[MERGED] == 1, "the other change: its last word is the winner"
