"""A pass touches what changed, in data or in code, and nothing else; the result is as from nothing.

Every test goes on with a copy of one lake, and holds it to a lake made at once with the same code.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path
from shutil import copytree

import msgspec
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from connectors.source import Source
from pipelines import datafile, lake, snapshots
from pipelines import derive as derive_module
from pipelines.derive import Outcome, derive
from pipelines.plan import Level, levels
from pipelines.table import DELIVERIES
from schemas.envelope import Delivery
from tests.deliveries import SOURCES
from tests.lakes import differences, made, names, recorded, rows, tell, versions

REVIEWED = "events/change.reviewed"
CHANGES = "facts/changes"
OUTCOMES = "metrics/change_outcome"
OF_MERGED = {
    "metrics/ai_share",
    "metrics/author_correction",
    "metrics/change_time",
    "metrics/lead_time",
    "metrics/review_and_correction",
    "metrics/telemetry_coverage",
}
"""Metrics that ask merged changes only."""


@pytest.fixture(scope="module")
def deaf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the lake that one changed mapping makes from nothing."""
    home = tmp_path_factory.mktemp("deaf") / "lake"
    made(home, [recorded()], DEAF)
    return home


@pytest.fixture
def home(complete: Path, tmp_path: Path) -> Path:
    return copytree(complete, tmp_path / "lake")


def with_mapping(source: str, event_type: str, was: str, now: str) -> dict[str, Source]:
    """Return all sources, one mapping of one of them changed."""
    mapping = SOURCES[source].events[event_type]
    assert was in mapping
    events = {**SOURCES[source].events, event_type: mapping.replace(was, now)}
    return {**SOURCES, source: replace(SOURCES[source], events=events)}


def with_sql(path: str, was: str, now: str) -> tuple[Level, ...]:
    """Return the steps of a pass, the SQL of one of them changed."""
    [before] = [step.sql for level in levels() for step in level if step.table.path == path]
    assert was in before
    return tuple(
        tuple(
            replace(step, sql=before.replace(was, now)) if step.table.path == path else step
            for step in level
        )
        for level in levels()
    )


def reading(*paths: str) -> set[str]:
    """Return the tables that are made from any of these."""
    steps = [step for level in levels() for step in level]
    return {step.table.path for step in steps if step.reads.keys() & set(paths)}


def kept(home: Path, before: dict[str, int]) -> set[str]:
    """Return the tables whose version a pass did not change."""
    return {path for path, version in versions(home).items() if version == before[path]}


SAME = with_mapping("gharchive", "change.reviewed", "AS reviewer,", "AS reviewer, 'A' AS evidence,")
HEARD = ("change.reviewed", "lower(review.state)", "'commented'")
# The archive and the webhooks tell of the same reviews, so both must be deaf.
DEAF = with_mapping("gharchive", *HEARD) | {"github": with_mapping("github", *HEARD)["github"]}


def test_a_second_pass_finds_nothing_to_do(home: Path) -> None:
    before = versions(home)
    outcome = derive(home, SOURCES)
    assert (outcome.published, outcome.snapshot, outcome.recomputed) == (False, 1, {})
    assert versions(home) == before


def test_a_changed_mapping_recomputes_its_event_and_what_reads_it(home: Path, deaf: Path) -> None:
    before = versions(home)
    outcome = derive(home, DEAF)
    assert outcome.published
    behind = reading(REVIEWED, CHANGES)
    assert set(outcome.recomputed) == {REVIEWED, "rejected", "ignored", "arrivals", *behind}
    assert rows(home, f'SELECT count(approved_at) FROM "{CHANGES}"') == [(0,)]
    assert kept(home, before) == versions(home).keys() - {REVIEWED, CHANGES}
    assert differences(home, deaf) == {}
    assert names(home) == names(deaf)


def test_a_changed_mapping_that_says_the_same_changes_no_file(home: Path) -> None:
    before, files = versions(home), names(home)
    outcome = derive(home, SAME)
    assert outcome.published, "the fingerprint is another one"
    assert set(outcome.recomputed) == {REVIEWED, "rejected", "ignored", "arrivals"}
    assert (versions(home), names(home)) == (before, files)
    assert not derive(home, SAME).published


def test_a_changed_mapping_and_new_deliveries_in_one_pass_equal_all_at_once(
    deaf: Path, tmp_path: Path
) -> None:
    home, half = tmp_path / "lake", len(recorded()) // 2
    made(home, [recorded()[:half]])
    made(home, [recorded()[half:]], DEAF)
    assert differences(home, deaf) == {}
    for version in snapshots.read(home).tables.values():
        if version.deliveries:
            assert version.deliveries == len(recorded())
            assert version.rows + version.duplicates + version.superseded == version.items


