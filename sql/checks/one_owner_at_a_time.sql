/*
title     = "No account belongs to two people on one day"
severity  = "fail"
because   = "The account's changes would belong to either person, and people are counted wrongly"
next_step = "Give the earlier link an end in the roster, and pull the roster again"
*/
SELECT
    greatest(one.since, other.since) AS both_since,
    count(DISTINCT one.account) AS accounts
FROM events.identity_linked AS one
JOIN events.identity_linked AS other
    ON other.account = one.account
    AND other.person > one.person
    AND coalesce(one.since, DATE '0001-01-01') < coalesce(other.until, DATE '9999-12-31')
    AND coalesce(other.since, DATE '0001-01-01') < coalesce(one.until, DATE '9999-12-31')
GROUP BY both_since
ORDER BY both_since;

/* test: an account passed on without an end, and one that always had two owners
given events.identity_linked:
    VALUES
        ('a', 'q', NULL, NULL),
        ('a', 'p', DATE '2026-02-01', NULL),
        ('b', 'p', NULL, NULL),
        ('b', 'q', NULL, NULL::DATE)
    AS t(account, person, since, until)
expect: VALUES (DATE '2026-02-01', 1), (NULL, 1)
*/

/* test: an account passed on from one day to the next is no overlap, nor are two accounts
given events.identity_linked:
    VALUES
        ('a', 'q', NULL, DATE '2026-02-01'),
        ('a', 'p', DATE '2026-02-01', NULL),
        ('b', 'p', NULL, DATE '2026-02-01'),
        ('b', 'q', DATE '2026-02-01', NULL),
        ('c', 'p', NULL, NULL)
    AS t(account, person, since, until)
expect: nothing
*/
