"""Small groups stay hidden: an answer about fewer than five people is withheld by machinery.

A row about fewer than ``K`` people (or an unknown number) keeps the columns that say which row it
is and loses every other value, the count of people included; ``suppressed`` says why. It wraps the
author's query, so no author can forget it.
"""

K = 5
"""The fewest people a published row may speak of. A constant: a setting would be set to one."""

REASON = f"fewer than {K} people"


def suppress(query: str, grain: tuple[str, ...], people: str) -> str:
    """Return the query with every row about fewer than K people withheld, ordered by grain."""
    key = ", ".join(grain)
    return f"""\
WITH answer AS (
{query}
)
SELECT
    {key},
    CASE WHEN {people} >= {K} THEN COLUMNS(* EXCLUDE ({key})) END,
    CASE WHEN {people} >= {K} THEN NULL ELSE '{REASON}' END AS suppressed
FROM answer
ORDER BY {key}"""


def leaks(table: str, grain: tuple[str, ...], people: str) -> str:
    """Return a query for the rows of a published table that show what suppression must hide."""
    key = ", ".join(grain)
    return f"""\
SELECT {key}
FROM {table}
WHERE {people} < {K} OR ({people} IS NULL) <> (suppressed IS NOT NULL)
ORDER BY {key}"""
