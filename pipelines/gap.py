"""A gap: what the log lost before it had landed, and the commands that fill it from the sources."""

from pathlib import Path

from pipelines import lake
from pipelines.engine import connect, scan
from pipelines.table import DELIVERIES


def filling(home: Path, partition: str) -> str:
    """Return the next step for whoever finds positions of a log partition gone.

    It names who spoke there and since when nothing was heard of them: what is pulled again comes
    behind the gap, and what had landed of it is told from new by its content.
    """
    paths = [str(home / DELIVERIES.path / file.path) for file in lake.live(home, DELIVERIES)]
    with connect() as db:
        heard = db.execute(
            f"""SELECT source, max(received)::DATE, bool_or(origin = ?) AS here
            FROM ({scan(DELIVERIES, sorted(paths))})
            WHERE received IS NOT NULL AND source <> 'upshot' GROUP BY source
            QUALIFY here OR NOT bool_or(here) OVER () ORDER BY source""",
            [partition],
        ).fetchall()
    pulls = [f"`upshot pull {source} PATH` from {day} on" for source, day, _ in heard]
    pulled = f" ({', '.join(pulls)})" if pulls else ""
    return (
        f"pull those days from their sources again{pulled}, "
        "then go past the gap with `upshot stream --once --accept-loss`"
    )
