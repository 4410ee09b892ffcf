"""What must not be shown is withheld by machinery: an answer about few people, or on thin ground.

A row about fewer than ``K`` people (or an unknown number) keeps the columns that say which row it
is and loses every other value, the count of people included. A row that its metric refuses for
another reason, such as too few changes, loses its values and keeps what they would rest on.
``suppressed`` says why. It wraps the author's query, so no author can forget it.
"""

from collections.abc import Mapping

K = 5
"""The fewest people a published row may speak of. A constant: a setting would be set to one."""

REASON = f"fewer than {K} people"

NOBODY = "none"
"""The ``people`` of a metric that counts no people."""


def suppress(
    query: str,
    grain: tuple[str, ...],
    people: str,
    refuse: Mapping[str, str] | None = None,
    values: tuple[str, ...] = (),
    inner: tuple[str, ...] = (),
) -> str:
    """Return the query with every row about fewer than K people withheld, ordered by grain.

    ``refuse`` is SQL conditions by reason: where one holds or is unknown, the row's ``values`` are
    withheld. A row about few people tells no other reason than that. ``inner`` columns are left
    out.
    """
    key = ", ".join(grain)
    few = "false" if people == NOBODY else f"coalesce({people} < {K}, true)"
    reasons = ["NULL"] + [
        f"CASE WHEN ({condition}) IS NOT FALSE THEN {_text(reason)} END"
        for reason, condition in (refuse or {}).items()
    ]
    shown = ", ".join(f"CASE WHEN refused IS NULL THEN {value} END AS {value}" for value in values)
    replaced = f" REPLACE ({shown})" if refuse else ""
    said = ",\n        ".join(reasons)
    return f"""\
WITH answer AS (
{query}
),
judged AS (
    SELECT *, {few} AS few, nullif(concat_ws('; ',
        {said}
    ), '') AS refused
    FROM answer
),
kept AS (
    SELECT *{replaced} FROM judged
)
SELECT
    {key},
    CASE WHEN NOT few THEN COLUMNS(* EXCLUDE ({", ".join([*grain, "few", "refused", *inner])})) END,
    CASE WHEN few THEN '{REASON}' ELSE refused END AS suppressed
FROM kept
ORDER BY {key}"""


def leaks(table: str, grain: tuple[str, ...], people: str, values: tuple[str, ...]) -> str:
    """Return a query for the rows of a published table that show what suppression must hide."""
    key = ", ".join(grain)
    shown = " OR ".join(f"{value} IS NOT NULL" for value in values)
    return f"""\
SELECT {key}
FROM {table}
WHERE
    {people} < {K}
    OR ({people} IS NULL) <> coalesce(suppressed = '{REASON}', false)
    OR (suppressed IS NOT NULL AND ({shown}))
ORDER BY {key}"""


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
