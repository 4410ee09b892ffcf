/*
title        = "Lead time, by AI tool and stage"
question     = "How long do merged changes take from first work to production, and where do they wait?"
grain        = ["tool", "stage"]
unit         = "hours by the calendar; the middle, and what three in four and nine in ten stay within"
better       = "lower"
pair         = "revert_rate"
pair_because = "Merging and deploying unread lowers this number; what is then reverted shows it"
n            = "changes"   # merged ones whose time in this stage is known
coverage     = "coverage"  # share of the merged changes whose time in it is known
people       = "people"

[interval]
hours_p50      = "The middle of all merged changes, not of a sample; read it with coverage"
hours_p75      = "As the middle"
hours_p90      = "As the middle; from few changes it is nearly the longest"
forced_percent = "A share of all merged changes: stages that were skipped or out of order took 0"
*/
WITH reverts AS (
    -- A change that only takes back another was never worked out, reviewed or waited for like one.
    SELECT merged.forge || '/' || merged.change AS change_id
    FROM events.change_merged AS merged
    JOIN events.commit_recorded AS recorded USING (sha)
    WHERE recorded.is_revert_subject
),
merged AS (
    SELECT
        CASE WHEN len(tools) > 0 THEN tools ELSE ['none'] END AS tools,
        CASE WHEN author_kind = 'human' THEN author END AS person,
        stages_forced,
        unnest([
            {'stage': '1 coding', 'ms': coding_ms},
            {'stage': '2 pickup', 'ms': pickup_ms},
            {'stage': '3 review', 'ms': review_wait_ms},
            {'stage': '4 merge', 'ms': merge_wait_ms},
            {'stage': '5 deploy', 'ms': deploy_wait_ms},
            {'stage': 'all', 'ms': lead_ms}
        ], recursive := true)
    FROM facts.changes
    ANTI JOIN reverts USING (change_id)
    WHERE outcome = 'merged'
)
SELECT
    tool,
    stage,
    count(ms) AS changes,
    count(DISTINCT person) AS people,
    round(quantile_cont(ms, 0.5) / 3600000, 2) AS hours_p50,
    round(quantile_cont(ms, 0.75) / 3600000, 2) AS hours_p75,
    round(quantile_cont(ms, 0.9) / 3600000, 2) AS hours_p90,
    round(100 * count(*) FILTER (stages_forced) / count(*), 2) AS forced_percent,
    round(count(ms) / count(*), 4) AS coverage
FROM merged, unnest(tools) AS part_of(tool)
GROUP BY tool, stage
ORDER BY tool, stage;

/* test: 1 to 10 hours of pickup; what is not known is not 0, and the whole is known where each part is
given facts.changes:
    (SELECT 'f/' || i AS change_id, ['codex'] AS tools, 'p' || i AS author,
        'human' AS author_kind, 'merged' AS outcome, i = 1 AS stages_forced,
        CASE WHEN i = 1 THEN 3600000 END AS coding_ms,
        i * 3600000 AS pickup_ms,
        2 * 3600000 AS review_wait_ms,
        0 AS merge_wait_ms,
        CASE WHEN i < 6 THEN 1800000 END AS deploy_wait_ms,
        CASE WHEN i = 1 THEN 16200000 END AS lead_ms
    FROM range(1, 11) AS t(i))
given events.change_merged: VALUES ('f', '1', 'a') AS t(forge, change, sha)
given events.commit_recorded: VALUES ('a', false) AS t(sha, is_revert_subject)
expect:
    VALUES
        ('codex', '1 coding', 1, 10, 1.0, 1.0, 1.0, 10.0, 0.1, NULL),
        ('codex', '2 pickup', 10, 10, 5.5, 7.75, 9.1, 10.0, 1.0, NULL),
        ('codex', '3 review', 10, 10, 2.0, 2.0, 2.0, 10.0, 1.0, NULL),
        ('codex', '4 merge', 10, 10, 0.0, 0.0, 0.0, 10.0, 1.0, NULL),
        ('codex', '5 deploy', 5, 10, 0.5, 0.5, 0.5, 10.0, 0.5, NULL),
        ('codex', 'all', 1, 10, 4.5, 4.5, 4.5, 10.0, 0.1, NULL)
*/

/* test: open changes and reverts are left out, a tool of four people is withheld
given facts.changes:
    (SELECT 'f/' || i AS change_id, if(i < 4, ['codex'], []::VARCHAR[]) AS tools,
        'p' || i AS author, 'human' AS author_kind, if(i = 9, 'open', 'merged') AS outcome,
        false AS stages_forced, 0 AS coding_ms, 0 AS pickup_ms, 0 AS review_wait_ms,
        0 AS merge_wait_ms, 0 AS deploy_wait_ms, 0 AS lead_ms
    FROM range(11) AS t(i))
given events.change_merged: VALUES ('f', '10', 'a') AS t(forge, change, sha)
given events.commit_recorded: VALUES ('a', true) AS t(sha, is_revert_subject)
expect:
    (SELECT 'codex' AS tool, unnest(['1 coding', '2 pickup', '3 review', '4 merge', '5 deploy', 'all']) AS stage,
        NULL AS changes, 'fewer than 5 people' AS suppressed
    UNION ALL
    SELECT 'none', unnest(['1 coding', '2 pickup', '3 review', '4 merge', '5 deploy', 'all']), 5, NULL)
*/
