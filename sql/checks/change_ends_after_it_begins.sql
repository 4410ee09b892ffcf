/*
title     = "No change ends before it begins"
severity  = "warn"
because   = "A negative age pulls a median down; it comes from a wrong clock or an imported history"
next_step = "Compare the change's times with its forge; correct the source's mapping if they differ"
*/
SELECT
    change_id,
    epoch_ms(created_at) - epoch_ms(coalesce(merged_at, closed_at)) AS early_ms
FROM facts.changes
WHERE coalesce(merged_at, closed_at) < created_at
ORDER BY change_id;

/* test: merged a second before it was opened
given facts.changes:
    VALUES ('a', TIMESTAMP '2026-01-05 09:00:01', TIMESTAMP '2026-01-05 09:00', NULL::TIMESTAMP)
    AS t(change_id, created_at, merged_at, closed_at)
expect: VALUES ('a', 1000)
*/

/* test: at once is not before, and an unknown time is not early
given facts.changes:
    VALUES
        ('a', TIMESTAMP '2026-01-05 09:00', TIMESTAMP '2026-01-05 09:00', NULL::TIMESTAMP),
        ('b', TIMESTAMP '2026-01-05 09:00', NULL, NULL),
        ('c', NULL, TIMESTAMP '2026-01-05 09:00', NULL)
    AS t(change_id, created_at, merged_at, closed_at)
expect: nothing
*/
