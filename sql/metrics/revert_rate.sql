/*
title        = "Changes reverted within 14 days, by AI tool"
question     = "Of the merged changes a tool took part in, how many were reverted within 14 days?"
grain        = ["tool"]
unit         = "percent of merged changes that are 14 days old and whose merge commit was read"
better       = "lower"
pair         = "change_outcome"
pair_because = "Merging nothing lowers this number, and so does repairing in silence; what ends how shows the first"
n            = "changes"   # 14 days old, with the history read
coverage     = "coverage"  # share of the merged changes, 14 days old, whose merge commit was read
people       = "people"

[interval]
reverted         = "A count; the percentage has the interval"
reverted_percent = ["reverted_percent_low", "reverted_percent_high"]
*/
WITH heard AS (
    -- The newest word of any change is the clock that decides what is 14 days old.
    SELECT max(coalesce(closed_at, created_at)) AS up_to
    FROM facts.changes
),
reverts AS (
    -- A revert may name the commit by the first digits of its id.
    SELECT repo, revert_of, time
    FROM events.commit_recorded
    WHERE revert_of IS NOT NULL
),
merged AS (
    SELECT
        changes.tools,
        CASE WHEN changes.author_kind = 'human' THEN changes.author END AS person,
        count(read.sha) > 0 AS known,
        count(reverts.time) > 0 AS reverted
    FROM facts.changes
    JOIN events.change_merged AS merged
        ON merged.forge || '/' || merged.change = changes.change_id
    CROSS JOIN heard
    LEFT JOIN events.commit_recorded AS read
        ON read.repo = changes.repo AND read.sha = merged.sha
    LEFT JOIN reverts
        ON reverts.repo = changes.repo
        AND left(reverts.revert_of, 7) = left(merged.sha, 7)
        AND starts_with(merged.sha, reverts.revert_of)
        AND reverts.time <= merged.time + INTERVAL 14 DAYS
    WHERE merged.time + INTERVAL 14 DAYS <= heard.up_to
    GROUP BY changes.change_id, changes.tools, changes.author_kind, changes.author
),
part AS (
    SELECT
        unnest(CASE WHEN len(tools) > 0 THEN tools ELSE ['none'] END) AS tool,
        person,
        known,
        reverted
    FROM merged
),
counted AS (
    SELECT
        tool,
        count(*) AS merged,
        count(*) FILTER (known) AS changes,
        count(*) FILTER (known AND reverted) AS reverted,
        count(DISTINCT person) AS people
    FROM part
    GROUP BY tool
),
wilson AS (
    SELECT
        *,
        1.959963984540054::DOUBLE AS z,
        changes + z * z AS base,
        reverted + z * z / 2 AS middle,
        CASE WHEN changes > 0
            THEN z * sqrt(reverted * (changes - reverted) / changes + z * z / 4)
        END AS half
    FROM counted
)
SELECT
    tool,
    changes,
    people,
    CASE WHEN changes > 0 THEN reverted END AS reverted,
    CASE WHEN changes > 0 THEN round(100 * reverted / changes, 2) END AS reverted_percent,
    round(100 * (middle - half) / base, 2) AS reverted_percent_low,
    round(100 * (middle + half) / base, 2) AS reverted_percent_high,
    round(changes / merged, 4) AS coverage
FROM wilson
ORDER BY tool;

/* test: two of ten, one by the first digits of the id; a late revert and another repository's do not count
given facts.changes:
    (SELECT 'f/' || i AS change_id, 'r' AS repo, ['codex'] AS tools, 'p' || i AS author,
        'human' AS author_kind, TIMESTAMP '2026-02-01' AS created_at, NULL::TIMESTAMP AS closed_at
    FROM range(10) AS t(i))
given events.change_merged:
    (SELECT 'f' AS forge, i::VARCHAR AS change, TIMESTAMP '2026-01-05 09:00' AS time,
        repeat(i::VARCHAR, 40) AS sha
    FROM range(10) AS t(i))
given events.commit_recorded:
    (SELECT 'r' AS repo, repeat(i::VARCHAR, 40) AS sha, NULL::VARCHAR AS revert_of,
        TIMESTAMP '2026-01-05 09:00' AS time
    FROM range(10) AS t(i)
    UNION ALL
    VALUES
        ('r', 'a', repeat('1', 40), TIMESTAMP '2026-01-05 10:00'),
        ('r', 'b', repeat('1', 40), TIMESTAMP '2026-01-06 10:00'),
        ('r', 'c', '22222222', TIMESTAMP '2026-01-19 09:00'),
        ('r', 'd', repeat('3', 40), TIMESTAMP '2026-01-19 09:01'),
        ('s', 'e', repeat('4', 40), TIMESTAMP '2026-01-05 10:00'))
expect:
    VALUES ('codex', 10, 10, 2, 20.0, 5.67, 50.98, 1.0)
    AS t(tool, changes, people, reverted, reverted_percent, reverted_percent_low,
         reverted_percent_high, coverage)
*/

/* test: whose history nobody read is unknown, not unreverted, and lowers the coverage
given facts.changes:
    (SELECT 'f/' || i AS change_id, 'r' AS repo, if(i < 12, [], ['cursor']) AS tools,
        'p' || i AS author, 'human' AS author_kind, TIMESTAMP '2026-01-05' AS created_at,
        TIMESTAMP '2026-01-19 09:00' AS closed_at
    FROM range(18) AS t(i))
given events.change_merged:
    (SELECT 'f' AS forge, i::VARCHAR AS change, TIMESTAMP '2026-01-05 09:00' AS time, 's' || i AS sha
    FROM range(18) AS t(i))
given events.commit_recorded:
    (SELECT 'r' AS repo, 's' || i AS sha, NULL::VARCHAR AS revert_of,
        TIMESTAMP '2026-01-25 09:00' AS time
    FROM range(9) AS t(i))
expect:
    VALUES
        ('cursor', 0, NULL, NULL, NULL, 0.0),
        ('none', 9, 0, 0.0, 29.91, 0.75)
    AS t(tool, changes, reverted, reverted_percent, reverted_percent_high, coverage)
*/

/* test: a change younger than 14 days is not counted yet
given facts.changes:
    (SELECT 'f/' || i AS change_id, 'r' AS repo, ['codex'] AS tools, 'p' || i AS author,
        'human' AS author_kind, TIMESTAMP '2025-12-01' AS created_at,
        TIMESTAMP '2026-01-20' AS closed_at
    FROM range(10) AS t(i))
given events.change_merged:
    (SELECT 'f' AS forge, i::VARCHAR AS change, TIMESTAMP '2026-01-01' + INTERVAL (i) DAY AS time,
        's' || i AS sha
    FROM range(10) AS t(i))
given events.commit_recorded:
    (SELECT 'r' AS repo, 's' || i AS sha, NULL::VARCHAR AS revert_of, TIMESTAMP '2026-01-01' AS time
    FROM range(10) AS t(i))
expect: VALUES ('codex', 6) AS t(tool, changes)
*/
