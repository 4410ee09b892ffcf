"""Gaps: who gets the time between two signals of one person. The owning rule of the time model.

=========== ==================================================================================
a prompt    owns what it takes to type it; what is left over is whatever was done before
a decision  owns the time since the agent's last word: it was read
a verdict   (or remark) owns the gap before it
an agent    owns nothing: while it runs is ``wait``, unless the person does something else
its end     is followed by at most a minute of reading, up to the next signal
any other   two signals share their gap half and half
=========== ==================================================================================

A gap beyond the cut-off is nobody's. Before a verdict without any sign of reading it may be half
an hour, bounded by the person's signal before, in whatever tool (evidence C). Pieces of one
person never overlap, ``wait`` included: all lie between two neighbouring signals.
"""

from pipelines.attention.signals import CUT_OFF_MS, RUN_MS

HOST_ONLY_MS = 1_800_000
"""The longest gap before a verdict that nothing but the verdict tells of."""

VISIT_MS = 4 * 3_600_000
"""How far back and ahead a visit to a file tells what is done there."""

PAGE_MS = 120_000
"""How long a browser says nothing of a page that is read on: a page tells of the time behind it."""

READING_MS = 60_000
"""The longest that reading an agent's result takes, when nothing else tells of it."""


def _piece(begin: str, end: str, kind: str, spot: str, rewrites: str = "rewrites") -> str:
    return (
        f"{{'begin_ms': {begin}, 'end_ms': {end}, 'kind': {kind}, 'spot': {spot},"
        f" 'rewrites': {rewrites}}}"
    )


KIND = {
    role: f"""CASE {role}
        WHEN 'read' THEN 'read' WHEN 'look' THEN 'look' WHEN 'submit' THEN 'peer_review'
        WHEN 'weigh' THEN 'self_review'
        ELSE 'hand' END"""
    for role in ("role", "was_role")
}
"""What a signal's own share of a gap is."""

