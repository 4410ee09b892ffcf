/*
title        = "Deployments per engineer-week, before and after a team's first AI tool"
question     = "How often does a team bring something new to production, for each engineer and week?"
grain        = ["team", "period"]
unit         = "counted production deployments per engineer at work and week"
better       = "higher"
pair         = "revert_rate"
pair_because = "Cutting one deployment in ten raises it, and deploying unread does; what is taken back shows the second"
n            = "engineer_weeks"  # an engineer of the team who was at work in a week
coverage     = "coverage"        # share of the deployments of these weeks, any team's, whose team is known
people       = "people"          # at work in the team in these weeks

[interval]
weeks             = "A count of whole weeks, Monday to Friday; the week of the roll-out is in neither period"
deployments       = "A count of everything seen; the rate has the interval"
per_engineer_week = ["per_engineer_week_low", "per_engineer_week_high"]
roster_weeks      = "A count by the roster: everyone in the team on that Monday, at work or not"
per_roster_week   = "The same deployments over everyone on the roster; see the rate for its interval"
*/
WITH seen AS (
    -- At work is who gave attention to anything, or opened a change.
    SELECT person, day FROM facts.spans WHERE kind <> 'wait'
    UNION
    SELECT author, created_at::DATE FROM facts.changes WHERE author_kind = 'human'
),
active AS (
    SELECT DISTINCT seen.person, teams.team, date_trunc('week', seen.day)::DATE AS week, seen.day
    FROM seen
    JOIN events.team_assigned AS teams
        ON teams.person = seen.person
        AND seen.day >= coalesce(teams.since, DATE '0001-01-01')
        AND seen.day < coalesce(teams.until, DATE '9999-12-31')
),
weeks AS (
    -- Whole weeks with some people in them: a wrong clock's week is one person's alone.
    SELECT week
    FROM active
    GROUP BY week
    HAVING count(DISTINCT person) >= 5
),
ends AS (SELECT min(day) AS first, max(day) AS last FROM active JOIN weeks USING (week)),
whole AS (
    SELECT weeks.week
    FROM weeks
    CROSS JOIN ends
    WHERE week >= ends.first AND week + 4 <= ends.last
),
starts AS (
    SELECT teams.team, min(rollout.started) AS started
    FROM (SELECT DISTINCT team FROM events.team_assigned) AS teams
    LEFT JOIN events.tool_rollout AS rollout ON rollout.team IN (teams.team, 'all')
    GROUP BY teams.team
),
periods AS (
    SELECT
        starts.team,
        whole.week,
        CASE
            WHEN starts.started IS NULL THEN 'no roll-out'
            WHEN whole.week + 7 <= starts.started THEN 'before'
            WHEN whole.week >= starts.started THEN 'after'
        END AS period
    FROM starts
    CROSS JOIN whole
),
worked AS (
    SELECT
        team,
        period,
        count(DISTINCT week) AS weeks,
        count(DISTINCT person) AS people,
        count(DISTINCT (person, week)) AS engineer_weeks
    FROM periods
    JOIN active USING (team, week)
    GROUP BY team, period
),
listed AS (
    SELECT periods.team, periods.period, count(DISTINCT (teams.person, periods.week)) AS roster_weeks
    FROM periods
    JOIN events.team_assigned AS teams
        ON teams.team = periods.team
        AND periods.week >= coalesce(teams.since, DATE '0001-01-01')
        AND periods.week < coalesce(teams.until, DATE '9999-12-31')
    GROUP BY periods.team, periods.period
),
counted AS (
    SELECT team, date_trunc('week', deployed_at)::DATE AS week
    FROM facts.deployments
    WHERE counted
),
deployed AS (
    SELECT
        periods.team,
        periods.period,
        count(*) FILTER (counted.team = periods.team) AS deployments,
        count(counted.team) AS of_a_team,
        count(*) AS of_all
    FROM periods
    JOIN counted USING (week)
    GROUP BY periods.team, periods.period
),
rated AS (
    -- Byar's limits for a count of independent events, at 95 %.
    SELECT
        worked.*,
        coalesce(deployed.deployments, 0) AS deployments,
        coalesce(listed.roster_weeks, 0) AS roster_weeks,
        deployed.of_a_team / deployed.of_all AS coverage,
        1.959963984540054::DOUBLE AS z,
        CASE
            WHEN deployments = 0 THEN 0
            ELSE deployments * (1 - 1 / (9 * deployments) - z / (3 * sqrt(deployments))) ** 3
        END AS low,
        deployments + 1 AS more,
        more * (1 - 1 / (9 * more) + z / (3 * sqrt(more))) ** 3 AS high
    FROM worked
    LEFT JOIN deployed USING (team, period)
    LEFT JOIN listed USING (team, period)
    WHERE period IS NOT NULL
)
SELECT
    team,
    period,
    weeks,
    people,
    engineer_weeks,
    deployments,
    round(deployments / engineer_weeks, 4) AS per_engineer_week,
    round(low / engineer_weeks, 4) AS per_engineer_week_low,
    round(high / engineer_weeks, 4) AS per_engineer_week_high,
    roster_weeks,
    round(deployments / nullif(roster_weeks, 0), 4) AS per_roster_week,
    round(coverage, 4) AS coverage
