/*
title        = "What becomes of prompts, by AI tool"
question     = "Of what an AI tool was asked for, how much is accepted, merged, deployed, and still good 14 days later?"
grain        = ["tool", "stage"]
unit         = "prompts; percent of those at the stage before of which it is known"
better       = "higher"
pair         = "active_users_by_tool"
pair_because = "Ten prompts for one change, or asking only for what is safe, raise it; people and changes stay"
n            = "known"     # at the stage before, and known to have come to this one or not
coverage     = "coverage"  # share of those at the stage before of which it is known
people       = "people"    # whose prompts were at the stage before

[interval]
prompts = "A count of everything seen; the percentage has the interval"
changes = "A count of the changes that these prompts were for, everything seen"
percent = ["percent_low", "percent_high"]
*/
WITH heard AS (
    -- The newest word of any change is the clock that decides what is due.
    SELECT max(coalesce(closed_at, created_at)) AS up_to
    FROM facts.changes
),
followed AS (
    -- Repositories of which deployments tell what they brought: elsewhere nobody knows.
    SELECT DISTINCT repo FROM facts.deployments WHERE counted AND changes IS NOT NULL
),
walked AS (
    SELECT
        value.tool,
        value.person,
        value.change_id,
        value.accepted_at IS NOT NULL AS accepted,
        value.committed_at IS NOT NULL AS committed,
        value.merged_at IS NOT NULL AS merged,
        value.deployed_at IS NOT NULL AS deployed,
        value.durable_at IS NOT NULL AS durable,
        value.change_id IS NOT NULL AS attributed,
        followed.repo IS NOT NULL AS followed,
        -- What broke early is known early, what holds only when due: counting it before then would
        -- let the newest deployments look worst.
        value.durable_due_at <= heard.up_to AS due
    FROM facts.value_events AS value
    CROSS JOIN heard
    LEFT JOIN facts.changes AS changes USING (change_id)
    LEFT JOIN followed ON followed.repo = changes.repo
),
steps AS (
    SELECT
        tool,
        person,
        change_id,
        unnest([
            {'stage': 'V0 run', 'was': true, 'is_known': true, 'came': true},
            {'stage': 'V1 accepted', 'was': true, 'is_known': true, 'came': accepted},
            {'stage': 'V2 survived', 'was': accepted, 'is_known': false, 'came': false},
            {'stage': 'V3 committed', 'was': accepted, 'is_known': attributed, 'came': committed},
            {'stage': 'V4 merged', 'was': committed, 'is_known': true, 'came': merged},
            {'stage': 'V5 deployed', 'was': merged, 'is_known': deployed OR followed, 'came': deployed},
            {'stage': 'V6 durable', 'was': deployed, 'is_known': due, 'came': durable}
        ], recursive := true)
    FROM walked
),
counted AS (
    SELECT
        tool,
        stage,
        count(*) FILTER (was) AS asked,
        count(*) FILTER (was AND is_known) AS known,
        count(*) FILTER (was AND is_known AND came) AS prompts,
        count(DISTINCT change_id) FILTER (was AND is_known AND came) AS changes,
        count(DISTINCT person) FILTER (was) AS people
    FROM steps
    GROUP BY tool, stage
),
wilson AS (
    SELECT
        *,
        known > 0 AND stage <> 'V0 run' AS is_share,
        1.959963984540054::DOUBLE AS z,
        known + z * z AS base,
        prompts + z * z / 2 AS middle,
        CASE WHEN known > 0
            THEN z * sqrt(prompts * (known - prompts) / known + z * z / 4)
        END AS half
    FROM counted
)
SELECT
    tool,
    stage,
    known,
    people,
    CASE WHEN known > 0 THEN prompts END AS prompts,
    CASE WHEN known > 0 THEN changes END AS changes,
    CASE WHEN is_share THEN round(100 * prompts / known, 2) END AS percent,
    CASE WHEN is_share THEN round(100 * (middle - half) / base, 2) END AS percent_low,
    CASE WHEN is_share THEN round(100 * (middle + half) / base, 2) END AS percent_high,
    CASE WHEN asked > 0 THEN round(known / asked, 4) END AS coverage
FROM wilson
ORDER BY tool, stage;

