"""A real clone, made by the real git, read to its last commit; and what must not be read of it."""

import shutil
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest

from connectors import git_clone, git_notes
from connectors.record import account
from connectors.repository import repository_name
from schemas.envelope import Delivery, encode
from schemas.errors import Fatal
from tests.deliveries import KEY, decoded, pulled
from tests.git_repository import ADA, AIDER, BEN, Repository, prompt

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs the git program")

SENTINELS = (
    "wilhelmina",
    "ashgrove",
    "mossbank",
    "marigold",
    "hollyhock",
    "snowdrop-lane",
    "thistledown",
    "secret-heron",
    "token-of-ada",
    "quillfeather",
)
ODD = 'thistledown beds/"odd"\tna\\me é.txt'


class Garden:
    """A history with one of each: merge, rename, revert, pick, tags, trailers, odd names, notes."""

    def __init__(self, path: Path) -> None:
        repo = self.repo = Repository(path)
        repo.git(
            "remote", "add", "origin", "https://ada:token-of-ada@GitHub.com/Quillfeather/Web.git"
        )
        repo.write("beds/marigold.txt", *"abcdefgh")
        self.first = repo.commit("Begin\n\nMarigold first")
        repo.write(ODD, "one", "two", "+++ b/three", "@@ -1 +1 @@")
        self.odd = repo.commit("Add\n\nCo-authored-by: Claude <noreply@anthropic.com>", by=BEN)
        repo.git("tag", "v1.0")
        repo.git("mv", "beds/marigold.txt", "beds/hollyhock.txt")
        repo.write("beds/hollyhock.txt", *"abcdefgh", "i")
        self.renamed = repo.commit("Rename")
        repo.git("switch", "--quiet", "--create", "snowdrop-lane")
        repo.write("side.txt", "x", "y")
        self.side = repo.commit("aider: side", by=AIDER)
        repo.git("switch", "--quiet", "main")
        repo.git("cherry-pick", self.side)
        self.picked = repo.head()
        repo.write("main.txt", "z")
        self.main = repo.commit("Main\n\nCo-authored-by: Ben Mossbank <ben@mossbank.example>")
        repo.git("merge", "--quiet", "--no-edit", "snowdrop-lane")
        self.merge = repo.head()
        repo.git("revert", "--no-edit", self.main)
        self.revert = repo.head()
        repo.git("tag", "--annotate", "--message", "for Wilhelmina", "v1.1-rc.1")
        repo.git("tag", "wilhelmina-was-here", self.first)
        (repo.path / "image.bin").write_bytes(b"\0\1" * 50)
        self.binary = repo.commit("Binary")
        self.empty = repo.commit("Nothing")

    def notes(self) -> None:
        """Let git-ai say of some commits whose lines they are."""
        explained = {
            "prompts": {
                "669f971cc673be91": prompt("claude", "5e3d5526-6bbb", "opus", "secret-heron")
            },
            "sessions": {
                "s_c9883b05a2487d": {"agent_id": {"tool": "cursor", "id": "cc-session-1"}}
            },
            "humans": {"h_a1b2c3d4e5f678": {"author": ADA[0]}},
        }
        self.repo.note(self.odd, "gone.txt\n  669f971cc673be91 1-400\n", **explained)
        quoted = '"' + ODD.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") + '"'
        attested = (
            f"{quoted}\n  669f971cc673be91 1-2,900-909\n  s_c9883b05a2487d::t_9f8e7d6c5b4a32 2-3\n"
            "  h_a1b2c3d4e5f678 3-4\n"
        )
        self.repo.note(self.odd, attested, **explained)
        self.repo.note(self.renamed, "beds/hollyhock.txt\n  0000000000000000 9\n", **explained)
        self.repo.note(self.merge, "side.txt\n  669f971cc673be91 1-2\n", **explained)


@pytest.fixture(scope="module")
def garden(tmp_path_factory: pytest.TempPathFactory) -> Garden:
    made = Garden(tmp_path_factory.mktemp("clones") / "garden")
    made.notes()
    return made


