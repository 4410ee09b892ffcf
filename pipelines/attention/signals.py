"""Signals: what tells that a person was there, and what only looks like it.

A signal is an editor's or browser's sign of life, a prompt, a human's decision on an AI tool's
edit, a verdict or a remark. What an agent wrote is none, nor is a plugin that beats by itself.
"""

from pipelines.attention.writes import AGENT_EDITS, WRITTEN_AROUND
from pipelines.step import FIRST_DAY, LAST_DAY

CUT_OFF_MS = 600_000
"""The longest gap between two signals that is work, not absence; the parameter of the model."""

RUN_MS = 12 * 3_600_000
"""A run ends with its last word within this; what was before as long a silence is forgotten."""

TYPING_MS, CHARACTER_MS = 20_000, 360
"""What a prompt takes to write: so long, and so long for each of its characters."""


BEATS_AROUND = f"INTERVAL {RUN_MS // 3_600_000 + 1} HOURS"
"""How far from a day a beat can matter to it: it ends a run, if it is no idle plugin's.

Runs are twelve hours at most, and an idle plugin is known by the hour around.
"""


def near(time: str, around: str = "INTERVAL 1 DAY") -> str:
    """Return the condition that a time can matter for the days that are being built.

    Nobody looks further than a day each side, so a day's rows are the same whichever days are built
    with it: a run is over after twelve hours, and what a look in it was, a decision told within
    twelve more; two signals further apart know nothing of each other.
    """
    return (
        f"year({time}) BETWEEN 2000 AND 2100 AND ({FIRST_DAY} IS NULL OR {time} BETWEEN"
        f" {FIRST_DAY} - {around} AND {LAST_DAY} + INTERVAL 1 DAY + {around})"
    )


SEEN = f"""
beat AS MATERIALIZED (
    -- From here on a beat is its number, and a file the hash of its name: texts are wide.
    SELECT *, row_number() OVER () AS beat, epoch_ms(time) AS ms, hash(entity) AS file,
        -- An agent wrote, as far as the editor knows.
        category = 'ai coding' OR (ai_lines > 0 AND coalesce(human_lines, 0) = 0) AS by_agent
    FROM events.activity_observed WHERE {near("time", BEATS_AROUND)}
),
prompted AS (SELECT *, epoch_ms(time) AS ms FROM events.ai_prompt_submitted WHERE {near("time")}),
decided AS (
    SELECT *, epoch_ms(time) AS ms FROM events.ai_edit_decided
    WHERE decider = 'user' AND {near("time")}
),
agent AS (
    SELECT tool, session, prompt, account, time, epoch_ms(time) AS ms
    FROM events.ai_inference_completed WHERE {near("time")}
    UNION ALL BY NAME
    SELECT tool, session, prompt, account, time, epoch_ms(time) AS ms
    FROM events.ai_tool_completed WHERE {near("time")}
),
verdict AS (
    SELECT forge || '/' || change AS change_id, reviewer AS account, time, 'verdict' AS what
    FROM events.change_reviewed
    WHERE coalesce(reviewer_kind, 'human') = 'human' AND state <> 'dismissed' AND {near("time")}
    UNION ALL BY NAME
    SELECT forge || '/' || change AS change_id, author AS account, time, 'remark' AS what
    FROM events.change_commented
    WHERE coalesce(author_kind, 'human') = 'human' AND {near("time")}
),
account_seen AS (
    SELECT account, time FROM beat
    UNION ALL SELECT account, time FROM prompted
    UNION ALL SELECT account, time FROM decided
    UNION ALL SELECT account, time FROM agent WHERE account IS NOT NULL
    UNION ALL SELECT account, time FROM verdict
)"""
"""What is seen of everybody, around the days that are being built."""


def _to_its_end(asked: str) -> str:
    """Return the join of a run's last word, as ``run``, to what asked for it."""
    return f"""ASOF LEFT JOIN run
        ON run.tool = {asked}.tool AND run.session = {asked}.session
        AND run.prompt = {asked}.prompt AND {asked}.ms + {RUN_MS} >= run.ms"""


def _same_gap(*three: str) -> str:
    """Return the condition that three beats of one file lie equally far apart, over a minute."""
    windows = [f"{one} OVER order_of" if "(" in one else one for one in three]
    first, second, third = (one.format("ms") for one in windows)
    files = [one.format("file") for one in windows]
    return f"""coalesce({files[0]} = {files[1]} AND {files[1]} = {files[2]}
                AND {third} - {second} BETWEEN 60_001 AND 1_800_000
                AND abs(({third} - {second}) - ({second} - {first})) <= 50, false)"""


