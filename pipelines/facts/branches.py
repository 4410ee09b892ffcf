"""``facts.branches``: where work on a change is seen, and from when to when it belongs to it.

A branch is a change's from 30 days before it was opened, or from the end of the change before it,
until 21 days after its own end. An open change is worked on for at most a year.
"""

from datetime import datetime
from typing import Literal

from pipelines.attention.owners import LINKED, people
from pipelines.reach import Everything, Same
from pipelines.step import fact
from schemas.change import CHANGE
from schemas.columns import Keyed, Person

SQL = f"""
WITH {LINKED},
people AS ({people("(SELECT author AS account, time FROM events.change_created)")}),
abandoned AS (
    SELECT gone.forge, gone.change, max(gone.time) AS abandoned_at
    FROM events.change_abandoned AS gone
    LEFT JOIN events.change_reopened AS back
        ON back.forge = gone.forge AND back.change = gone.change AND back.time >= gone.time
    WHERE back.change IS NULL
    GROUP BY ALL
),
readied AS (
    SELECT forge, change, min(time) AS ready_at FROM events.change_ready GROUP BY ALL
)
SELECT
    created.forge || '/' || created.change AS change_id,
    created.forge,
    created.change,
    created.repo,
    created.project,
    created.branch,
    created.page,
    people.person AS author,
    created.author_kind,
    created.time AS created_at,
    CASE
        WHEN created.draft THEN readied.ready_at
        WHEN NOT created.draft THEN created.time
        ELSE coalesce(readied.ready_at, created.time)
    END AS ready_at,
    merged.time AS merged_at,
    coalesce(merged.time, abandoned.abandoned_at) AS ended_at,
    created.time - INTERVAL 30 DAYS AS opens_at,
    CASE
        WHEN coalesce(merged.time, abandoned.abandoned_at) IS NULL
            THEN created.time + INTERVAL 365 DAYS
        ELSE greatest(coalesce(merged.time, abandoned.abandoned_at), created.time)
            + INTERVAL 21 DAYS
    END AS closes_at
FROM events.change_created AS created
JOIN people ON people.account = created.author AND people.day = created.time::DATE
LEFT JOIN events.change_merged AS merged
    ON merged.forge = created.forge AND merged.change = created.change
LEFT JOIN abandoned
    ON abandoned.forge = created.forge AND abandoned.change = created.change
LEFT JOIN readied
    ON readied.forge = created.forge AND readied.change = created.change
"""


@fact(
    "branches",
    key=("change_id",),
    partition=CHANGE,
    reads={
        "events/change.created": Same(),
        "events/change.ready": Same(),
        "events/change.merged": Same(),
        "events/change.abandoned": Same(),
        "events/change.reopened": Same(),
        "events/identity.linked": Everything(),
    },
    days=("opens_at::DATE", "closes_at::DATE"),
    sql=SQL,
)
class Branches:
    """One row a change: the branch, the folder and the page where work on it is seen."""

    change_id: str
    """``forge/change``, in one."""
    forge: str
    """The host that keeps it."""
    change: str
    """The forge's own object id; with the forge it joins to events."""
    repo: str
    """``host/owner/name``; a personal owner's part is keyed."""
    project: Keyed | None
    """The folder that it is worked on in, hidden as an editor's project is."""
    branch: Keyed | None
    """The branch, hidden."""
    page: Keyed | None
    """Where people read it, hidden as a browser's page is."""
    author: Person
    """Who opened it."""
    author_kind: Literal["human", "bot", "agent"] | None
    """human, bot or agent; NULL is unknown."""
    created_at: datetime
    """When it was opened."""
    ready_at: datetime | None
    """When review was first asked for; NULL while it is a draft."""
    merged_at: datetime | None
    """When it was merged."""
    ended_at: datetime | None
    """When it was merged or closed for good; NULL while open."""
    opens_at: datetime
    """From when on work on its branch may be work on it."""
    closes_at: datetime
    """Until when."""