@pytest.fixture(scope="module")
def told(garden: Garden) -> Iterator[duckdb.DuckDBPyConnection]:
    """Return the garden's events, as tables."""
    connection = duckdb.connect()
    for name, table in decoded(pulled("git", garden.repo.path)).rows.items():
        connection.register(name.rpartition(".")[2], table)
    yield connection
    connection.close()


def one(db: duckdb.DuckDBPyConnection, sql: str, *values: str) -> tuple[Any, ...]:
    [row] = db.execute(sql, values).fetchall()
    return tuple(row)


def size(db: duckdb.DuckDBPyConnection, sha: str) -> tuple[Any, ...]:
    return one(
        db, "SELECT parents, files, lines_added, lines_removed FROM recorded WHERE sha = ?", sha
    )


def bodies(deliveries: list[Delivery], kind: str) -> list[dict[str, Any]]:
    return [msgspec.json.decode(said.body) for said in deliveries if said.kind == kind]


def test_nothing_that_names_or_tells_is_kept(garden: Garden) -> None:
    clone = garden.repo.git("fast-export", "--all") + garden.repo.git("config", "--list")
    kept = b"\n".join(encode(said) for said in pulled("git", garden.repo.path)).lower()
    assert [word for word in SENTINELS if word not in clone.lower()] == []
    assert [word for word in SENTINELS if word.encode() in kept] == []


def test_commits_are_counted_against_their_parent(
    garden: Garden, told: duckdb.DuckDBPyConnection
) -> None:
    assert one(told, "SELECT count(*), count(DISTINCT sha) FROM recorded") == (10, 10)
    assert size(told, garden.first) == (0, 1, 8, 0)
    assert size(told, garden.odd) == (1, 1, 4, 0)
    assert size(told, garden.renamed) == (1, 1, 1, 0)
    assert size(told, garden.merge) == (2, None, None, None)
    assert size(told, garden.revert) == (1, 1, 0, 1)
    assert size(told, garden.binary) == (1, 1, 0, 0)
    assert size(told, garden.empty) == (1, 0, 0, 0)


def test_times_are_the_commits_own_in_utc(garden: Garden, told: duckdb.DuckDBPyConnection) -> None:
    found = one(told, "SELECT time, authored_at FROM recorded WHERE sha = ?", garden.first)
    assert found == (datetime(2026, 1, 5, 8, 4), datetime(2026, 1, 5, 8, 4))  # noqa: DTZ001


def test_people_are_the_accounts_behind_their_addresses(
    garden: Garden, told: duckdb.DuckDBPyConnection
) -> None:
    of = "SELECT author, committer FROM recorded WHERE sha = ?"
    ada = account(KEY, "git", ADA[1])
    ben = account(KEY, "github", "mossbank-ben")
    assert one(told, of, garden.first) == (ada, ada)
    assert one(told, of, garden.odd) == (ben, ben)


def test_a_picked_commit_has_the_patch_id_of_its_original(
    garden: Garden, told: duckdb.DuckDBPyConnection
) -> None:
    of = "SELECT patch_id FROM recorded WHERE sha = ?"
    assert one(told, of, garden.side) == one(told, of, garden.picked)
    assert one(told, of, garden.empty) == one(told, of, garden.merge) == (None,)
    assert one(told, "SELECT count(DISTINCT patch_id) FROM recorded") == (7,)


def test_a_revert_says_what_it_reverts(garden: Garden, told: duckdb.DuckDBPyConnection) -> None:
    assert one(told, "SELECT sha, revert_of FROM recorded WHERE is_revert_subject") == (
        garden.revert,
        garden.main,
    )


def test_tools_are_known_by_trailers_names_and_subjects(
    garden: Garden, told: duckdb.DuckDBPyConnection
) -> None:
    marks = "SELECT ai_tools, ai_marks FROM recorded WHERE sha = ?"
    assert one(told, marks, garden.side) == (["aider"], ["aider:name_suffix:1", "aider:subject:1"])
    assert one(told, marks, garden.main) == ([], [])
    claude = ["claude_code:co_author:1", "claude_code:co_author_name:1"]
    assert one(told, marks, garden.odd) == (["claude_code"], claude)
    assert told.execute(
        "SELECT sha, tool, evidence FROM attributed WHERE scheme = 'name' ORDER BY ALL"
    ).fetchall() == sorted([(garden.side, "aider", "C"), (garden.picked, "aider", "C")])


