/*
title     = "No clock is ahead: nothing happened after it was told"
severity  = "warn"
because   = "Times are kept as they are told: the spans of a clock that is ahead may be misplaced"
next_step = "Set the clock of that machine"
*/
WITH heard AS (SELECT max(received) + INTERVAL 5 MINUTES AS until FROM lake.deliveries)
SELECT 'activity.observed' AS event, count(DISTINCT account) AS accounts, count(*) AS events, max(time) AS latest
FROM events.activity_observed, heard
WHERE time > until
HAVING count(*) > 0
UNION ALL
SELECT 'ai.prompt.submitted', count(DISTINCT account), count(*), max(time)
FROM events.ai_prompt_submitted, heard
WHERE time > until
HAVING count(*) > 0
ORDER BY event;

/* test: six minutes ahead of all that was heard is told, five are not
given lake.deliveries:
    VALUES (TIMESTAMP '2026-01-05 09:00'), (NULL) AS t(received)
given events.activity_observed:
    VALUES ('a', TIMESTAMP '2026-01-05 09:05'), ('b', TIMESTAMP '2026-01-05 09:06'),
        ('b', TIMESTAMP '2199-01-01') AS t(account, time)
given events.ai_prompt_submitted:
    VALUES ('c', TIMESTAMP '2026-01-05 08:00') AS t(account, time)
expect: VALUES ('activity.observed', 1, 2, TIMESTAMP '2199-01-01')
*/

/* test: what is late, however late, is not from the future
given lake.deliveries: VALUES (TIMESTAMP '2026-01-05 09:00') AS t(received)
given events.activity_observed:
    VALUES ('a', TIMESTAMP '2026-01-01 09:05') AS t(account, time)
given events.ai_prompt_submitted:
    VALUES ('c', TIMESTAMP '2026-01-05 08:00') AS t(account, time)
expect: nothing
*/
