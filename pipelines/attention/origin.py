"""Origin: who wrote the lines that a change added, by the best witness there is.

1. git-ai's notes on the merged commit: line by line (``notes``).
2. What editors counted while it was worked on (``client``). They count every change of a line, so
   more than was added in the end is scaled down, in proportion.
3. Nobody: all lines are of unknown origin, never human.
"""

ORIGIN = """
noted AS (
    SELECT clocks.change_id,
        sum(lines_added_ai) AS ai_noted,
        sum(lines_added_human) AS human_noted
    FROM clocks
    JOIN events.commit_attributed AS note ON note.repo = clocks.repo AND note.sha = clocks.merge_sha
    WHERE note.scheme = 'git-ai'
    GROUP BY ALL
    HAVING sum(lines_added_total) IS NOT NULL
),
counted AS (
    SELECT change_id, coalesce(sum(ai_lines), 0) AS ai_counted,
        coalesce(sum(human_lines), 0) AS human_counted
    FROM facts.edits
    JOIN clocks USING (change_id)
    WHERE (ai_lines IS NOT NULL OR human_lines IS NOT NULL)
        AND day <= coalesce(clocks.merged_at::DATE, day)
    GROUP BY ALL
    HAVING coalesce(sum(ai_lines), 0) + coalesce(sum(human_lines), 0) > 0
),
origin AS (
    SELECT
        clocks.change_id,
        CASE WHEN noted.change_id IS NOT NULL THEN 'notes'
            WHEN counted.change_id IS NOT NULL THEN 'client' END AS lines_tier,
        CASE lines_tier
            WHEN 'notes' THEN least(coalesce(ai_noted, 0), lines_added)
            WHEN 'client' THEN
                lines_added * ai_counted // greatest(lines_added, ai_counted + human_counted)
        END AS ai,
        CASE lines_tier
            WHEN 'notes' THEN least(coalesce(human_noted, 0), lines_added - ai)
            WHEN 'client' THEN
                lines_added * human_counted // greatest(lines_added, ai_counted + human_counted)
        END AS human
    FROM clocks
    LEFT JOIN noted USING (change_id)
    LEFT JOIN counted USING (change_id)
    WHERE lines_added IS NOT NULL AND lines_tier IS NOT NULL
)"""
"""One row a change whose lines somebody told apart; ``clocks`` stands before."""
