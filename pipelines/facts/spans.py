"""``facts.spans``: who gave attention to what, from when to when, all tools merged.

How is in ``pipelines/attention``. No two spans of one person overlap; one that goes over midnight
(UTC) is two. Unknown time is no span: away, or at something that nothing tells of.
"""

from datetime import date, datetime
from typing import Literal

from pipelines.attention.attribution import (
    PLACES,
    WHOSE_LINES,
    attributed,
    with_late_work,
)
from pipelines.attention.gaps import PIECES
from pipelines.attention.owners import LINKED, people
from pipelines.attention.signals import SEEN, SIGNALS
from pipelines.attention.sittings import SITTINGS
from pipelines.reach import Days, Everything, Peers, Rows, Seen, Sight, days
from pipelines.step import fact, is_built
from schemas.columns import Keyed, Person
from schemas.partition import Day

A_DAY_ROUND = Days(1, 1)
OF_ITS_TIME = Rows(days("time - INTERVAL 1 DAY", "time + INTERVAL 1 DAY"))

GIVEN_TO = "CASE WHEN late THEN corrected ELSE about.change_id END"
"""The change that a piece was given to; no text is carried through the windows between."""

SQL = f"""
WITH {LINKED},
{SEEN},
people AS ({people("account_seen")}),
{SIGNALS},
{SITTINGS},
{PIECES},
cut AS (
    -- A piece is shorter than a day: it crosses one midnight at most.
    SELECT *, epoch_ms(make_timestamp(begin_ms * 1000)::DATE + INTERVAL 1 DAY) AS midnight_ms
    FROM piece
),
dayed AS (
    SELECT * REPLACE (least(end_ms, midnight_ms) AS end_ms),
        make_timestamp(begin_ms * 1000)::DATE AS day
    FROM cut WHERE {is_built("day")}
    UNION ALL
    SELECT * REPLACE (midnight_ms AS begin_ms), make_timestamp(midnight_ms * 1000)::DATE AS day
    FROM cut WHERE end_ms > midnight_ms AND {is_built("day")}
),
located AS (
    SELECT number, person, make_timestamp(ms * 1000) AS moment, change_id AS named,
        entity, project, branch, lines_around
    FROM told WHERE number IN (SELECT of FROM dayed)
),
{PLACES},
attributed AS ({attributed("located")}),
given AS ({with_late_work("attributed")}),
{WHOSE_LINES},
about AS (
    -- What a signal tells is told of all its pieces, whenever they began.
    SELECT number, given.change_id, guessed, corrected,
        coalesce(branches.author = given.person, false) AS of_own,
        CASE
            WHEN lines_around = 'ai' THEN 'ai'
            WHEN whose.lines_of = 'ai' AND moment < whose.first_ai_at THEN NULL
            ELSE whose.lines_of
        END AS lines_of
    FROM given
    LEFT JOIN facts.branches AS branches USING (change_id)
    ASOF LEFT JOIN whose
        ON whose.change_id = given.change_id AND whose.entity = given.entity
        AND given.moment::DATE >= whose.day
),
spent AS (
    SELECT
        dayed.number, of, begin_ms, end_ms, day,
        kind = 'hand' AND corrected IS NOT NULL AS late,
        CASE
            -- Looking without touching, at what the AI wrote, is reading it.
            WHEN kind = 'look' AND lines_of = 'ai' THEN 'self_review'
            WHEN kind = 'look' THEN 'hand'
            WHEN kind <> 'read' THEN kind
            WHEN of_own THEN 'self_review'
            ELSE 'peer_review'
        END AS what,
        CASE WHEN late THEN 'ai' ELSE lines_of END AS whose_lines,
        CASE WHEN what = 'hand' THEN told.rewrites END AS rewriting,
        CASE WHEN guessed OR late OR host_only THEN 'C' ELSE told.evidence END AS tier,
        {GIVEN_TO} AS given_to,
        hash(
            day, person, what, given_to, tool, entity, whose_lines, rewriting, stream, tier
        ) AS same
    FROM dayed
    JOIN about ON about.number = of
    JOIN told ON told.number = of
),
begun AS (
    SELECT * EXCLUDE (given_to),
        coalesce(begin_ms = lag(end_ms) OVER order_of AND same = lag(same) OVER order_of, false)
            AS goes_on
    FROM spent
    WINDOW order_of AS (ORDER BY number, begin_ms)
),
stretched AS (
    SELECT *,
        sum((NOT goes_on)::BIGINT) OVER (ORDER BY number, begin_ms ROWS UNBOUNDED PRECEDING)
            AS stretch
    FROM begun
),
stretch AS (
    -- All pieces of a stretch agree: any tells of it.
    SELECT
        min(begin_ms) AS begin_ms, max(end_ms) AS end_ms, any_value(of) AS of,
        any_value(day) AS day, any_value(what) AS what, any_value(late) AS late,
        any_value(whose_lines) AS whose_lines, any_value(rewriting) AS rewriting,
        any_value(tier) AS tier
    FROM stretched GROUP BY stretch
)
SELECT
    day,
    person,
    make_timestamp(begin_ms * 1000) AS started_at,
    make_timestamp(end_ms * 1000) AS ended_at,
    end_ms - begin_ms AS duration_ms,
    what AS kind,
    {GIVEN_TO} AS change_id,
    branches.repo,
    told.tool,
    told.entity,
    whose_lines AS lines_of,
    rewriting AS rewrites,
    told.stream,
    tier AS evidence
FROM stretch
JOIN about ON about.number = of
JOIN told ON told.number = of
LEFT JOIN facts.branches AS branches
    ON branches.change_id = {GIVEN_TO}
"""


