"""The contract of every data check: adding a file to ``sql/checks`` adds its cases here."""

import duckdb
import pytest

import schemas
from schemas.errors import Fatal
from sql.check import Check, check, checks
from sql.example import Example
from sql.metric import metrics
from sql.sheet import parse

CHECKS = checks()
EXAMPLES = [
    pytest.param(check, example, id=f"{check.name}: {example.name}")
    for check in CHECKS.values()
    for example in check.examples
]
WRITTEN = [pytest.param(check, id=check.name) for check in CHECKS.values() if check.examples]
PEOPLE = {
    column.name
    for event in schemas.EVENTS.values()
    for column in event.columns
    if column.about_people
}


@pytest.mark.parametrize(("check", "example"), EXAMPLES)
def test_every_check_finds_what_its_example_says(check: Check, example: Example) -> None:
    found, expected = example.work_out(duckdb.connect(), check.query)
    assert found == expected


@pytest.mark.parametrize("check", WRITTEN)
def test_a_finding_names_no_person_and_reads_what_it_says(check: Check) -> None:
    con = duckdb.connect()
    check.examples[0].work_out(con, check.query)
    assert not PEOPLE & {row[0] for row in con.execute("DESCRIBE answer").fetchall()}
    assert {table for table, _ in check.examples[0].given} == set(check.reads)
    for table in check.reads:
        schema, _, name = table.partition(".")
        con.execute(f"ALTER TABLE {table} RENAME TO elsewhere")
        with pytest.raises(duckdb.CatalogException, match="does not exist"):
            con.execute(check.query)
        con.execute(f"ALTER TABLE {schema}.elsewhere RENAME TO {name}")


def test_a_published_table_that_shows_a_small_group_is_found() -> None:
    con = duckdb.connect()
    con.execute("""
        CREATE SCHEMA metrics;
        CREATE TABLE metrics.active_people_by_tool AS FROM VALUES
            ('shown', 5, NULL),
            ('hidden', NULL, 'fewer than 5 people'),
            ('small', 4, NULL),
            ('half hidden', 4, 'fewer than 5 people'),
            ('hidden without a word', NULL, NULL),
            ('shown and excused', 9, 'fewer than 5 people')
        AS t(tool, people, suppressed)
    """)
    found = con.execute(CHECKS["small_groups_hidden_in_active_people_by_tool"].query).fetchall()
    assert found == [
        ("half hidden",),
        ("hidden without a word",),
        ("shown and excused",),
        ("small",),
    ]


def test_every_metric_that_counts_people_is_checked_for_small_groups() -> None:
    counting = {name for name, metric in metrics().items() if metric.people != "none"}
    checked = {name.removeprefix("small_groups_hidden_in_") for name in CHECKS}
    assert counting
    assert counting <= checked


GOOD = """/*
title = "Every change has a tool"
severity = "warn"
because = "it would be counted nowhere"
next_step = "Look"
*/
SELECT change_id FROM facts.changes WHERE tool IS NULL;
/* test: none
given facts.changes: VALUES ('a', NULL) AS t(change_id, tool)
expect: VALUES ('a')
*/
/* test: one
given facts.changes: VALUES ('a', 'codex') AS t(change_id, tool)
expect: nothing
*/
"""


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ('because = "it would be counted nowhere"\n', "", "`because`"),
        ('"warn"', '"loud"', "severity"),
        ("expect: nothing", "expect: VALUES ('b')", "do not show both outcomes"),
        ("expect: VALUES ('a')", "expect: nothing", "do not show both outcomes"),
    ],
)
def test_a_wrong_file_is_refused_in_one_sentence(was: str, now: str, said: str) -> None:
    assert check(parse("sql/checks/x.sql", GOOD)).severity == "warn"
    assert was in GOOD
    with pytest.raises(Fatal) as refused:
        check(parse("sql/checks/x.sql", GOOD.replace(was, now)))
    assert "sql/checks/x.sql" in str(refused.value)
    assert said in str(refused.value)
