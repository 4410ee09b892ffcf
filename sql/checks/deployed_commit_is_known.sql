/*
title     = "Every counted deployment is of a commit that a change's merge made"
severity  = "warn"
because   = "It is not known which changes such a deployment brought: they look as if never deployed"
next_step = "Deploy by the merge commit and say it; pull the source of the changes for the time before"
*/
SELECT
    provider,
    CASE
        WHEN sha IS NULL THEN 'no commit was told'
        WHEN repo IN (SELECT repo FROM facts.changes) THEN 'no change has this commit'
        ELSE 'no change of the repository is known'
    END AS reason,
    count(*) AS deployments
FROM facts.deployments
WHERE counted AND changes IS NULL
GROUP BY ALL
ORDER BY provider, reason;

/* test: three reasons, and what is not counted is not missed
given facts.deployments:
    VALUES
        ('p', 'r', 'a', true, NULL),
        ('p', 'r', NULL, true, NULL),
        ('q', 's', 'b', true, NULL),
        ('q', NULL, 'c', true, NULL),
        ('q', 'r', 'd', false, NULL),
        ('q', 'r', 'e', true, ['f/1'])
    AS t(provider, repo, sha, counted, changes)
given facts.changes: VALUES ('r') AS t(repo)
expect:
    VALUES
        ('p', 'no change has this commit', 1),
        ('p', 'no commit was told', 1),
        ('q', 'no change of the repository is known', 2)
*/

/* test: all are known
given facts.deployments:
    VALUES ('p', 'r', 'a', true, ['f/1'])
    AS t(provider, repo, sha, counted, changes)
given facts.changes: VALUES ('r') AS t(repo)
expect: nothing
*/
