"""``facts.late_work``: files rewritten after a merge, and whose lines those may have been.

A table of its own, though small, so that a day's spans are made again when what it says of that day
is different, and not whenever any of the same file's lines are.
"""

from datetime import date, datetime

from pipelines.reach import LookUp, Peers, days
from pipelines.step import FIRST_DAY, LAST_DAY, fact
from schemas.columns import Keyed
from schemas.partition import Day

LATE = "INTERVAL 21 DAYS"
"""How long after a merge rewriting its lines is its correction."""

SQL = f"""
WITH rewritten AS (
    SELECT entity, change_id, day
    FROM facts.edits
    WHERE {FIRST_DAY} IS NULL OR day BETWEEN {FIRST_DAY} AND {LAST_DAY}
    GROUP BY ALL
    HAVING sum(lines_removed) > 0 AND 2 * sum(lines_removed) >= coalesce(sum(lines_added), 0)
        AND coalesce(sum(ai_lines), 0) <= coalesce(sum(human_lines), 0)
),
by_ai AS (
    -- Files of which AI tools wrote over a third, by the change that brought them in. A line that
    -- takes another's place, as every corrected one does, makes a file no more a human's.
    SELECT edits.entity, branches.change_id, branches.merged_at
    FROM facts.edits AS edits
    JOIN facts.branches AS branches USING (change_id)
    WHERE edits.day <= branches.merged_at::DATE
        AND edits.entity IN (SELECT entity FROM rewritten)
    GROUP BY ALL
    HAVING 2 * sum(ai_lines) > coalesce(sum(human_new_lines), 0)
)
SELECT
    rewritten.day,
    rewritten.entity,
    rewritten.change_id,
    by_ai.merged_at,
    min(by_ai.change_id) AS of_change,
    own.ready_at
FROM rewritten
JOIN facts.branches AS own ON own.change_id = rewritten.change_id
JOIN by_ai
    ON by_ai.entity = rewritten.entity AND by_ai.change_id <> rewritten.change_id
    AND rewritten.day BETWEEN by_ai.merged_at::DATE AND (by_ai.merged_at + {LATE})::DATE
GROUP BY ALL
"""


@fact(
    "late_work",
    key=("day", "entity", "change_id", "merged_at"),
    partition=Day("day"),
    reads={
        "facts/edits": Peers("entity"),
        "facts/branches": LookUp(days("opens_at", "closes_at")),
    },
    days=("day", "day"),
    sql=SQL,
)
class LateWork:
    """One file that was rewritten on a day for one change, within 21 days of another's merge."""

    day: date
    """The UTC day of the rewriting."""
    entity: Keyed
    """The file, hidden, as the editor's own events have it."""
    change_id: str
    """For which change it was rewritten."""
    merged_at: datetime
    """When a change had been merged for which AI tools wrote more than a third of the file."""
    of_change: str
    """That change; of several merged at one moment, the first by its id."""
    ready_at: datetime | None
    """When the rewriting change was up for review: from then on it is that change's own rework."""
