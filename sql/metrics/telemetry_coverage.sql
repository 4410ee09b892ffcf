/*
title        = "Merged changes that telemetry reaches, by team and stream"
question     = "Of the merged changes, on how many did this stream see people at work?"
grain        = ["team", "stream"]
unit         = "percent of merged changes by humans, two decimals"
better       = "higher"
pair         = "unattributed_time"
pair_because = "Guessing a change for all work raises this number; what then has none shows it"
n            = "changes"
coverage     = "It is itself a coverage: a share of every merged change by a human"
people       = "people"  # who authored them

[interval]
seen_percent = "Counted over every merged change, not a sample"
*/
WITH merged AS (
    SELECT change_id, coalesce(team, 'none') AS team, author
    FROM facts.changes
    WHERE outcome = 'merged' AND author_kind = 'human'
),
seen AS (
    -- Of an editor or agent the author's own: a reviewer's editor says nothing of how it was made.
    SELECT DISTINCT span.change_id, span.stream
    FROM facts.spans AS span
    JOIN merged USING (change_id)
    WHERE span.kind <> 'wait' AND (span.stream = 'forge' OR span.person = merged.author)
),
stream AS (
    -- All of them, so that a stream that is silent in a team is a zero that can be seen.
    SELECT unnest(['agent', 'editor', 'forge']) AS stream
)
SELECT
    team,
    stream,
    count(*) AS changes,
    count(DISTINCT author) AS people,
    round(100 * count(seen.change_id) / count(*), 2) AS seen_percent
FROM merged
CROSS JOIN stream
LEFT JOIN seen USING (change_id, stream)
GROUP BY team, stream
ORDER BY team, stream;

/* test: of ten changes the editor saw six, the forge one, and no agent any
given facts.changes:
    (SELECT 'c' || i AS change_id, 'web' AS team, 'p' || i % 5 AS author, 'merged' AS outcome,
        'human' AS author_kind FROM range(10) AS t(i))
given facts.spans:
    (SELECT 'c' || i AS change_id, 'p' || i % 5 AS person, 'editor' AS stream, 'hand' AS kind
    FROM range(6) AS t(i), range(3)
    UNION ALL VALUES ('c0', 'q', 'forge', 'peer_review'), (NULL, 'p1', 'agent', 'prompt'))
expect:
    VALUES
        ('web', 'agent', 10, 5, 0.0, NULL),
        ('web', 'editor', 10, 5, 60.0, NULL),
        ('web', 'forge', 10, 5, 10.0, NULL)
*/

/* test: a reviewer's editor, and an agent that only ran, are not the author at work
given facts.changes:
    (SELECT 'c' || i AS change_id, NULL::VARCHAR AS team, 'p' || i AS author, 'merged' AS outcome,
        'human' AS author_kind FROM range(5) AS t(i))
given facts.spans:
    VALUES ('c0', 'p1', 'editor', 'peer_review'), ('c1', 'p1', 'agent', 'wait'),
        ('c2', 'p2', 'agent', 'prompt')
    AS t(change_id, person, stream, kind)
expect:
    VALUES ('none', 'agent', 20.0), ('none', 'editor', 0.0), ('none', 'forge', 0.0)
    AS t(team, stream, seen_percent)
*/

/* test: open changes and agents' own are not asked about; a team of four is withheld
given facts.changes:
    (SELECT team || i AS change_id, team, team || i AS author, outcome, author_kind
    FROM (VALUES ('ops', 4, 'merged', 'human'), ('web', 9, 'open', 'human'),
            ('app', 9, 'merged', 'agent'))
        AS t(team, people, outcome, author_kind), range(people) AS r(i))
given facts.spans:
    (SELECT 'ops' || i AS change_id, 'ops' || i AS person, 'editor' AS stream, 'hand' AS kind
    FROM range(4) AS t(i))
expect:
    VALUES ('ops', 'agent', NULL, 'fewer than 5 people'),
        ('ops', 'editor', NULL, 'fewer than 5 people'), ('ops', 'forge', NULL, 'fewer than 5 people')
    AS t(team, stream, seen_percent, suppressed)
*/