FROM rated
ORDER BY team, period;

/* test: two weeks before, the week of the roll-out, one after; six people, one of them only on the roster
given facts.spans:
    (SELECT 'p' || i AS person, DATE '2026-01-05' + (7 * w + d)::INT AS day, 'hand' AS kind
    FROM range(5) AS a(i), range(4) AS b(w), range(5) AS c(d)
    UNION ALL VALUES ('p5', DATE '2026-01-05', 'wait'))
given facts.changes:
    VALUES
        ('p6', TIMESTAMP '2026-01-12 09:00', 'human'),
        ('p7', TIMESTAMP '2026-01-12 09:00', 'bot')
    AS t(author, created_at, author_kind)
given facts.deployments:
    (SELECT 'web' AS team, TIMESTAMP '2026-01-05 10:00' + INTERVAL (i) HOUR AS deployed_at,
        true AS counted
    FROM range(10) AS t(i)
    UNION ALL
    VALUES
        ('web', TIMESTAMP '2026-01-06 10:00', false),
        ('web', TIMESTAMP '2026-01-20 10:00', true),
        ('web', TIMESTAMP '2026-01-27 10:00', true),
        (NULL, TIMESTAMP '2026-01-27 10:00', true),
        ('web', TIMESTAMP '2026-03-27 10:00', true))
given events.team_assigned:
    (SELECT 'p' || i AS person, 'web' AS team, NULL::DATE AS since, NULL::DATE AS until
    FROM range(7) AS t(i))
given events.tool_rollout:
    VALUES ('web', DATE '2026-01-21'), ('all', DATE '2026-02-01') AS t(team, started)
expect:
    VALUES
        ('web', 'after', 1, 5, 5, 1, 0.2, 0.0026, 1.1128, 7, 0.1429, 0.5, NULL),
        ('web', 'before', 2, 6, 11, 10, 0.9091, 0.4352, 1.6720, 14, 0.7143, 1.0, NULL)
*/

/* test: half weeks at both ends, a clock in 2199, four people and none deployed
given facts.spans:
    (SELECT team || i AS person, DATE '2026-01-07' + d::INT AS day, 'hand' AS kind
    FROM (VALUES ('web', 5), ('api', 4)) AS teams(team, size), range(size) AS a(i), range(15) AS b(d)
    UNION ALL VALUES ('web1', DATE '2199-01-07', 'hand'))
given facts.changes:
    (SELECT 'p' AS author, TIMESTAMP '2026-01-12' AS created_at, 'human' AS author_kind LIMIT 0)
given facts.deployments:
    (SELECT 'web' AS team, TIMESTAMP '2026-01-12' AS deployed_at, true AS counted LIMIT 0)
given events.team_assigned:
    (SELECT team || i AS person, team, NULL::DATE AS since, NULL::DATE AS until
    FROM (VALUES ('web', 5), ('api', 4)) AS teams(team, size), range(size) AS a(i))
given events.tool_rollout: (SELECT 'web' AS team, DATE '2026-01-21' AS started LIMIT 0)
expect:
    VALUES
        ('api', 'no roll-out', NULL, NULL, NULL, NULL, NULL, 'fewer than 5 people'),
        ('web', 'no roll-out', 1, 5, 0, 0.0, NULL, NULL)
    AS t(team, period, weeks, engineer_weeks, deployments, per_engineer_week, coverage, suppressed)
*/
