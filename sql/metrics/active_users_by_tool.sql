/*
title        = "People who used each AI tool"
question     = "How many people prompted an AI tool, or had it at work, in the last 28, 7 and 1 days?"
grain        = ["tool", "days"]
unit         = "people; percent of the seats held on the last day"
better       = "neither"  # use is not outcome
pair         = "value_ladder"
pair_because = "Prompting for its own sake raises this number; how little of it is deployed shows it"
n            = "seats"
coverage     = "coverage"  # share of the tool's use, in these days, that tells whose it is
people       = "people"

[interval]
people         = "A count of everyone seen, not a sample; coverage says how much use hides its person"
active_percent = "A share of all seats, not of a sample"
last_day       = "A date: the last day of the stretch, with which seats are compared"
unseated       = "A count of everyone seen: people at work with the tool who hold no seat that is told"
*/
WITH heard AS (
    -- There is no clock: the last day is the last with any use that can have happened. A tool is
    -- heard up to where its own source has told all; another source's word says nothing of it.
    SELECT source AS tool, max(time) AS until FROM events.source_covered GROUP BY source
),
used AS (
    SELECT tool, account, time::DATE AS day FROM events.ai_prompt_submitted
    UNION ALL
    SELECT tool, account, time::DATE FROM events.ai_tool_completed
),
daily AS (
    SELECT tool, account, day, count(*) AS uses
    FROM used
    LEFT JOIN heard USING (tool)
    -- What a clock in the future says of, nobody did yet.
    WHERE (heard.until IS NULL AND year(day) <= 2100) OR day < heard.until::DATE
    GROUP BY ALL
),
named AS (
    -- An account that the roster does not link is a person of its own.
    SELECT
        daily.tool,
        daily.day,
        daily.uses,
        coalesce(
            max_by(owners.person, coalesce(owners.since, DATE '0001-01-01')), daily.account
        ) AS person
    FROM daily
    LEFT JOIN events.identity_linked AS owners
        ON owners.account = daily.account
        AND daily.day >= coalesce(owners.since, DATE '0001-01-01')
        AND daily.day < coalesce(owners.until, DATE '9999-12-31')
    GROUP BY daily.tool, daily.day, daily.uses, daily.account
),
last AS (
    SELECT max(day) AS day FROM named
),
held AS (
    SELECT DISTINCT seats.tool, seats.person
    FROM events.seat_assigned AS seats
    CROSS JOIN last
    WHERE last.day >= coalesce(seats.since, DATE '0001-01-01')
        AND last.day < coalesce(seats.until, DATE '9999-12-31')
),
part AS (
    SELECT named.tool, spans.days::BIGINT AS days, named.person, named.uses, held.person IS NOT NULL AS seated
    FROM named
    CROSS JOIN last
    JOIN (VALUES (28), (7), (1)) AS spans(days) ON named.day > last.day - spans.days
    LEFT JOIN held ON held.tool = named.tool AND held.person = named.person
)
SELECT
    tool,
    days,
    any_value(last.day) AS last_day,
    count(DISTINCT person) AS people,
    any_value(seats.seats) AS seats,
    round(100 * count(DISTINCT person) FILTER (seated) / any_value(seats.seats), 2) AS active_percent,
    count(DISTINCT person) FILTER (NOT seated) AS unseated,
    round(sum(uses) FILTER (person IS NOT NULL)::BIGINT / sum(uses)::BIGINT, 4) AS coverage
FROM part
CROSS JOIN last
LEFT JOIN (SELECT tool, count(*) AS seats FROM held GROUP BY tool) AS seats USING (tool)
GROUP BY tool, days
ORDER BY tool, days;

