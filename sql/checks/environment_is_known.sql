/*
title     = "Every environment is called production or something before it"
severity  = "warn"
because   = "What is deployed to an environment of another name is taken for a preview, and not counted"
next_step = "If users are there, call it production (or prod, prd, live) where it is deployed from"
*/
SELECT
    provider,
    environment,
    count(*) AS deployments
FROM facts.deployments
WHERE
    uncounted_because = 'preview'
    AND NOT regexp_matches(
        lower(environment),
        -- The words of pipelines/delivery/environments.py; a test compares them.
        '(^|[^a-z])(pre|preprod|preproduction|non|nonprod|nonproduction|not|no|preview|review|stage|staging|test|testing|qa|uat|acceptance|dev|develop|development|sandbox|demo|ephemeral|local|ci)([^a-z]|$)'
    )
GROUP BY ALL
ORDER BY provider, environment;

/* test: a region tells nobody whether it is production
given facts.deployments:
    VALUES
        ('p', 'eu-west-1', 'preview'),
        ('p', 'eu-west-1', 'preview'),
        ('p', 'production', NULL),
        ('p', 'Staging', 'preview')
    AS t(provider, environment, uncounted_because)
expect: VALUES ('p', 'eu-west-1', 2)
*/

/* test: every name says it
given facts.deployments:
    VALUES ('p', 'pre-prod', 'preview'), ('p', 'prod', 'failed'), ('p', 'test1', 'preview')
    AS t(provider, environment, uncounted_because)
expect: nothing
*/
