/*
title        = "Authors' own reading and correction for an hour by hand, by AI share"
question     = "For every hour of authoring by hand, how long do authors read and correct what they propose?"
grain        = ["ai_share"]
unit         = "hours of self-review, early correction and rework for an hour by hand, four decimals"
better       = "neither"  # nothing read and nothing corrected would be lowest
pair         = "review_and_correction"
pair_because = "Leaving the reading to reviewers lowers this number; their hours are in the other"
n            = "changes"   # merged, mature, by a human, all of it known
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
"no ratio: under a minute by hand"                 = "ai_share = 'agent-only'"
"fewer than 30 changes"                            = "changes < 30"
"insufficient: less than 0.6 of it has telemetry"  = "coverage < 0.6"
*/
WITH heard AS (
    -- The newest word of any change is the clock that decides what is mature.
    SELECT max(coalesce(closed_at, created_at)) AS up_to
    FROM facts.changes
),
mature AS (
    -- An author's editor and agent tell all of it: no reviewer's browser is needed.
    SELECT
        team,
        author,
        hand_ms,
        self_review_ms + correct_early_ms + rework_ms AS spent_ms,
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
            WHEN hand_ms < 60000 THEN 'agent-only'
            WHEN known = 0 OR (2 * known >= lines_added) IS NOT TRUE THEN 'unknown'
            WHEN ai = 0 THEN '0'
            WHEN 100 * ai <= 25 * known THEN '1-25'
            WHEN 100 * ai <= 50 * known THEN '26-50'
            WHEN 100 * ai <= 75 * known THEN '51-75'
            ELSE '76-100'
        END AS ai_share,
        hand_ms IS NOT NULL AND spent_ms IS NOT NULL AS timed
    FROM mature
)
SELECT
    ai_share,
    count(*) FILTER (timed) AS changes,
    count(DISTINCT author) FILTER (timed) AS people,
    round(count(*) FILTER (timed) / count(*), 4) AS coverage,
    round(
        sum(spent_ms) FILTER (timed AND ai_share <> 'agent-only')
            / sum(hand_ms) FILTER (timed AND ai_share <> 'agent-only'),
        4
    ) AS ratio,
    list({'team': team, 'person': author, 'part': spent_ms, 'whole': hand_ms}) FILTER (
        timed AND ai_share <> 'agent-only'
    ) AS sample
FROM classed
GROUP BY ai_share
ORDER BY ai_share;

/* test: an hour by hand, 20 minutes read, 30 corrected early and 10 reworked: 1.0, whoever reviewed
given facts.changes:
    (SELECT
        'merged' AS outcome, 'human' AS author_kind, 'web' AS team, 'p' || i % 6 AS author,
        TIMESTAMP '2026-01-05' AS created_at, TIMESTAMP '2026-02-28' AS closed_at,
        TIMESTAMP '2026-02-01' AS mature_at,
        3600000 AS hand_ms, 1200000 AS self_review_ms, 1800000 AS correct_early_ms,
        600000 AS rework_ms,
        100 AS lines_added, 60 AS lines_added_ai, 40 AS lines_added_human
    FROM range(30) AS t(i))
expect:
    VALUES ('51-75', 30, 6, 1.0, 1.0, 1.0, 1.0, 'engineers', 6, NULL)
    AS t(ai_share, changes, people, coverage, ratio, ratio_low, ratio_high, resampled, clusters,
         suppressed)
*/

/* test: under a minute by hand is a class of its own, and has no ratio; a bucket ends with its percent
given facts.changes:
    (SELECT
        'merged' AS outcome, 'human' AS author_kind, 'web' AS team, 'p' || i % 5 AS author,
        TIMESTAMP '2026-01-05' AS created_at, TIMESTAMP '2026-02-28' AS closed_at,
        TIMESTAMP '2026-02-01' AS mature_at,
        hand_ms, 60000 AS self_review_ms, 0 AS correct_early_ms, 0 AS rework_ms,
        400 AS lines_added, ai AS lines_added_ai, 400 - ai AS lines_added_human
    FROM range(30) AS t(i), (VALUES
        (59999, 400), (60000, 0), (60000, 100), (60000, 101), (60000, 201), (60000, 301)
    ) AS change(hand_ms, ai))
expect:
    VALUES
        ('agent-only', 30, NULL, 'no ratio: under a minute by hand'),
        ('0', 30, 1.0, NULL), ('1-25', 30, 1.0, NULL), ('26-50', 30, 1.0, NULL),
        ('51-75', 30, 1.0, NULL), ('76-100', 30, 1.0, NULL)
    AS t(ai_share, changes, ratio, suppressed)
*/

/* test: what is not known is no zero; 29 changes, or 0.59 covered, are refused
given facts.changes:
    (SELECT
        'merged' AS outcome, 'human' AS author_kind, 'web' AS team, 'p' || i % 5 AS author,
        TIMESTAMP '2026-01-05' AS created_at, TIMESTAMP '2026-02-28' AS closed_at,
        TIMESTAMP '2026-02-01' AS mature_at,
        CASE WHEN i < timed THEN 3600000 END AS hand_ms, 1800000 AS self_review_ms,
        CASE WHEN i < timed THEN 1800000 END AS correct_early_ms, 0 AS rework_ms,
        100 AS lines_added, ai AS lines_added_ai, 100 - ai AS lines_added_human
    FROM (VALUES (29, 29, 0), (100, 59, 20), (100, 60, 40), (10, 10, NULL))
        AS t(changes, timed, ai), range(changes) AS r(i))
expect:
    VALUES
        ('0', 29, 1.0, NULL, 'fewer than 30 changes'),
        ('1-25', 59, 0.59, NULL, 'insufficient: less than 0.6 of it has telemetry'),
        ('26-50', 60, 0.6, 1.0, NULL),
        ('unknown', 10, 1.0, NULL, 'fewer than 30 changes')
    AS t(ai_share, changes, coverage, ratio, suppressed)
*/

/* test: what is not merged, not by a human or not yet mature is not asked about
given facts.changes:
    (SELECT
        outcome, author_kind, 'web' AS team, 'p' || i AS author,
        TIMESTAMP '2026-01-05' AS created_at, TIMESTAMP '2026-02-01' AS closed_at, mature_at,
        3600000 AS hand_ms, 0 AS self_review_ms, 0 AS correct_early_ms, 0 AS rework_ms,
        100 AS lines_added, 0 AS lines_added_ai, 100 AS lines_added_human
    FROM range(50) AS t(i), (VALUES
        ('rejected', 'human', TIMESTAMP '2026-02-01'),
        ('merged', 'agent', TIMESTAMP '2026-02-01'),
        ('merged', 'human', TIMESTAMP '2026-02-02')
    ) AS change(outcome, author_kind, mature_at))
expect: nothing
*/
