"""What the demo prints: a headline with its truth, what became of it, and what is refused."""

from pathlib import Path

from connectors.simulator.people import OWNER
from connectors.simulator.simulate import Organisation
from pipelines import catalog
from pipelines.engine import Connection, quoted
from pipelines.show import table_text
from sql.card import above, below
from sql.metric import metrics

HEAD = """\
{teams} invented teams, {people} people, {weeks} weeks; each is given Claude Code about half way.
A real collector heard {landed} deliveries of it. The numbers are made up: they say nothing about
any real tool."""

HEADLINE = """
WITH truth AS (
    SELECT
        bucket AS ai_share,
        sum(self_review_ms + peer_review_ms + correct_early_ms + rework_ms + correct_late_ms)
            / sum(hand_ms + prompt_ms) AS ratio
    FROM read_parquet({truth})
    WHERE merged_ms + 21 * 86400000 <= {ends_ms} AND hand_ms + prompt_ms >= 60000
    GROUP BY bucket
)
SELECT
    ai_share AS "AI share of lines, %",
    changes,
    people,
    metric.ratio || ' (' || ratio_low || '-' || ratio_high || ')' AS "hours (95 %)",
    coverage,
    round(truth.ratio, 4) AS "in truth",
    round(100 * (metric.ratio / truth.ratio - 1), 1) AS "error, %",
    suppressed AS refused
FROM metrics.review_and_correction AS metric
FULL JOIN truth USING (ai_share)
ORDER BY ai_share
"""

LADDER = """
SELECT
    tool,
    stage,
    prompts,
    changes,
    percent || ' (' || percent_low || '-' || percent_high || ')' AS "percent (95 %)",
    coverage,
    suppressed AS refused
FROM metrics.value_ladder
ORDER BY tool, stage
"""

DEPLOYMENTS = """
SELECT
    team,
    period,
    weeks,
    people,
    deployments,
    per_engineer_week || ' (' || per_engineer_week_low || '-' || per_engineer_week_high || ')'
        AS "per engineer-week (95 %)",
    coverage
FROM metrics.deployments_per_engineer_week
ORDER BY team, period = 'after'
"""

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
-- What does attention go to, before a team's roll-out and after it? Association, not effect.
SELECT team, day >= started AS rolled_out, kind, round(sum(duration_ms) / 3600000) AS hours
FROM facts.spans JOIN events.team_assigned USING (person) JOIN events.tool_rollout USING (team)
WHERE kind <> 'wait' GROUP BY ALL ORDER BY ALL;
""",
    """\
-- Up to when is everything there, and what was read that is no event of ours?
SELECT source, complete_up_to, kind AS ignored, deliveries
FROM lake.freshness LEFT JOIN lake.ignored USING (source) ORDER BY ALL;
""",
)
"""Three questions that the catalogue answers."""

HISTORY = f"""
SELECT
    count(*) || ' commits by ' || count(DISTINCT author) || ' accounts added '
    || sum(lines_added)::BIGINT || ' lines; ' || count(*) FILTER (len(ai_tools) > 0)
    || ' bear a mark of an AI tool, ' || count(*) FILTER (is_revert_subject) || ' are reverts'
FROM events.commit_recorded
WHERE NOT starts_with(repo, 'github.com/{OWNER}/')
"""
"""What is known of the clone that it runs in, beside the invented ones."""


def text(db: Connection, home: Path, asked: Organisation, landed: int) -> str:
    """Return the whole of it."""
    people = len(asked.staff)
    truth = home / "demo-organisation/truth/changes.parquet"
    headline = HEADLINE.format(truth=quoted(str(truth)), ends_ms=asked.ends_ms)
    folder = home / "lake"
    parts = (
        HEAD.format(teams=asked.teams, people=people, weeks=asked.weeks, landed=landed),
        _metric(db, "review_and_correction", headline),
        "In truth: what the simulator knows and never told; the estimate saw only what was sent.",
        _metric(db, "value_ladder", LADDER),
        _metric(db, "deployments_per_engineer_week", DEPLOYMENTS),
        _refused(db),
        f"Ask it yourself:  duckdb -readonly {catalog.path(folder)}",
        f'            or:   upshot sql --lake {folder} "SELECT ..."\n',
        *QUERIES,
    )
    return "\n".join(parts).rstrip()


def clone_text(db: Connection, absent: str) -> str:
    """Return what a clone's history says, or why it says nothing."""
    if absent:
        return f"No git history: {absent}."
    [(said,)] = db.execute(HISTORY).fetchall()
    return f"And the git history of this clone, which is real: {said}."


def _metric(db: Connection, name: str, query: str) -> str:
    """Return a metric's rows between what is to be read before and behind them."""
    metric = metrics()[name]
    states = db.execute(
        f"SELECT suppressed, count(*) FROM metrics.{name} GROUP BY suppressed"
    ).fetchall()
    refused = {why: count for why, count in states if why}
    rows = sum(count for _, count in states)
    lines = [*above(metric), "", table_text(db.execute(query)), "", *below(metric, rows, refused)]
    return "\n".join(["", *lines])


def _refused(db: Connection) -> str:
    """Return one row that is withheld, and why."""
    known = metrics()
    for name in sorted(known, key=lambda name: (name != "review_and_correction", name)):
        metric = known[name]
        if not metric.reasons:
            continue
        grain = " || ', ' || ".join(metric.grain)
        found = db.execute(
            f"SELECT {grain}, suppressed FROM metrics.{name} "
            "WHERE suppressed IS NOT NULL ORDER BY ALL LIMIT 1"
        ).fetchall()
        if found:
            row, why = found[0]
            return f"\nRefused, for one: {name} of {row}. Why: {why}.\n"
    return "\nNothing had to be refused.\n"