@pytest.mark.parametrize(
    ("path", "was", "now", "recomputed", "changed"),
    [
        (OUTCOMES, "100 *", "10 *", {OUTCOMES}, {OUTCOMES}),
        (
            CHANGES,
            "THEN 'merged'",
            "THEN 'open'",
            {CHANGES, *reading(CHANGES)},
            {CHANGES, OUTCOMES, *OF_MERGED},
        ),
    ],
    ids=["a metric's", "a fact's"],
)
def test_changed_sql_recomputes_its_table_and_what_reads_it(
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    was: str,
    now: str,
    recomputed: set[str],
    changed: set[str],
) -> None:
    before = versions(home)
    steps = with_sql(path, was, now)
    monkeypatch.setattr(derive_module, "levels", lambda: steps)
    outcome = derive(home, SOURCES)
    assert set(outcome.recomputed) == recomputed
    assert kept(home, before) == versions(home).keys() - changed
    made(tmp_path / "new", [recorded()])
    assert differences(home, tmp_path / "new") == {}


def test_a_link_that_comes_late_restates_the_changes_of_its_account(
    complete: Path, tmp_path: Path
) -> None:
    home = tmp_path / "lake"
    roster = [said for said in recorded() if said.source == "roster"]
    made(home, [[said for said in recorded() if said.source != "roster"]])
    query = f'SELECT count(*), count(team) FROM "{CHANGES}"'
    assert rows(home, query) == [(5, 0)]
    made(home, [roster])
    [(changes, in_a_team)] = rows(home, query)
    assert changes == 5
    assert in_a_team > 0
    assert differences(home, complete) == {}


def membership(team: str, as_of: int) -> Delivery:
    body = {"person": "9" * 32, "team": team, "as_of": as_of}
    return Delivery("roster", "membership", as_of, msgspec.Raw(msgspec.json.encode(body)))


@pytest.mark.parametrize("order", [(1, 2), (2, 1)], ids=["the old one first", "the new one first"])
def test_the_newer_telling_of_an_event_replaces_the_older(
    order: tuple[int, int], tmp_path: Path
) -> None:
    editions = {1: membership("web", as_of=1_000_000), 2: membership("api", as_of=2_000_000)}
    first, second = (editions[number] for number in order)
    made(tmp_path, [[first], [second, editions[2]]])
    assert rows(tmp_path, 'SELECT team, rev FROM "events/team.assigned"') == [("api", 2_000_000)]
    version = snapshots.read(tmp_path).tables["events/team.assigned"]
    assert (version.items, version.rows) == (3, 1)
    assert (version.superseded, version.duplicates) == (1, 1)


def test_a_partition_that_nothing_new_reaches_keeps_its_file(home: Path, tmp_path: Path) -> None:
    before = names(home)
    [verdict] = [said for said in recorded() if b'"approved"' in bytes(said.body).lower()][:1]
    later = msgspec.json.decode(verdict.body)
    later["payload"]["review"]["id"] = 77
    tell(home, [msgspec.structs.replace(verdict, body=msgspec.Raw(msgspec.json.encode(later)))])
    outcome = derive(home, SOURCES)
    assert (outcome.recomputed[REVIEWED], outcome.recomputed[CHANGES]) == (1, 1)
    assert outcome.recomputed.keys() <= {REVIEWED, "arrivals"} | reading(REVIEWED)
    after = names(home)
    for path, files in before.items():
        assert len(files - after[path]) == (path == REVIEWED)


def test_what_a_delivery_said_is_gone_when_the_delivery_is_erased(
    home: Path, tmp_path: Path
) -> None:
    [file] = lake.live(home, DELIVERIES)
    landed = pq.read_table(home / DELIVERIES.path / file.path, partitioning=None)
    left = landed.filter(pc.not_equal(landed["source"], "gharchive"))
    written = datafile.write(home, DELIVERIES, file.part, left, "land-write")
    assert written is not None
    lake.replace(home, DELIVERIES, [written], 1, "land-commit")
    derive(home, SOURCES)
    made(tmp_path / "without", [[said for said in recorded() if said.source != "gharchive"]])
    assert differences(home, tmp_path / "without") == {}


def test_a_backfill_of_days_recomputes_what_reaches_them_and_changes_nothing(home: Path) -> None:
    before = versions(home)
    [(first, last)] = rows(home, f'SELECT min(created_at), max(created_at) FROM "{CHANGES}"')

    def backfill(start: date, stop: date) -> Outcome:
        return derive(home, SOURCES, (start, stop))

    whole = backfill(first.date(), last.date())
    assert whole.recomputed[CHANGES] == len(names(home)[CHANGES])
    assert {path.partition("/")[0] for path in whole.recomputed} == {"facts"}
    assert backfill(date(1999, 1, 1), date(1999, 12, 31)).recomputed == {}
    assert not whole.published
    assert versions(home) == before


def test_a_backfill_lands_in_the_same_lake_as_a_plain_pass(complete: Path, tmp_path: Path) -> None:
    home = tmp_path / "lake"
    made(home, [recorded()[:10]])
    tell(home, recorded()[10:])
    derive(home, SOURCES, (date(2026, 1, 1), date(2026, 12, 31)))
    assert differences(home, complete) == {}