/* test: ten prompts of ten people: eight accepted, six of them for a change; five merged, one not deployed; of four deployed one was reverted, one is not due, two hold
given facts.value_events:
    (SELECT
        'claude_code' AS tool,
        'p' || i AS person,
        CASE WHEN i < 6 OR i > 8 THEN 'f/' || i END AS change_id,
        TIMESTAMP '2026-01-05 09:00' AS run_at,
        CASE WHEN i < 8 THEN TIMESTAMP '2026-01-05 09:01' END AS accepted_at,
        CASE WHEN i < 6 THEN TIMESTAMP '2026-01-05 10:00' END AS committed_at,
        CASE WHEN i < 5 THEN TIMESTAMP '2026-01-05 11:00' END AS merged_at,
        CASE WHEN i < 3 THEN TIMESTAMP '2026-01-05 12:00'
            WHEN i = 3 THEN TIMESTAMP '2026-01-29 12:00' END AS deployed_at,
        deployed_at + INTERVAL 14 DAYS AS durable_due_at,
        CASE WHEN i <> 2 THEN durable_due_at END AS durable_at,
        CASE WHEN i = 2 THEN TIMESTAMP '2026-01-06 12:00' END AS broken_at
    FROM range(10) AS t(i))
given facts.changes:
    (SELECT 'f/' || i AS change_id, 'r' AS repo, TIMESTAMP '2026-01-05' AS created_at,
        CASE WHEN i = 0 THEN TIMESTAMP '2026-02-01' END AS closed_at
    FROM range(10) AS t(i))
given facts.deployments:
    VALUES ('r', true, ['f/0']), ('r', true, NULL) AS t(repo, counted, changes)
expect:
    VALUES
        ('claude_code', 'V0 run', 10, 10, 7, NULL, NULL, NULL, 1.0, NULL),
        ('claude_code', 'V1 accepted', 10, 8, 6, 80.0, 49.02, 94.33, 1.0, NULL),
        ('claude_code', 'V2 survived', 0, NULL, NULL, NULL, NULL, NULL, 0.0, NULL),
        ('claude_code', 'V3 committed', 6, 6, 6, 100.0, 60.97, 100.0, 0.75, NULL),
        ('claude_code', 'V4 merged', 6, 5, 5, 83.33, 43.65, 96.99, 1.0, NULL),
        ('claude_code', 'V5 deployed', 5, 4, 4, 80.0, 37.55, 96.38, 1.0, NULL),
        ('claude_code', 'V6 durable', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'fewer than 5 people')
    AS t(tool, stage, known, prompts, changes, percent, percent_low, percent_high, coverage, suppressed)
*/

/* test: durable is asked of what is due, broken or not; where nobody tells of deployments nothing is known
given facts.value_events:
    (SELECT
        if(i < 10, 'codex', 'cursor') AS tool,
        'p' || i AS person,
        if(i < 10, 'f/1', 'f/2') AS change_id,
        TIMESTAMP '2026-01-05' AS run_at,
        run_at AS accepted_at,
        run_at AS committed_at,
        run_at AS merged_at,
        CASE WHEN i < 8 THEN TIMESTAMP '2026-01-05' WHEN i < 10 THEN TIMESTAMP '2026-01-30' END
            AS deployed_at,
        deployed_at + INTERVAL 14 DAYS AS durable_due_at,
        CASE WHEN i NOT IN (7, 9) THEN durable_due_at END AS durable_at,
        CASE WHEN i IN (7, 9) THEN TIMESTAMP '2026-01-31' END AS broken_at
    FROM range(16) AS t(i))
given facts.changes:
    VALUES ('f/1', 'r', NULL, TIMESTAMP '2026-01-19'), ('f/2', 's', TIMESTAMP '2026-01-19', NULL)
    AS t(change_id, repo, created_at, closed_at)
given facts.deployments: VALUES ('r', true, ['f/1']) AS t(repo, counted, changes)
expect:
    VALUES
        ('codex', 'V0 run', 10, 10, 1, NULL, 1.0, NULL),
        ('codex', 'V1 accepted', 10, 10, 1, 100.0, 1.0, NULL),
        ('codex', 'V2 survived', 0, NULL, NULL, NULL, 0.0, NULL),
        ('codex', 'V3 committed', 10, 10, 1, 100.0, 1.0, NULL),
        ('codex', 'V4 merged', 10, 10, 1, 100.0, 1.0, NULL),
        ('codex', 'V5 deployed', 10, 10, 1, 100.0, 1.0, NULL),
        ('codex', 'V6 durable', 8, 7, 1, 87.5, 0.8, NULL),
        ('cursor', 'V0 run', 6, 6, 1, NULL, 1.0, NULL),
        ('cursor', 'V1 accepted', 6, 6, 1, 100.0, 1.0, NULL),
        ('cursor', 'V2 survived', 0, NULL, NULL, NULL, 0.0, NULL),
        ('cursor', 'V3 committed', 6, 6, 1, 100.0, 1.0, NULL),
        ('cursor', 'V4 merged', 6, 6, 1, 100.0, 1.0, NULL),
        ('cursor', 'V5 deployed', 0, NULL, NULL, NULL, 0.0, NULL),
        ('cursor', 'V6 durable', NULL, NULL, NULL, NULL, NULL, 'fewer than 5 people')
    AS t(tool, stage, known, prompts, changes, percent, coverage, suppressed)
*/
