"""Real histories whose answers are known: from an export's own lines to the events they mean."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.deliveries import decoded, pulled

EXPORTS = {
    "aider": {"commits": 13_138, "tags": 261, "reverts": 51, "strict": 44, "marked": 5_947},
    "cline": {"commits": 7_082, "tags": 684, "reverts": 129, "strict": 101, "marked": 131},
    "fastmcp": {"commits": 2_993, "tags": 84, "reverts": 13, "strict": 8, "marked": 188},
    "sqlite-utils": {"commits": 1_199, "tags": 140, "reverts": 1, "strict": 1, "marked": 77},
}


def told(path: Path) -> duckdb.DuckDBPyConnection:
    """Return the events that a path tells, as tables named by their last word."""
    connection = duckdb.connect()
    for name, table in decoded(pulled("git", path)).rows.items():
        connection.register(name.rpartition(".")[2], table)
    return connection


def ask(db: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return db.execute(sql).fetchall()


@pytest.mark.parametrize("repository", EXPORTS)
def test_commits_reverts_by_both_signs_and_commits_with_a_mark(
    shared: Path, repository: str
) -> None:
    db = told(shared / f"data/git_commits/{repository}.commits.jsonl.gz")
    answer = EXPORTS[repository]

    # The published rule of a mark has no `Claude-Session:` trailer in it.
    published = "NOT mark LIKE '%:session:%'"
    assert ask(
        db,
        "SELECT count(DISTINCT (repo, sha)), count(*) FILTER (is_revert_subject), "
        "count(revert_of), "
        f"count(*) FILTER (len([mark FOR mark IN ai_marks IF {published}]) > 0) FROM recorded",
    ) == [(answer["commits"], answer["reverts"], answer["strict"], answer["marked"])]


@pytest.mark.parametrize("repository", EXPORTS)
def test_every_tag_is_a_release_of_its_own(shared: Path, repository: str) -> None:
    db = told(shared / f"data/git_commits/{repository}.tags.jsonl.gz")
    assert ask(db, "SELECT count(*), count(DISTINCT tag), list(DISTINCT repo) FROM published") == [
        (EXPORTS[repository]["tags"], EXPORTS[repository]["tags"], [f"export/{repository}"])
    ]


def test_one_commit_shows_its_tool_by_a_session_trailer_alone(shared: Path) -> None:
    db = told(shared / "data/git_commits/sqlite-utils.commits.jsonl.gz")
    assert ask(
        db, "SELECT left(sha, 8), ai_tools FROM recorded WHERE ai_marks = ['claude_code:session:1']"
    ) == [("0566a9f1", ["claude_code"])]


def test_the_ai_share_of_noted_lines(shared: Path) -> None:
    db = told(shared / "data/git_ai_notes.jsonl.gz")
    assert ask(
        db,
        "SELECT sum(lines_added_total), sum(lines_added_ai), "
        "round(100.0 * sum(lines_added_ai) / sum(lines_added_total), 2), "
        "sum(lines_added_ai) + sum(lines_added_unexplained) FROM attributed "
        "WHERE scheme = 'git-ai'",
    ) == [(194_515, 86_976, 44.71, 87_437)]


def test_notes_claim_far_more_than_their_commits_add(shared: Path) -> None:
    db = told(shared / "data/git_ai_notes.jsonl.gz")
    assert ask(
        db,
        "SELECT count(*) FILTER (tool IS NULL), sum(lines_claimed) FROM attributed "
        "WHERE scheme = 'git-ai'",
    ) == [(1_169, 1_700_591)]


def test_marks_see_fewer_of_the_commits_that_a_note_gives_to_a_tool(shared: Path) -> None:
    db = told(shared / "data/git_ai_notes.jsonl.gz")
    by_note = "SELECT DISTINCT sha FROM attributed WHERE lines_added_ai > 0"
    by_mark = "SELECT DISTINCT sha FROM attributed WHERE scheme <> 'git-ai'"
    [(noted, marked_too)] = ask(
        db, f"SELECT count(*), count(*) FILTER (sha IN ({by_mark})) FROM ({by_note})"
    )
    assert noted > 2 * marked_too > 0
