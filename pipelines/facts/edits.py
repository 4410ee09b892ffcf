"""``facts.edits``: whose lines a file is made of: what AI tools and hands changed in it, a day.

Only of files that belong to a change; where nothing is counted, the file was only seen. What an
editor takes for a human's, but saw at the moment at which an agent said that it had edited a file,
is the agent's.
"""

from datetime import date, datetime
from typing import Literal

from pipelines.attention.attribution import PLACES, attributed
from pipelines.attention.owners import LINKED, people
from pipelines.attention.writes import AGENT_EDITS, NEW_LINES, is_agents, with_agent_edits
from pipelines.reach import Everything, Same, Seen, Sight, days
from pipelines.step import fact
from schemas.columns import Keyed, Person
from schemas.partition import Day

SQL = f"""
WITH {LINKED},
noticed AS (
    SELECT account, time, time AS moment, epoch_ms(time) AS ms, is_write,
        ai_lines, human_lines, lines_added, lines_removed,
        project, branch, entity, NULL::VARCHAR AS named
    FROM events.activity_observed
    WHERE year(time) BETWEEN 2000 AND 2100
        AND entity IS NOT NULL AND coalesce(entity_type, 'file') = 'file'
),
seen AS (
    SELECT account, time FROM noticed
    UNION ALL SELECT account, time FROM events.ai_tool_completed WHERE account IS NOT NULL
),
people AS ({people("seen")}),
{AGENT_EDITS},
beat AS (
    SELECT noticed.*, people.person FROM noticed
    JOIN people ON people.account = noticed.account AND people.day = noticed.time::DATE
),
owned AS (
    SELECT beat.* REPLACE (
        CASE WHEN {is_agents("beat")} THEN greatest(ai_lines, human_lines) ELSE ai_lines
            END AS ai_lines,
        CASE WHEN NOT {is_agents("beat")} THEN human_lines END AS human_lines),
        CASE WHEN NOT {is_agents("beat")} THEN {NEW_LINES} END AS human_new_lines
    FROM beat {with_agent_edits("beat")}
),
{PLACES},
given AS ({attributed("owned")})
SELECT
    moment::DATE AS day,
    person,
    change_id,
    entity,
    sum(ai_lines)::BIGINT AS ai_lines,
    sum(human_lines)::BIGINT AS human_lines,
    sum(human_new_lines)::BIGINT AS human_new_lines,
    sum(lines_added)::BIGINT AS lines_added,
    sum(lines_removed)::BIGINT AS lines_removed,
    min(moment) FILTER (ai_lines > 0) AS first_ai_at,
    CASE WHEN bool_or(guessed) THEN 'C' ELSE 'B' END AS evidence
FROM given
WHERE change_id IS NOT NULL
GROUP BY ALL
"""


@fact(
    "edits",
    key=("day", "person", "change_id", "entity"),
    partition=Day("day"),
    reads={
        "events/activity.observed": Same(),
        "events/ai.tool.completed": Same(),
        "events/identity.linked": Everything(),
        "facts/branches": Seen(
            "[branch]",
            (Sight("events/activity.observed", ("branch",)),),
            # Work on no branch of a change's belongs to what its author opened within a day.
            always=days("created_at - INTERVAL 1 DAY", "created_at"),
        ),
        "facts/folders": Seen("[project]", (Sight("events/activity.observed", ("project",)),)),
    },
    days=("day", "day"),
    sql=SQL,
)
class Edits:
    """One person at one file, one day, for one change: how many lines whose hand changed."""

    day: date
    """The UTC day."""
    person: Person
    """In whose editor."""
    change_id: str
    """For which change."""
    entity: Keyed
    """The file, hidden, as the editor's own events have it."""
    ai_lines: int | None
    """Lines that AI tools changed; NULL where the editor does not tell them apart."""
    human_lines: int | None
    """Lines changed by hand; NULL where the editor does not tell them apart."""
    human_new_lines: int | None
    """Of those, the ones that took no other line's place."""
    lines_added: int | None
    """Lines added, by whomever."""
    lines_removed: int | None
    """Lines removed, by whomever."""
    first_ai_at: datetime | None
    """When an AI tool first changed it that day."""
    evidence: Literal["A", "B", "C"]
    """B: the editor said so; C: its change was inferred."""
