"""What became of a deployment: whether it was taken back, and whether something went wrong with it.

``AFTERMATH`` follows a relation ``deployments`` with ``deployment_id, named, of`` (the service, or
what stands for it), ``environment, time, what`` (commit or artifact), ``artifact, repo, place`` (of
its change in the repository), ``succeeded, counted``, and makes ``taken_back`` and ``struck``.

An incident is a service's; a deployment that names none is of the one called like its repository.
It belongs to the deployment whose artifact it names; one that names none, or an artifact
that deployments do not name, to what was new in production when it was detected.
"""

from pipelines.delivery.environments import production

INCIDENT_DAYS = 14
"""How long after a deployment an incident may still be its doing."""

AFTERMATH = f"""
-- What ran in one place, one after another; a repetition is no new run.
running AS (
    SELECT *
    FROM (
        SELECT deployment_id, of, environment, time, what, artifact, repo, place, false AS is_back
        FROM deployments
        WHERE succeeded
        UNION ALL BY NAME
        SELECT
            provider || '/' || deployment AS deployment_id,
            service AS of,
            environment,
            time,
            artifact,
            true AS is_back
        FROM events.service_rolledback
        WHERE service IS NOT NULL
    )
    QUALIFY is_back OR what IS NULL OR lag(what) OVER (
        PARTITION BY of, environment ORDER BY time, deployment_id
    ) IS DISTINCT FROM what
),
taken_back AS (
    SELECT
        deployment_id,
        CASE
            WHEN lead(is_back) OVER here AND (lead(artifact) OVER here = artifact) IS NOT TRUE
                THEN lead(time) OVER here
            WHEN lead(repo) OVER here = repo AND lead(place) OVER here < place
                THEN lead(time) OVER here
        END AS rolled_back_at
    FROM running
    WINDOW here AS (PARTITION BY of, environment ORDER BY time, deployment_id)
),
struck AS (
    SELECT deployment_id, min(time) AS incident_at
    FROM (
        SELECT deployments.deployment_id, incident.time
        FROM events.incident_detected AS incident
        JOIN deployments
            ON coalesce(deployments.named, split_part(deployments.repo, '/', -1)) = incident.service
            AND deployments.counted
            AND incident.time BETWEEN deployments.time
                AND deployments.time + INTERVAL {INCIDENT_DAYS} DAYS
            AND (incident.artifact = deployments.artifact) IS NOT FALSE
        WHERE incident.environment IS NULL OR {production("incident.environment")}
        QUALIFY row_number() OVER (
            PARTITION BY incident.provider, incident.incident
            ORDER BY
                (incident.artifact = deployments.artifact) IS TRUE DESC,
                deployments.time DESC,
                deployments.deployment_id DESC
        ) = 1
    )
    GROUP BY deployment_id
)"""
