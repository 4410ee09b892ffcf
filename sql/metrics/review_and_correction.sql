/*
title        = "Review and correction for an hour of authoring, by AI share"
question     = "For every hour of authoring, how many hours go into review and correction?"
grain        = ["ai_share"]
unit         = "hours of review and correction for an hour of authoring, four decimals"
better       = "neither"  # no review at all would be lowest
pair         = "change_time"
pair_because = "Leaving an editor open lowers this number; hours authored a change show it"
n            = "changes"   # merged, mature, by a human, every part of their time measured
coverage     = "coverage"  # share that these are of all such changes
people       = "people"
provisional  = "its hours are not judged against recorded days; the interval tells of who was drawn, no more"
caution      = "Association, not effect: engineers choose what AI writes; not a comparison of tools"

[interval]
ratio = ["ratio_low", "ratio_high"]

[estimator]
name   = "bootstrap_ratio"
value  = "ratio"
digits = 4

[refuse]
"no ratio: under a minute was authored"            = "ai_share = 'agent-only'"
"fewer than 30 changes"                            = "changes < 30"
"insufficient: less than 0.6 of it has telemetry"  = "coverage < 0.6"
*/
WITH heard AS (
    -- The newest word of any change is the clock that decides what is mature.
    SELECT max(coalesce(closed_at, created_at)) AS up_to
    FROM facts.changes
),
mature AS (
    SELECT
        team,
        author,
        authored_ms,
        -- What a verdict alone tells of its review is too little by a third: no part of a ratio.
        CASE
            WHEN review_tier IS DISTINCT FROM 'host' THEN review_ms + correction_ms
        END AS spent_ms,
        lines_added,
        lines_added_ai AS ai,
        lines_added_ai + lines_added_human AS known
    FROM facts.changes, heard
    WHERE outcome = 'merged' AND author_kind = 'human' AND mature_at <= up_to
),
classed AS (
    -- Lines of unknown origin are nobody's: where they are most, so is the share.
    SELECT
        *,
        CASE
            WHEN authored_ms < 60000 THEN 'agent-only'
            WHEN known = 0 OR (2 * known >= lines_added) IS NOT TRUE THEN 'unknown'
            WHEN ai = 0 THEN '0'
            WHEN 100 * ai <= 25 * known THEN '1-25'
            WHEN 100 * ai <= 50 * known THEN '26-50'
            WHEN 100 * ai <= 75 * known THEN '51-75'
            ELSE '76-100'
        END AS ai_share,
        authored_ms IS NOT NULL AND spent_ms IS NOT NULL AS timed
    FROM mature
)
SELECT
    ai_share,
    count(*) FILTER (timed) AS changes,
    count(DISTINCT author) FILTER (timed) AS people,
    round(count(*) FILTER (timed) / count(*), 4) AS coverage,
    round(
        sum(spent_ms) FILTER (timed AND ai_share <> 'agent-only')
            / sum(authored_ms) FILTER (timed AND ai_share <> 'agent-only'),
        4
    ) AS ratio,
    list({'team': team, 'person': author, 'part': spent_ms, 'whole': authored_ms}) FILTER (
        timed AND ai_share <> 'agent-only'
    ) AS sample
FROM classed
GROUP BY ai_share
ORDER BY ai_share;

/* test: six engineers, thirty changes, each an hour authored and half an hour checked: 0.5 exactly
given facts.changes:
    (SELECT
        'beats' AS review_tier,
        'merged' AS outcome, 'human' AS author_kind, 'web' AS team, 'p' || i % 6 AS author,
        TIMESTAMP '2026-01-05' AS created_at, TIMESTAMP '2026-02-28' AS closed_at,
        TIMESTAMP '2026-02-01' AS mature_at,
        3600000 AS authored_ms, 1200000 AS review_ms, 600000 AS correction_ms,
        100 AS lines_added, 60 AS lines_added_ai, 40 AS lines_added_human
    FROM range(30) AS t(i))
expect:
    VALUES ('51-75', 30, 6, 1.0, 0.5, 0.5, 0.5, 'engineers', 6, NULL)
    AS t(ai_share, changes, people, coverage, ratio, ratio_low, ratio_high, resampled, clusters,
         suppressed)
*/

/* test: a ratio of sums, not a mean of ratios: 29 x 1 h and 1 x 9 h authored, each 1 h checked
given facts.changes:
    (SELECT
        'beats' AS review_tier,
        'merged' AS outcome, 'human' AS author_kind, NULL::VARCHAR AS team, 'p' || i % 6 AS author,
        TIMESTAMP '2026-01-05' AS created_at, TIMESTAMP '2026-02-28' AS closed_at,
        TIMESTAMP '2026-02-01' AS mature_at,
        if(i = 0, 9, 1) * 3600000 AS authored_ms, 3600000 AS review_ms, 0 AS correction_ms,
        100 AS lines_added, 0 AS lines_added_ai, 100 AS lines_added_human
    FROM range(30) AS t(i))
expect: VALUES ('0', 0.7895) AS t(ai_share, ratio)
*/

