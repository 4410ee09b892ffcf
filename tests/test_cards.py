"""No number stands alone: what is printed and kept beside a metric's rows."""

from pathlib import Path

import pytest

from pipelines.catalog import open_catalog
from sql.card import above, below
from sql.metric import Metric, metrics
from tests.commands import Run

METRICS = metrics()
HEADLINE = METRICS["review_and_correction"]
HOW = (
    "Interval: ratio is from ratio_low to ratio_high at 95 %, by drawing teams again "
    "(engineers where there are fewer than 8 teams)."
)


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_a_card_has_all_that_its_header_says(metric: Metric) -> None:
    read_first, said = "\n".join(above(metric)), "\n".join(below(metric, 3, {}))

    for text in (metric.question, metric.unit, metric.provisional, metric.caution):
        assert text in read_first
    for text in (metric.n, metric.coverage, metric.pair, metric.pair_because, *metric.interval):
        assert text in said
    for text in metric.reasons:
        assert text in said
    assert ("Provisional: " in read_first) is bool(metric.provisional)
    assert ("Refused: " in said) is bool(metric.reasons)
    assert metric.provisional or not metric.estimator, "nobody has judged its estimates yet"


def test_the_headline_says_that_it_is_an_association_and_how_its_interval_is_made() -> None:
    assert above(HEADLINE)[2].startswith("Provisional: ")
    assert above(HEADLINE)[3].startswith("Caution: Association, not effect")
    assert below(HEADLINE, 4, {"fewer than 30 changes": 2, "fewer than 5 people": 1}) == [
        "n: changes. Coverage: coverage.",
        HOW,
        "Refused: 3 of 4 rows. 2 for: fewer than 30 changes. 1 for: fewer than 5 people.",
        f"Pair: change_time. {HEADLINE.pair_because}",
    ]


def test_the_reasons_of_the_headline_are_the_people_the_floors_and_the_interval() -> None:
    assert HEADLINE.reasons == (
        "fewer than 5 people",
        "no ratio: under a minute was authored",
        "fewer than 30 changes",
        "insufficient: less than 0.6 of it has telemetry",
        "one person is more than half of it",
        "too little for an interval",
    )


@pytest.mark.usefixtures("used_home")
def test_a_provisional_metric_is_printed_and_listed_as_one(upshot: Run) -> None:
    printed = upshot("metrics", "review_and_correction").out.splitlines()
    listed = upshot("metrics").out.splitlines()

    assert printed[2:4] == above(HEADLINE)[2:4]
    assert (
        "Complete up to: 2026-01-05 10:00 UTC, by gharchive. Without a word: roster, wakatime."
        in (printed)
    )
    assert printed[-3].startswith("Interval: ratio is from ratio_low")
    assert printed[-2].startswith("Refused: ")
    assert printed[-1].startswith("Pair: change_time")
    assert [line for line in listed if line.endswith("(provisional)")] == [
        line for line in listed if METRICS[line.split()[0]].provisional
    ]


def test_the_catalogue_says_so_of_the_table_and_of_each_estimate(complete: Path) -> None:
    with open_catalog(complete) as db:
        [(table,)] = db.execute(
            "SELECT comment FROM duckdb_views() WHERE view_name = 'review_and_correction'"
        ).fetchall()
        columns = dict(
            db.execute(
                "SELECT column_name, comment FROM duckdb_columns() "
                "WHERE table_name = 'review_and_correction'"
            ).fetchall()
        )

    assert table.startswith("Provisional: ")
    assert "Association, not effect" in table
    for name in ("ratio", "ratio_low", "ratio_high"):
        assert columns[name].startswith("Provisional. ")
    assert all(columns.values()), columns
