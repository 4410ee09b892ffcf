"""``facts.value_events``: how far what an AI tool was asked for came, up to production and beyond.

One prompt walks one ladder: run, accepted, survived, committed, merged, deployed, durable. No stage
is before the one below it, and none is reached past one that is known to be missed: what was never
accepted was never committed, and what was accepted behind the merge did not come in with it.
However many edits of a prompt were let through, it is one; ten prompts for one change are ten, of
one ``change_id``, so count changes beside them.

**Committed** is known from its change alone: when that was opened, or, for what was accepted later,
when it was merged. **Durable** is what was deployed and, for 14 days, neither reverted nor rolled
back, nor hit by an incident. There is no clock here: ``durable_at`` stands once nothing told so far
broke it, so believe it only where all up to ``durable_due_at`` has been told. Whether the accepted
lines survived a day is not known: ``survived_at`` is NULL, and no stage waits for it.
"""

from datetime import datetime
from typing import Literal

from pipelines.reach import LookUp, Rows
from pipelines.step import fact
from schemas.columns import Keyed, Person
from schemas.partition import Bucket

DURABLE_DAYS = 14
"""How long a deployed change must hold."""

SHARD = Bucket(("change_id",))
IN_SHARD = SHARD.sql({"change_id": "VARCHAR"})
EVERY_SHARD = f"[{', '.join(repr(digit) for digit in '0123456789abcdef')}]"


def shards(changes: str) -> str:
    """Return the SQL list of the partitions of a list of changes."""
    return f"list_transform({changes}, lambda change_id: {IN_SHARD})"


SQL = f"""
WITH runs AS (
    SELECT *, CASE WHEN accepted_at IS NOT NULL THEN greatest(accepted_at, run_at) END AS taken_at
    FROM facts.runs
    WHERE list_contains(getvariable('parts'), {IN_SHARD})
),
opened AS (
    SELECT
        created.forge || '/' || created.change AS change_id,
        created.repo,
        created.time AS created_at,
        merged.time AS merged_at,
        merged.sha
    FROM events.change_created AS created
    LEFT JOIN events.change_merged AS merged USING (forge, change)
    WHERE change_id IN (SELECT change_id FROM runs)
),
brought AS (
    SELECT unnest(changes) AS change_id, deployed_at, rolled_back_at, incident_at
    FROM facts.deployments
    WHERE counted
),
reached AS (
    SELECT change_id, min(deployed_at) AS reached_at FROM brought GROUP BY change_id
),
broken AS (
    SELECT opened.change_id, recorded.time, 'reverted' AS because
    FROM opened
    -- A revert may name the commit by the first digits of its id.
    JOIN events.commit_recorded AS recorded
        ON recorded.repo = opened.repo
        AND left(recorded.revert_of, 7) = left(opened.sha, 7)
        AND starts_with(opened.sha, recorded.revert_of)
    UNION ALL
    SELECT change_id, rolled_back_at, 'rolled_back' FROM brought WHERE rolled_back_at IS NOT NULL
    UNION ALL
    SELECT change_id, incident_at, 'incident' FROM brought WHERE incident_at IS NOT NULL
),
ended AS (
    SELECT
        opened.*,
        CASE WHEN reached_at IS NOT NULL THEN greatest(reached_at, merged_at) END AS live_at,
        live_at + INTERVAL {DURABLE_DAYS} DAYS AS due_at,
        min(struct_pack(at := broken.time, because := broken.because)) FILTER (
            broken.time IS NOT NULL AND (broken.time > due_at) IS NOT TRUE
        ) AS broke
    FROM opened
    LEFT JOIN reached USING (change_id)
    LEFT JOIN broken USING (change_id)
    GROUP BY ALL
)
SELECT
    runs.tool,
    runs.session,
    runs.prompt,
    runs.person,
    runs.team,
    runs.change_id,
    runs.run_at,
    taken_at AS accepted_at,
    NULL AS survived_at,
    CASE WHEN created_at >= taken_at THEN created_at ELSE merged_at END AS committed_at,
    ended.merged_at,
    ended.live_at AS deployed_at,
    ended.due_at AS durable_due_at,
    CASE WHEN broke IS NULL THEN ended.due_at END AS durable_at,
    broke.at AS broken_at,
    broke.because AS broken_because,
    runs.evidence
FROM runs
LEFT JOIN ended
    ON ended.change_id = runs.change_id
    AND runs.taken_at <= coalesce(ended.merged_at, ended.created_at)
"""


@fact(
    "value_events",
    key=("tool", "session", "prompt", "run_at"),
    partition=SHARD,
    reads={
        "facts/runs": Rows(f"[{IN_SHARD}]"),
        "facts/deployments": LookUp(shards("changes")),
        "events/change.created": LookUp(shards("[forge || '/' || change]")),
        "events/change.merged": LookUp(shards("[forge || '/' || change]")),
        "events/commit.recorded": LookUp(f"CASE WHEN revert_of IS NOT NULL THEN {EVERY_SHARD} END"),
    },
    days=("run_at::DATE", "coalesce(durable_due_at, merged_at, run_at)::DATE"),
    sql=SQL,
)
class ValueEvents:
    """One row a prompt, and how far what it asked for came; NULL: not reached, or not known."""

    tool: str
    """The AI tool."""
    session: Keyed
    """The tool's session, hidden."""
    prompt: Keyed
    """The tool's id of the prompt, hidden; without one, the hash of its record."""
    person: Person | None
    """Who asked; NULL is unknown."""
    team: str | None
    """The person's team that day."""
    change_id: str | None
    """The change it was for; NULL is unattributed, and then no stage beyond accepted is known."""
    run_at: datetime
    """V0: when it was submitted."""
    accepted_at: datetime | None
    """V1: when the first of its edits was let through."""
    survived_at: datetime | None
    """V2: when half of the accepted lines had lived a day; not known yet, always NULL."""
    committed_at: datetime | None
    """V3: when it was on record at the latest."""
    merged_at: datetime | None
    """V4: when its change was merged."""
    deployed_at: datetime | None
    """V5: when its change first reached production."""
    durable_due_at: datetime | None
    """When it is durable if nothing breaks it: 14 days after the deployment."""
    durable_at: datetime | None
    """V6: the same, where nothing told so far has broken it by then."""
    broken_at: datetime | None
    """When its change was first taken back or went wrong, up to 14 days after the deployment."""
    broken_because: Literal["reverted", "rolled_back", "incident"] | None
    """What broke it."""
    evidence: Literal["A", "B", "C"]
    """B: a client said so; C: its change is inferred."""
