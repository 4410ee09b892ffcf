/*
title        = "People at work with each AI tool"
question     = "How many people have authored changes in which this tool took part?"
grain        = ["tool"]
unit         = "people"
better       = "neither"  # use is not outcome
pair         = "change_outcome"
pair_because = "Trying a tool once raises this number; what became of the changes shows its worth"
n            = "changes"   # by a known human
coverage     = "coverage"  # share of the tool's changes that a known human authored
people       = "people"

[interval]
people = "A count of everyone seen, not a sample; coverage says how many changes hide their person"
*/
WITH part AS (
    -- Behind a change by an agent, a bot or an unknown author may stand a person nobody can count.
    -- An account that the roster does not link is a person of its own.
    SELECT
        unnest(CASE WHEN len(tools) > 0 THEN tools ELSE ['none'] END) AS tool,
        CASE WHEN author_kind = 'human' THEN author END AS person
    FROM facts.changes
)
SELECT
    tool,
    count(DISTINCT person) AS people,
    count(person) AS changes,
    round(count(person) / count(*), 4) AS coverage
FROM part
GROUP BY tool
ORDER BY tool;

/* test: five people are shown, four are not
given facts.changes:
    (SELECT ['codex'] AS tools, 'p' || i AS author, 'human' AS author_kind FROM range(5) AS t(i)
    UNION ALL
    SELECT ['cursor'], 'p' || i, 'human' FROM range(4) AS t(i))
expect:
    VALUES ('codex', 5, 5, 1.0, NULL), ('cursor', NULL, NULL, NULL, 'fewer than 5 people')
*/

/* test: many changes of four people are still four people
given facts.changes:
    (SELECT ['codex'] AS tools, 'p' || i % 4 AS author, 'human' AS author_kind
    FROM range(100) AS t(i))
expect:
    VALUES ('codex', NULL, NULL, NULL, 'fewer than 5 people')
    AS t(tool, people, changes, coverage, suppressed)
*/

/* test: agents, bots and unknown authors are not people, and lower the coverage
given facts.changes:
    (SELECT ['codex', 'cursor'] AS tools, 'p' || i AS author, 'human' AS author_kind
    FROM range(6) AS t(i)
    UNION ALL
    SELECT ['codex'], 'a' || i, [NULL, 'agent', 'bot'][1 + i % 3] FROM range(6) AS t(i))
expect:
    VALUES ('codex', 6, 6, 0.5), ('cursor', 6, 6, 1.0) AS t(tool, people, changes, coverage)
*/

/* test: people without a known tool have a row of their own
given facts.changes:
    (SELECT []::VARCHAR[] AS tools, 'p' || i AS author, 'human' AS author_kind
    FROM range(7) AS t(i))
expect: VALUES ('none', 7) AS t(tool, people)
*/
