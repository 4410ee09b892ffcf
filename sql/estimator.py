"""Estimators that a header may name: what makes the interval that a query is too short for.

An estimator is a pure function of the rows: the author's query goes in with a column ``sample``,
and comes out as a query with the interval's ends instead. It sees integers only, so that neither
the order of rows nor a machine's way of adding decides a digit.
"""

from typing import Literal

import msgspec

from sql.bootstrap import DOMINATED, bootstrap_ratio

NO_INTERVAL = "too little for an interval"
"""Why a row is refused whose value would stand alone."""


class Estimator(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which estimator, of which value, rounded to how many digits behind the point."""

    name: Literal["bootstrap_ratio"]
    value: str
    digits: int


INNER = ("dominated",)
"""Columns that are made for refusals alone; they are not published."""


def refusals(estimator: Estimator, ends: tuple[str, str]) -> dict[str, str]:
    """Return the rows that are refused whatever their metric says: SQL conditions by reason."""
    without = f"{estimator.value} IS NOT NULL AND ({' OR '.join(f'{end} IS NULL' for end in ends)})"
    return {DOMINATED: "dominated", NO_INTERVAL: without}


def estimated(
    estimator: Estimator, query: str, grain: tuple[str, ...], ends: tuple[str, str]
) -> str:
    """Return the query with the interval's ends in place of its ``sample``."""
    return bootstrap_ratio(query, grain, ends, estimator.digits)
