"""The demo: an invented organisation's archive and roster, through the real path, to a table."""

import secrets
from collections.abc import Callable
from datetime import date
from pathlib import Path

from connectors import all_sources
from connectors.file_log import FileLog
from connectors.keys import KEY_BYTES, TenantKey, make_key, read_key
from connectors.pull import pull
from connectors.simulator.archive import write_archive
from connectors.simulator.organisation import changes
from connectors.simulator.people import PEOPLE, TEAMS
from connectors.simulator.roster import write_roster
from pipelines import catalog
from pipelines.demo_home import Made, alone, clear, take
from pipelines.derive import Tell, derive
from pipelines.engine import Connection
from pipelines.land import land
from pipelines.show import table_text
from sql.metric import metrics

SEED = 7
FIRST = date(2026, 1, 5)
WEEKS = 8

OUTCOME = """
SELECT
    tool,
    changes,
    merged_percent || ' (' || merged_percent_low || '-' || merged_percent_high || ')' AS "merged %",
    merged_hours_p50 AS "in hours",
    rejected_percent || ' (' || rejected_percent_low || '-' || rejected_percent_high || ')'
        AS "rejected %",
    rejected_hours_p50 AS "in hours",
    coverage
FROM metrics.change_outcome
ORDER BY tool
"""

PEOPLE_BY_TOOL = "SELECT * FROM metrics.active_people_by_tool ORDER BY tool"

QUERIES = (
    """\
-- Where do merged changes wait? Hours, in the middle.
SELECT tool, count(*) AS changes,
    round(median(pickup_ms) / 3600000, 1) AS to_first_review,
    round(median(review_wait_ms + merge_wait_ms) / 3600000, 1) AS from_there_to_merge
FROM facts.changes, unnest(tools) AS part(tool)
WHERE outcome = 'merged' GROUP BY ALL ORDER BY ALL;
""",
    """\
-- What changed with the roll-out, team by team? Association, not effect.
SELECT team, tool, created_at::DATE >= started AS rolled_out, count(*) AS changes,
    median(lines_added) AS lines_added_p50,
    round(100 * count(*) FILTER (outcome = 'rejected') / count(*), 1) AS rejected_percent
FROM facts.changes JOIN events.tool_rollout USING (team) GROUP BY ALL ORDER BY ALL;
""",
    """\
-- Up to when is everything there, and what was read that is no event of ours?
SELECT source, complete_up_to, kind AS ignored, deliveries
FROM lake.freshness LEFT JOIN lake.ignored USING (source) ORDER BY ALL;
""",
)
"""Three questions that the catalogue answers."""


def demo(
    home: Path,
    tell: Tell,
    received: Callable[[], int],
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> str:
    """Run the demo in a folder and return what to print; a rerun begins anew and ends the same.

    Keeps a key that is there. Raises Usage, having cleared nothing, where the folder's log or lake
    holds anything that the demo did not make, and LostRace while another demo runs in it.
    """
    with alone(home):
        clear(home)
        if not (home / "key").exists():
            make_key(home / "key", random_bytes(KEY_BYTES))
        key = read_key(home / "key")
        archive = home / "demo-archive"
        tell("invent an archive", 0, 0)
        write_archive(archive / "github", changes(SEED, FIRST, WEEKS), FIRST, WEEKS)
        write_roster(archive / "roster", FIRST)
        take(home, home / "demo-log", _pull(archive, home / "demo-log", key, tell, received))
        tell("land", 0, 0)
        while land(home / "lake", f"file:{home / 'log'}").consumed:
            pass
        derive(home / "lake", all_sources(), tell=tell)
    with catalog.open_catalog(home / "lake") as db:
        return _text(home, db)


def _pull(
    archive: Path, log: Path, key: TenantKey, tell: Tell, received: Callable[[], int]
) -> Made:
    with FileLog(log).writer() as appender:
        for name, folder in (("gharchive", "github"), ("roster", "roster")):
            tell(f"pull {name}", 0, 0)
            pull(all_sources()[name], archive / folder, appender.append, key, received)
        appender.sync()
        spool = appender.partition
    return Made(spool, FileLog(log).offsets(spool)[1])


def _text(home: Path, db: Connection) -> str:
    lake = home / "lake"
    parts = (
        f"{len(TEAMS)} invented teams, {len(PEOPLE)} people, {WEEKS} weeks.",
        "The numbers are made up: they say nothing about any real tool.\n",
        _metric(db, "change_outcome", OUTCOME),
        _metric(db, "active_people_by_tool", PEOPLE_BY_TOOL),
        f"Ask it yourself:  duckdb -readonly {catalog.path(lake)}",
        f'            or:   upshot sql --lake {lake} "SELECT ..."\n',
        *QUERIES,
    )
    return "\n".join(parts).rstrip()


def _metric(db: Connection, name: str, query: str) -> str:
    metric = metrics()[name]
    return (
        f"{metric.title}\n{metric.question}\n\n{table_text(db.execute(query))}\n\n"
        f"Pair: {metric.pair}. {metric.pair_because}.\n"
    )
