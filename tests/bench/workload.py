"""Invented deliveries of a whole organisation, for measuring: the same seed, the same bytes.

Of 100 deliveries 85 are editor heartbeats, 10 AI calls, 4 reviews; the rest opens, merges and
deploys changes. 2 % are delivered twice, 1 % up to six hours late; they come in order of receipt.
Engineers and repositories are drawn by Zipf, events a change by a lognormal with mean 200. AI
calls and deployments have no record here, so they end in ``ignored``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pyarrow as pa

from connectors.record import Hidden, Person, record
from connectors.source import Item, Source
from pipelines import datafile, lake
from pipelines.arrow import arrow_schema
from pipelines.engine import connect
from pipelines.land import RANGE_ROWS, by_day
from pipelines.landed import app_id
from pipelines.table import DELIVERIES

BEGIN_US = int(datetime.fromisoformat("2026-01-05T00:00:00+00:00").timestamp()) * 1_000_000
DAY_US = 86_400_000_000
HOUR_US = DAY_US // 24
EVENTS_A_CHANGE = 200
EVENTS_AN_ENGINEER_DAY = 250
COPIES = 0.02
LATE = 0.01
KINDS = ("heartbeat", "ai_call", "review", "opened", "merged", "deployed")
SHARES = {"ai_call": 0.10, "review": 0.04, "merged": 0.0047, "deployed": 0.0043}


@record
class Heartbeat:
    """One sign of life from an editor."""

    account: Annotated[str, Person("bench")]
    time_us: int
    entity: Annotated[str, Hidden("path")]
    type: str
    category: str
    is_write: bool
    project: Annotated[str, Hidden("project")]
    branch: Annotated[str, Hidden("branch")]
    language: str
    lines_added: int
    lines_removed: int


@record
class Change:
    """One thing that happened to a change; which fields are there depends on the kind."""

    forge: str
    change: str
    time_us: int
    repo: str
    number: int
    account: Annotated[str, Person("bench")]
    branch: Annotated[str, Hidden("branch")]
    draft: bool
    review: str
    state: str
    sha: str
    lines_added: int
    lines_removed: int


def read(path: Path) -> Iterator[Item]:
    """Yield nothing: these deliveries are written straight into a lake."""
    return iter(())


SOURCE = Source(
    name="workload",
    topic="ide",
    records={"heartbeat": Heartbeat, "review": Change, "opened": Change, "merged": Change},
    read=read,
    events={
        "activity.observed": """
            SELECT delivery, account, 'vscode' AS editor, type AS entity_type, entity, category,
                project, branch, language, is_write, lines_added, lines_removed,
                'B' AS evidence, make_timestamp(time_us) AS time
            FROM heartbeat""",
        "change.reviewed": """
            SELECT delivery, forge, change, review, state, account AS reviewer,
                'human' AS reviewer_kind, make_timestamp(time_us) AS time
            FROM review""",
        "change.created": """
            SELECT delivery, forge, change, repo, number, account AS author,
                'human' AS author_kind, branch, draft, make_timestamp(time_us) AS time
            FROM opened""",
        "change.merged": """
            SELECT delivery, forge, change, sha, account AS merger, lines_added, lines_removed,
                make_timestamp(time_us) AS time
            FROM merged""",
    },
)
SOURCES = {SOURCE.name: SOURCE}

BODIES = """
SELECT 'workload' AS origin, position, 'workload' AS source, kinds[kind + 1] AS kind,
    make_timestamp(received_us) AS received, md5(kind || '/' || body) AS content_hash, body
