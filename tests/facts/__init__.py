"""Worked examples: one file for each fact, named like it, with its EXAMPLES."""

from typing import Any, NamedTuple

from schemas.event import Event


class Example(NamedTuple):
    """Given these events, the fact has these rows, in key order; columns not named are free."""

    name: str
    given: list[Event]
    expect: list[dict[str, Any]]