PIECES = f"""
mark AS (SELECT DISTINCT tool, session, ms FROM agent),
marked AS (
    SELECT signal.*, mark.ms AS mark_ms
    FROM signal
    ASOF LEFT JOIN mark
        ON signal.tool = mark.tool AND signal.session = mark.session AND signal.ms > mark.ms
),
proposal AS (
    SELECT person, ms, min(mark_ms) AS mark_ms FROM marked WHERE role = 'decide' GROUP BY ALL
),
told AS (
    -- One order for all that follows; what happens at one moment is in the order of what it says.
    SELECT marked.* REPLACE (
            CASE WHEN marked.role = 'look' AND proposal.mark_ms < marked.ms THEN 'weigh'
                ELSE marked.role END AS role,
            coalesce(marked.mark_ms, proposal.mark_ms) AS mark_ms),
        row_number() OVER (
            ORDER BY marked.person, marked.ms, marked.role, entity, branch, project, change_id, session
        ) AS number
    FROM marked
    ASOF LEFT JOIN proposal
        ON marked.person = proposal.person AND marked.ms <= proposal.ms
),
begun AS (
    SELECT *,
        person IS DISTINCT FROM lag(person) OVER order_of
            OR ms - lag(ms) OVER order_of > {RUN_MS} AS is_first,
        is_first OR ms - lag(ms) OVER order_of > {CUT_OFF_MS} AS is_back,
        -- A visit: one file, until another signal or an absence comes between.
        coalesce(NOT is_back AND entity = lag(entity) OVER order_of, false) AS goes_on
    FROM told
    WINDOW order_of AS (ORDER BY number)
),
visit AS (
    SELECT *,
        sum((NOT goes_on)::BIGINT) OVER so_far AS visit,
        sum((is_back OR role IN ('prompt', 'decide'))::BIGINT) OVER so_far AS sitting
    FROM begun
    WINDOW so_far AS (ORDER BY number ROWS UNBOUNDED PRECEDING)
),
touched AS (
    SELECT *,
        CASE WHEN max(run_ms) OVER so_far < ms THEN max(run_ms) OVER so_far ELSE 0 END AS read_from,
        coalesce(max(ms) FILTER (role = 'hand') OVER so_far > read_from, false) AS touched,
    FROM visit
    WINDOW so_far AS (
        PARTITION BY sitting ORDER BY ms RANGE BETWEEN {VISIT_MS} PRECEDING AND CURRENT ROW)
),
xx AS (
    SELECT * REPLACE (CASE
            WHEN role <> 'look' THEN role
            WHEN bool_or(role = 'prompt') OVER so_far AND NOT touched THEN 'look'
            ELSE 'hand' END AS role),
        role = 'hand' AS wrote,
        CASE WHEN sum(lines_removed) OVER around + sum(lines_added) OVER around > 0
            THEN 2 * sum(lines_removed) OVER around >= sum(lines_added) OVER around
            END AS rewrites
    FROM touched
    WINDOW
        so_far AS (
            PARTITION BY sitting ORDER BY ms RANGE BETWEEN {VISIT_MS} PRECEDING AND CURRENT ROW),
        around AS (
            PARTITION BY sitting, entity ORDER BY ms
            RANGE BETWEEN {CUT_OFF_MS} PRECEDING AND {CUT_OFF_MS} FOLLOWING)
),
spotted AS (
    SELECT person, number, is_first, ms, role, wrote, lead_ms, run_ms, mark_ms, rewrites,
        struct_pack(
            project := project, branch := branch, entity := entity, change_id := change_id,
            tool := tool, stream := stream, evidence := evidence) AS spot
    FROM xx
),
pair AS (
    SELECT *,
        CASE WHEN NOT is_first THEN lag(ms) OVER order_of END AS was_ms,
        CASE WHEN NOT is_first THEN lag(role) OVER order_of END AS was_role,
        lag(spot) OVER order_of AS was_spot,
        lag(run_ms) OVER order_of AS was_run_ms,
        lag(rewrites) OVER order_of AS was_rewrites,
        NOT coalesce(lead(is_first) OVER order_of, true) AS has_next
    FROM spotted
    WINDOW order_of AS (ORDER BY number)
),
bound AS (
    SELECT *,
        coalesce(was_role IN ('prompt', 'decide'), false) AS after_agent,
        coalesce(after_agent AND was_run_ms > ms, false) AS still_runs,
        CASE
            WHEN role IN ('decide', 'weigh') AND mark_ms > was_ms THEN mark_ms
            WHEN after_agent AND was_run_ms BETWEEN was_ms AND ms THEN was_run_ms
            ELSE was_ms
        END AS begin_ms,
        ms - begin_ms AS gap_ms,
        coalesce(gap_ms <= {CUT_OFF_MS}, false) AS close,
        role = 'submit' AND NOT (close AND was_role = 'read') AS host_only,
        least(lead_ms, coalesce(gap_ms, lead_ms)) AS typed_ms,
        -- Both halves of the gap would be the same: one piece says it.
        coalesce(role = was_role AND spot = was_spot, false)
            AND rewrites IS NOT DISTINCT FROM was_rewrites AS alike,
        wrote AND was_role IN ('hand', 'look') AS owns,
        close AND NOT wrote AND role IN ('hand', 'look') AND was_role IN ('hand', 'look')
            AND gap_ms > {CUT_OFF_MS // 2} AS back,
        CASE WHEN host_only
            THEN struct_pack(
                project := spot.project, branch := spot.branch, entity := spot.entity,
                change_id := spot.change_id, tool := spot.tool, stream := spot.stream,
                evidence := 'C')
            ELSE spot
        END AS here
    FROM pair
),
listed AS (
    SELECT person, number, unnest([
        CASE WHEN after_agent AND begin_ms > was_ms
            THEN {_piece("was_ms", "begin_ms", "'wait'", "was_spot")} END,
        CASE WHEN role IN ('prompt', 'decide') AND NOT has_next AND run_ms > ms
            THEN {_piece("ms", "run_ms", "'wait'", "spot")}
            WHEN role = 'read' AND NOT has_next
                THEN {_piece("ms", f"ms + {PAGE_MS}", "'read'", "spot")} END,
        CASE
            WHEN role IN ('decide', 'weigh') AND close
                THEN {
    _piece(f"greatest(begin_ms, ms - {CUT_OFF_MS // 2})", "ms", "'self_review'", "spot")
}
            WHEN role = 'prompt'
                THEN {_piece("ms - typed_ms", "ms", "'prompt'", "spot")}
            WHEN role = 'submit' AND gap_ms <= {HOST_ONLY_MS}
                THEN {_piece("begin_ms", "ms", "'peer_review'", "here")}
            WHEN NOT close OR back THEN NULL
            WHEN role = 'reply' THEN {_piece("begin_ms", "ms", "'hand'", "spot")}
            WHEN role = 'look' AND after_agent AND begin_ms > was_ms
                THEN {
    _piece(f"greatest(begin_ms, ms - {CUT_OFF_MS // 2})", "ms", "'self_review'", "was_spot")
}
            WHEN role = 'hand' AND was_role = 'decide' AND begin_ms > was_ms
                THEN {_piece(f"greatest(begin_ms, ms - {READING_MS})", "ms", "'hand'", "spot")}
            WHEN role = 'hand' AND after_agent AND begin_ms > was_ms
                THEN {
    _piece(f"greatest(begin_ms, ms - {READING_MS})", "ms", "'self_review'", "was_spot")
}
            WHEN role = 'read' AND after_agent AND begin_ms > was_ms
                THEN {_piece(f"greatest(begin_ms, ms - {READING_MS})", "ms", "'read'", "spot")}
            WHEN was_role NOT IN ('hand', 'look', 'read')
                THEN {_piece("was_ms", "ms", KIND["role"], "spot")}
            ELSE {
    _piece("was_ms + CASE WHEN alike OR owns THEN 0 ELSE gap_ms // 2 END", "ms", KIND["role"], "spot")
}
        END,
        CASE
            WHEN was_role = 'read' AND NOT close AND NOT (host_only AND gap_ms <= {HOST_ONLY_MS})
                THEN {_piece("was_ms", f"was_ms + {PAGE_MS}", "'read'", "was_spot")}
            WHEN NOT close THEN NULL
            WHEN back
                THEN {
    _piece(
        "was_ms", f"was_ms + {CUT_OFF_MS // 2}", KIND["was_role"], "was_spot", "was_rewrites"
    )
}
            WHEN role = 'prompt' AND after_agent AND NOT still_runs
                THEN {
    _piece(
        f"greatest(begin_ms, ms - typed_ms - {READING_MS})",
        "ms - typed_ms",
        "'self_review'",
        "was_spot",
    )
}
            WHEN role = 'prompt' AND after_agent
                THEN {_piece("was_ms", "ms - typed_ms", "'wait'", "was_spot")}
            WHEN role = 'prompt'
                THEN {
    _piece("was_ms", "ms - typed_ms", KIND["was_role"], "was_spot", "was_rewrites")
}
            WHEN NOT alike AND NOT owns
                AND role IN ('hand', 'look', 'read') AND was_role IN ('hand', 'look', 'read')
                THEN {
    _piece("was_ms", "was_ms + gap_ms // 2", KIND["was_role"], "was_spot", "was_rewrites")
}
        END
    ]) AS one
    FROM bound
),
piece AS (
    SELECT person, number, one.begin_ms AS begin_ms, one.end_ms AS end_ms, one.kind AS kind,
        one.spot AS spot, one.rewrites AS rewrites
    FROM listed WHERE one.end_ms > one.begin_ms
)"""
"""One row a piece of a gap: whose, from when to when (ms), of which kind, and where."""
