"""The interval by drawing teams again: against a slow reference, and the same in every order."""

import math
from collections import defaultdict
from hashlib import md5
from random import Random
from statistics import NormalDist
from typing import Any, NamedTuple

import duckdb
import pytest

from sql.bootstrap import FIRST, REPLICATES, bootstrap_ratio
from sql.metric import Metric, metrics

ESTIMATED = [
    pytest.param(metric, example, id=f"{metric.name}: {example.name}")
    for metric in metrics().values()
    for example in metric.examples
    if metric.estimator
]


class Seen(NamedTuple):
    """One change, as a sample has it."""

    bucket: str
    team: str | None
    person: str
    part: int
    whole: int


Bound = float | None
Ends = tuple[str, Bound, Bound, str | None, int | None, bool]


def by_hand(seen: list[Seen]) -> list[Ends]:
    """Return what the estimator says, worked out one draw at a time."""
    found: list[Ends] = []
    for bucket in sorted({one.bucket for one in seen}):
        rows = [one for one in seen if one.bucket == bucket]
        by_team = len({one.team for one in rows} - {None}) >= 8
        sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        people: dict[str, int] = defaultdict(int)
        for one in rows:
            drawn = f"team {one.team}" if by_team and one.team else f"person {one.person}"
            sums[drawn][0] += one.part
            sums[drawn][1] += one.whole
            people[one.person] += one.part
        clusters = [sums[name] for name in sorted(sums)]
        ratios = sorted(replicate(clusters, number) for number in range(1999))
        outside = sum(first <= len(clusters) for first in FIRST)
        low, high = (ratios[outside - 1], ratios[1999 - outside]) if outside else (math.inf,) * 2
        dominated = 2 * max(people.values()) > sum(people.values())
        what = "teams" if by_team else "engineers"
        found.append((bucket, said(low), said(high), what, len(clusters), dominated))
    return found