def test_tags_are_releases_and_one_without_a_version_hides_its_name(
    garden: Garden, told: duckdb.DuckDBPyConnection
) -> None:
    hidden = KEY.pseudonym("tag", "wilhelmina-was-here")
    assert told.execute(
        "SELECT sha, tag FROM published ORDER BY tag <> ?, tag", [hidden]
    ).fetchall() == [(garden.first, hidden), (garden.odd, "v1.0"), (garden.revert, "v1.1-rc.1")]


def test_a_note_counts_lines_that_the_commit_adds_each_once(
    garden: Garden, told: duckdb.DuckDBPyConnection
) -> None:
    of_tools = (
        "SELECT tool, models, sessions, lines_added_ai, lines_claimed FROM attributed "
        "WHERE scheme = 'git-ai' AND tool IS NOT NULL AND sha = ? ORDER BY tool"
    )
    assert told.execute(of_tools, [garden.odd]).fetchall() == [
        ("claude_code", ["opus"], [hidden_session("5e3d5526-6bbb")], 2, 12),
        ("cursor", [], [hidden_session("cc-session-1")], 1, 2),
    ]
    assert told.execute(of_tools, [garden.renamed]).fetchall() == []
    assert told.execute(of_tools, [garden.merge]).fetchall() == [
        ("claude_code", ["opus"], [hidden_session("5e3d5526-6bbb")], None, 2)
    ]


def test_a_note_has_one_row_for_what_is_no_tools(
    garden: Garden, told: duckdb.DuckDBPyConnection
) -> None:
    rest = (
        "SELECT lines_added_total, lines_added_human, lines_added_unexplained FROM attributed "
        "WHERE scheme = 'git-ai' AND tool IS NULL AND sha = ?"
    )
    assert one(told, rest, garden.odd) == (4, 1, 0)
    assert one(told, rest, garden.renamed) == (1, 0, 1)
    assert one(told, rest, garden.merge) == (None, None, None)


def test_a_note_that_was_written_again_has_the_later_time(
    garden: Garden, told: duckdb.DuckDBPyConnection
) -> None:
    revs = dict(
        told.execute(
            "SELECT sha, max(rev) FROM attributed WHERE scheme = 'git-ai' GROUP BY sha"
        ).fetchall()
    )
    written = garden.repo.git("log", "--format=%ct", "refs/notes/ai").split()
    newest_first = [int(seconds) * 1_000_000 for seconds in written]
    assert [revs[sha] for sha in (garden.merge, garden.renamed, garden.odd)] == newest_first[:3]
    assert len(newest_first) == 4


def test_the_owner_of_a_clone_is_keyed_until_the_clone_says_otherwise(tmp_path: Path) -> None:
    repo = Repository(tmp_path / "garden")
    repo.commit("Begin")
    names = []
    for setting in (
        ("remote.origin.url", "ssh://git@github.com:22/Acme/Web.git"),
        ("upshot.organisation", "yes"),
    ):
        repo.git("config", *setting)
        names += [said["repo"] for said in bodies(pulled("git", repo.path), "commit")]
    keyed = repository_name("github.com", "acme/web", organisation=False, key=KEY)
    assert names == [keyed, "github.com/acme/web"]


def test_a_bare_clone_tells_the_same_events(garden: Garden, tmp_path: Path) -> None:
    bare = tmp_path / "garden.git"
    garden.repo.git("clone", "--quiet", "--mirror", str(garden.repo.path), str(bare))
    url = garden.repo.git("config", "remote.origin.url")
    garden.repo.git("--git-dir", str(bare), "config", "remote.origin.url", url)
    assert bodies(pulled("git", bare), "commit") == bodies(
        pulled("git", garden.repo.path), "commit"
    )


