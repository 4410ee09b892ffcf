"""The contract of every metric: adding a file to ``sql/metrics`` adds its cases here."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

import schemas
from schemas.errors import Fatal
from sql.check import checks
from sql.example import Example
from sql.metric import Metric, check_pair, metric, metrics
from sql.readme import README, written
from sql.sheet import parse
from sql.suppress import NOBODY, K, leaks, suppress

METRICS = metrics()
EXAMPLES = [
    pytest.param(metric, example, id=f"{metric.name}: {example.name}")
    for metric in METRICS.values()
    for example in metric.examples
]
AIDEV = Path(__file__).parents[1] / "../shared/data/aidev_pop"
PEOPLE = {
    column.name
    for event in schemas.EVENTS.values()
    for column in event.columns
    if column.about_people
}


@pytest.mark.parametrize(("metric", "example"), EXAMPLES)
def test_every_example_comes_out_as_written(metric: Metric, example: Example) -> None:
    answered, expected = example.work_out(duckdb.connect(), metric.published)
    assert answered == expected


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_every_column_is_spoken_for_and_none_names_a_person(metric: Metric) -> None:
    con = duckdb.connect()
    metric.examples[0].work_out(con, metric.published)
    columns = [row[0] for row in con.execute("DESCRIBE answer").fetchall()]

    pairs = [said for said in metric.interval.values() if not isinstance(said, str)]
    spoken_for = {*metric.grain, metric.n, *metric.interval}.union(*pairs)
    spoken_for |= {metric.coverage} if metric.coverage.isidentifier() else set()
    spoken_for |= {metric.people} if metric.people != NOBODY else set()
    spoken_for |= {"suppressed"} if metric.reasons else set()
    spoken_for |= {"resampled", "clusters"} if metric.estimator else set()
    assert set(columns) == spoken_for
    assert not PEOPLE & set(columns)


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_what_a_metric_says_it_reads_is_what_the_engine_reads(metric: Metric) -> None:
    con = duckdb.connect()
    metric.examples[0].work_out(con, metric.published)
    assert {table for table, _ in metric.examples[0].given} == set(metric.reads)
    for table in metric.reads:
        schema, _, name = table.partition(".")
        con.execute(f"ALTER TABLE {table} RENAME TO elsewhere")
        with pytest.raises(duckdb.CatalogException, match="does not exist"):
            con.execute(metric.published)
        con.execute(f"ALTER TABLE {schema}.elsewhere RENAME TO {name}")


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_the_order_in_which_rows_were_stored_changes_nothing(metric: Metric) -> None:
    con = duckdb.connect()
    metric.examples[0].work_out(con, metric.published)
    for table, _ in metric.examples[0].given:
        con.execute(f"CREATE TABLE turned AS FROM {table} ORDER BY rowid DESC")
        con.execute(f"DROP TABLE {table}; CREATE TABLE {table} AS FROM turned; DROP TABLE turned")
    assert con.execute(metric.published).fetchall() == con.execute("FROM answer").fetchall()


GOOD = """/*
title = "Changes"
question = "How many?"
grain = ["tool"]
unit = "changes"
better = "neither"
pair = "planned:other"
pair_because = "because"
n = "changes"
coverage = "none: counted from the forge itself"
people = "none"
[interval]
changes = "a count of all, not a sample"
*/
SELECT tool, count(*) AS changes FROM facts.changes GROUP BY tool ORDER BY tool;
/* test: one
given facts.changes: VALUES ('codex') AS t(tool)
expect: VALUES ('codex', 1)
*/
"""


ESTIMATOR = '[estimator]\nname = "bootstrap_ratio"\nvalue = "changes"\ndigits = 2'


@pytest.mark.parametrize("key", [line.split(" = ")[0] for line in GOOD.splitlines()[1:11]])
def test_a_missing_header_key_is_named_with_its_file(key: str) -> None:
    text = "\n".join(line for line in GOOD.splitlines() if not line.startswith(f"{key} ="))
    with pytest.raises(Fatal, match=rf"sql/metrics/x\.sql: .*`{key}`"):
        metric(parse("sql/metrics/x.sql", text))


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ('unit = "changes"', 'unit = "changes"\nowner = "me"', "header key `owner` is unknown"),
        ('unit = "changes"', 'unit = ""', "header key `unit` is empty"),
        ('unit = "changes"', "unit = 3", "unit"),
        ('"neither"', '"bigger"', "better"),
        ("[interval]\n", "", "header key `changes` is unknown"),
        ('changes = "a count of all, not a sample"\n', "", "header key `interval` is empty"),
        ('title = "', "title = ", "the header is not TOML"),
        ("/*\ntitle", "/* test: title", "there is no header"),
        ("ORDER BY tool", "", "End with ORDER BY tool"),
        ("ORDER BY tool", "ORDER BY tool; SELECT 2", "exactly one query"),
        ("count(*)", "max(now())", "`now` would give another answer tomorrow"),
        ("facts.changes GROUP", "metrics.other GROUP", "it reads metrics.other"),
        ("[interval]", "[refuse]\nold = 'now() > mature_at'\n[interval]", "`now` would give"),
        ("[interval]", f"{ESTIMATOR}\n[interval]", "estimates `changes`, which has no ends"),
        ("[interval]", f"{ESTIMATOR}\nseed = 1\n[interval]", "unknown field `seed`"),
        ("[interval]", f"{ESTIMATOR.replace('_ratio', '')}\n[interval]", "bootstrap"),
        ("/* test: one", "/* one", "there is no worked example"),
        ("expect:", "expected:", "example `one` needs a `given` and exactly one `expect`"),
    ],
)
def test_a_wrong_file_is_refused_in_one_sentence(was: str, now: str, said: str) -> None:
    assert metric(parse("sql/metrics/x.sql", GOOD)).reads == ("facts.changes",)
    assert was in GOOD
    with pytest.raises(Fatal) as refused:
        metric(parse("sql/metrics/x.sql", GOOD.replace(was, now)))
    assert "sql/metrics/x.sql" in str(refused.value)
    assert said in str(refused.value)


def test_a_file_without_a_query_is_refused() -> None:
    with pytest.raises(Fatal, match="exactly one query"):
        parse("sql/metrics/x.sql", GOOD[: GOOD.index("SELECT")] + GOOD[GOOD.index("/* test") :])


@pytest.mark.parametrize(
    ("pair", "fits"),
    [
        ("other", True),
        ("planned:later", True),
        ("later", False),
        ("planned:other", False),
        ("x", False),
    ],
)
def test_a_pair_exists_or_is_planned(pair: str, fits: bool) -> None:
    sheet = parse("sql/metrics/x.sql", GOOD.replace("planned:other", pair))
    if fits:
        check_pair(sheet, metric(sheet), {"x", "other"})
    else:
        with pytest.raises(Fatal, match=r"sql/metrics/x\.sql: header key `pair`"):
            check_pair(sheet, metric(sheet), {"x", "other"})


def test_a_table_named_in_a_comment_or_a_text_is_not_read() -> None:
    text = GOOD.replace("FROM facts", "/* lake.a; */ , 'events.b;now' AS t -- facts.c;\nFROM facts")
    assert parse("sql/metrics/x.sql", text).reads == ("facts.changes",)


def test_an_example_that_is_wrong_does_not_pass() -> None:
    given = (("facts.changes", "VALUES ('codex') AS t(tool)"),)
    wrong = Example("wrong", given, "VALUES ('codex', 2)")
    answered, expected = wrong.work_out(duckdb.connect(), metric(parse("x", GOOD)).published)
    assert (answered, expected) == ([("codex", 1)], [("codex", 2)])


@pytest.mark.parametrize(
    ("people", "shown"),
    [("NULL", False), ("0", False), ("4", False), ("5", True), ("6", True)],
)
def test_five_people_are_the_fewest_that_are_shown(people: str, shown: bool) -> None:
    query = f"SELECT 'web' AS team, 'w1' AS week, 1.5 AS ratio, {people}::BIGINT AS people"
    rows = duckdb.connect().execute(suppress(query, ("team", "week"), "people")).fetchall()
    if shown:
        assert rows == [("web", "w1", 1.5, int(people), None)]
    else:
        assert rows == [("web", "w1", None, None, "fewer than 5 people")]


@pytest.mark.parametrize(
    ("people", "changes", "coverage", "said"),
    [
        (5, "30", "0.6", None),
        (5, "29", "0.6", "too few"),
        (5, "30", "0.59", "insufficient"),
        (5, "30", "NULL::DOUBLE", "insufficient"),
        (5, "29", "0.5", "too few; insufficient"),
        (4, "29", "0.5", "fewer than 5 people"),
    ],
)
def test_a_refused_row_keeps_what_it_would_rest_on_unless_it_is_about_few_people(
    people: int, changes: str, coverage: str, said: str | None
) -> None:
    query = f"SELECT 'web' AS team, 1.5 AS hours, {people} AS people, {changes} AS changes, "
    query += f"{coverage} AS coverage"
    refuse = {"too few": "changes < 30", "insufficient": "coverage < 0.6"}
    con = duckdb.connect()
    con.execute(f"CREATE TABLE t AS {suppress(query, ('team',), 'people', refuse, ('hours',))}")
    found = con.execute("SELECT hours, people, suppressed FROM t").fetchall()
    shown = people if people >= K else None
    assert found == [(1.5 if said is None else None, shown, said)]
    assert con.execute(leaks("t", ("team",), "people", ("hours",))).fetchall() == []


ESTIMATED = """/*
title = "Checking"
question = "How much?"
grain = ["team"]
unit = "hours an hour"
better = "neither"
pair = "planned:other"
pair_because = "because"
n = "changes"
coverage = "none: counted from the forge itself"
people = "people"
[interval]
ratio = ["low", "high"]
[estimator]
name = "bootstrap_ratio"
value = "ratio"
digits = 2
*/
SELECT team, count(*) AS changes, count(DISTINCT author) AS people,
    round(sum(part) / sum(whole), 2) AS ratio,
    list({'team': team, 'person': author, 'part': part, 'whole': whole}) AS sample
