/*
title     = "Nobody is in two teams on one day"
severity  = "fail"
because   = "The person's changes would belong to either team, and team figures depend on the choice"
next_step = "Give the earlier assignment an end in the roster, and pull the roster again"
*/
SELECT DISTINCT
    one.team,
    other.team AS other_team
FROM events.team_assigned AS one
JOIN events.team_assigned AS other
    ON other.person = one.person
    AND other.team > one.team
    AND coalesce(one.since, DATE '0001-01-01') < coalesce(other.until, DATE '9999-12-31')
    AND coalesce(other.since, DATE '0001-01-01') < coalesce(one.until, DATE '9999-12-31')
ORDER BY team, other_team;

/* test: the old team was never left
given events.team_assigned:
    VALUES
        ('p', 'web', NULL, NULL),
        ('p', 'api', DATE '2026-02-01', NULL),
        ('q', 'api', NULL, NULL),
        ('q', 'ops', DATE '2026-02-01', NULL::DATE)
    AS t(person, team, since, until)
expect: VALUES ('api', 'web'), ('api', 'ops')
*/

/* test: moving from one day to the next is no overlap, nor are two people
given events.team_assigned:
    VALUES
        ('p', 'web', NULL, DATE '2026-02-01'),
        ('p', 'api', DATE '2026-02-01', NULL),
        ('q', 'web', DATE '2026-02-01', NULL)
    AS t(person, team, since, until)
expect: nothing
*/