SIGNALS = f"""
{AGENT_EDITS},
run AS (SELECT DISTINCT tool, session, prompt, ms FROM agent),
asked AS (
    SELECT people.person, prompted.ms, 'prompt' AS role, prompted.tool, prompted.session,
        {TYPING_MS} + {CHARACTER_MS} * coalesce(prompted.prompt_chars, 0) AS lead_ms,
        run.ms AS run_ms
    FROM prompted
    JOIN people ON people.account = prompted.account AND people.day = prompted.time::DATE
    {_to_its_end("prompted")}
    UNION ALL BY NAME
    SELECT people.person, decided.ms, 'decide' AS role, decided.tool, decided.session,
        run.ms AS run_ms
    FROM decided
    JOIN people ON people.account = decided.account AND people.day = decided.time::DATE
    {_to_its_end("decided")}
),
running AS (
    SELECT person, ms, max(run_ms) AS run_ms
    FROM asked WHERE run_ms > ms GROUP BY person, ms
),
beating AS (
    SELECT beat.beat, people.person, beat.ms, beat.file, beat.by_agent, beat.is_write,
        beat.ai_lines, beat.human_lines, beat.lines_added, beat.lines_removed,
        beat.is_write IS TRUE OR coalesce(beat.lines_added, 0) + coalesce(beat.lines_removed, 0)
            + coalesce(beat.ai_lines, 0) + coalesce(beat.human_lines, 0) > 0 AS wrote,
        -- A plugin that beats by itself: the same file, nothing done, the same gap twice.
        NOT wrote AND ({_same_gap("lag(beat.{0}, 2)", "lag(beat.{0}, 1)", "beat.{0}")}
            OR {_same_gap("lag(beat.{0}, 1)", "beat.{0}", "lead(beat.{0}, 1)")}
            AND lead(beat.is_write) OVER order_of IS NOT TRUE) AS idle
    FROM beat
    JOIN people ON people.account = beat.account AND people.day = beat.time::DATE
    WINDOW order_of AS (
        PARTITION BY beat.account
        ORDER BY beat.ms, hash(beat.entity, beat.branch, beat.project, beat.category),
            beat.is_write)
),
place AS (
    SELECT DISTINCT ON (person, ms) person, beating.ms, project, branch
    FROM beating JOIN beat USING (beat)
    WHERE project IS NOT NULL AND category IS DISTINCT FROM 'code reviewing'
        AND person IN (SELECT person FROM asked)
    ORDER BY person, beating.ms, project, branch
),
placed AS (
    -- An agent does not say where it works: it is where its person's editor is, before or after.
    SELECT asked.*,
        before.ms >= asked.ms - {CUT_OFF_MS}
            AND (after.ms IS NULL OR asked.ms - before.ms <= after.ms - asked.ms) AS by_before,
        after.ms <= asked.ms + {CUT_OFF_MS} AS by_after,
        CASE WHEN by_before THEN before.project WHEN by_after THEN after.project END AS project,
        CASE WHEN by_before THEN before.branch WHEN by_after THEN after.branch END AS branch
    FROM asked
    ASOF LEFT JOIN place AS before
        ON asked.person = before.person AND asked.ms >= before.ms
    ASOF LEFT JOIN place AS after
        ON asked.person = after.person AND asked.ms <= after.ms
),
{WRITTEN_AROUND},
signal AS (
    SELECT written.person, written.ms,
        CASE
            WHEN category = 'code reviewing' THEN 'read'
            WHEN wrote THEN 'hand'
            ELSE 'look'
        END AS role,
        rewrites, lines_around,
        project, branch, entity, 'editor' AS stream, evidence
    FROM written
    JOIN beat USING (beat)
    ASOF LEFT JOIN running
        ON written.person = running.person AND written.ms >= running.ms
    WHERE NOT written.by_agent AND NOT coalesce(idle, false)
        -- What is written while an agent runs is the agent's, unless it is said to be by hand.
        AND NOT (written.is_write IS TRUE AND coalesce(written.human_lines, 0) = 0
            AND coalesce(written.ms <= running.run_ms, false))
        AND (category = 'code reviewing' OR coalesce(entity_type, 'file') = 'file')
    UNION ALL BY NAME
    SELECT person, ms, role, lead_ms, run_ms, session, project, branch, tool, 'agent' AS stream,
        'C' AS evidence
    FROM placed
    UNION ALL BY NAME
    SELECT people.person, epoch_ms(verdict.time) AS ms,
        CASE WHEN branches.author = people.person THEN 'reply' ELSE 'submit' END AS role,
        verdict.change_id, 'forge' AS stream, 'B' AS evidence
    FROM verdict
    JOIN people ON people.account = verdict.account AND people.day = verdict.time::DATE
    LEFT JOIN facts.branches AS branches USING (change_id)
    WHERE what = 'verdict' OR branches.change_id IS NOT NULL
)"""
"""One row a signal: who, when, as what (``role``), and where."""