FROM facts.changes GROUP BY team ORDER BY team;
/* test: a value that no interval can be made for does not stand alone
given facts.changes:
    (SELECT 'web' AS team, 'p' || i AS author, 1 AS part, if(i = 0, 4, 0) AS whole
    FROM range(6) AS t(i)
    UNION ALL SELECT 'app', 'p' || i, 1, 4 FROM range(6) AS t(i)
    UNION ALL SELECT 'ops', 'p' || i, if(i = 0, 6, 1), 4 FROM range(6) AS t(i))
expect:
    VALUES ('app', 6, 6, 0.25, 0.25, 0.25, 'engineers', 6, NULL),
        ('ops', 6, 6, NULL, NULL, NULL, 'engineers', 6, 'one person is more than half of it'),
        ('web', 6, 6, NULL, NULL, NULL, 'engineers', 6, 'too little for an interval')
*/
"""


def test_an_estimate_is_refused_without_an_interval_or_where_one_person_is_most_of_it() -> None:
    one = metric(parse("sql/metrics/x.sql", ESTIMATED))
    answered, expected = one.examples[0].work_out(duckdb.connect(), one.published)
    assert answered == expected


def test_a_metric_that_counts_nobody_can_refuse_too() -> None:
    query = "SELECT * FROM (VALUES ('a', 1, 30), ('b', 2, 29)) AS t(tool, hours, changes)"
    refused = suppress(query, ("tool",), NOBODY, {"too few": "changes < 30"}, ("hours",))
    assert duckdb.connect().execute(refused).fetchall() == [
        ("a", 1, 30, None),
        ("b", None, 29, "too few"),
    ]


@pytest.mark.parametrize(
    ("merged", "changes", "low", "high"),
    [
        (10, 20, 29.9, 70.1),
        # Newcombe (1998), table I, method 3
        (81, 263, 25.53, 36.62),
        (15, 148, 6.24, 16.05),
        (0, 20, 0.00, 16.11),
        (1, 29, 0.61, 17.18),
        (29, 29, 88.30, 100.0),
    ],
)
def test_the_wilson_interval_is_the_published_one(
    merged: int, changes: int, low: float, high: float
) -> None:
    con = duckdb.connect()
    con.execute(f"""
        CREATE SCHEMA facts;
        CREATE TABLE facts.changes AS
        SELECT ['codex'] AS tools, if(i < {merged}, 'merged', 'open') AS outcome,
            NULL::TIMESTAMP AS created_at, created_at AS merged_at, created_at AS closed_at
        FROM range({changes}) AS t(i)
    """)
    published = METRICS["change_outcome"].published
    found = con.execute(f"SELECT merged_percent_low, merged_percent_high FROM ({published})")
    digits = 1 if merged == 10 else 2
    assert [round(bound, digits) for bound in found.fetchall()[0]] == [low, high]


@pytest.mark.skipif(not AIDEV.exists(), reason=f"{AIDEV} is absent")
def test_the_published_outcomes_of_four_agents_are_reproduced() -> None:
    con = duckdb.connect()
    con.execute(f"""
        CREATE SCHEMA facts;
        CREATE TABLE facts.changes AS
        SELECT DISTINCT ON (id)
            [parse_filename(parse_dirpath(filename))] AS tools,
            CASE WHEN merged_at IS NOT NULL THEN 'merged' WHEN closed_at IS NOT NULL THEN 'rejected'
                ELSE 'open' END AS outcome,
            created_at::TIMESTAMP AS created_at,
            merged_at::TIMESTAMP AS merged_at,
            closed_at::TIMESTAMP AS closed_at
        FROM read_parquet('{AIDEV}/*/prs.parquet', filename = true)
    """)
    found = con.execute(f"""
        SELECT tool, changes, merged_percent, merged_hours_p50, rejected_percent, rejected_hours_p50
        FROM ({METRICS["change_outcome"].published})
    """).fetchall()
    assert found == [
        ("Claude_Code", 101, 52.48, 6.87, 32.67, 1.83),
        ("Copilot", 1462, 38.24, 17.20, 32.08, 4.58),
        ("Cursor", 144, 51.39, 2.41, 21.53, 1.07),
        ("OpenAI_Codex", 2686, 65.30, 0.29, 21.26, 2.39),
    ]


def test_reading_the_metrics_needs_no_engine() -> None:
    code = "import sql, sys; sql.metrics(), sql.checks(); print('duckdb' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_readme_lists_every_metric_and_check_as_the_files_say() -> None:
    text = README.read_text("utf-8")
    assert written(text) == text, "run `python -m sql.readme`"
    assert all(f"| `{name}` |" in text for name in [*METRICS, *checks()])


def test_the_readme_shows_how_to_add_a_metric_that_passes() -> None:
    shown = README.read_text("utf-8").partition("```sql\n")[2].partition("```")[0]
    one = metric(parse("sql/metrics/shown.sql", shown))
    answered, expected = one.examples[0].work_out(duckdb.connect(), one.published)
    assert answered == expected
