"""Freshness: up to when each source has told all, how late it told, and which metrics feel it.

None of it is a table of the lake: it is asked of ``source.covered`` and of ``arrivals``, so the
catalogue shows views. A metric that reads freshness is made from ``source.covered`` alone; how late
something came is a matter of its receipt, which decides no number.
"""

from collections.abc import Mapping

VIEW = "lake.freshness"
"""The name that metrics and analysts know it by."""

FRESHNESS = """
SELECT source, max(time) AS complete_up_to
FROM (
    SELECT source, time, sum(gap) OVER (PARTITION BY source ORDER BY covered_from, time) AS gaps
    FROM (
        SELECT
            *,
            (covered_from > max(time) OVER (
                PARTITION BY source
                ORDER BY covered_from, time
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ))::INT AS gap
        FROM ({covered})
    )
)
WHERE coalesce(gaps, 0) = 0
GROUP BY ALL
"""

LATENESS = f"""
SELECT
    source,
    complete_up_to,
    coalesce(late_days, 0) AS late_days,
    latest_by_days,
    latest_day
FROM ({FRESHNESS})
FULL JOIN (
    SELECT
        source,
        count(DISTINCT day) FILTER (late) AS late_days,
        max(received - day) FILTER (late) AS latest_by_days,
        arg_max(day, (received - day, day)) FILTER (late) AS latest_day
    FROM (SELECT *, received > day + 1 AS late FROM ({{arrivals}}))
    GROUP BY source
) USING (source)
"""

LATENESS_DOCS = {
    "source": "The source.",
    "complete_up_to": "The first moment that may be missing, UTC; NULL where it never says.",
    "late_days": "Days of which it told something when the day behind them was over.",
    "latest_by_days": "The most days that lay between a day and what was told of it; NULL: none.",
    "latest_day": "The day of which it told that late.",
}

_METRICS = """
SELECT
    metric,
    min(complete_up_to) AS complete_up_to,
    coalesce(list(source ORDER BY source) FILTER (complete_up_to IS NOT NULL), []) AS sources,
    coalesce(
        list(source ORDER BY source) FILTER (complete_up_to IS NULL AND source IS NOT NULL), []
    ) AS silent
FROM (VALUES {rests}) AS rests(metric, event_types)
LEFT JOIN (
    SELECT source, list(DISTINCT event_type) AS told FROM ({arrivals}) GROUP BY source
) ON list_has_any(told, event_types)
LEFT JOIN ({freshness}) USING (source)
GROUP BY metric
"""

METRICS_DOCS = {
    "metric": "The metric.",
    "complete_up_to": "The first moment that one of `sources` may be missing, UTC; NULL: unknown.",
    "sources": "Sources that told of what it is made from, and say up to when they told all.",
    "silent": "Sources that told of what it is made from, and never say up to when.",
}


def metrics_sql(covered: str, arrivals: str, rests: Mapping[str, frozenset[str]]) -> str:
    """Return the query of how complete each metric is: as complete as the least of its sources.

    ``rests`` are the event types that each metric is made from, near and far; what told of them is
    asked of the arrivals, so a source that this lake never heard keeps nothing back.
    """
    rows = (f"('{metric}', {sorted(types)})" for metric, types in sorted(rests.items()))
    return _METRICS.format(
        rests=", ".join(rows), arrivals=arrivals, freshness=FRESHNESS.format(covered=covered)
    )
