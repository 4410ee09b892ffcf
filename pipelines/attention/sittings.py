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

SITTINGS = f"""
mark AS (SELECT DISTINCT tool, session, ms FROM agent),
marked AS (
    SELECT signal.*, mark.ms AS mark_ms
    FROM signal
    ASOF LEFT JOIN mark
        ON signal.tool = mark.tool AND signal.session = mark.session AND signal.ms > mark.ms
),
proposal AS (
    SELECT person, ms, min(mark_ms) AS mark_ms
    FROM marked WHERE role = 'decide' AND ms - mark_ms <= {RUN_MS} GROUP BY ALL
),
weighed AS (
    SELECT marked.* REPLACE (
        CASE WHEN role = 'look' AND proposal.mark_ms < marked.ms THEN 'weigh' ELSE role END AS role,
        coalesce(marked.mark_ms, proposal.mark_ms) AS mark_ms)
    FROM marked
    ASOF LEFT JOIN proposal
        ON marked.person = proposal.person AND marked.ms <= proposal.ms
),
told AS (
    -- One order for all that follows; what happens at one moment is in the order of what it says.
    SELECT *, row_number() OVER (
        ORDER BY person, ms, role, entity, branch, project, change_id, session) AS number
    FROM weighed
),
begun AS (
    SELECT *,
        person IS DISTINCT FROM lag(person) OVER order_of
            OR ms - lag(ms) OVER order_of > {RUN_MS} AS is_first,
        is_first OR ms - lag(ms) OVER order_of > {CUT_OFF_MS}
            OR role IN ('prompt', 'decide') AS sits_down
    FROM told
    WINDOW order_of AS (ORDER BY number)
),
sitting AS (
    SELECT *,
        sum(sits_down::BIGINT) OVER (ORDER BY number ROWS UNBOUNDED PRECEDING) AS sitting
    FROM begun
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
    SELECT person, number, is_first, ms, lead_ms, run_ms, mark_ms,
        role = 'hand' AS wrote,
        CASE
            WHEN role <> 'look' THEN role
            WHEN NOT asked THEN 'hand'
            WHEN touched_ms IS NULL OR touched_ms <= asked_run_ms AND asked_run_ms < ms THEN 'look'
            ELSE 'hand'
        END AS role,
        struct_pack(
            project := project, branch := branch, entity := entity, change_id := change_id,
            rewrites := rewrites, lines_around := lines_around,
            tool := tool, stream := stream, evidence := evidence) AS spot
    FROM so_far
)"""
"""One row a signal, in order, as what it was in its sitting (``role``), and where (``spot``)."""
