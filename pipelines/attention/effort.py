"""Effort: a change's spans summed by what they were, by the change's own clock.

=============== ==================================================================================
hand            by hand before the first review, but not on files whose lines were mostly the AI's
prompt          directing AI before the first review
self_review     reading the AI's output (or the own change), whenever
peer_review     reading by others, whenever
correct_early   by hand before the first review, on files that AI tools mostly wrote for the change
rework          by hand and by prompt from the first review to the end
correct_late    by hand and by prompt within 21 days after the merge
=============== ==================================================================================

A span that goes over a milestone is cut there.
"""


def _overlap(begin: str, end: str) -> str:
    """Return the SQL of how much of a span lies between two times (ms; NULL is for ever)."""
    return f"greatest(0, least(ended_ms, {end}) - greatest(started_ms, {begin}))"


FIRST_REVIEW = "coalesce(reviewed_ms, closed_ms, 9_000_000_000_000_000)"
END = "coalesce(closed_ms, 9_000_000_000_000_000)"

EFFORT = f"""
by_whom AS (
    -- What a file was made of by the end of each day, for one change.
    SELECT change_id, entity, day,
        sum(sum(ai_lines)) OVER so_far
            > coalesce(sum(sum(human_lines)) OVER so_far, 0) AS mostly_ai,
        min(min(first_ai_at)) OVER so_far AS first_ai_at
    FROM facts.edits
    WHERE change_id IN (SELECT change_id FROM clocks)
    GROUP BY change_id, entity, day
    WINDOW so_far AS (PARTITION BY change_id, entity ORDER BY day)
),
told_apart AS (
    SELECT change_id, true AS lines_told FROM facts.edits
    WHERE ai_lines IS NOT NULL OR human_lines IS NOT NULL GROUP BY ALL
),
spent AS (
    SELECT
        spans.change_id, spans.kind, spans.stream, spans.evidence, spans.tool,
        epoch_ms(spans.started_at) AS started_ms,
        epoch_ms(spans.ended_at) AS ended_ms,
        epoch_ms(clocks.first_review_at) AS reviewed_ms,
        epoch_ms(clocks.closed_at) AS closed_ms,
        clocks.merged_at IS NOT NULL AS is_merged,
        coalesce(mostly_ai AND first_ai_at <= spans.started_at, false) AS on_ai_lines
    FROM facts.spans AS spans
    JOIN clocks USING (change_id)
    ASOF LEFT JOIN by_whom
        ON by_whom.change_id = spans.change_id AND by_whom.entity = spans.entity
        AND spans.day >= by_whom.day
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
effort AS (
    SELECT
        change_id,
        min(started_ms) FILTER (kind IN ('hand', 'prompt')) AS began_ms,
        count(*) FILTER (kind IN ('hand', 'prompt', 'self_review')) > 0 AS seen_authoring,
        count(*) FILTER (kind = 'peer_review') > 0 AS seen_reviewing,
        bool_or(kind = 'peer_review' AND stream = 'editor') AS seen_reading,
        bool_or(tool IS NOT NULL) AS with_tool,
        list(DISTINCT tool) FILTER (tool IS NOT NULL) AS effort_tools,
        coalesce(sum(before_ms) FILTER (kind = 'hand' AND NOT on_ai_lines), 0) AS hand_ms,
        coalesce(sum(before_ms) FILTER (kind = 'hand' AND on_ai_lines), 0) AS correct_early_ms,
        coalesce(sum(before_ms) FILTER (kind = 'prompt'), 0) AS prompt_ms,
        coalesce(sum(ended_ms - started_ms) FILTER (kind = 'self_review'), 0) AS self_review_ms,
        coalesce(sum(ended_ms - started_ms) FILTER (kind = 'peer_review'), 0) AS peer_review_ms,
        coalesce(sum(rework_ms) FILTER (kind IN ('hand', 'prompt')), 0) AS rework_ms,
        coalesce(sum(late_ms) FILTER (kind IN ('hand', 'prompt')), 0) AS correct_late_ms
    FROM parted
    GROUP BY change_id
)"""
"""One row a change that somebody gave time to; ``clocks`` stands before."""
