/*
title        = "Time that meets no change, by team and stream"
question     = "Of the hours in which people were seen at work, how many belong to no known change?"
grain        = ["team", "stream"]
unit         = "percent of the hours seen, two decimals"
better       = "lower"
pair         = "telemetry_coverage"
pair_because = "Not recording what has no change lowers this number; changes then lose telemetry"
n            = "hours"  # of people at work; an agent's run is nobody's time
coverage     = "Not known: time that no tool tells of is in no row"
people       = "people"

[interval]
unattributed_percent = "Counted over all time that was seen, not a sample"
*/
WITH daily AS (
    SELECT
        person,
        day,
        stream,
        sum(duration_ms) AS ms,
        sum(duration_ms) FILTER (change_id IS NULL) AS unattributed_ms
    FROM facts.spans
    WHERE kind <> 'wait'
    GROUP BY ALL
),
teamed AS (
    -- The team of that day; of two, the one joined last.
    SELECT
        daily.*,
        coalesce(max_by(teams.team, coalesce(teams.since, DATE '0001-01-01')), 'none') AS team
    FROM daily
    LEFT JOIN events.team_assigned AS teams
        ON teams.person = daily.person
        AND daily.day >= coalesce(teams.since, DATE '0001-01-01')
        AND daily.day < coalesce(teams.until, DATE '9999-12-31')
    GROUP BY ALL
)
SELECT
    team,
    stream,
    round(sum(ms) / 3600000, 2) AS hours,
    count(DISTINCT person) AS people,
    round(100 * coalesce(sum(unattributed_ms), 0) / nullif(sum(ms), 0), 2) AS unattributed_percent
FROM teamed
GROUP BY team, stream
ORDER BY team, stream;

/* test: five people, four hours each at the editor, one hour of it on no known change
given facts.spans:
    (SELECT 'p' || i AS person, DATE '2026-01-05' AS day, 'editor' AS stream, 'hand' AS kind,
        ms AS duration_ms, change_id
    FROM range(5) AS t(i), (VALUES (10800000, 'c1'), (3600000, NULL)) AS span(ms, change_id))
given events.team_assigned:
    (SELECT 'p' || i AS person, 'web' AS team, NULL::DATE AS since, NULL::DATE AS until
    FROM range(5) AS t(i))
expect: VALUES ('web', 'editor', 20.0, 5, 25.0, NULL)
*/

/* test: time counts for the team of its day, an agent's run for nobody, and no team is a row
given facts.spans:
    (SELECT 'p' || i AS person, day, stream, kind, 3600000 AS duration_ms, change_id
    FROM range(6) AS t(i), (VALUES
        (DATE '2026-01-04', 'agent', 'prompt', NULL),
        (DATE '2026-01-05', 'agent', 'prompt', NULL),
        (DATE '2026-01-06', 'agent', 'prompt', 'c1'),
        (DATE '2026-01-06', 'agent', 'wait', NULL),
        (DATE '2026-01-08', 'forge', 'peer_review', 'c2')
    ) AS span(day, stream, kind, change_id))
given events.team_assigned:
    (SELECT 'p' || i AS person, team, since, until
    FROM range(6) AS t(i), (VALUES
        ('web', DATE '2026-01-05', DATE '2026-01-06'), ('app', DATE '2026-01-07', NULL)
    ) AS team(team, since, until))
expect:
    VALUES ('app', 'forge', 6.0, 0.0), ('none', 'agent', 12.0, 50.0), ('web', 'agent', 6.0, 100.0)
    AS t(team, stream, hours, unattributed_percent)
*/

/* test: the hours of four people are withheld
given facts.spans:
    (SELECT 'p' || i AS person, DATE '2026-01-05' AS day, 'editor' AS stream, 'hand' AS kind,
        3600000 AS duration_ms, NULL AS change_id
    FROM range(4) AS t(i))
given events.team_assigned:
    (SELECT 'p' || i AS person, 'web' AS team, NULL::DATE AS since, NULL::DATE AS until
    FROM range(4) AS t(i))
expect:
    VALUES ('web', 'editor', NULL, NULL, 'fewer than 5 people')
    AS t(team, stream, hours, unattributed_percent, suppressed)
*/
