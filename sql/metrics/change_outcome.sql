/*
title        = "How changes end, by AI tool"
question     = "Of the changes a tool took part in, how many are merged or turned down, and how fast?"
grain        = ["tool"]
unit         = "percent of all changes, open ones included; hours from creation to end"
better       = "higher"  # of merged_percent
pair         = "revert_rate"
pair_because = "Merging whatever is opened raises this number; what is then reverted shows it"
n            = "changes"
coverage     = "coverage"  # share of the changes whose end and both times are known: hours rest on it
people       = "none"

[interval]
merged_percent     = ["merged_percent_low", "merged_percent_high"]
rejected_percent   = ["rejected_percent_low", "rejected_percent_high"]
merged_hours_p50   = "The middle of those that have ended; read it with coverage, not as a forecast"
rejected_hours_p50 = "The middle of those that have ended; read it with coverage, not as a forecast"
*/
WITH part AS (
    -- A change with two tools counts for each of them; one with no known tool counts for 'none'.
    SELECT
        unnest(CASE WHEN len(tools) > 0 THEN tools ELSE ['none'] END) AS tool,
        outcome,
        epoch_ms(coalesce(merged_at, closed_at)) - epoch_ms(created_at) AS lasted_ms
    FROM facts.changes
),
counted AS (
    SELECT
        tool,
        count(*) AS changes,
        count(*) FILTER (outcome = 'merged') AS merged,
        count(*) FILTER (outcome = 'rejected') AS rejected,
        count(lasted_ms) AS timed,
        median(lasted_ms) FILTER (outcome = 'merged') AS merged_ms,
        median(lasted_ms) FILTER (outcome = 'rejected') AS rejected_ms
    FROM part
    GROUP BY ALL
),
wilson AS (
    -- The Wilson score interval at 95 %: (middle -+ half) / base. It holds at 0 % and for few.
    SELECT
        *,
        1.959963984540054::DOUBLE AS z,
        changes + z * z AS base,
        merged + z * z / 2 AS merged_middle,
        z * sqrt(merged * (changes - merged) / changes + z * z / 4) AS merged_half,
        rejected + z * z / 2 AS rejected_middle,
        z * sqrt(rejected * (changes - rejected) / changes + z * z / 4) AS rejected_half
    FROM counted
)
SELECT
    tool,
    changes,
    round(100 * merged / changes, 2) AS merged_percent,
    round(100 * (merged_middle - merged_half) / base, 2) AS merged_percent_low,
    round(100 * (merged_middle + merged_half) / base, 2) AS merged_percent_high,
    round(merged_ms / 3600000, 2) AS merged_hours_p50,
    round(100 * rejected / changes, 2) AS rejected_percent,
    round(100 * (rejected_middle - rejected_half) / base, 2) AS rejected_percent_low,
    round(100 * (rejected_middle + rejected_half) / base, 2) AS rejected_percent_high,
    round(rejected_ms / 3600000, 2) AS rejected_hours_p50,
    round(timed / changes, 4) AS coverage
FROM wilson
ORDER BY tool;

/* test: ten of twenty are merged, so 0.299 to 0.701 by Wilson
given facts.changes:
    (SELECT
        ['codex'] AS tools,
        if(i < 10, 'merged', 'open') AS outcome,
        TIMESTAMP '2026-01-05 09:00' AS created_at,
        if(i < 10, TIMESTAMP '2026-01-05 10:30', NULL) AS merged_at,
        NULL::TIMESTAMP AS closed_at
    FROM range(20) AS t(i))
expect: VALUES ('codex', 20, 50.0, 29.93, 70.07, 1.5, 0.0, 0.0, 16.11, NULL, 0.5)
*/

/* test: the middle of merged hours and of rejected hours, each over its own
given facts.changes:
    VALUES
        (['cursor'], 'merged', TIMESTAMP '2026-01-05 09:00', TIMESTAMP '2026-01-05 10:00', NULL),
        (['cursor'], 'merged', TIMESTAMP '2026-01-05 09:00', TIMESTAMP '2026-01-05 12:00', NULL),
        (['cursor'], 'merged', TIMESTAMP '2026-01-05 09:00', TIMESTAMP '2026-01-06 05:00', NULL),
        (['cursor'], 'rejected', TIMESTAMP '2026-01-05 09:00', NULL, TIMESTAMP '2026-01-07 09:00'),
        (['cursor'], 'open', TIMESTAMP '2026-01-05 09:00', NULL, NULL),
        (['cursor'], 'open', TIMESTAMP '2026-01-06 09:00', NULL, NULL)
    AS t(tools, outcome, created_at, merged_at, closed_at)
expect:
    VALUES ('cursor', 6, 50, 3, 16.67, 48, 0.6667)
    AS t(tool, changes, merged_percent, merged_hours_p50, rejected_percent, rejected_hours_p50,
         coverage)
*/

/* test: two tools count twice, no tool is a row of its own, a time that is unknown is not zero
given facts.changes:
    VALUES
        (['copilot', 'cursor'], 'merged', TIMESTAMP '2026-01-05 09:00',
            TIMESTAMP '2026-01-05 09:30', NULL::TIMESTAMP),
        ([], 'merged', NULL, TIMESTAMP '2026-01-05 09:30', NULL)
    AS t(tools, outcome, created_at, merged_at, closed_at)
expect:
    VALUES ('copilot', 1, 100, 0.5, 1), ('cursor', 1, 100, 0.5, 1), ('none', 1, 100, NULL, 0)
    AS t(tool, changes, merged_percent, merged_hours_p50, coverage)
*/
