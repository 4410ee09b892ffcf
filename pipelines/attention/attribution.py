"""Attribution: which change a piece of work was done for, told by where it was done.

1. What was said at the forge names its change, and a browser its page.
2. A branch in a project folder is its change's: the person's own, else anybody's.
3. Work on a branch that became no change (``main``, a name given up) belongs to the change that the
   same person opened next in that folder, within a day (evidence C).
4. The rest stays unattributed, and is counted.

A folder that several repositories share tells nothing. A branch that was used again belongs to one
change until that one ended, then to the next.
"""

NEXT_CHANGE = "INTERVAL 24 HOURS"
"""How long after the work its change may have been opened."""

PLACES = """
folder AS (
    SELECT project FROM facts.branches
    WHERE project IS NOT NULL GROUP BY project HAVING count(DISTINCT repo) = 1
),
known AS (SELECT branches.* FROM facts.branches AS branches JOIN folder USING (project)),
paged AS (
    SELECT page, min(change_id) AS change_id FROM facts.branches
    WHERE page IS NOT NULL GROUP BY page HAVING count(*) = 1
),
mine AS (
    SELECT *, greatest(opens_at, least(created_at, coalesce(
        lag(ended_at) OVER (PARTITION BY project, branch, author ORDER BY created_at, change_id),
        CASE WHEN lag(change_id) OVER (
            PARTITION BY project, branch, author ORDER BY created_at, change_id) IS NULL
            THEN opens_at ELSE created_at END))) AS owns_from
    FROM known WHERE branch IS NOT NULL
),
anybodys AS (
    SELECT *, greatest(opens_at, least(created_at, coalesce(
        lag(ended_at) OVER (PARTITION BY project, branch ORDER BY created_at, change_id),
        CASE WHEN lag(change_id) OVER (
            PARTITION BY project, branch ORDER BY created_at, change_id) IS NULL
            THEN opens_at ELSE created_at END))) AS owns_from
    FROM known WHERE branch IS NOT NULL
)"""
"""What is known of places: pages, and branches with the time from when on they are whose."""


def attributed(rows: str) -> str:
    """Return the SQL of a relation's rows, and the ``change_id`` and ``guessed`` of each.

    The relation has ``person``, ``moment`` and ``spot`` (a struct of ``change_id``, ``entity``,
    ``project`` and ``branch``); the CTEs of ``PLACES`` stand before.
    """
    return f"""
    SELECT one.*,
        coalesce(
            one.spot.change_id, paged.change_id,
            CASE WHEN one.moment < mine.closes_at THEN mine.change_id END,
            CASE WHEN one.moment < anybodys.closes_at THEN anybodys.change_id END) AS told,
        CASE WHEN soon.created_at <= one.moment + {NEXT_CHANGE} THEN soon.change_id END AS next,
        coalesce(told, next) AS change_id,
        told IS NULL AND next IS NOT NULL AS guessed
    FROM {rows} AS one
    LEFT JOIN paged ON paged.page = one.spot.entity
    ASOF LEFT JOIN mine
        ON mine.project = one.spot.project AND mine.branch = one.spot.branch
        AND mine.author = one.person AND one.moment >= mine.owns_from
    ASOF LEFT JOIN anybodys
        ON anybodys.project = one.spot.project AND anybodys.branch = one.spot.branch
        AND one.moment >= anybodys.owns_from
    ASOF LEFT JOIN known AS soon
        ON soon.project = one.spot.project AND soon.author = one.person
        AND one.moment <= soon.created_at"""
