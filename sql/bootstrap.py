"""``bootstrap_ratio``: the 95 % interval of a ratio of sums, by drawing teams again.

    [interval]
    ratio = ["ratio_low", "ratio_high"]

    [estimator]
    name   = "bootstrap_ratio"
    value  = "ratio"
    digits = 4

The author's query has one more column, ``sample``: a list of ``{team, person, part, whole}``, in
integers, of which ``ratio`` is the sum of the parts over the sum of the wholes. What is published
has the interval's two ends instead, and says what was drawn.

People of one team work alike, so teams are drawn, with replacement, and each stands for all its
people; where a row has fewer than ``TEAMS`` teams, engineers are. It is plain SQL around the
author's query, as in ``sql/suppress.py``: nothing to register, and it runs in any shell. The draws
are md5 of (replicate, place), and what is drawn are integer sums in the order of their names, so
the same rows give the same bytes on any machine, however they arrived and were split. A
percentile interval is too narrow for few clusters; as many replicates are left outside as
make it hold (``FIRST``), fewer for fewer clusters.
"""

TEAMS = 8
"""The fewest teams that are drawn; below it engineers are, which is less careful."""

REPLICATES = 1999
"""One less than 2000, so that 50 of them lie below the 2.5 % point exactly."""

FIRST = (
    *(5, 6, 6, 6, 7, 7, 7, 7, 8, 8, 8, 9, 9, 9, 10, 10, 10, 11, 11, 12, 12, 13, 13, 14, 15),
    *(15, 16, 17, 18, 19, 20, 21, 22, 24, 25, 27, 29, 32, 35, 38, 43, 48, 55, 65, 78, 97),
    *(130, 195, 391),
)
"""From so many clusters on, one more replicate lies outside on each side; below 5 no interval.

For m clusters that is 2000 times the normal tail beyond t(m - 1) * sqrt(m / (m - 1)), rounded down:
the expanded percentile interval (Hesterberg 2015, What Teachers Should Know about the Bootstrap).
"""

DOMINATED = "one person is more than half of it"
"""Why a row is refused in which one person's parts are more than half of all parts."""


def bootstrap_ratio(
    query: str,
    grain: tuple[str, ...],
    ends: tuple[str, str],
    digits: int,
    first: tuple[int, ...] = FIRST,
) -> str:
    """Return the query with an interval's ends, what was drawn, and ``dominated``, for ``sample``.

    ``resampled`` is 'teams' or 'engineers', ``clusters`` how many. An end that has no number (too
    few clusters, or draws in which the wholes sum to 0) is NULL.
    """
    key = ", ".join(grain)
    low, high = ends
    return f"""\
WITH asked AS (
    SELECT *, row_number() OVER (ORDER BY {key}) AS row_asked FROM (
{query}
    )
),
given AS (
    SELECT row_asked, unnest(sample, recursive := true) FROM asked
),
person AS (
    SELECT row_asked, person, sum(part) AS part FROM given GROUP BY ALL
),
largest AS (
    SELECT row_asked, 2 * max(part) > sum(part) AS dominated FROM person GROUP BY ALL
),
named AS (
    SELECT *, count(DISTINCT team) OVER (PARTITION BY row_asked) >= {TEAMS} AS by_team FROM given
),
cluster AS (
    SELECT
        row_asked,
        by_team,
        CASE
            WHEN by_team AND team IS NOT NULL THEN 'team ' || team ELSE 'person ' || person
        END AS cluster,
        sum(part) AS part,
        sum(whole) AS whole
    FROM named
    GROUP BY ALL
),
placed AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY row_asked ORDER BY cluster) - 1 AS place,
        count(*) OVER (PARTITION BY row_asked) AS clusters
    FROM cluster
),
size AS (
    SELECT
        row_asked,
        any_value(by_team) AS by_team,
        any_value(clusters) AS clusters,
        len(list_filter({list(first)}, lambda first: first <= any_value(clusters))) AS outside
    FROM placed
    GROUP BY ALL
),
draw AS (
    -- The first 32 bits of a hash: a number from 0 to 1, for any number of clusters.
    SELECT
        replicate,
        drawn,
        ('0x' || left(md5(replicate || ' ' || drawn), 8))::BIGINT AS chance
    FROM (SELECT unnest(range({REPLICATES})) AS replicate)
    CROSS JOIN (SELECT unnest(range(max(clusters))) AS drawn FROM size)
),
replicated AS (
    SELECT row_asked, replicate, sum(part) AS part, sum(whole) AS whole
    FROM (
        SELECT row_asked, replicate, (chance * clusters) >> 32 AS place
        FROM size JOIN draw ON drawn < clusters
    )
    JOIN placed USING (row_asked, place)
    GROUP BY ALL
),
ratio AS (
    SELECT row_asked, CASE WHEN whole > 0 THEN part / whole ELSE 'infinity'::DOUBLE END AS ratio
    FROM replicated
),
sorted AS (
    SELECT row_asked, list(ratio ORDER BY ratio) AS ratios FROM ratio GROUP BY ALL
),
interval AS (
    SELECT
        row_asked,
        CASE WHEN by_team THEN 'teams' ELSE 'engineers' END AS resampled,
        clusters,
        dominated,
        ratios[outside] AS low,
        ratios[{REPLICATES + 1} - outside] AS high
    FROM size
    JOIN sorted USING (row_asked)
    JOIN largest USING (row_asked)
)
SELECT
    asked.* EXCLUDE (sample, row_asked),
    CASE WHEN isfinite(interval.low) THEN round(interval.low, {digits}) END AS {low},
    CASE WHEN isfinite(interval.high) THEN round(interval.high, {digits}) END AS {high},
    interval.resampled,
    interval.clusters,
    coalesce(interval.dominated, false) AS dominated
FROM asked
LEFT JOIN interval USING (row_asked)
ORDER BY {key}"""