/* test: a bucket ends with its percent, and half of the lines must be known
given facts.changes:
    (SELECT
        'beats' AS review_tier,
        'merged' AS outcome, 'human' AS author_kind, 'web' AS team, 'p' || i AS author,
        TIMESTAMP '2026-01-05' AS created_at, TIMESTAMP '2026-02-28' AS closed_at,
        TIMESTAMP '2026-02-01' AS mature_at,
        3600000 AS authored_ms, 0 AS review_ms, 0 AS correction_ms,
        lines_added, lines_added_ai, lines_added_human
    FROM range(5) AS t(i), (VALUES
        (400, 0, 400), (400, 1, 399), (400, 100, 300), (400, 101, 299), (400, 200, 200),
        (400, 201, 199), (400, 300, 100), (400, 301, 99), (400, 400, 0),
        (400, 200, 0), (400, 199, 0), (0, 0, 0), (400, NULL, NULL), (NULL, 5, 5)
    ) AS lines(lines_added, lines_added_ai, lines_added_human))
expect:
    VALUES ('0', 5), ('1-25', 10), ('26-50', 10), ('51-75', 10), ('76-100', 15), ('unknown', 20)
    AS t(ai_share, changes)
*/

/* test: under a minute authored is a class of its own, and has no ratio
given facts.changes:
    (SELECT
        'beats' AS review_tier,
        'merged' AS outcome, 'human' AS author_kind, 'web' AS team, 'p' || i % 5 AS author,
        TIMESTAMP '2026-01-05' AS created_at, TIMESTAMP '2026-02-28' AS closed_at,
        TIMESTAMP '2026-02-01' AS mature_at,
        if(i < 40, 59999, 60000) AS authored_ms, 60000 AS review_ms, 0 AS correction_ms,
        10 AS lines_added, 10 AS lines_added_ai, 0 AS lines_added_human
    FROM range(80) AS t(i))
expect:
    VALUES
        ('76-100', 40, 5, 1.0, NULL),
        ('agent-only', 40, 5, NULL, 'no ratio: under a minute was authored')
    AS t(ai_share, changes, people, ratio, suppressed)
*/

/* test: a change whose review or correction is not measured is in no sum, and lowers the coverage
given facts.changes:
    (SELECT
        'merged' AS outcome, 'human' AS author_kind, 'web' AS team, 'p' || i % 5 AS author,
        TIMESTAMP '2026-01-05' AS created_at, TIMESTAMP '2026-02-28' AS closed_at,
        TIMESTAMP '2026-02-01' AS mature_at,
        3600000 AS authored_ms,
        CASE WHEN i >= 5 THEN 1800000 END AS review_ms,
        CASE WHEN i < 35 OR i >= 40 THEN 1800000 END AS correction_ms,
        if(i < 40, 'beats', 'host') AS review_tier,
        100 AS lines_added, 0 AS lines_added_ai, 100 AS lines_added_human
    FROM range(45) AS t(i))
expect: VALUES ('0', 30, 0.6667, 1.0, 1.0) AS t(ai_share, changes, coverage, ratio, ratio_low)
*/

/* test: 29 changes, 0.59 covered, four engineers, one engineer with more than half: each is refused
given facts.changes:
    (SELECT
        'beats' AS review_tier,
        'merged' AS outcome, 'human' AS author_kind, 'web' AS team, 'p' || i % people AS author,
        TIMESTAMP '2026-01-05' AS created_at, TIMESTAMP '2026-02-28' AS closed_at,
        TIMESTAMP '2026-02-01' AS mature_at,
        CASE WHEN i < timed THEN 3600000 END AS authored_ms,
        if(i % people = 0, first_ms, 1000) AS review_ms, 0 AS correction_ms,
        100 AS lines_added, ai AS lines_added_ai, 100 - ai AS lines_added_human
    FROM (VALUES (29, 29, 5, 1000, 0), (100, 59, 5, 1000, 20), (100, 60, 5, 1000, 40),
            (100, 100, 4, 1000, 60), (100, 100, 5, 4001, 80), (25, 1, 5, 1000, NULL))
        AS t(changes, timed, people, first_ms, ai), range(changes) AS r(i))
expect:
    VALUES
        ('0', 29, 5, 1.0, NULL, NULL, 'fewer than 30 changes'),
        ('1-25', 59, 5, 0.59, NULL, NULL, 'insufficient: less than 0.6 of it has telemetry'),
        ('26-50', 60, 5, 0.6, 0.0003, 0.0003, NULL),
        ('51-75', NULL, NULL, NULL, NULL, NULL, 'fewer than 5 people'),
        ('76-100', 100, 5, 1.0, NULL, NULL, 'one person is more than half of it'),
        ('unknown', NULL, NULL, NULL, NULL, NULL, 'fewer than 5 people')
    AS t(ai_share, changes, people, coverage, ratio, ratio_high, suppressed)
*/

/* test: what is not merged, not by a human or not yet mature is not asked about
given facts.changes:
    (SELECT
        'beats' AS review_tier,
        outcome, author_kind, 'web' AS team, 'p' || i AS author,
        TIMESTAMP '2026-01-05' AS created_at, TIMESTAMP '2026-02-01' AS closed_at, mature_at,
        3600000 AS authored_ms, 0 AS review_ms, 0 AS correction_ms,
        100 AS lines_added, 0 AS lines_added_ai, 100 AS lines_added_human
    FROM range(50) AS t(i), (VALUES
        ('rejected', 'human', TIMESTAMP '2026-02-01'),
        ('open', 'human', NULL),
        ('merged', 'agent', TIMESTAMP '2026-02-01'),
        ('merged', NULL, TIMESTAMP '2026-02-01'),
        ('merged', 'human', TIMESTAMP '2026-02-02')
    ) AS change(outcome, author_kind, mature_at))
expect: nothing
*/
