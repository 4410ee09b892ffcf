"""``facts.deployments``: what was put where, which changes it brought, and whether it counts.

A deployment counts when it brings something new to production: the first success of a commit (or
artifact) of a service in any production environment, with at least one change since the last one.
What a canary, a second region or a second teller repeats is one deployment, and a failure and the
attempts after it are one failure. Where users are not (``delivery/environments``) is a preview.

**Changes** meet a deployment by the commit that their merge made. It brings those merged in the
repository behind the last one that the service's earlier deployments brought, up to its own. Before
the first one seen nobody knows what ran there, so that brings its own alone.
"""

from datetime import datetime
from typing import Literal

from pipelines.attention.owners import LINKED, people
from pipelines.delivery.aftermath import AFTERMATH
from pipelines.delivery.environments import production
from pipelines.reach import Everything
from pipelines.step import fact
from schemas.partition import Whole

SQL = f"""
WITH {LINKED},
merged AS (
    SELECT
        created.forge || '/' || created.change AS change_id,
        created.repo,
        created.author,
        created.time AS created_at,
        merged.sha,
        row_number() OVER (
            PARTITION BY created.repo ORDER BY merged.time, created.forge, created.change
        ) AS place
    FROM events.change_merged AS merged
    JOIN events.change_created AS created USING (forge, change)
),
people AS ({people("(SELECT author AS account, created_at AS time FROM merged)")}),
teams AS (
    SELECT
        merged.change_id,
        max_by(teams.team, coalesce(teams.since, DATE '0001-01-01')) AS team
    FROM merged
    JOIN people ON people.account = merged.author AND people.day = merged.created_at::DATE
    JOIN events.team_assigned AS teams
        ON teams.person = people.person
        AND people.day >= coalesce(teams.since, DATE '0001-01-01')
        AND people.day < coalesce(teams.until, DATE '9999-12-31')
    GROUP BY ALL
),
commits AS (
    SELECT repo, sha, max(place) AS place FROM merged WHERE sha IS NOT NULL GROUP BY ALL
),
-- A source that cannot know who owns a repository keys its owner; the commit says which it is.
anywhere AS (
    SELECT sha, any_value(repo) AS repo, any_value(place) AS place
    FROM commits
    GROUP BY sha
    HAVING count(*) = 1
),
told AS (
    SELECT
        deployed.provider || '/' || deployed.deployment AS deployment_id,
        deployed.*,
        coalesce(own.repo, anywhere.repo) AS found,
        coalesce(own.place, anywhere.place) AS place
    FROM events.service_deployed AS deployed
    LEFT JOIN commits AS own ON own.sha = deployed.sha AND own.repo = deployed.repo
    LEFT JOIN anywhere
        ON anywhere.sha = deployed.sha
        AND (deployed.repo IN (SELECT repo FROM merged)) IS NOT TRUE
),
-- What one commit tells of a keyed repository holds for its other commits.
located AS (
    SELECT
        * EXCLUDE (repo),
        CASE
            WHEN found IS NOT NULL THEN found
            WHEN repo IS NULL OR min(found) OVER one_name <> max(found) OVER one_name THEN repo
            ELSE coalesce(min(found) OVER one_name, repo)
        END AS repo
    FROM told
    WINDOW one_name AS (PARTITION BY repo)
),
attempts AS (
    SELECT
        * EXCLUDE (service),
        service AS named,
        coalesce(service, repo) AS service,
        coalesce(service, repo, deployment_id) AS of,
        coalesce(sha, artifact) AS what,
        outcome = 'success' AS succeeded,
        {production("environment")} AS production,
        CASE WHEN production THEN 'production' ELSE environment END AS lane
    FROM located
),
ordered AS (
    SELECT
        *,
        coalesce(
            lag(outcome) OVER tries = 'failure' AND lag(what) OVER tries = what, false
        ) AS again,
        what IS NOT NULL AND count(*) FILTER (succeeded) OVER same > 0 AS ran_before,
        -- Two tell of it, and only one of them knows services: that one is believed.
        named IS NULL AND sha IS NOT NULL AND bool_or(succeeded AND named IS NOT NULL) OVER (
            PARTITION BY lane, repo, sha
        ) AS told_by_service,
        max(place) FILTER (succeeded) OVER earlier AS last_place
    FROM attempts
    WINDOW
        tries AS (PARTITION BY of, environment ORDER BY time, deployment_id),
        same AS (
            PARTITION BY of, lane, what ORDER BY time, deployment_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ),
        earlier AS (
            PARTITION BY of, lane, repo ORDER BY time, deployment_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
),
inside AS (
    SELECT spread.deployment_id, spread.is_new, merged.place, merged.change_id, teams.team
    FROM (
        SELECT
            deployment_id,
            repo,
            coalesce(last_place < place, true) AS is_new,
            unnest(range(least(coalesce(last_place + 1, place), place), place + 1)) AS place
        FROM ordered
        WHERE place IS NOT NULL
    ) AS spread
    JOIN merged USING (repo, place)
    LEFT JOIN teams USING (change_id)
),
brought AS (
    SELECT deployment_id, list(change_id ORDER BY place) FILTER (is_new) AS changes
    FROM inside
    GROUP BY ALL
),
owning AS (
    SELECT deployment_id, team
    FROM inside
    WHERE team IS NOT NULL
    GROUP BY deployment_id, team
    QUALIFY row_number() OVER (PARTITION BY deployment_id ORDER BY count(*) DESC, team) = 1
),
deployments AS (
    SELECT
        *,
        CASE
            WHEN NOT production THEN 'preview'
            WHEN again AND (outcome = 'failure' OR ran_before) THEN 'retry'
            WHEN outcome = 'failure' THEN 'failed'
            WHEN ran_before OR told_by_service THEN 'same_artifact'
            WHEN place <= last_place THEN 'empty'
        END AS uncounted_because,
        uncounted_because IS NULL AS counted
    FROM ordered
),
{AFTERMATH}
SELECT
    deployment_id,
    provider,
    environment,
    service,
    repo,
    sha,
    artifact,
    time AS deployed_at,
    outcome,
    team,
    CASE WHEN place IS NOT NULL THEN coalesce(changes, []) END AS changes,
    counted,
    uncounted_because,
    rolled_back_at,
    incident_at,
    evidence
FROM deployments
LEFT JOIN brought USING (deployment_id)
LEFT JOIN owning USING (deployment_id)
LEFT JOIN taken_back USING (deployment_id)
LEFT JOIN struck USING (deployment_id)
"""


