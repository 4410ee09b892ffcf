"""Writes: which of an editor's were an agent's, and what was written in a file around a moment.

An agent writes a file and says so when it is done; the editor sees the file change at that very
moment. Who saves by hand does not do it just then but by chance.
"""

AT_ONCE_MS = 3_000
"""How far two clocks on one machine tell the same moment apart, the editor's notice included."""

AGENT_EDITS = """
agent_edit AS (
    SELECT people.person, epoch_ms(done.time) AS ms
    FROM events.ai_tool_completed AS done
    JOIN people ON people.account = done.account AND people.day = done.time::DATE
    WHERE done.tool_kind = 'edit'
)"""
"""When agents had edited a file; ``people`` stands before."""


def with_agent_edits(beats: str) -> str:
    """Return the join of the agent's edit, as ``agent_edit``, that a beat could be the sight of."""
    return f"""ASOF LEFT JOIN agent_edit
        ON agent_edit.person = {beats}.person
        AND {beats}.ms + {AT_ONCE_MS} >= agent_edit.ms"""


def is_agents(beats: str) -> str:
    """Return the condition that such a beat is the sight of an agent's edit."""
    return f"coalesce({beats}.is_write AND agent_edit.ms >= {beats}.ms - {AT_ONCE_MS}, false)"


NEW_LINES = "greatest(0, human_lines - coalesce(lines_removed, 0))"
"""Of the lines changed by hand, the new ones: a line that takes another's place is none."""

AROUND_MS = 600_000
"""How far around a moment the lines written in a file tell whose are being worked on."""

CLOSE_BY_MS = 180_000
"""How far around it they tell what is being done: a beat of an editor or two."""

WRITTEN_AROUND = f"""
owned_beat AS (
    SELECT beating.* REPLACE (coalesce(by_agent, false) OR {is_agents("beating")} AS by_agent)
    FROM beating {with_agent_edits("beating")}
),
written AS (
    SELECT *,
        CASE WHEN came_in + went_out > 0 THEN 2 * went_out >= came_in END AS rewrites,
        CASE WHEN ais > humans THEN 'ai' WHEN humans > 0 THEN 'human' END AS lines_around
    FROM (
        SELECT *,
            coalesce(sum(lines_added) FILTER (NOT by_agent) OVER close_by, 0) AS came_in,
            coalesce(sum(lines_removed) FILTER (NOT by_agent) OVER close_by, 0) AS went_out,
            coalesce(
                sum(greatest(ai_lines, human_lines)) FILTER (by_agent) OVER around, 0) AS ais,
            coalesce(sum({NEW_LINES}) FILTER (NOT by_agent) OVER around, 0) AS humans
        FROM owned_beat
        WINDOW
            around AS (
                PARTITION BY person, file ORDER BY ms
                RANGE BETWEEN {AROUND_MS} PRECEDING AND {AROUND_MS} FOLLOWING),
            close_by AS (
                PARTITION BY person, file ORDER BY ms
                RANGE BETWEEN {CLOSE_BY_MS} PRECEDING AND {CLOSE_BY_MS} FOLLOWING)
    )
)"""
"""Every beat, and what was written in its file around it; ``beating`` stands before."""
