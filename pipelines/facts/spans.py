"""``facts.spans``: who gave attention to what, from when to when, all tools merged.

How is in ``pipelines/attention``. No two spans of one person overlap; one that goes over midnight
(UTC) is two. Unknown time is no span: away, or at something that nothing tells of.
"""

from datetime import date, datetime
from typing import Literal

from pipelines.attention.attribution import (
    LATE_WORK,
    PLACES,
    attributed,
    with_late_work,
)
from pipelines.attention.gaps import PIECES
from pipelines.attention.owners import LINKED, people
from pipelines.attention.signals import SEEN, SIGNALS
from pipelines.reach import Days, Everything, LookUp, Rows, days
from pipelines.step import fact
from schemas.columns import Keyed, Person
from schemas.partition import Day

A_DAY_ROUND = Days(1, 1)
OF_ITS_TIME = Rows(days("time - INTERVAL 1 DAY", "time + INTERVAL 1 DAY"))

SQL = f"""
WITH {LINKED},
{SEEN},
people AS ({people("account_seen")}),
{SIGNALS},
{PIECES},
cut AS (
    -- A piece is shorter than a day: it crosses one midnight at most.
    SELECT person, kind, spot, begin_ms, end_ms,
        epoch_ms(make_timestamp(begin_ms * 1000)::DATE + INTERVAL 1 DAY) AS midnight_ms
    FROM piece
),
dayed AS (
    SELECT person, kind, spot, begin_ms, least(end_ms, midnight_ms) AS end_ms FROM cut
    UNION ALL
    SELECT person, kind, spot, midnight_ms, end_ms FROM cut WHERE end_ms > midnight_ms
),
placed_piece AS (SELECT *, make_timestamp(begin_ms * 1000) AS moment FROM dayed),
{PLACES},
{LATE_WORK},
attributed_piece AS ({attributed("placed_piece")}),
given AS ({with_late_work("attributed_piece")}),
known_piece AS (
    SELECT
        person, begin_ms, end_ms, change_id, branches.repo,
        CASE
            WHEN kind <> 'read' THEN kind
            WHEN branches.author = person THEN 'self_review'
            ELSE 'peer_review'
        END AS what,
        spot.tool AS tool, spot.entity AS entity, spot.stream AS stream,
        CASE WHEN guessed THEN 'C' ELSE spot.evidence END AS evidence,
        moment::DATE AS day
    FROM given
    LEFT JOIN facts.branches AS branches USING (change_id)
),
stretch AS (
    SELECT *, sum(begins) OVER (
        PARTITION BY person ORDER BY begin_ms ROWS UNBOUNDED PRECEDING) AS number
    FROM (
        SELECT *, CASE WHEN
            begin_ms = lag(end_ms) OVER order_of
            AND day = lag(day) OVER order_of
            AND what = lag(what) OVER order_of
            AND change_id IS NOT DISTINCT FROM lag(change_id) OVER order_of
            AND entity IS NOT DISTINCT FROM lag(entity) OVER order_of
            AND tool IS NOT DISTINCT FROM lag(tool) OVER order_of
            AND stream = lag(stream) OVER order_of
            AND evidence = lag(evidence) OVER order_of
            THEN 0 ELSE 1 END AS begins
        FROM known_piece
        WINDOW order_of AS (PARTITION BY person ORDER BY begin_ms)
    )
)
SELECT
    any_value(day) AS day,
    person,
    make_timestamp(min(begin_ms) * 1000) AS started_at,
    make_timestamp(max(end_ms) * 1000) AS ended_at,
    max(end_ms) - min(begin_ms) AS duration_ms,
    any_value(what) AS kind,
    any_value(change_id) AS change_id,
    any_value(repo) AS repo,
    any_value(tool) AS tool,
    any_value(entity) AS entity,
    any_value(stream) AS stream,
    any_value(evidence) AS evidence
FROM stretch
GROUP BY person, number
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
        "facts/branches": LookUp(days("opens_at", "closes_at")),
        # Work of any day may be corrected until its change, 30 days older at most, is mature.
        "facts/edits": LookUp(days("day", "day + INTERVAL 52 DAYS")),
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
    stream: Literal["editor", "agent", "forge"]
    """Who told of it."""
    evidence: Literal["A", "B", "C"]
    """B: a client said so; C: inferred (its change, its place, or how long it took)."""