def replicate(clusters: list[list[int]], number: int) -> float:
    part = whole = 0
    for drawn in range(len(clusters)):
        chance = int(md5(f"{number} {drawn}".encode(), usedforsecurity=False).hexdigest()[:8], 16)
        one = clusters[chance * len(clusters) // 2**32]
        part += one[0]
        whole += one[1]
    return part / whole if whole else math.inf


def said(end: float) -> Bound:
    return round(end, 4) if math.isfinite(end) else None


ASKED = """
SELECT bucket, list({'team': team, 'person': person, 'part': part, 'whole': whole}) AS sample
FROM seen GROUP BY bucket ORDER BY bucket
"""


def estimate(seen: list[Seen], threads: int = 1) -> list[Any]:
    """Return what the estimator says."""
    with duckdb.connect(config={"threads": threads}) as con:
        con.execute(
            "CREATE TABLE seen "
            "(bucket VARCHAR, team VARCHAR, person VARCHAR, part BIGINT, whole BIGINT)"
        )
        con.executemany("INSERT INTO seen VALUES (?, ?, ?, ?, ?)", [list(one) for one in seen])
        return con.execute(bootstrap_ratio(ASKED, ("bucket",), ("low", "high"), 4)).fetchall()


def invented(seed: int) -> list[Seen]:
    """Return changes of buckets with few and many teams, few and many engineers, none in a team."""
    rng = Random(seed)
    shapes = {"few": (2, 5), "four": (1, 4), "five": (1, 5), "seven": (7, 3), "eight": (8, 3)}
    shapes |= {"many": (14, 2), "no whole": (1, 6)}
    seen = []
    for bucket, (teams, engineers) in shapes.items():
        for team in range(teams):
            for engineer in range(engineers):
                whole = 0 if bucket == "no whole" and engineer > 1 else 60_000
                for _ in range(rng.randint(1, 4)):
                    size = whole * rng.randint(1, 300)
                    part = rng.randint(0, 9_000_000)
                    seen.append(Seen(bucket, f"t{team}", f"p{team}.{engineer}", part, size))
        seen.append(Seen(bucket, None, f"alone in {bucket}", rng.randint(0, 9), 60_000))
    return seen


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_interval_is_what_a_slow_reference_says(seed: int) -> None:
    seen = invented(seed)
    found = estimate(seen)

    assert found == by_hand(seen)
    drawn = {bucket: (what, clusters) for bucket, _, _, what, clusters, _ in found}
    assert drawn["seven"] == ("engineers", 22)
    assert drawn["eight"] == ("teams", 9)
    assert {bucket for bucket, low, *_ in found if low is None} == set()
    assert {bucket for bucket, _, high, *_ in found if high is None} == {"no whole"}


def test_fewer_than_five_clusters_have_no_interval() -> None:
    seen = [Seen("few", "web", f"p{i}", 1, 2) for i in range(4)]
    more = [*seen, Seen("few", "web", "p4", 1, 2)]

    assert estimate(seen) == [("few", None, None, "engineers", 4, False)]
    assert estimate(more) == [("few", 0.5, 0.5, "engineers", 5, False)]


def test_order_and_splits_and_threads_change_no_digit() -> None:
    seen = invented(4)
    shuffled = Random(5).sample(seen, len(seen))
    split = [half for one in shuffled for half in (one._replace(part=0), one._replace(whole=0))]

    assert estimate(shuffled, threads=4) == estimate(seen)
    assert estimate(split) == estimate(seen)


def test_another_row_changes_no_digit_of_this_one() -> None:
    seen = invented(6)
    without = [one for one in seen if one.bucket != "many"]

    assert estimate(without) == [row for row in estimate(seen) if row[0] != "many"]


@pytest.mark.parametrize(("part", "dominated"), [(50, False), (51, True)])
def test_one_person_may_be_half_of_it_and_no_more(part: int, dominated: bool) -> None:
    others = [Seen("a", "web", f"p{i}", 10, 100) for i in range(5)]
    seen = [*others, Seen("a", "web", "q", part - 20, 100), Seen("a", "ops", "q", 20, 100)]

    assert estimate(seen)[0][-1] is dominated


@pytest.mark.parametrize(("metric", "example"), ESTIMATED)
def test_a_value_is_the_ratio_whose_interval_is_estimated(metric: Metric, example: Any) -> None:
    assert metric.estimator
    digits, value = metric.estimator.digits, metric.estimator.value
    con = duckdb.connect()
    example.work_out(con, metric.published)
    rows = con.execute(f"SELECT {value}, sample FROM ({metric.query})").fetchall()
    for shown, sample in rows:
        ratio = sum(one["part"] for one in sample or []) / sum(
            one["whole"] for one in sample or [{"whole": 1}]
        )
        assert (shown or 0.0) == round(ratio, digits)
    ends = metric.interval[value]
    assert not isinstance(ends, str)
    low, high = ends
    outside = f"{value} NOT BETWEEN {low} AND {high} OR ({value} IS NULL) <> ({low} IS NULL)"
    assert con.execute(f"FROM answer WHERE {outside}").fetchall() == []


def test_as_many_replicates_are_left_outside_as_students_t_says() -> None:
    """Against Student's t, integrated here by Simpson's rule."""
    for outside, first in enumerate(FIRST, 1):
        due = [tail(clusters) * (REPLICATES + 1) for clusters in (first - 1, first)]
        if first > 5:
            assert due[0] < outside, first
        assert outside <= due[1], first
    assert tail(100_000) * (REPLICATES + 1) < len(FIRST) + 1


def tail(clusters: int) -> float:
    """Return the normal tail beyond t(m - 1) * sqrt(m / (m - 1)) at 97.5 %."""
    m = clusters
    low, high = 1.9, 4.0
    while high - low > 1e-7:
        middle = (low + high) / 2
        low, high = (middle, high) if between(middle, m - 1) < 0.475 else (low, middle)
    return NormalDist().cdf(-math.sqrt(m / (m - 1)) * low)


def between(t: float, degrees: int, steps: int = 100) -> float:
    """Return how much of Student's t lies between 0 and t."""
    scale = math.exp(math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2))
    heights: list[float] = [
        (1 + (t * i / steps) ** 2 / degrees) ** (-(degrees + 1) / 2) for i in range(steps + 1)
    ]
    area = heights[0] + heights[-1] + 4 * sum(heights[1:-1:2]) + 2 * sum(heights[2:-1:2])
    return scale / math.sqrt(degrees * math.pi) * area * t / steps / 3
