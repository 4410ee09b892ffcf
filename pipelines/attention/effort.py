"""Effort: a change's spans summed by what they were, by the change's own clock.

=============== ==================================================================================
hand            by hand before the first review, but what is correct_early
prompt          directing AI before the first review
self_review     reading the AI's output (or the own change) before the first review
correct_early   rewriting by hand, before the first review, files that AI tools mostly wrote
rework          all of that from the first review to the end
correct_late    all of that within 21 days after the merge
peer_review     reading by others, whenever
=============== ==================================================================================

A span that goes over a milestone is cut there.
"""


def _overlap(begin: str, end: str) -> str:
    """Return the SQL of how much of a span lies between two times (ms; NULL is for ever)."""
    return f"greatest(0, least(ended_ms, {end}) - greatest(started_ms, {begin}))"


FIRST_REVIEW = "coalesce(reviewed_ms, closed_ms, 9_000_000_000_000_000)"
OWN = ("hand", "prompt", "self_review")
"""What authors do, but wait."""

END = "coalesce(closed_ms, 9_000_000_000_000_000)"

EFFORT = f"""
told_apart AS (
    SELECT change_id, true AS lines_told FROM facts.edits
    WHERE ai_lines IS NOT NULL OR human_lines IS NOT NULL GROUP BY ALL
),
spent AS (
    SELECT
        spans.change_id, spans.person, spans.kind, spans.stream, spans.evidence, spans.tool,
        epoch_ms(spans.started_at) AS started_ms,
        epoch_ms(spans.ended_at) AS ended_ms,
        epoch_ms(clocks.first_review_at) AS reviewed_ms,
        epoch_ms(clocks.closed_at) AS closed_ms,
        clocks.merged_at IS NOT NULL AS is_merged,
        spans.lines_of IS NOT DISTINCT FROM 'ai' AND coalesce(rewrites, true) AS on_ai_lines
    FROM facts.spans AS spans
    JOIN clocks USING (change_id)
    WHERE spans.change_id IS NOT NULL
),
parted AS (
    SELECT *,
        {_overlap("started_ms", f"least({FIRST_REVIEW}, {END})")} AS before_ms,
        {_overlap(FIRST_REVIEW, END)} AS rework_ms,
        CASE WHEN is_merged
            THEN {_overlap(END, f"{END} + 21 * 86_400_000")} ELSE 0 END AS late_ms
    FROM spent
),
unbounded_reviews AS (
    -- Verdicts that nothing but themselves tells of: how long they took is unknown, not nothing.
    SELECT verdicts.forge || '/' || verdicts.change AS change_id, count(*) AS unbounded
    FROM verdicts
    LEFT JOIN facts.spans AS spans
        ON spans.change_id = verdicts.forge || '/' || verdicts.change
        AND spans.person = verdicts.reviewer AND spans.kind = 'peer_review'
        AND verdicts.time > spans.started_at
        AND epoch_ms(verdicts.time) <= epoch_ms(spans.ended_at)
    WHERE spans.change_id IS NULL AND verdicts.state <> 'dismissed'
    GROUP BY ALL
),
readers AS (
    SELECT change_id, bool_and(seen_reading) AS all_seen_reading
    FROM (
        -- Whoever went from a page straight to a verdict was seen reading, if on another page.
        SELECT change_id, person, bool_or(stream = 'editor' OR evidence = 'B') AS seen_reading
        FROM spent WHERE kind = 'peer_review' GROUP BY ALL
    )
    GROUP BY ALL
),
effort AS (
    SELECT
        change_id,
        min(started_ms) FILTER (kind IN ('hand', 'prompt')) AS began_ms,
        count(*) FILTER (kind IN {OWN}) > 0 AS seen_authoring,
        count(*) FILTER (kind = 'peer_review') > 0 AS seen_reviewing,
        bool_or(tool IS NOT NULL) AS with_tool,
        list(DISTINCT tool) FILTER (tool IS NOT NULL) AS effort_tools,
        coalesce(sum(before_ms) FILTER (kind = 'hand' AND NOT on_ai_lines), 0) AS hand_ms,
        coalesce(sum(before_ms) FILTER (kind = 'hand' AND on_ai_lines), 0) AS correct_early_ms,
        coalesce(sum(before_ms) FILTER (kind = 'prompt'), 0) AS prompt_ms,
        coalesce(sum(before_ms) FILTER (kind = 'self_review'), 0) AS self_review_ms,
        coalesce(sum(ended_ms - started_ms) FILTER (kind = 'peer_review'), 0) AS peer_review_ms,
        coalesce(sum(rework_ms) FILTER (kind IN {OWN}), 0) AS rework_ms,
        coalesce(sum(late_ms) FILTER (kind IN {OWN}), 0) AS correct_late_ms
    FROM parted
    GROUP BY change_id
)"""
"""One row a change that somebody gave time to; ``clocks`` and ``verdicts`` stand before."""
