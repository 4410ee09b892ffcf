/*
title        = "AI's share of merged lines, by team"
question     = "Of the lines that merged changes added, how many did AI write, at least and at most?"
grain        = ["team"]
unit         = "percent of the lines added by merged changes, two decimals"
better       = "neither"
pair         = "review_and_correction"
pair_because = "Accepting whatever is offered raises this number; what it takes to check it shows it"
n            = "lines"     # added by merged changes whose size is known
coverage     = "coverage"  # share of these lines whose origin is known
people       = "people"    # humans who authored the changes
caution      = "Who wrote lines, not effort and not quality"

[interval]
ai_percent_at_least = "Counted over every merged line, not a sample: lines known to be AI's"
ai_percent_at_most  = "Counted over every merged line, not a sample: lines not known to be human"
changes             = "A count of every merged change whose size is known"
*/
WITH merged AS (
    -- A line of unknown origin may be AI's: it is in the upper bound, and never a human's.
    SELECT
        coalesce(team, 'none') AS team,
        CASE WHEN author_kind = 'human' THEN author END AS person,
        lines_added,
        coalesce(lines_added_ai, 0) AS ai,
        coalesce(lines_added_human, 0) AS human
    FROM facts.changes
    WHERE outcome = 'merged' AND lines_added IS NOT NULL
)
SELECT
    team,
    sum(lines_added)::BIGINT AS lines,
    count(*) AS changes,
    count(DISTINCT person) AS people,
    round(100 * sum(ai) / nullif(sum(lines_added), 0), 2) AS ai_percent_at_least,
    round(100 * (sum(lines_added) - sum(human)) / nullif(sum(lines_added), 0), 2)
        AS ai_percent_at_most,
    round((sum(ai) + sum(human)) / nullif(sum(lines_added), 0), 4) AS coverage
FROM merged
GROUP BY team
ORDER BY team;

/* test: 500 lines, 100 by AI, 150 by humans, 250 by nobody knows whom: between 20 and 70 %
given facts.changes:
    (SELECT
        'merged' AS outcome, 'human' AS author_kind, 'web' AS team, 'p' || i AS author,
        100 AS lines_added, 20 AS lines_added_ai, 30 AS lines_added_human
    FROM range(5) AS t(i))
expect: VALUES ('web', 500, 5, 5, 20.0, 70.0, 0.5, NULL)
*/

/* test: where no line's origin is known the share is between 0 and 100 %
given facts.changes:
    (SELECT
        'merged' AS outcome, 'human' AS author_kind, NULL::VARCHAR AS team, 'p' || i AS author,
        100 AS lines_added, NULL::BIGINT AS lines_added_ai, NULL::BIGINT AS lines_added_human
    FROM range(5) AS t(i))
expect:
    VALUES ('none', 0.0, 100.0, 0.0) AS t(team, ai_percent_at_least, ai_percent_at_most, coverage)
*/

/* test: a large change weighs as its lines do; open ones, and ones of unknown size, do not
given facts.changes:
    (SELECT
        outcome, 'human' AS author_kind, 'web' AS team, 'p' || i AS author,
        lines_added, lines_added_ai, lines_added_human
    FROM range(5) AS t(i), (VALUES
        ('merged', 900, 900, 0), ('merged', 100, 0, 100), ('open', 500, 0, 500),
        ('rejected', 500, 0, 500), ('merged', NULL, 7, 7)
    ) AS change(outcome, lines_added, lines_added_ai, lines_added_human))
expect:
    VALUES ('web', 5000, 10, 90.0, 90.0)
    AS t(team, lines, changes, ai_percent_at_least, ai_percent_at_most)
*/

/* test: lines of an agent's change are lines, the agent is nobody; four people are withheld
given facts.changes:
    (SELECT
        'merged' AS outcome, if(i < 4, 'human', 'agent') AS author_kind, team,
        'p' || i AS author, 100 AS lines_added, 50 AS lines_added_ai, 50 AS lines_added_human
    FROM (VALUES ('ops', 5), ('web', 4)) AS t(team, people), range(people) AS r(i)
    UNION ALL
    SELECT 'merged', 'human', 'web', 'q', 100, 50, 50)
expect:
    VALUES ('ops', NULL, NULL, 'fewer than 5 people'), ('web', 500, 50.0, NULL)
    AS t(team, lines, ai_percent_at_least, suppressed)
*/
