/*
title        = "Hours of people's time a change, by team and kind of work"
question     = "How long do people author, review and correct a change, in each team?"
grain        = ["team", "kind"]
unit         = "hours a merged change, three decimals"
better       = "neither"
pair         = "change_outcome"
pair_because = "Splitting one change in ten lowers this number; how many there are then shows it"
n            = "changes"   # merged, mature, by a human, this kind of time known
coverage     = "coverage"  # share that these are of all such changes
people       = "people"    # who authored them; others may have reviewed
provisional  = "its hours are not judged against recorded days; the interval tells of who was drawn, no more"
caution      = "Time at a tool, not time thought; not a measure of skill or of value"

[interval]
hours = ["hours_low", "hours_high"]

[estimator]
name   = "bootstrap_ratio"
value  = "hours"
digits = 3

[refuse]
"insufficient: less than 0.6 of it has telemetry" = "coverage < 0.6"
*/
WITH heard AS (
    -- The newest word of any change is the clock that decides what is mature.
    SELECT max(coalesce(closed_at, created_at)) AS up_to
    FROM facts.changes
),
parted AS (
    -- A kind that no telemetry reaches is NULL, and counts in no sum and no n; so is a review
    -- of which the forge alone tells: what its verdict tells of it is too little by a third.
    SELECT
        coalesce(team, 'none') AS team,
        author,
        unnest([
            {'kind': 'authored', 'ms': authored_ms},
            {'kind': 'self_review', 'ms': self_review_ms},
            {
                'kind': 'peer_review',
                'ms': CASE WHEN review_tier IS DISTINCT FROM 'host' THEN peer_review_ms END
            },
            {'kind': 'correct_early', 'ms': correct_early_ms},
            {'kind': 'rework', 'ms': rework_ms},
            {'kind': 'correct_late', 'ms': correct_late_ms}
        ], recursive := true)
    FROM facts.changes, heard
    WHERE outcome = 'merged' AND author_kind = 'human' AND mature_at <= up_to
)
SELECT
    team,
    kind,
    count(ms) AS changes,
    count(DISTINCT author) FILTER (ms IS NOT NULL) AS people,
    round(count(ms) / count(*), 4) AS coverage,
    round(sum(ms) / (3600000 * count(ms)), 3) AS hours,
    list({'team': team, 'person': author, 'part': ms, 'whole': 3600000}) FILTER (
        ms IS NOT NULL
    ) AS sample
FROM parted
GROUP BY team, kind
ORDER BY team, kind;

/* test: five engineers, two changes each, every kind of another length
given facts.changes:
    (SELECT
        'beats' AS review_tier,
        'merged' AS outcome, 'human' AS author_kind, 'web' AS team, 'p' || i % 5 AS author,
        TIMESTAMP '2026-01-05' AS created_at, TIMESTAMP '2026-02-28' AS closed_at,
        TIMESTAMP '2026-02-01' AS mature_at,
        9000000 AS authored_ms, 1800000 AS self_review_ms, 3600000 AS peer_review_ms,
        900000 AS correct_early_ms, 5400000 AS rework_ms, 0 AS correct_late_ms
    FROM range(10) AS t(i))
expect:
    VALUES
        ('web', 'authored', 10, 5, 2.5, 2.5, 2.5, 1.0),
        ('web', 'self_review', 10, 5, 0.5, 0.5, 0.5, 1.0),
        ('web', 'peer_review', 10, 5, 1.0, 1.0, 1.0, 1.0),
        ('web', 'correct_early', 10, 5, 0.25, 0.25, 0.25, 1.0),
        ('web', 'rework', 10, 5, 1.5, 1.5, 1.5, 1.0),
        ('web', 'correct_late', 10, 5, 0.0, 0.0, 0.0, 1.0)
    AS t(team, kind, changes, people, hours, hours_low, hours_high, coverage)
*/

/* test: what is not measured is no zero: the known ones alone are the mean, the rest is coverage
given facts.changes:
    (SELECT
        'merged' AS outcome, 'human' AS author_kind, NULL::VARCHAR AS team, 'p' || i % 5 AS author,
        TIMESTAMP '2026-01-05' AS created_at, TIMESTAMP '2026-02-28' AS closed_at,
        TIMESTAMP '2026-02-01' AS mature_at,
        CASE WHEN i < 10 THEN 3600000 END AS authored_ms,
        CASE WHEN i < 5 THEN 3600000 END AS self_review_ms,
        if(i < 9, 3600000, 60000) AS peer_review_ms,
        if(i < 9, 'beats', 'host') AS review_tier,
        if(i = 0, 3600000, 0) AS correct_early_ms,
        if(i < 2, 3600000, 0) AS rework_ms,
        0 AS correct_late_ms
    FROM range(15) AS t(i))
expect:
    VALUES
        ('none', 'authored', 10, 1.0, 0.6667, NULL),
        ('none', 'self_review', 5, NULL, 0.3333, 'insufficient: less than 0.6 of it has telemetry'),
        ('none', 'peer_review', 9, 1.0, 0.6, NULL),
        ('none', 'correct_early', 15, NULL, 1.0, 'one person is more than half of it'),
        ('none', 'rework', 15, 0.133, 1.0, NULL),
        ('none', 'correct_late', 15, 0.0, 1.0, NULL)
    AS t(team, kind, changes, hours, coverage, suppressed)
*/

/* test: only merged, mature changes by humans; a team of four is withheld
given facts.changes:
    (SELECT
        'beats' AS review_tier,
        outcome, author_kind, team, team || i AS author,
        TIMESTAMP '2026-01-05' AS created_at, TIMESTAMP '2026-02-01' AS closed_at, mature_at,
        ms AS authored_ms, ms AS self_review_ms, ms AS peer_review_ms, ms AS correct_early_ms,
        ms AS rework_ms, ms AS correct_late_ms
    FROM (VALUES
        ('merged', 'human', 'ops', 4, TIMESTAMP '2026-02-01', 3600000),
        ('merged', 'human', 'web', 5, TIMESTAMP '2026-02-01', 3600000),
        ('merged', 'human', 'web', 5, TIMESTAMP '2026-02-02', 7200000),
        ('merged', 'bot', 'web', 5, TIMESTAMP '2026-02-01', 7200000),
        ('rejected', 'human', 'web', 5, TIMESTAMP '2026-02-01', 7200000)
    ) AS change(outcome, author_kind, team, people, mature_at, ms), range(people) AS r(i))
expect:
    (SELECT team, kind, if(team = 'web', 5, NULL) AS changes, if(team = 'web', 1, NULL) AS hours
    FROM (VALUES ('ops'), ('web')) AS t(team), (VALUES ('authored'), ('self_review'),
        ('peer_review'), ('correct_early'), ('rework'), ('correct_late')) AS k(kind))
*/