/* test: ten people, six of them in the last week, five yesterday; eight of twenty seats
given events.source_covered: VALUES ('claude_code', TIMESTAMP '2026-02-01') AS t(source, time)
given events.ai_prompt_submitted:
    (SELECT 'claude_code' AS tool, 'p' || i AS account,
        TIMESTAMP '2026-01-31 09:00' - INTERVAL (CASE WHEN i < 5 THEN 0 WHEN i < 6 THEN 6 ELSE 27 END) DAY
        AS time
    FROM range(10) AS t(i))
given events.ai_tool_completed:
    VALUES ('claude_code', 'p0', TIMESTAMP '2026-01-31 09:01') AS t(tool, account, time)
given events.identity_linked:
    (SELECT 'p0' AS account, 'p0' AS person, NULL::DATE AS since, NULL::DATE AS until LIMIT 0)
given events.seat_assigned:
    (SELECT 'p' || i AS person, 'claude_code' AS tool, NULL::DATE AS since, NULL::DATE AS until
    FROM range(2, 22) AS t(i))
expect:
    VALUES
        ('claude_code', 1, DATE '2026-01-31', 5, 20, 15.0, 2, 1.0, NULL),
        ('claude_code', 7, DATE '2026-01-31', 6, 20, 20.0, 2, 1.0, NULL),
        ('claude_code', 28, DATE '2026-01-31', 10, 20, 40.0, 2, 1.0, NULL)
*/

/* test: two accounts of one person are one; the day of a half told day, and of 2199, is not yet
given events.source_covered:
    VALUES ('codex', TIMESTAMP '2026-02-01 12:00'), ('github', TIMESTAMP '2026-01-01')
    AS t(source, time)
given events.ai_prompt_submitted:
    (SELECT 'codex' AS tool, 'a' || i AS account, TIMESTAMP '2026-01-31 09:00' AS time
    FROM range(12) AS t(i)
    UNION ALL
    VALUES
        ('codex', 'b', TIMESTAMP '2026-02-01 09:00'),
        ('codex', 'c', TIMESTAMP '2199-01-01 09:00'),
        ('codex', NULL, TIMESTAMP '2026-01-31 09:00'),
        ('codex', NULL, TIMESTAMP '2026-01-31 09:01'))
given events.ai_tool_completed:
    (SELECT 'codex' AS tool, 'a0' AS account, TIMESTAMP '2026-01-31 09:00' AS time
    FROM range(2) AS t(i))
given events.identity_linked:
    (SELECT 'a' || i AS account, 'p' || i % 6 AS person, NULL::DATE AS since, NULL::DATE AS until
    FROM range(12) AS t(i))
given events.seat_assigned:
    (SELECT 'p0' AS person, 'codex' AS tool, DATE '2026-02-01' AS since, NULL::DATE AS until)
expect:
    VALUES ('codex', 1, 6, NULL, NULL, 6, 0.875), ('codex', 7, 6, NULL, NULL, 6, 0.875),
        ('codex', 28, 6, NULL, NULL, 6, 0.875)
    AS t(tool, days, people, seats, active_percent, unseated, coverage)
*/

/* test: four people are withheld; with no word but another source's the last day with use is the last
given events.source_covered: VALUES ('github', TIMESTAMP '2026-01-01') AS t(source, time)
given events.ai_prompt_submitted:
    (SELECT 'cursor' AS tool, 'p' || i AS account, TIMESTAMP '2026-01-31 09:00' AS time
    FROM range(4) AS t(i)
    UNION ALL SELECT 'cursor', 'p5', TIMESTAMP '2026-01-30 23:59'
    UNION ALL SELECT 'cursor', 'p6', TIMESTAMP '2199-01-30 23:59')
given events.ai_tool_completed:
    (SELECT 'codex' AS tool, 'a0' AS account, TIMESTAMP '2026-01-31 09:00' AS time LIMIT 0)
given events.identity_linked:
    (SELECT 'p0' AS account, 'p0' AS person, NULL::DATE AS since, NULL::DATE AS until LIMIT 0)
given events.seat_assigned:
    (SELECT 'p' || i AS person, 'cursor' AS tool, NULL::DATE AS since, NULL::DATE AS until
    FROM range(5) AS t(i))
expect:
    VALUES ('cursor', 1, NULL, 'fewer than 5 people'), ('cursor', 7, 5, NULL), ('cursor', 28, 5, NULL)
    AS t(tool, days, people, suppressed)
*/
