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

READING_MS = 60_000
"""The longest that reading an agent's result takes, when nothing else tells of it."""


def _piece(begin: str, end: str, kind: str, spot: str) -> str:
    return f"{{'begin_ms': {begin}, 'end_ms': {end}, 'kind': {kind}, 'spot': {spot}}}"


KIND = {
    role: f"CASE {role} WHEN 'read' THEN 'read' WHEN 'submit' THEN 'peer_review' ELSE 'hand' END"
    for role in ("role", "was_role")
}
"""What a signal's own share of a gap is."""

PIECES = f"""
mark AS (SELECT DISTINCT tool, session, ms FROM agent),
told AS (
    SELECT signal.*, mark.ms AS mark_ms
    FROM signal
    ASOF LEFT JOIN mark
        ON signal.spot.tool = mark.tool AND signal.session = mark.session AND signal.ms > mark.ms
),
pair AS (
    SELECT *,
        lag(ms) OVER order_of AS was_ms,
        lag(role) OVER order_of AS was_role,
        lag(spot) OVER order_of AS was_spot,
        lag(least(run_ms, ms + {RUN_MS})) OVER order_of AS was_run_ms,
        lead(ms) OVER order_of AS next_ms
    FROM told
    WINDOW order_of AS (PARTITION BY person ORDER BY ms, role, spot, session)
),
bound AS (
    SELECT *,
        coalesce(was_role IN ('prompt', 'decide'), false) AS after_agent,
        coalesce(after_agent AND was_run_ms > ms, false) AS still_runs,
        CASE
            WHEN role = 'decide' AND mark_ms > was_ms THEN mark_ms
            WHEN after_agent AND was_run_ms BETWEEN was_ms AND ms THEN was_run_ms
            ELSE was_ms
        END AS begin_ms,
        ms - begin_ms AS gap_ms,
        coalesce(gap_ms <= {CUT_OFF_MS}, false) AS close,
        role = 'submit' AND was_role IS DISTINCT FROM 'read' AS host_only,
        least(lead_ms, coalesce(gap_ms, lead_ms)) AS typed_ms,
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
    SELECT person, unnest([
        CASE WHEN after_agent AND begin_ms > was_ms
            THEN {_piece("was_ms", "begin_ms", "'wait'", "was_spot")} END,
        CASE WHEN role IN ('prompt', 'decide') AND next_ms IS NULL AND run_ms > ms
            THEN {_piece("ms", f"least(run_ms, ms + {RUN_MS})", "'wait'", "spot")} END,
        CASE
            WHEN role = 'decide' AND close
                THEN {_piece("begin_ms", "ms", "'self_review'", "spot")}
            WHEN role = 'prompt'
                THEN {_piece("ms - typed_ms", "ms", "'prompt'", "spot")}
            WHEN role = 'submit' AND (close OR (host_only AND gap_ms <= {HOST_ONLY_MS}))
                THEN {_piece("begin_ms", "ms", "'peer_review'", "here")}
            WHEN NOT close THEN NULL
            WHEN role = 'reply' THEN {_piece("begin_ms", "ms", "'hand'", "spot")}
            WHEN role = 'hand' AND after_agent AND begin_ms > was_ms
                THEN {
    _piece(f"greatest(begin_ms, ms - {READING_MS})", "ms", "'self_review'", "was_spot")
}
            WHEN role = 'read' AND after_agent AND begin_ms > was_ms
                THEN {_piece(f"greatest(begin_ms, ms - {READING_MS})", "ms", "'read'", "spot")}
            WHEN was_role NOT IN ('hand', 'read')
                THEN {_piece("was_ms", "ms", KIND["role"], "spot")}
            ELSE {_piece("was_ms + gap_ms // 2", "ms", KIND["role"], "spot")}
        END,
        CASE
            WHEN NOT close THEN NULL
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
                THEN {_piece("was_ms", "ms - typed_ms", KIND["was_role"], "was_spot")}
            WHEN role IN ('hand', 'read') AND was_role IN ('hand', 'read')
                THEN {_piece("was_ms", "was_ms + gap_ms // 2", KIND["was_role"], "was_spot")}
        END
    ]) AS one
    FROM bound
),
piece AS (
    SELECT person, one.begin_ms AS begin_ms, one.end_ms AS end_ms, one.kind AS kind,
        one.spot AS spot
    FROM listed WHERE one.end_ms > one.begin_ms
)"""
"""One row a piece of a gap: whose, from when to when (ms), of which kind, and where."""
