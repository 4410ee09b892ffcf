"""``facts.runs``: what was asked of AI tools, for which change, and whether any of it was accepted.

A run is one prompt and what was done about it. Its change is that of the person's attention at that
moment (``facts.spans``): of the typing that ends with it, else of what begins with it. A run counts
as accepted once, with the first edit let through within a day, however many there were.
"""

from datetime import datetime
from typing import Literal

from pipelines.attention.owners import LINKED, people
from pipelines.reach import Days, Everything, Rows, Same, days
from pipelines.step import FIRST_DAY, LAST_DAY, fact
from schemas.columns import Keyed, Person
from schemas.partition import Day


def spot(span: str) -> str:
    """Return the SQL of what a span says of its change, or NULL where it has none."""
    said = ", ".join(f"'{name}': {span}.{name}" for name in ("change_id", "repo", "evidence"))
    return f"CASE WHEN {span}.change_id IS NOT NULL THEN {{{said}}} END"


SQL = f"""
WITH {LINKED},
prompts AS (
    -- A tool that gives a prompt no id is taken by its record, which no edit can name.
    SELECT
        tool,
        session,
        coalesce(prompt, record) AS prompt,
        time,
        date_trunc('millisecond', time) AS moment,
        min(account) AS account,
        max(evidence) AS evidence
    FROM events.ai_prompt_submitted
    GROUP BY ALL
),
people AS ({people("prompts")}),
asked AS (
    SELECT prompts.*, people.person
    FROM prompts
    LEFT JOIN people ON people.account = prompts.account AND people.day = prompts.time::DATE
),
teams AS (
    SELECT
        asked.tool,
        asked.session,
        asked.prompt,
        asked.time,
        max_by(teams.team, coalesce(teams.since, DATE '0001-01-01')) AS team
    FROM asked
    JOIN events.team_assigned AS teams
        ON teams.person = asked.person
        AND asked.time::DATE >= coalesce(teams.since, DATE '0001-01-01')
        AND asked.time::DATE < coalesce(teams.until, DATE '9999-12-31')
    GROUP BY ALL
),
edits AS (
    SELECT tool, session, prompt, time, evidence
    FROM events.ai_edit_decided
    WHERE
        prompt IS NOT NULL
        AND decision <> 'reject'
        AND coalesce(
            time::DATE BETWEEN {FIRST_DAY} AND {LAST_DAY} + INTERVAL 1 DAY, true
        )
),
accepted AS (
    SELECT
        asked.tool,
        asked.session,
        asked.prompt,
        asked.time,
        min(edits.time) AS accepted_at,
        max(edits.evidence) AS evidence
    FROM asked
    JOIN edits
        ON edits.tool = asked.tool
        AND edits.session = asked.session
        AND edits.prompt = asked.prompt
        AND edits.time BETWEEN asked.time AND asked.time + INTERVAL 1 DAY
    GROUP BY ALL
),
given AS (
    SELECT
        asked.*,
        before.ended_at >= moment AS at_it,
        coalesce(
            CASE WHEN before.kind = 'prompt' AND at_it THEN {spot("before")} END,
            {spot("began")},
            CASE WHEN at_it THEN {spot("before")} END
        ) AS spot
    FROM asked
    ASOF LEFT JOIN facts.spans AS before
        ON before.person = asked.person AND before.started_at < asked.moment
    LEFT JOIN facts.spans AS began
        ON began.person = asked.person AND began.started_at = asked.moment
)
SELECT
    tool,
    session,
    prompt,
    time AS run_at,
    person,
    team,
    spot.change_id AS change_id,
    spot.repo AS repo,
    accepted_at,
    greatest(given.evidence, accepted.evidence, spot.evidence) AS evidence
FROM given
LEFT JOIN teams USING (tool, session, prompt, time)
LEFT JOIN accepted USING (tool, session, prompt, time)
"""


@fact(
    "runs",
    key=("tool", "session", "prompt", "run_at"),
    partition=Day("run_at"),
    reads={
        "events/ai.prompt.submitted": Same(),
        "events/ai.edit.decided": Rows(days("time - INTERVAL 1 DAY", "time")),
        "events/identity.linked": Everything(),
        "events/team.assigned": Everything(),
        "facts/spans": Days(1, 0),
    },
    days=("run_at::DATE", "run_at::DATE"),
    sql=SQL,
)
class Runs:
    """One row a prompt: who asked which AI tool, for which change, and when it was accepted."""

    tool: str
    """The AI tool."""
    session: Keyed
    """The tool's session, hidden."""
    prompt: Keyed
    """The tool's id of the prompt, hidden; without one, the hash of its record."""
    run_at: datetime
    """When it was submitted."""
    person: Person | None
    """Who asked: the person where the account is linked, else the account; NULL is unknown."""
    team: str | None
    """The person's team that day."""
    change_id: str | None
    """The change it was for; NULL is unattributed."""
    repo: str | None
    """The change's repository."""
    accepted_at: datetime | None
    """When the first of its edits was let through, by a human or by a rule of theirs."""
    evidence: Literal["A", "B", "C"]
    """B: a client said so; C: its change is inferred."""