@fact(
    "deployments",
    key=("deployment_id",),
    partition=Whole(),
    reads={
        "events/service.deployed": Everything(),
        "events/service.rolledback": Everything(),
        "events/incident.detected": Everything(),
        "events/change.created": Everything(),
        "events/change.merged": Everything(),
        "events/identity.linked": Everything(),
        "events/team.assigned": Everything(),
    },
    days=("deployed_at::DATE", "deployed_at::DATE"),
    sql=SQL,
)
class Deployments:
    """One row an end of a deployment, good or bad; those that count brought something new."""

    deployment_id: str
    """``provider/object id``; joins to events by provider and deployment."""
    provider: str
    """Who said so, such as ``github`` or ``cdevents``."""
    environment: str
    """Where to, as the provider calls it."""
    service: str | None
    """What was deployed, as the provider calls it; without a name, the repository."""
    repo: str | None
    """``host/owner/name`` of what it was built from; the owner keyed where only that is known."""
    sha: str | None
    """The commit it was built from; NULL is unknown."""
    artifact: str | None
    """What was put there, as a package URL."""
    deployed_at: datetime
    """When it came to its end."""
    outcome: Literal["success", "failure"]
    """Whether it ran there then."""
    team: str | None
    """The team of most of its changes' authors, the first by name of equals; NULL is unknown."""
    changes: list[str] | None
    """The changes it brought, in order of merge; NULL is unknown: its commit is no change's."""
    counted: bool
    """Whether it brought something new to production."""
    uncounted_because: Literal["preview", "failed", "retry", "same_artifact", "empty"] | None
    """Why it is not counted: the first that holds. A retry repeats what had just failed."""
    rolled_back_at: datetime | None
    """When it was taken back: by a roll-back, or by putting an earlier change in its place."""
    incident_at: datetime | None
    """When something that is put down to it first went wrong, within 14 days; NULL: not told."""
    evidence: Literal["A", "B", "C"]
    """A: the system of record said so; B: a client said so; C: inferred."""
