"""Whose an account is, on the day that it was seen."""

LINKED = """
owners AS (
    SELECT
        account,
        person,
        coalesce(since, DATE '0001-01-01') AS since,
        coalesce(until, DATE '9999-12-31') AS until
    FROM events.identity_linked
)"""


def people(seen: str) -> str:
    """Return the SQL of ``account, day, person`` for every account and day of a relation.

    ``seen`` has ``account`` and ``time``; the CTE of ``LINKED`` stands before. A person is the
    account itself where nobody owns it; of several owners on one day, the later link's.
    """
    return f"""
    SELECT seen.account, seen.day, coalesce(max_by(person, since), seen.account) AS person
    FROM (SELECT DISTINCT account, time::DATE AS day FROM {seen}) AS seen
    LEFT JOIN owners
        ON owners.account = seen.account AND seen.day >= since AND seen.day < until
    GROUP BY seen.account, seen.day"""
