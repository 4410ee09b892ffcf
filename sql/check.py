"""Data checks: queries over the catalogue whose every row is something wrong.

One file each in ``sql/checks``, and one made here for each metric that counts people: that its
published table shows no small group. A check that fails stops a release of numbers; one that warns
is printed beside them.
"""

from dataclasses import dataclass
from typing import Literal

from sql.example import Example
from sql.metric import Metric, metrics
from sql.sheet import Sheet, sheets
from sql.suppress import NOBODY, K, leaks


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a check's header must say; every key is required."""

    title: str
    """What holds when the data is right."""
    severity: Literal["fail", "warn"]
    because: str
    """What a reader would get wrong if it did not hold."""
    next_step: str


@dataclass(frozen=True, kw_only=True)
class Check(Header):
    """One check. Its query returns one row for each thing that is wrong, and names no person."""

    name: str
    query: str
    reads: tuple[str, ...]
    examples: tuple[Example, ...] = ()


def check(sheet: Sheet) -> Check:
    """Read one check. Raises Fatal, naming the file and the key, for one that is incomplete."""
    header = sheet.header_as(Header)
    if len({example.expect == "nothing" for example in sheet.examples}) != 2:
        raise sheet.wrong(
            "its examples do not show both outcomes",
            "Give one that finds something and one with `expect: nothing`",
        )
    return Check(
        **vars(header),
        name=sheet.name,
        query=sheet.query,
        reads=sheet.reads,
        examples=sheet.examples,
    )


def small_groups_hidden(metric: Metric) -> Check:
    """Return the check that a published metric shows no row about fewer than K people."""
    table = f"metrics.{metric.name}"
    return Check(
        name=f"small_groups_hidden_in_{metric.name}",
        title=f"{table} shows nothing about fewer than {K} people",
        severity="fail",
        because="A number about a few people is a number about a person",
        next_step="Publish again with this version; do not hand out the old tables",
        query=leaks(table, metric.grain, metric.people, metric.values or (metric.people,)),
        reads=(table,),
    )


def checks() -> dict[str, Check]:
    """Return every check by name: the files, then one for each metric that counts people."""
    written = [check(sheet) for sheet in sheets("checks")]
    made = [small_groups_hidden(one) for one in metrics().values() if one.people != NOBODY]
    return {one.name: one for one in [*written, *made]}
