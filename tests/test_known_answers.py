"""Real data whose answers are known: from the source's own files to the events they mean."""

from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from tests.deliveries import decoded, pulled

OUTCOMES = """
    WITH change AS (
        SELECT
            attributed.tool,
            merged.time IS NOT NULL AS merged,
            abandoned.time IS NOT NULL AS rejected,
            epoch_ms(coalesce(merged.time, abandoned.time)) - epoch_ms(created.time) AS open_ms
        FROM (SELECT DISTINCT ON (change) change, time FROM created) AS created
        LEFT JOIN (SELECT DISTINCT ON (change) change, time FROM merged) AS merged USING (change)
        LEFT JOIN (SELECT DISTINCT ON (change) change, time FROM abandoned) AS abandoned
            USING (change)
        LEFT JOIN attributed USING (change)
    )
    SELECT
        tool,
        count(*),
        round(100.0 * count(*) FILTER (merged) / count(*), 2),
        round(median(open_ms) FILTER (merged) / 3600000.0, 4),
        round(100.0 * count(*) FILTER (rejected) / count(*), 2),
        round(median(open_ms) FILTER (rejected) / 3600000.0, 4)
    FROM change
    GROUP BY tool
    ORDER BY tool"""


def told(source: str, folder: Path, sql: str) -> list[tuple[Any, ...]]:
    """Return what a query says of a source's events, as tables named by their last word."""
    connection = duckdb.connect()
    for path, table in decoded(pulled(source, folder)).rows.items():
        connection.register(path.rpartition(".")[2], table)
    if "attributed" not in {row[0] for row in connection.execute("SHOW TABLES").fetchall()}:
        empty = pa.table({"change": pa.array([], pa.string()), "tool": pa.array([], pa.string())})
        connection.register("attributed", empty)
    return connection.execute(sql).fetchall()


def test_aidev_gives_its_sixteen_numbers(shared: Path) -> None:
    outcomes = told("aidev", shared / "data/aidev_pop", OUTCOMES)
    assert [
        (tool, n, merged, round(hours, 2), rejected, round(end, 2))
        for tool, n, merged, hours, rejected, end in outcomes
    ] == [
        ("claude_code", 101, 52.48, 6.87, 32.67, 1.83),
        ("codex", 2686, 65.30, 0.29, 21.26, 2.39),
        ("copilot", 1462, 38.24, 17.20, 32.08, 4.58),
        ("cursor", 144, 51.39, 2.41, 21.53, 1.07),
    ]


def test_aidev_tells_reviews_of_changes_that_it_does_not_hold(shared: Path) -> None:
    counts = told(
        "aidev",
        shared / "data/aidev_pop/Claude_Code",
        "SELECT count(*), count(*) FILTER (change NOT IN (SELECT change FROM created)) "
        "FROM reviewed",
    )
    assert counts == [(338, 219)]


def test_aidev_steps_without_a_time_become_no_event(shared: Path) -> None:
    rows = decoded(pulled("aidev", shared / "data/aidev_pop")).rows
    assert rows["events/change.ready"].num_rows == 866
    assert rows["ignored"].num_rows == 59_111 - 866
    assert "rejected" not in rows


def test_gharchive_counts_by_kind(shared: Path) -> None:
    kinds = Counter(said.kind for said in pulled("gharchive", shared / "data/gharchive"))
    assert kinds.total() == 800 + 1
    assert kinds["PullRequestEvent"] == 64
    assert kinds["PullRequestReviewEvent"] == 28
    assert kinds["PushEvent"] == 425


def test_gharchive_merges_and_their_median(shared: Path) -> None:
    [(_, changes, merged, hours, rejected, _)] = told(
        "gharchive", shared / "data/gharchive", OUTCOMES
    )
    assert changes == 64
    assert round(merged * 64 / 100) == 25
    assert round((merged + rejected) * 64 / 100) == 31
    assert hours == 0.2319


def test_gharchive_verdicts(shared: Path) -> None:
    states = told(
        "gharchive",
        shared / "data/gharchive",
        "SELECT state, count(*) FROM reviewed GROUP BY state ORDER BY state",
    )
    assert states == [("approved", 13), ("changes_requested", 2), ("commented", 13)]


@pytest.mark.parametrize("dimension", ["language", "project"])
def test_wakatime_days_add_up_to_the_microsecond(shared: Path, dimension: str) -> None:
    days = told(
        "wakatime",
        shared / "data/wakatime",
        f"""SELECT count(*), count(*) FILTER (total = parts), count(*) FILTER (total > 0) FROM (
            SELECT day,
                sum(duration_us) FILTER (dimension = 'total') AS total,
                coalesce(sum(duration_us) FILTER (dimension = '{dimension}'), 0) AS parts
            FROM reported GROUP BY day)""",
    )
    assert days == [(67, 67, 34)]


def test_a_wakatime_day_has_one_row_for_each_member(shared: Path) -> None:
    assert told(
        "wakatime",
        shared / "data/wakatime",
        "SELECT count(*) - count(DISTINCT (account, day, dimension, member)), "
        "count(*) FILTER (rev IS NULL), count(DISTINCT account) FROM reported",
    ) == [(0, 0, 1)]


def test_real_heartbeats_keep_their_exact_time(shared: Path) -> None:
    assert told(
        "wakatime",
        shared / "samples/wakatime",
        "SELECT epoch_us(time), editor, entity_type, is_write FROM observed ORDER BY time",
    ) == [
        (1_789_999_999_500_000, "vscode", "file", True),
        (1_790_000_000_123_000, "vscode", "file", True),
        (1_790_000_001_250_000, "vscode", "domain", None),
    ]
