"""Rejects: a pass that understands too little of a source stops before anybody is shown its rows.

One bad delivery is counted and passed by. Most of what a source says being bad is a source that
changed its format, or a mapping that was broken: numbers without it would look right and be wrong.
"""

from collections.abc import Sequence

from pipelines.engine import connect, scan
from pipelines.table import DELIVERIES, REJECTED
from schemas.errors import Fatal

LIMIT = 0.5
"""The share of a source's deliveries, of one pass, that may have something rejected."""

FEWEST = 100
"""Deliveries of which a share says something."""

_SHARES = """
WITH rejected AS ({rejected}),
shares AS (
    SELECT
        source,
        count(DISTINCT content_hash) AS told,
        count(DISTINCT content_hash) FILTER (
            content_hash IN (SELECT content_hash FROM rejected)
        ) AS bad
    FROM ({deliveries})
    GROUP BY source
)
SELECT source, told, bad, event_type, field, reason
FROM shares JOIN rejected USING (source)
WHERE told >= {FEWEST} AND bad > {LIMIT} * told
GROUP BY ALL
ORDER BY bad DESC, source, count(*) DESC, event_type, field, reason
LIMIT 1
"""


def refuse(deliveries: Sequence[str], rejected: Sequence[str]) -> None:
    """Raise Fatal where too many of these deliveries were rejected; both are files' paths."""
    query = _SHARES.format(
        rejected=scan(REJECTED, rejected),
        deliveries=scan(DELIVERIES, deliveries),
        FEWEST=FEWEST,
        LIMIT=LIMIT,
    )
    with connect() as db:
        found = db.execute(query).fetchall()
    for source, told, bad, event_type, field, reason in found:
        what = f"{event_type}, field {field}" if field else event_type or "the whole delivery"
        raise Fatal(
            f"{bad} of {told} new deliveries of {source} were rejected, most of them for "
            f"{what}: {reason}; nothing is published",
            "mend the source or its mapping and run this again, or let them be only counted with "
            "--accept-rejects",
        )
