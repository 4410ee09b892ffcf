"""Freshness: up to when each source has told all, without a hole.

It is no table of the lake but a question to ``source.covered``, so the catalogue shows it as a
view, and a metric that reads it is made from those events.
"""

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
