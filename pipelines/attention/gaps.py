"""Gaps: who gets the time between two signals of one person. The owning rule of the time model.

=========== ==================================================================================
a prompt    owns what it takes to type it; what is left over it shares with what was done before
a decision  owns the time since the agent's last word, five minutes at most: it was read
a verdict   (or remark) owns the gap before it
an agent    owns nothing: while it runs is ``wait``, unless the person does something else
its end     is followed by reading: five minutes at most up to a look, else one; behind a
            decision by what comes next, for it was read before
a write     owns the gap since a file was looked at or touched: it tells what was done in it
a look      tells only that somebody is there: behind five minutes it owns nothing, and the
            signal before it those five
a page      tells that it was opened: who is away after it has read for two minutes
any other   two signals share their gap half and half
=========== ==================================================================================

A gap beyond the cut-off is nobody's. Before a verdict without any sign of reading it may be half
an hour, bounded by the person's signal before, in whatever tool (evidence C). Pieces of one
person never overlap, ``wait`` included: all lie between two neighbouring signals.
"""

from pipelines.attention.signals import CUT_OFF_MS

HALF_MS = CUT_OFF_MS // 2
"""The longest that is believed of a gap whose end does not tell what was done in it."""

HOST_ONLY_MS = 1_800_000
"""The longest gap before a verdict that nothing but the verdict tells of."""

PAGE_MS = 120_000
"""How long a browser says nothing more of a page that is read on."""

READING_MS = 60_000
"""The longest that reading an agent's result takes, when nothing else tells of it."""


def _own(begin: str, end: str, kind: str, host_only: str = "false") -> str:
    return (
        f"{{'begin_ms': {begin}, 'end_ms': {end}, 'kind': {kind}, 'of': number,"
        f" 'host_only': {host_only}}}"
    )


def _before(begin: str, end: str, kind: str) -> str:
    return _own(begin, end, kind).replace("'of': number,", "'of': number - 1,")


KIND = {
    role: f"""CASE {role}
        WHEN 'read' THEN 'read' WHEN 'look' THEN 'look' WHEN 'submit' THEN 'peer_review'
        WHEN 'weigh' THEN 'self_review'
        ELSE 'hand' END"""
    for role in ("role", "was_role")
}
"""What a signal's own share of a gap is."""

PIECES = f"""
pair AS (
    SELECT *,
        CASE WHEN NOT is_first THEN lag(ms) OVER order_of END AS was_ms,
        CASE WHEN NOT is_first THEN lag(role) OVER order_of END AS was_role,
        lag(place) OVER order_of AS was_place,
        lag(run_ms) OVER order_of AS was_run_ms,
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
        CASE
            WHEN close AND NOT after_agent AND gap_ms > lead_ms THEN (gap_ms + lead_ms) // 2
            ELSE least(lead_ms, coalesce(gap_ms, lead_ms))
        END AS typed_ms,
        CASE WHEN role = 'prompt' THEN ms - typed_ms ELSE ms END AS began_ms,
        -- Both halves of the gap would be the same: one piece says it.
        coalesce(role = was_role AND place = was_place, false) AS alike,
        wrote AND was_role IN ('hand', 'look') AS owns,
        was_ms + CASE WHEN alike OR owns THEN 0 ELSE gap_ms // 2 END AS own_ms,
        greatest(begin_ms, ms - typed_ms - {READING_MS}) AS was_read_ms,
        -- Somebody is there again, and nothing tells since when.
        close AND NOT wrote AND role IN ('hand', 'look') AND was_role IN ('hand', 'look')
            AND gap_ms > {HALF_MS} AS back
    FROM pair
),
listed AS (
    SELECT number, unnest([
        CASE WHEN after_agent AND begin_ms > was_ms
            THEN {_before("was_ms", "begin_ms", "'wait'")} END,
        CASE WHEN role IN ('prompt', 'decide') AND NOT has_next AND run_ms > ms
            THEN {_own("ms", "run_ms", "'wait'")}
            WHEN role = 'read' AND NOT has_next
                THEN {_own("ms", f"ms + {PAGE_MS}", "'read'")} END,
        CASE
            WHEN role IN ('decide', 'weigh') AND close
                THEN {_own(f"greatest(begin_ms, ms - {HALF_MS})", "ms", "'self_review'")}
            WHEN role = 'prompt'
                THEN {_own("ms - typed_ms", "ms", "'prompt'")}
            WHEN role = 'submit' AND gap_ms <= {HOST_ONLY_MS}
                THEN {_own("begin_ms", "ms", "'peer_review'", "host_only")}
            WHEN NOT close OR back THEN NULL
            WHEN role = 'reply' THEN {_own("begin_ms", "ms", "'hand'")}
            WHEN role = 'look' AND after_agent AND begin_ms > was_ms
                THEN {_before(f"greatest(begin_ms, ms - {HALF_MS})", "ms", "'self_review'")}
            WHEN role = 'hand' AND was_role = 'decide' AND begin_ms > was_ms
                THEN {_own(f"greatest(begin_ms, ms - {READING_MS})", "ms", "'hand'")}
            WHEN role = 'hand' AND after_agent AND begin_ms > was_ms
                THEN {_before(f"greatest(begin_ms, ms - {READING_MS})", "ms", "'self_review'")}
            WHEN role = 'read' AND after_agent AND begin_ms > was_ms
                THEN {_own(f"greatest(begin_ms, ms - {READING_MS})", "ms", "'read'")}
            WHEN was_role NOT IN ('hand', 'look', 'read')
                THEN {_own("was_ms", "ms", KIND["role"])}
            ELSE {_own("own_ms", "ms", KIND["role"])}
        END,
        CASE
            WHEN was_role = 'read' AND NOT close AND NOT (host_only AND gap_ms <= {HOST_ONLY_MS})
                THEN {_before("was_ms", f"least(was_ms + {PAGE_MS}, began_ms)", "'read'")}
            WHEN NOT close THEN NULL
            WHEN back
                THEN {_before("was_ms", f"was_ms + {HALF_MS}", KIND["was_role"])}
            WHEN role = 'prompt' AND after_agent AND NOT still_runs
                THEN {_before("was_read_ms", "ms - typed_ms", "'self_review'")}
            WHEN role = 'prompt' AND after_agent
                THEN {_before("was_ms", "ms - typed_ms", "'wait'")}
            WHEN role = 'prompt'
                THEN {_before("was_ms", "ms - typed_ms", KIND["was_role"])}
            WHEN NOT alike AND NOT owns
                AND role IN ('hand', 'look', 'read') AND was_role IN ('hand', 'look', 'read')
                THEN {_before("was_ms", "was_ms + gap_ms // 2", KIND["was_role"])}
        END
    ]) AS one
    FROM bound
),
piece AS (
    SELECT number, one.* FROM listed WHERE one.end_ms > one.begin_ms
)"""
"""One row a piece of a gap: up to which signal, from when to when, of which kind, ``of`` which
signal it tells (its place and its change are that one's), and whether nothing but a verdict tells.
"""
