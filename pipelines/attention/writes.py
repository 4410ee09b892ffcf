"""Writes: which of an editor's were an agent's, whoever the editor takes them for.

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
