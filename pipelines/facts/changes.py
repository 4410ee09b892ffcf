"""``facts.changes``: every change, its clock, its people, its size and how it ended.

Lead-time milestones are forced monotone: a stage that was skipped takes no time, a stage that has
not ended is NULL, and a review behind the merge is no stage on the way to it. A review counts when
a human other than the author gave it.
"""

from datetime import datetime
from typing import Literal

from pipelines.attention.effort import EFFORT
from pipelines.attention.origin import ORIGIN
from pipelines.attention.owners import LINKED
from pipelines.reach import Everything, Rows, Same
from pipelines.step import fact
from schemas.change import CHANGE
from schemas.columns import Person


def shard(change_id: str) -> str:
    """Return the SQL of the partition of the change that an expression names."""
    return f"""(
        SELECT {CHANGE.sql({"forge": "VARCHAR", "change": "VARCHAR"})}
        FROM (SELECT split_part({change_id}, '/', 1) AS forge,
            substr({change_id}, strpos({change_id}, '/') + 1) AS change))"""


SHARD = f"CASE WHEN change_id IS NOT NULL THEN [{shard('change_id')}] END"
SHIPPED = f"(SELECT list({shard('brought')}) FROM (SELECT unnest(changes) AS brought))"

SQL = f"""
WITH {LINKED},
created AS (
    SELECT
        change.*,
        coalesce(max_by(owners.person, owners.since), any_value(change.author)) AS person
    FROM events.change_created AS change
    LEFT JOIN owners
        ON owners.account = change.author
        AND change.time::DATE >= owners.since
        AND change.time::DATE < owners.until
    GROUP BY ALL
),
verdicts AS (
    SELECT
        review.forge,
        review.change,
        review.state,
        review.time,
        coalesce(owners.person, review.reviewer) AS reviewer,
        (review.time > merged.time) IS NOT TRUE AS in_time
    FROM events.change_reviewed AS review
    JOIN created
        ON created.forge = review.forge
        AND created.change = review.change
        AND created.author <> review.reviewer
    LEFT JOIN owners
        ON owners.account = review.reviewer
        AND review.time::DATE >= owners.since
        AND review.time::DATE < owners.until
    LEFT JOIN events.change_merged AS merged
        ON merged.forge = review.forge
        AND merged.change = review.change
    WHERE
        coalesce(review.reviewer_kind, 'human') = 'human'
        AND coalesce(owners.person, review.reviewer) <> created.person
),
reviewed AS (
    SELECT
        forge,
        change,
        min(time) AS first_review_at,
        max(time) FILTER (state = 'approved') AS approved_at,
        max(time) FILTER (state = 'approved' AND in_time) AS approved_in_time_at
    FROM verdicts
    GROUP BY ALL
),
readied AS (
    SELECT forge, change, min(time) AS ready_at
    FROM events.change_ready
    GROUP BY ALL
),
abandoned AS (
    SELECT
        gone.forge,
        gone.change,
        max(gone.time) AS abandoned_at,
        max_by(gone.lines_added, gone.time) AS lines_added,
        max_by(gone.lines_removed, gone.time) AS lines_removed
    FROM events.change_abandoned AS gone
    WHERE NOT EXISTS (
        SELECT 1
        FROM events.change_reopened AS back
        WHERE back.forge = gone.forge AND back.change = gone.change AND back.time >= gone.time
    )
    GROUP BY ALL
),
tools AS (
    SELECT forge, change, list_sort(list(DISTINCT tool)) AS tools
    FROM events.change_attributed
    GROUP BY ALL
),
clocks AS (
    SELECT
        created.*,
        created.forge || '/' || created.change AS change_id,
        tools.tools AS marked_tools,
        merged.sha AS merge_sha,
        CASE
            WHEN created.draft THEN readied.ready_at
            WHEN NOT created.draft THEN created.time
            ELSE coalesce(readied.ready_at, created.time)
        END AS ready_at,
        reviewed.first_review_at,
        reviewed.approved_at,
        reviewed.approved_in_time_at,
        CASE
            WHEN (reviewed.first_review_at > merged.time) IS NOT TRUE THEN reviewed.first_review_at
        END AS reviewed_in_time_at,
        merged.time AS merged_at,
        coalesce(merged.time, abandoned.abandoned_at) AS closed_at,
        coalesce(merged.lines_added, abandoned.lines_added) AS lines_added,
        coalesce(merged.lines_removed, abandoned.lines_removed) AS lines_removed
    FROM created
    LEFT JOIN readied USING (forge, change)
    LEFT JOIN reviewed USING (forge, change)
    LEFT JOIN events.change_merged AS merged USING (forge, change)
    LEFT JOIN abandoned USING (forge, change)
    LEFT JOIN tools USING (forge, change)
),
{EFFORT},
{ORIGIN},
shipped AS (
    -- The first deployment that counts and brought it; what production had before is unknown.
    SELECT change_id, min(deployed_at) AS deployed_at
    FROM (
        SELECT unnest(changes) AS change_id, deployed_at FROM facts.deployments WHERE counted
    )
    GROUP BY ALL
),
stages AS (
    SELECT
        *,
        coalesce(ready_at, created_at) AS s1,
        CASE
            WHEN make_timestamp(began_ms * 1000) <= s1 THEN make_timestamp(began_ms * 1000)
        END AS s0,
        coalesce(with_tool, false) OR coalesce(len(marked_tools), 0) > 0
            OR coalesce(ai > 0, false) AS with_ai,
        greatest(s1, coalesce(reviewed_in_time_at, s1)) AS s2,
        greatest(s2, coalesce(approved_in_time_at, s2)) AS s3,
        greatest(s3, merged_at) AS s4,
        greatest(s4, deployed_at) AS s5
    FROM (SELECT *, time AS created_at FROM clocks)
    LEFT JOIN effort USING (change_id)
    LEFT JOIN readers USING (change_id)
    LEFT JOIN told_apart USING (change_id)
    LEFT JOIN unbounded_reviews USING (change_id)
    LEFT JOIN origin USING (change_id)
    LEFT JOIN shipped USING (change_id)
),
teams AS (
    SELECT
        stages.forge,
        stages.change,
        max_by(teams.team, coalesce(teams.since, DATE '0001-01-01')) AS team
    FROM stages
    JOIN events.team_assigned AS teams
        ON teams.person = stages.person
        AND stages.created_at::DATE >= coalesce(teams.since, DATE '0001-01-01')
        AND stages.created_at::DATE < coalesce(teams.until, DATE '9999-12-31')
    GROUP BY ALL
)
SELECT
    change_id,
    forge,
    change,
    repo,
    number,
    person AS author,
    author_kind,
    team,
    list_sort(list_distinct(coalesce(marked_tools, []) || coalesce(effort_tools, []))) AS tools,
    created_at,
    ready_at,
    first_review_at,
    approved_at,
    merged_at,
    closed_at,
    deployed_at,
    CASE WHEN seen_authoring THEN hand_ms END AS hand_ms,
    CASE WHEN seen_authoring THEN prompt_ms END AS prompt_ms,
    CASE WHEN seen_authoring THEN self_review_ms END AS self_review_ms,
    CASE
        WHEN unbounded > 0 THEN NULL
        WHEN seen_reviewing THEN peer_review_ms
        WHEN first_review_at IS NULL AND seen_authoring THEN 0
    END AS peer_review_ms,
    CASE
        WHEN seen_authoring AND (lines_told OR NOT with_ai) THEN correct_early_ms
    END AS correct_early_ms,
    CASE WHEN seen_authoring THEN rework_ms END AS rework_ms,
    CASE WHEN seen_authoring AND merged_at IS NOT NULL THEN correct_late_ms END AS correct_late_ms,
    CASE
        WHEN NOT coalesce(seen_authoring, false) THEN NULL
        WHEN lines_told THEN 'file'
        ELSE 'change'
    END AS correction_tier,
    CASE WHEN all_seen_reading THEN 'beats' WHEN seen_reviewing THEN 'host' END AS review_tier,
    lines_added,
    lines_removed,
    ai AS lines_added_ai,
    human AS lines_added_human,
    lines_added - coalesce(ai, 0) - coalesce(human, 0) AS lines_added_unknown,
    lines_tier,
    epoch_ms(s1) - epoch_ms(s0) AS coding_ms,
    CASE
        WHEN coalesce(first_review_at, merged_at) IS NOT NULL THEN epoch_ms(s2) - epoch_ms(s1)
    END AS pickup_ms,
    CASE
        WHEN coalesce(approved_at, merged_at) IS NOT NULL THEN epoch_ms(s3) - epoch_ms(s2)
    END AS review_wait_ms,
    CASE WHEN merged_at IS NOT NULL THEN epoch_ms(s4) - epoch_ms(s3) END AS merge_wait_ms,
    CASE
        WHEN merged_at IS NOT NULL AND deployed_at IS NOT NULL THEN epoch_ms(s5) - epoch_ms(s4)
    END AS deploy_wait_ms,
    merged_at IS NOT NULL AND (
        reviewed_in_time_at IS NULL
        OR approved_in_time_at IS NULL
        OR reviewed_in_time_at < s1
        OR s1 > merged_at
    ) AS stages_forced,
    CASE
        WHEN merged_at IS NOT NULL THEN 'merged'
        WHEN closed_at IS NOT NULL THEN 'rejected'
        ELSE 'open'
    END AS outcome,
    evidence,
    coalesce(merged_at + INTERVAL 21 DAYS, closed_at) AS mature_at
FROM stages
LEFT JOIN teams USING (forge, change)
"""


