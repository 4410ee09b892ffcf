/*
title     = "Every change that was reviewed or ended was also seen opening"
severity  = "warn"
because   = "A change whose creation was never told is in no fact; its reviews and its end are left out"
next_step = "Pull the source for the time before; what lies outside its reach stays uncounted"
*/
WITH seen AS (
    SELECT forge, change, 'change.reviewed' AS event FROM events.change_reviewed
    UNION
    SELECT forge, change, 'change.merged' FROM events.change_merged
    UNION
    SELECT forge, change, 'change.abandoned' FROM events.change_abandoned
)
SELECT
    forge,
    event,
    count(*) AS changes
FROM seen
ANTI JOIN events.change_created USING (forge, change)
GROUP BY ALL
ORDER BY forge, event;

/* test: two reviews and an end of changes that nobody saw opening
given events.change_created: VALUES ('f', 'a') AS t(forge, change)
given events.change_reviewed:
    VALUES ('f', 'a'), ('f', 'b'), ('f', 'b'), ('g', 'a') AS t(forge, change)
given events.change_merged: VALUES ('f', 'b') AS t(forge, change)
given events.change_abandoned: VALUES ('f', 'c') AS t(forge, change)
expect:
    VALUES
        ('f', 'change.abandoned', 1),
        ('f', 'change.merged', 1),
        ('f', 'change.reviewed', 1),
        ('g', 'change.reviewed', 1)
*/

/* test: all were seen opening
given events.change_created: VALUES ('f', 'a'), ('f', 'b') AS t(forge, change)
given events.change_reviewed: VALUES ('f', 'a') AS t(forge, change)
given events.change_merged: VALUES ('f', 'a') AS t(forge, change)
given events.change_abandoned: VALUES ('f', 'b') AS t(forge, change)
expect: nothing
*/