FROM (
    SELECT *, CASE kind
        WHEN 0 THEN to_json({
            account: md5('account/' || engineer), time_us: time_us,
            entity: md5(repo || '/' || chance % 40), type: 'file', category: 'coding',
            is_write: chance % 4 = 0, project: md5('project/' || repo),
            branch: md5('branch/' || change),
            language: ['Python', 'TypeScript', 'Go', 'SQL'][repo % 4 + 1],
            lines_added: chance % 9, lines_removed: chance % 5})
        WHEN 1 THEN to_json({digest: md5('call/' || chance), size: 400 + chance % 4000})
        WHEN 2 THEN to_json({
            forge: 'github.com', change: (694000000 + change)::VARCHAR, time_us: time_us,
            account: md5('account/' || (engineer + 1 + chance % 5) % engineers),
            review: chance::VARCHAR,
            state: ['approved', 'commented', 'changes_requested'][chance % 3 + 1]})
        WHEN 3 THEN to_json({
            forge: 'github.com', change: (694000000 + change)::VARCHAR, time_us: time_us,
            repo: 'github.com/acme/' || repo, number: change,
            account: md5('account/' || engineer), branch: md5('branch/' || change),
            draft: false})
        WHEN 4 THEN to_json({
            forge: 'github.com', change: (694000000 + change)::VARCHAR, time_us: time_us,
            account: md5('account/' || engineer), sha: md5('sha/' || change),
            lines_added: chance % 400, lines_removed: chance % 90})
        ELSE to_json({digest: md5('deployment/' || change), size: 900})
    END::VARCHAR AS body
    FROM chunk
)
ORDER BY position
"""


@dataclass(frozen=True)
class Workload:
    """How much is said (copies included), over how many days, by which seed."""

    events: int
    days: int
    seed: int = 1

    @property
    def engineers(self) -> int:
        """People it takes to say that much."""
        return max(2, self.events // self.days // EVENTS_AN_ENGINEER_DAY)


def deliveries(workload: Workload) -> Iterator[pa.Table]:
    """Yield rows of ``lake.deliveries`` in order of receipt, as many a table as land reads."""
    said = _said(workload)
    kinds = ", ".join(f"'{kind}'" for kind in KINDS)
    db = connect()
    db.execute(f"SET VARIABLE kinds = [{kinds}]")
    query = BODIES.replace("kinds[", "getvariable('kinds')[")
    query = query.replace("% engineers", f"% {workload.engineers}")
    for start in range(0, workload.events, RANGE_ROWS):
        stop = min(start + RANGE_ROWS, workload.events)
        chunk = {name: column[start:stop] for name, column in said.items()}
        db.register("chunk", pa.table({**chunk, "position": np.arange(start, stop)}))
        yield db.sql(query).to_arrow_table().cast(arrow_schema(DELIVERIES.columns))


def land(home: Path, workload: Workload) -> None:
    """Put the workload into a lake's deliveries, by the writer and the commit that land uses."""
    db = connect()
    files = [
        datafile.write(home, DELIVERIES, day, part, "land-write")
        for rows in deliveries(workload)
        for day, part in by_day(rows, db)
    ]
    moves: dict[str, tuple[int | None, int]] = {app_id("workload"): (None, workload.events)}
    lake.append(home, DELIVERIES, [file for file in files if file], moves, "land-commit")


def _said(workload: Workload) -> dict[str, Any]:
    """Return who said what of which change and when, as columns in order of receipt."""
    rng = np.random.default_rng(workload.seed)
    distinct = round(workload.events / (1 + COPIES))
    changes = max(1, distinct // EVENTS_A_CHANGE)
    end_us = BEGIN_US + workload.days * DAY_US
    opened = BEGIN_US + (rng.random(changes) * workload.days * DAY_US).astype(np.int64)
    engineer = _zipf(rng, workload.engineers, 0.6, changes)
    repo = _zipf(rng, max(1, workload.engineers // 2), 1.05, changes)
    weight = rng.lognormal(0.0, 1.0, changes)

    kind, change = _kinds(rng, distinct, weight / weight.sum())
    # People work before they open; the rest of a change's life comes behind.
    before, at_once = kind <= KINDS.index("ai_call"), kind == KINDS.index("opened")
    room_us = np.where(before, opened[change] - BEGIN_US, end_us - opened[change])
    span_us = np.minimum(rng.exponential(12 * HOUR_US, distinct), room_us * rng.random(distinct))
    sign = np.select([before, at_once], [-1, 0], 1)
    time_us = opened[change] + sign * span_us.astype(np.int64)
    late = rng.random(distinct) < LATE
    delay_us = np.where(late, rng.integers(0, 6 * HOUR_US, distinct), 2_000_000)
    received_us = time_us + delay_us
    chance = rng.integers(0, 2**40, distinct)

    twice = rng.choice(distinct, workload.events - distinct)
    which = np.concatenate([np.arange(distinct), twice])
    again = received_us[twice] + rng.integers(1_000_000, HOUR_US, len(twice))
    received_us = np.concatenate([received_us, again])
    order = np.argsort(received_us, kind="stable")
    which = which[order]
    return {
        "kind": kind[which],
        "change": change[which],
        "engineer": engineer[change[which]],
        "repo": repo[change[which]],
        "time_us": time_us[which],
        "chance": chance[which],
        "received_us": received_us[order],
    }


def _kinds(rng: np.random.Generator, events: int, weights: Any) -> tuple[Any, Any]:
    """Return the kind and change of each event: a change opens, merges and deploys but once."""
    changes = len(weights)
    kind = [np.full(changes, KINDS.index("opened"))]
    change = [np.arange(changes)]
    for name in ("merged", "deployed"):
        once = rng.permutation(changes)[: round(events * SHARES[name])]
        kind.append(np.full(len(once), KINDS.index(name)))
        change.append(once)
    for name in ("ai_call", "review"):
        count = round(events * SHARES[name])
        kind.append(np.full(count, KINDS.index(name)))
        change.append(rng.choice(changes, count, p=weights))
    left = events - sum(map(len, kind))
    kind.append(np.full(left, KINDS.index("heartbeat")))
    change.append(rng.choice(changes, left, p=weights))
    return np.concatenate(kind), np.concatenate(change)


def _zipf(rng: np.random.Generator, values: int, exponent: float, draws: int) -> Any:
    """Draw from the numbers below ``values``, the first ones oftenest."""
    weights = np.arange(1, values + 1) ** -exponent
    return rng.choice(values, draws, p=weights / weights.sum())
