/*
title     = "facts.changes holds what the events tell: each change once, merged where a merge was told"
severity  = "fail"
because   = "A partition that was not recomputed leaves changes out, doubles them, or keeps them open"
next_step = "Run upshot backfill over all days; if it stays, the fact's query is wrong"
*/
WITH told AS (
    SELECT
        created.forge,
        created.repo,
        created.number,
        count(*) AS changes,
        count(merged.time) AS merged
    FROM events.change_created AS created
    LEFT JOIN events.change_merged AS merged USING (forge, change)
    GROUP BY ALL
),
held AS (
    SELECT
        forge,
        repo,
        number,
        count(*) AS changes,
        count(*) FILTER (outcome = 'merged') AS merged
    FROM facts.changes
    GROUP BY ALL
)
SELECT
    forge,
    repo,
    number,
    coalesce(told.changes, 0) AS changes_told,
    coalesce(held.changes, 0) AS changes_held,
    coalesce(told.merged, 0) AS merged_told,
    coalesce(held.merged, 0) AS merged_held
FROM told
FULL JOIN held USING (forge, repo, number)
WHERE told.changes IS DISTINCT FROM held.changes OR told.merged IS DISTINCT FROM held.merged
ORDER BY forge, repo, number;

/* test: one is lost, one is doubled, one merge came too late, one was never told
given events.change_created:
    VALUES ('f', 'r', 1, 'a'), ('f', 'r', 2, 'b'), ('f', 'r', 3, 'c') AS t(forge, repo, number, change)
given events.change_merged:
    VALUES ('f', 'c', TIMESTAMP '2026-01-05 10:00') AS t(forge, change, time)
given facts.changes:
    VALUES ('f', 'r', 2, 'open'), ('f', 'r', 2, 'open'), ('f', 'r', 3, 'open'), ('f', 'r', 4, 'open')
    AS t(forge, repo, number, outcome)
expect:
    VALUES
        ('f', 'r', 1, 1, 0, 0, 0),
        ('f', 'r', 2, 1, 2, 0, 0),
        ('f', 'r', 3, 1, 1, 1, 0),
        ('f', 'r', 4, 0, 1, 0, 0)
*/

/* test: all is as told, and a number used in two repositories is two changes
given events.change_created:
    VALUES ('f', 'r', 1, 'a'), ('f', 's', 1, 'b') AS t(forge, repo, number, change)
given events.change_merged:
    VALUES ('f', 'b', TIMESTAMP '2026-01-05 10:00') AS t(forge, change, time)
given facts.changes:
    VALUES ('f', 'r', 1, 'rejected'), ('f', 's', 1, 'merged') AS t(forge, repo, number, outcome)
expect: nothing
*/
