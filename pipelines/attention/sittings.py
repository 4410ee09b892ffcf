"""Sittings: what looking at a file means, told by what was done before it in one sitting.

A sitting ends with an absence beyond the cut-off, a prompt or a decision.

======================= ======================================================================
between the agent's     looking weighs what the agent proposes, whatever file it is: reading
word and a decision
behind a prompt         looking at the AI's lines is reading them, until a file is touched: by
                        hand, since the agent's last word
behind a decision       what was let through was read before that: looking is part of the work
otherwise               looking is part of the work, whatever file somebody goes to
======================= ======================================================================
"""

from pipelines.attention.signals import CUT_OFF_MS, RUN_MS

SITTING_MS = 4 * 3_600_000
"""How far back a sitting tells what looking means."""

PLACE = "project, branch, entity, change_id, rewrites, lines_around, tool, stream, evidence"
"""What a signal says of where it was."""

SITTINGS = f"""
told AS MATERIALIZED (
    -- One order for all that follows; what happens at one moment is in the order of what it says.
    -- From here on a signal is its number: texts are wide, and a gap needs none of them.
    SELECT *,
        row_number() OVER order_of AS number,
        person IS DISTINCT FROM lag(person) OVER order_of
            OR ms - lag(ms) OVER order_of > {RUN_MS} AS is_first,
        is_first OR ms - lag(ms) OVER order_of > {CUT_OFF_MS}
            OR role IN ('prompt', 'decide') AS sits_down,
        hash({PLACE}) AS place
    FROM signal
    WINDOW order_of AS (
        ORDER BY person, ms, role, entity, branch, project, change_id, session)
),
mark AS (SELECT DISTINCT tool, session, ms FROM agent),
marked AS (
    SELECT told.person, told.number, told.ms, told.role, mark.ms AS mark_ms
    FROM told
    ASOF JOIN mark
        ON told.tool = mark.tool AND told.session = mark.session AND told.ms > mark.ms
),
proposal AS (
    SELECT person, ms, min(mark_ms) AS mark_ms
    FROM marked WHERE role = 'decide' AND ms - mark_ms <= {RUN_MS} GROUP BY ALL
),
weighed AS (
    SELECT told.number, proposal.mark_ms
    FROM told
    ASOF JOIN proposal ON told.person = proposal.person AND told.ms <= proposal.ms
    WHERE told.role = 'look' AND proposal.mark_ms < told.ms
),
sitting AS (
    SELECT told.number, is_first, told.ms, lead_ms, run_ms, place,
        coalesce(marked.mark_ms, weighed.mark_ms) AS mark_ms,
        CASE WHEN weighed.number IS NOT NULL THEN 'weigh' ELSE told.role END AS role,
        sum(sits_down::BIGINT) OVER (
            ORDER BY told.number ROWS UNBOUNDED PRECEDING) AS sitting
    FROM told
    LEFT JOIN marked USING (number)
    LEFT JOIN weighed USING (number)
),
so_far AS (
    SELECT *,
        bool_or(role = 'prompt') OVER so_far AS asked,
        max(run_ms) OVER so_far AS asked_run_ms,
        max(ms) FILTER (role = 'hand') OVER so_far AS touched_ms
    FROM sitting
    WINDOW
        so_far AS (
            PARTITION BY sitting ORDER BY ms
            RANGE BETWEEN {SITTING_MS} PRECEDING AND CURRENT ROW)
),
spotted AS (
    SELECT number, is_first, ms, lead_ms, run_ms, mark_ms, place,
        role = 'hand' AS wrote,
        CASE
            WHEN role <> 'look' THEN role
            WHEN NOT asked THEN 'hand'
            WHEN touched_ms IS NULL OR touched_ms <= asked_run_ms AND asked_run_ms < ms THEN 'look'
            ELSE 'hand'
        END AS role
    FROM so_far
)"""
"""One row a signal (``told``), and what it was in its sitting (``spotted``, by its number)."""