@fact(
    "spans",
    key=("day", "person", "started_at"),
    partition=Day("day"),
    reads={
        "events/activity.observed": A_DAY_ROUND,
        "events/ai.prompt.submitted": A_DAY_ROUND,
        "events/ai.inference.completed": A_DAY_ROUND,
        "events/ai.tool.completed": A_DAY_ROUND,
        "events/ai.edit.decided": OF_ITS_TIME,
        "events/change.reviewed": OF_ITS_TIME,
        "events/change.commented": OF_ITS_TIME,
        "events/identity.linked": Everything(),
        "facts/branches": Seen(
            "[branch, page, change_id]",
            (
                Sight("events/activity.observed", ("branch", "entity")),
                Sight("events/change.reviewed", ("forge || '/' || change",)),
                Sight("events/change.commented", ("forge || '/' || change",)),
                Sight("facts/late_work", ("of_change",), "day"),
            ),
            around=2,
            # Work on no branch of a change's belongs to what its author opened within a day.
            always=days("created_at - INTERVAL 2 DAYS", "created_at + INTERVAL 1 DAY"),
        ),
        "facts/folders": Seen(
            "[project]", (Sight("events/activity.observed", ("project",)),), around=2
        ),
        "facts/late_work": A_DAY_ROUND,
        # What a file is made of by a day is told by all days on which its change touched it.
        "facts/edits": Peers("(change_id, entity)", around=1),
    },
    days=("day", "day"),
    sql=SQL,
)
class Spans:
    """One stretch of one person's attention; ``wait`` is an agent's time, never effort."""

    day: date
    """The UTC day it lies in."""
    person: Person
    """Whose: the person where the account is linked, else the account alone."""
    started_at: datetime
    """From when, to the millisecond."""
    ended_at: datetime
    """Until when; a prompt's span ends when it was submitted."""
    duration_ms: int
    """How long."""
    kind: Literal["hand", "prompt", "self_review", "peer_review", "wait"]
    """Authoring, directing AI, reading its output, reading others' work; an agent's run."""
    change_id: str | None
    """The change it was given to; NULL is unattributed."""
    repo: str | None
    """The change's repository."""
    tool: str | None
    """The AI tool it was spent with."""
    entity: Keyed | None
    """The file or page, hidden, as the editor's own events have it."""
    lines_of: Literal["ai", "human"] | None
    """Whose lines most of that file's were by then, in this change; NULL is unknown."""
    rewrites: bool | None
    """Whether at least half as many lines were taken out as came in; NULL is unknown."""
    stream: Literal["editor", "agent", "forge"]
    """Who told of it."""
    evidence: Literal["A", "B", "C"]
    """B: a client said so; C: inferred (its change, its place, or how long it took)."""
