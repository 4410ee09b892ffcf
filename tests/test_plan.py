"""What a metric reads is found before anything is built."""

import re
from pathlib import Path

import pytest

from pipelines.catalog import open_catalog
from pipelines.engine import connect
from pipelines.plan import levels, metric_step, rests_on, tables
from schemas.errors import Fatal
from sql.metric import metric, metrics
from sql.sheet import parse

READS = """/*
title = "Sources"
question = "Up to when is everything there?"
grain = ["source"]
unit = "time, UTC"
better = "neither"
pair = "planned:other"
pair_because = "because"
n = "sources"
coverage = "none: it is coverage"
people = "none"
[interval]
complete_up_to = "a time, not an estimate"
*/
SELECT source, count(*) AS sources, max(complete_up_to) AS complete_up_to
FROM lake.freshness GROUP BY source ORDER BY source;
/* test: one
given lake.freshness: VALUES ('gharchive', TIMESTAMP '2026-01-05') AS t(source, complete_up_to)
expect: VALUES ('gharchive', 1, TIMESTAMP '2026-01-05')
*/
"""
SOURCES = {table.view: table for table in tables().values()}


def test_every_metric_is_a_step_behind_what_it_reads() -> None:
    order = [step.table.path for level in levels() for step in level]
    made = {step.table.path: step for level in levels() for step in level}

    for name, one in metrics().items():
        step = made[f"metrics/{name}"]
        assert {tables()[path].view for path in step.reads} == set(one.reads)
        facts = [path for path in step.reads if path in made]
        assert all(order.index(path) < order.index(f"metrics/{name}") for path in facts)


def test_a_metric_may_read_freshness_and_gets_what_the_catalogue_shows(complete: Path) -> None:
    step = metric_step(metric(parse("sql/metrics/x.sql", READS)), SOURCES, connect())
    with open_catalog(complete) as db:
        shown = db.execute(
            "SELECT source, complete_up_to FROM lake.freshness "
            "WHERE complete_up_to IS NOT NULL ORDER BY source"
        ).fetchall()
        asked = db.execute(f"SELECT source, complete_up_to FROM ({step.sql})").fetchall()

    assert shown
    assert asked == shown
    assert set(step.reads) == {"events/source.covered"}
    with connect() as db:
        db.execute("CREATE TABLE events.source_covered (source TEXT, covered_from TEXT, time TEXT)")
        assert db.execute(step.sql).fetchall() == []


def test_when_something_was_received_is_no_metrics_business() -> None:
    known = {view for level in levels() for step in level for view in step.reads}
    assert "arrivals" not in known
    assert rests_on()["active_users_by_tool"] == {
        "ai.prompt.submitted",
        "ai.tool.completed",
        "identity.linked",
        "seat.assigned",
        "source.covered",
    }


def test_a_metric_that_reads_no_table_is_refused_in_one_sentence() -> None:
    with pytest.raises(Fatal) as refused:
        metric_step(
            metric(parse("sql/metrics/x.sql", READS.replace("lake.freshness", "facts.mood"))),
            SOURCES,
            connect(),
        )
    assert "sql/metrics/x.sql: it reads facts.mood" in str(refused.value)
    assert "facts.changes" in str(refused.value)


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("AS sources", "AS part", "a column is called part"),
        ("count(*)", "{'a': 1}", "column sources is STRUCT(a INTEGER), which the lake does not"),
    ],
)
def test_a_column_that_cannot_be_kept_is_named(was: str, now: str, said: str) -> None:
    asked = metric(parse("sql/metrics/x.sql", READS.replace(was, now)))
    with pytest.raises(Fatal, match=re.escape(f"sql/metrics/x.sql: {said}")):
        metric_step(asked, SOURCES, connect())


@pytest.mark.parametrize("number", ["7", "7::SMALLINT", "sum(7)", "count(*)"])
def test_every_integer_is_kept_as_one_type(number: str) -> None:
    step = metric_step(
        metric(parse("sql/metrics/x.sql", READS.replace("count(*)", number))), SOURCES, connect()
    )
    assert step.table.types["sources"] == "BIGINT"
