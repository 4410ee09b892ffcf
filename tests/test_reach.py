"""Reach, read forwards and backwards: what is made from a partition is what it touches."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.reach import Days, Everything, Reach, Same
from schemas.partition import OUTSIDE

DAYS = st.dates(date(2026, 1, 1), date(2026, 1, 20)).map(str) | st.just(OUTSIDE)
REACHES: st.SearchStrategy[Reach] = st.one_of(
    st.just(Same()), st.just(Everything()), st.builds(Days, st.integers(0, 4), st.integers(0, 4))
)


@given(reach=REACHES, held=st.sets(DAYS, max_size=8), parts=st.sets(DAYS, max_size=8))
def test_a_partition_is_touched_by_exactly_the_partitions_that_it_needs(
    reach: Reach, held: set[str], parts: set[str]
) -> None:
    for changed in held:
        touched = reach.touches([changed], parts) & parts
        assert touched == {part for part in parts if changed in reach.needs(part, held)}


@given(reach=REACHES, parts=st.sets(DAYS, max_size=8))
def test_no_change_touches_nothing(reach: Reach, parts: set[str]) -> None:
    assert reach.touches([], parts) == set()


@given(reach=REACHES, part=DAYS, held=st.sets(DAYS, max_size=8))
def test_only_partitions_that_are_there_are_read(reach: Reach, part: str, held: set[str]) -> None:
    assert reach.needs(part, held) <= held


@pytest.mark.parametrize(
    ("changed", "touched"),
    [
        ("2026-01-05", {"2026-01-04", "2026-01-05", "2026-01-06", "2026-01-07"}),
        ("2026-03-01", {"2026-02-28", "2026-03-01", "2026-03-02", "2026-03-03"}),
        (OUTSIDE, {OUTSIDE}),
    ],
)
def test_days_reach_over_midnight_and_over_the_end_of_a_month(
    changed: str, touched: set[str]
) -> None:
    assert Days(before=2, after=1).touches([changed], ()) == touched
