/*
title     = "No sign of life is dated before 2000 or after 2100"
severity  = "warn"
because   = "What such a clock told makes no span: it counts for nobody"
next_step = "Set the clock of that machine, and send again what it kept"
*/
SELECT editor, count(DISTINCT account) AS accounts, count(*) AS events, min(time) AS first, max(time) AS last
FROM events.activity_observed
WHERE year(time) NOT BETWEEN 2000 AND 2100
GROUP BY ALL
ORDER BY ALL;

/* test: 1970 and 2199 are told, by editor
given events.activity_observed:
    VALUES ('a', 'vim', TIMESTAMP '1970-01-01'), ('a', 'vim', TIMESTAMP '2199-01-01'),
        ('b', 'vim', TIMESTAMP '2026-01-05') AS t(account, editor, time)
expect: VALUES ('vim', 1, 2, TIMESTAMP '1970-01-01', TIMESTAMP '2199-01-01')
*/

/* test: the first and the last moment that can be right
given events.activity_observed:
    VALUES ('a', 'vim', TIMESTAMP '2000-01-01'), ('a', 'vim', TIMESTAMP '2100-12-31 23:59:59')
    AS t(account, editor, time)
expect: nothing
*/
