"""AIDev: pull requests that coding agents opened on public GitHub, labelled by tool, as Parquet.

PATH is the folder that holds the tools' folders (``OpenAI_Codex``, ``Copilot``, ``Cursor``,
``Claude_Code``), or one of those. The folder is the label: which tool took part in a change is
never read from its texts. A review of a pull request that is not in the table is told all the
same. The set is a selection, so it covers no stretch of time. How a change ended is the table's
word alone: it knows the last closing and not the ones before, so reopenings (which undo those)
are left out.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from connectors.github import (
    HOST,
    Comment,
    PullRequest,
    Review,
    commented,
    lifecycle,
    reviewed,
)
from connectors.github_accounts import user
from connectors.record import record
from connectors.source import Item, Source
from schemas.errors import Fatal

TOOLS = {
    "OpenAI_Codex": "codex",
    "Copilot": "copilot",
    "Cursor": "cursor",
    "Claude_Code": "claude_code",
}

TABLES = {
    "pull_request": "prs.parquet",
    "review": "pr_reviews.parquet",
    "comment": "pr_comments.parquet",
    "timeline": "pr_timelines.parquet",
}

NUMBERS = ("pr_id", "id", "number", "user_id")
TEXTS = ("user", "state", "event", "created_at", "submitted_at", "closed_at", "merged_at")


@record
class Step:
    """One step of a pull request's life; steps without a time are the data set's own gap."""

    event: str
    created_at: str


@record
class Row:
    """One row of one table, shaped as GitHub's own object, and the tool it is labelled with."""

    tool: str
    pr_id: int
    pull_request: PullRequest
    review: Review
    comment: Comment
    timeline: Step


def read(path: Path) -> Iterator[Item]:
    """Yield every row of every table. Raises Fatal for a table that is missing or damaged."""
    folders = [path] if path.name in TOOLS else [path / tool for tool in TOOLS]
    folders = [folder for folder in folders if folder.is_dir()]
    if not folders:
        raise Fatal(f"aidev: no folder of a tool at {path}", f"it must hold {', '.join(TOOLS)}")
    for folder in folders:
        if not (folder / TABLES["pull_request"]).is_file():
            raise Fatal(f"aidev: {folder} has no {TABLES['pull_request']}", "get the set again")
        for kind, table in TABLES.items():
            if (folder / table).exists():
                yield from _read_table(folder / table, kind, TOOLS[folder.name])


def _read_table(file: Path, kind: str, tool: str) -> Iterator[Item]:
    try:
        with pq.ParquetFile(file) as table:
            wanted = [*NUMBERS, *TEXTS, "repo_url"]
            columns = [name for name in table.schema_arrow.names if name in wanted]
            for batch in table.iter_batches(batch_size=4096, columns=columns):
                for row in map(_as_github, batch.to_pylist()):
                    yield Item(kind, {"tool": tool, "pr_id": row.get("pr_id"), kind: row})
    except (pa.ArrowException, OSError):
        raise Fatal(f"aidev: {file} cannot be read as Parquet", "get the file again") from None


def _as_github(row: dict[str, Any]) -> dict[str, Any]:
    """Shape a flat row as the object GitHub would send; the repository's owner type is unknown."""
    texts = {name: None if cell is None else str(cell) for name, cell in row.items()}
    numbers = {name: _number(texts[name]) for name in NUMBERS if name in texts}
    shaped = {**texts, **numbers, "user": user(texts.get("user"), numbers.get("user_id"))}
    if url := texts.get("repo_url"):
        shaped["base"] = {"repo": {"full_name": url.partition("/repos/")[2] or None}}
    return shaped


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None


PULL_REQUESTS = "SELECT delivery, NULL AS action, pull_request AS pr FROM pull_request"

SOURCE = Source(
    name="aidev",
    topic="review",
    records=dict.fromkeys(TABLES, Row),
    read=read,
    events={
        **lifecycle(PULL_REQUESTS),
        "change.ready": f"""
            SELECT delivery, '{HOST}' AS forge, pr_id AS change, timeline.created_at AS time
            FROM timeline WHERE timeline.event = 'ready_for_review'""",
        "change.attributed": f"""
            SELECT delivery, '{HOST}' AS forge, pull_request.id AS change, tool,
                pull_request.created_at AS time, 'C' AS evidence
            FROM pull_request""",
        "change.reviewed": reviewed("SELECT delivery, pr_id AS change, review FROM review"),
        "change.commented": commented("SELECT delivery, pr_id AS change, comment FROM comment"),
    },
)
