"""The clones that the organisation leaves: git itself reads them, and they are what was merged."""

import subprocess
from pathlib import Path

import pytest

from connectors.simulator.repository import write_clones
from connectors.simulator.simulate import History, Organisation, simulate
from tests.deliveries import decoded, pulled
from tests.simulator.conftest import SMALL


@pytest.fixture(scope="module")
def clones(history: History, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clones")
    write_clones(folder, history.commits, SMALL.ends_ms)
    return folder


def git(clone: Path, *arguments: str) -> str:
    """Return what git says of a clone."""
    asked = ("git", "-C", str(clone), *arguments)
    return subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60).stdout


def test_git_finds_nothing_wrong_with_any_of_them(clones: Path) -> None:
    for clone in clones.iterdir():
        git(clone, "fsck", "--strict", "--no-dangling")


def test_they_hold_one_commit_for_each_merge_under_the_id_that_the_forge_told(
    clones: Path, history: History
) -> None:
    told = {
        hook.payload["pull_request"]["merge_commit_sha"]
        for hook in history.signals.hooks
        if hook.payload.get("pull_request", {}).get("merged") and hook.at_ms < SMALL.ends_ms
    }
    kept = {sha for clone in clones.iterdir() for sha in git(clone, "rev-list", "main").split()}
    assert kept == told
    assert kept


def test_a_revert_names_the_merge_that_it_takes_back(tmp_path: Path) -> None:
    asked = Organisation(seed=3, weeks=10, teams=2)
    history = simulate(asked)
    write_clones(tmp_path, history.commits, asked.ends_ms)
    reverts = sum(
        row["is_revert"] and row["outcome"] == "merged" and row["merged_ms"] < asked.ends_ms
        for row in history.truth.changes
    )
    said = [one for name in history.commits for one in pulled("git", tmp_path / name)]
    commits = decoded(said).rows["events/commit.recorded"].to_pylist()
    merged = {row["sha"] for row in commits}
    named = [row["revert_of"] for row in commits if row["revert_of"]]
    assert len(named) == reverts > 0
    assert set(named) <= merged
    assert {row["repo"] for row in commits} == {
        f"github.com/larchwood-example/{name}" for name in history.commits
    }