@fact(
    "changes",
    key=("change_id",),
    partition=CHANGE,
    reads={
        "events/change.created": Same(),
        "events/change.ready": Same(),
        "events/change.reviewed": Same(),
        "events/change.merged": Same(),
        "events/change.abandoned": Same(),
        "events/change.reopened": Same(),
        "events/change.attributed": Same(),
        "events/identity.linked": Everything(),
        "events/commit.attributed": Everything(),
        "events/team.assigned": Everything(),
        "facts/deployments": Rows(SHIPPED),
        "facts/spans": Rows(SHARD),
        "facts/edits": Rows(SHARD),
    },
    days=("created_at::DATE", "coalesce(mature_at, closed_at, created_at)::DATE"),
    sql=SQL,
    computed=(
        ("authored_ms", "hand_ms + prompt_ms", "Hand authoring and directing AI."),
        ("review_ms", "self_review_ms + peer_review_ms", "Reading before and after it opened."),
        (
            "correction_ms",
            "correct_early_ms + rework_ms + correct_late_ms",
            "Correction before review, after it, and after the merge.",
        ),
        (
            "lead_ms",
            "coding_ms + pickup_ms + review_wait_ms + merge_wait_ms + deploy_wait_ms",
            "First work to production; the parts sum to it exactly.",
        ),
    ),
)
class Changes:
    """One row a change: pull request, merge request or changelist."""

    change_id: str
    """``forge/change``, in one."""
    forge: str
    """The host that keeps it."""
    change: str
    """The forge's own object id; with the forge it joins to events."""
    repo: str
    """``host/owner/name``; a personal owner's part is keyed."""
    number: int
    """The number people see."""
    author: Person
    """Who opened it: the person where the account is linked, else the account alone."""
    author_kind: Literal["human", "bot", "agent"] | None
    """human, bot or agent; NULL is unknown."""
    team: str | None
    """The author's team when the change was opened."""
    tools: list[str]
    """The AI tools known to have taken part, sorted; empty where none is known."""
    created_at: datetime
    """When it was opened."""
    ready_at: datetime | None
    """When review was first asked for: a draft's first readiness, else the opening."""
    first_review_at: datetime | None
    """First review by a human who is not the author."""
    approved_at: datetime | None
    """Last approval by such a human."""
    merged_at: datetime | None
    """When it was merged."""
    closed_at: datetime | None
    """When it ended, merged or not; NULL while open."""
    deployed_at: datetime | None
    """When it first reached production; NULL is unknown."""
    hand_ms: int | None
    """Hand authoring; NULL is unknown."""
    prompt_ms: int | None
    """Directing AI; NULL is unknown."""
    self_review_ms: int | None
    """Reading AI output before accepting it; NULL is unknown."""
    peer_review_ms: int | None
    """Review by people other than the author; NULL where nothing tells when one of them began."""
    correct_early_ms: int | None
    """Correcting AI lines before the first review; NULL is unknown."""
    rework_ms: int | None
    """Author's work after the first review; NULL is unknown."""
    correct_late_ms: int | None
    """Correction within 21 days after the merge; NULL is unknown."""
    correction_tier: Literal["line", "file", "change"] | None
    """By what early correction was told from authoring; NULL: nothing tells of authoring."""
    review_tier: Literal["beats", "host"] | None
    """beats: all who reviewed were seen reading; host: of some, only their verdict was."""
    lines_added: int | None
    """Lines added, as the forge counted them at the end."""
    lines_removed: int | None
    """Lines removed, as the forge counted them at the end."""
    lines_added_ai: int | None
    """Of the lines added, those an AI tool is known to have written."""
    lines_added_human: int | None
    """Of the lines added, those a human is known to have written."""
    lines_added_unknown: int | None
    """Of the lines added, those of unknown origin; never counted as human."""
    lines_tier: Literal["notes", "client"] | None
    """Who told whose lines they are: git-ai's notes, or editors; NULL is nobody."""
    coding_ms: int | None
    """First work to ready; NULL is unknown."""
    pickup_ms: int | None
    """Ready to first human review; 0 where there was none before the merge."""
    review_wait_ms: int | None
    """First review to last approval; 0 where there was none before the merge."""
    merge_wait_ms: int | None
    """Last approval to merge."""
    deploy_wait_ms: int | None
    """Merge to production; NULL is unknown."""
    stages_forced: bool
    """A stage was skipped or out of order, so its part was forced to 0."""
    outcome: Literal["open", "merged", "rejected"]
    """How it ended, or that it has not."""
    evidence: Literal["A", "B", "C"]
    """A: the system of record said so; B: a client said so; C: inferred."""
    mature_at: datetime | None
    """When its numbers stop moving: 21 days after the merge, or its closing; NULL while open."""