def test_many_commits_are_asked_about_a_few_at_a_time(
    garden: Garden, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = pulled("git", garden.repo.path)
    monkeypatch.setattr(git_clone, "TOGETHER", 2)
    by_twos = pulled("git", garden.repo.path)
    assert sorted(map(encode, by_twos)) == sorted(map(encode, at_once))


def test_a_missing_file_costs_only_the_commits_that_need_it(tmp_path: Path) -> None:
    garden = Garden(tmp_path / "garden")
    blob = garden.repo.git("rev-parse", f"{garden.side}:side.txt")
    (garden.repo.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    said = pulled("git", garden.repo.path)
    unread = {said["sha"] for said in bodies(said, "commit") if "files" not in said}
    assert unread == {garden.side, garden.picked, garden.merge}
    assert len(bodies(said, "commit")) == 10
    assert len(bodies(said, "unscanned")) == 2


def test_a_partial_clone_is_read_without_fetching(garden: Garden, tmp_path: Path) -> None:
    garden.repo.git("config", "uploadpack.allowFilter", "true")
    partial = tmp_path / "partial"
    origin = garden.repo.path.as_uri()
    garden.repo.git(
        *("clone", "--quiet", "--no-checkout", "--filter=blob:none", origin, str(partial))
    )
    files = sorted(partial.rglob("*"))
    said = pulled("git", partial)
    assert sorted(partial.rglob("*")) == files
    assert len(bodies(said, "commit")) == 10
    assert len(bodies(said, "unscanned")) == 8


def test_nothing_that_a_clone_names_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = Repository(tmp_path / "garden")
    unsigned = repo.git("cat-file", "commit", repo.commit("Begin"))
    head, message = unsigned.split("\n\n")
    signed = f"{head}\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n -----END PGP SIGNATURE-----\n\n"
    sha = repo.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=signed + message + "\n")
    repo.git("update-ref", "refs/heads/main", sha)
    ran = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch '{ran}'\n")
    program.chmod(stat.S_IRWXU)
    for name in ("gpg.program", "core.fsmonitor", "core.pager", "diff.external"):
        repo.git("config", name, str(program))
    repo.git("config", "log.showSignature", "true")
    repo.git("log")
    assert ran.exists(), "git alone runs it, so its absence proves something"
    ran.unlink()
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(program))
    assert [said["sha"] for said in bodies(pulled("git", repo.path), "commit")] == [sha]
    assert not ran.exists()


def test_notes_that_cannot_be_used_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = Repository(tmp_path / "garden")
    broken, large, gone = (repo.commit(name) for name in ("broken", "large", "gone"))
    repo.git("notes", "--ref=ai", "add", "--message", "hollyhock", broken)
    repo.note(large, "", prompts={"k": prompt("claude", "s", "m", "long " * 3_000)})
    repo.note(gone, "")
    repo.git("reset", "--quiet", "--hard", large)
    monkeypatch.setattr(git_notes, "MAX_NOTE_BYTES", 10_000)
    kinds = [said.kind for said in pulled("git", repo.path)]
    assert sorted(kinds) == ["commit", "commit", "oversized_note", "stray_note", "unreadable"]


def test_an_empty_clone_says_nothing(tmp_path: Path) -> None:
    assert pulled("git", Repository(tmp_path / "garden").path) == []


def test_a_shallow_clone_is_refused(garden: Garden, tmp_path: Path) -> None:
    shallow = tmp_path / "shallow"
    garden.repo.git("clone", "--quiet", "--depth=1", garden.repo.path.as_uri(), str(shallow))
    with pytest.raises(Fatal, match="shallow clone") as raised:
        pulled("git", shallow)
    assert "--unshallow" in raised.value.next_step


def test_what_git_refuses_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    with pytest.raises(Fatal, match="refused by git"):
        pulled("git", tmp_path)


def test_a_history_with_a_hole_is_refused(tmp_path: Path) -> None:
    repo = Repository(tmp_path / "garden")
    first, _ = repo.commit("one"), repo.commit("two")
    (repo.path / ".git/objects" / first[:2] / first[2:]).unlink()
    with pytest.raises(Fatal, match="cannot be read to its end"):
        pulled("git", repo.path)


def test_without_git_it_says_so(
    garden: Garden, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Fatal, match="no git program"):
        pulled("git", garden.repo.path)


def hidden_session(session: str) -> str:
    """Return a session's id as the tool's own events hide it, so that the two meet."""
    return KEY.pseudonym("session", session)
