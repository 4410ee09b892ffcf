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
from pipelines.step import fact
from schemas.columns import Keyed, Person
from schemas.partition import Day

A_DAY_ROUND = Days(1, 1)
OF_ITS_TIME = Rows(days("time - INTERVAL 1 DAY", "time + INTERVAL 1 DAY"))

SAME_PLACE = ("midnight_ms", "kind", "spot")
SAME_WORK = (
    *("day", "what", "change_id", "repo", "tool", "entity", "lines_of", "rewrites"),
    *("stream", "evidence"),
)


def joined(rows: str, same: tuple[str, ...]) -> str:
    """Return the SQL of pieces of a relation joined where they touch and these columns agree.

    When it was told of, ``at_ms``, is when it was told of first.
    """
    agree = " AND ".join(f"{name} IS NOT DISTINCT FROM lag({name}) OVER order_of" for name in same)
    return f"""
    SELECT person, min(number) AS number, min(begin_ms) AS begin_ms, max(end_ms) AS end_ms,
        min(at_ms) AS at_ms, {", ".join(f"any_value({name}) AS {name}" for name in same)}
    FROM (
        SELECT *, sum(begins) OVER (ORDER BY number, begin_ms ROWS UNBOUNDED PRECEDING) AS stretch
        FROM (
            SELECT *, CASE WHEN person = lag(person) OVER order_of
                AND begin_ms = lag(end_ms) OVER order_of AND {agree} THEN 0 ELSE 1 END AS begins
            FROM {rows}
            WINDOW order_of AS (ORDER BY number, begin_ms)
        )
    )
    GROUP BY stretch, person"""


SQL = f"""
WITH {LINKED},
{SEEN},
people AS ({people("account_seen")}),
{SIGNALS},
{SITTINGS},
{PIECES},
cut AS (
    -- A piece is shorter than a day: it crosses one midnight at most.
    SELECT person, number, kind, spot, at_ms, begin_ms, end_ms,
        epoch_ms(make_timestamp(begin_ms * 1000)::DATE + INTERVAL 1 DAY) AS midnight_ms
    FROM piece
),
dayed AS (
    SELECT person, number, kind, spot, at_ms, midnight_ms, begin_ms,
        least(end_ms, midnight_ms) AS end_ms
    FROM cut
    UNION ALL BY NAME
    SELECT person, number, kind, spot, at_ms, midnight_ms + 86_400_000 AS midnight_ms,
        midnight_ms AS begin_ms, end_ms
    FROM cut WHERE end_ms > midnight_ms
),
joined AS ({joined("dayed", SAME_PLACE)}),
placed_piece AS (
    -- It was given to what its signal was given to, whenever it began.
    SELECT *, make_timestamp(at_ms * 1000) AS moment FROM joined
),
{PLACES},
attributed_piece AS ({attributed("placed_piece")}),
given AS ({with_late_work("attributed_piece")}),
{WHOSE_LINES},
known_piece AS (
    SELECT
        person, number, at_ms, begin_ms, end_ms, given.change_id, branches.repo,
        CASE
            WHEN given.spot.lines_around = 'ai' OR corrected IS NOT NULL THEN 'ai'
            WHEN whose.lines_of = 'ai' AND moment < whose.first_ai_at THEN NULL
            ELSE whose.lines_of
        END AS lines_of,
        CASE
            -- Looking without touching, at what the AI wrote, is reading it.
            WHEN kind = 'look' AND lines_of = 'ai' THEN 'self_review'
            WHEN kind = 'look' THEN 'hand'
            WHEN kind <> 'read' THEN kind
            WHEN branches.author = person THEN 'self_review'
            ELSE 'peer_review'
        END AS what,
        CASE WHEN what = 'hand' THEN spot.rewrites END AS rewrites,
        spot.tool AS tool, spot.entity AS entity, spot.stream AS stream,
        CASE WHEN guessed THEN 'C' ELSE spot.evidence END AS evidence,
        make_timestamp(begin_ms * 1000)::DATE AS day
    FROM given
    LEFT JOIN facts.branches AS branches USING (change_id)
    ASOF LEFT JOIN whose
        ON whose.change_id = given.change_id AND whose.entity = given.spot.entity
        AND given.moment::DATE >= whose.day
),
stretch AS ({joined("known_piece", SAME_WORK)})
SELECT
    day,
    person,
    make_timestamp(begin_ms * 1000) AS started_at,
    make_timestamp(end_ms * 1000) AS ended_at,
    end_ms - begin_ms AS duration_ms,
    what AS kind,
    change_id,
    repo,
    tool,
    entity,
    lines_of,
    rewrites,
    stream,
    evidence
FROM stretch
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
