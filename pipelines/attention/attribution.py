"""Attribution: which change a piece of work was done for, told by where it was done.

1. What was said at the forge names its change, and a browser its page.
2. A branch in a project folder is its change's: the person's own, else anybody's.
3. Work on a branch that became no change (``main``, a name given up) belongs to the change that the
   same person opened next in that folder, within a day (evidence C).
4. Rewriting a file of which an AI tool wrote more than a third for a change, within 21 days after
   its merge, is late correction of that change, whatever branch it is done on (evidence C), until
   the change of that branch is up for review: what is rewritten from then on is its own rework.
5. The rest stays unattributed, and is counted.

Which repository a folder holds, ``facts.folders`` says. A branch that was used again belongs to one
change until that one ended, then to the next.
"""

from pipelines.step import FIRST_DAY, LAST_DAY

NEXT_CHANGE = "INTERVAL 24 HOURS"
"""How long after the work its change may have been opened."""


def _owned(by: str) -> str:
    """Return the SQL of branches, with the time from when on each is a change's."""
    return f"""(
    SELECT {by}, owns_from, min(change_id) AS change_id, max(closes_at) AS closes_at
    FROM (
        SELECT *, greatest(opens_at, least(created_at, CASE
            WHEN lag(change_id) OVER again IS NULL THEN opens_at
            ELSE coalesce(lag(ended_at) OVER again, created_at)
        END)) AS owns_from
        FROM known WHERE branch IS NOT NULL
        WINDOW again AS (PARTITION BY {by} ORDER BY created_at, change_id)
    )
    GROUP BY ALL
)"""


PLACES = f"""
known AS (
    SELECT branches.* REPLACE (folders.project AS project)
    FROM facts.branches AS branches JOIN facts.folders AS folders USING (repo)
),
paged AS (
    SELECT page, min(change_id) AS change_id FROM facts.branches
    WHERE page IS NOT NULL GROUP BY page HAVING count(*) = 1
),
mine AS {_owned("project, branch, author")},
anybodys AS {_owned("project, branch")},
soon AS (
    SELECT project, author, created_at, min(change_id) AS change_id FROM known GROUP BY ALL
)"""
"""What is known of places: pages, and branches with the time from when on they are whose."""


def attributed(rows: str) -> str:
    """Return the SQL of a relation's rows, and the ``change_id`` and ``guessed`` of each.

    The relation has ``person``, ``moment``, ``named`` (the change that it names itself),
    ``entity``, ``project`` and ``branch``; the CTEs of ``PLACES`` stand before.
    """
    return f"""
    SELECT one.*,
        coalesce(
            one.named, paged.change_id,
            CASE WHEN one.moment < mine.closes_at THEN mine.change_id END,
            CASE WHEN one.moment < anybodys.closes_at THEN anybodys.change_id END) AS told,
        CASE WHEN soon.created_at <= one.moment + {NEXT_CHANGE} THEN soon.change_id END AS next,
        coalesce(told, next) AS change_id,
        told IS NULL AND next IS NOT NULL AS guessed
    FROM {rows} AS one
    LEFT JOIN paged ON paged.page = one.entity
    ASOF LEFT JOIN mine
        ON mine.project = one.project AND mine.branch = one.branch
        AND mine.author = one.person AND one.moment >= mine.owns_from
    ASOF LEFT JOIN anybodys
        ON anybodys.project = one.project AND anybodys.branch = one.branch
        AND one.moment >= anybodys.owns_from
    ASOF LEFT JOIN soon
        ON soon.project = one.project AND soon.author = one.person
        AND one.moment <= soon.created_at"""


def with_late_work(rows: str) -> str:
    """Return the SQL of attributed rows, and the change that each, if by hand, is to correct."""
    return f"""
    SELECT one.*,
        CASE WHEN (one.moment >= late.ready_at) IS NOT TRUE THEN late.of_change END AS corrected
    FROM {rows} AS one
    ASOF LEFT JOIN facts.late_work AS late
        ON late.entity = one.entity AND late.change_id = one.change_id
        AND late.day = one.moment::DATE AND one.moment >= late.merged_at"""


WHOSE_LINES = f"""
whose AS (
    -- What a file was made of by the end of each day on which its lines were counted.
    SELECT change_id, entity, day,
        CASE
            WHEN sum(sum(ai_lines)) OVER so_far > coalesce(sum(sum(human_new_lines)) OVER so_far, 0)
                THEN 'ai'
            WHEN sum(sum(human_lines)) OVER so_far > 0 THEN 'human'
        END AS lines_of,
        min(min(first_ai_at)) OVER so_far AS first_ai_at
    FROM facts.edits
    -- Where nothing was counted a file was only seen; and what was not seen now is not asked about.
    WHERE (ai_lines IS NOT NULL OR human_lines IS NOT NULL)
        AND ({FIRST_DAY} IS NULL OR (change_id, entity) IN (
            SELECT (change_id, entity) FROM facts.edits
            WHERE day BETWEEN {FIRST_DAY} - INTERVAL 1 DAY AND {LAST_DAY} + INTERVAL 1 DAY))
    GROUP BY change_id, entity, day
    WINDOW so_far AS (PARTITION BY change_id, entity ORDER BY day)
)"""
"""Whose lines most of a file's are, in one change, day by day."""
