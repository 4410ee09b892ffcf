"""A clone: its commits with their sizes and patch ids, its tags, and git-ai's notes.

Every commit that a branch, a remote's branch or a tag leads to is told; stashes, and what only
the reflog remembers, are not. The objects decide, not the check-out: the working tree is not read.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from connectors import git_ai
from connectors.git_command import answer, git, output, parts
from connectors.git_diff import Lines, added_lines, answered, patch_ids, sizes
from connectors.git_notes import Kept, contents, notes
from connectors.source import Item
from schemas.envelope import UNREADABLE
from schemas.errors import Fatal

TOGETHER = 500
"""Commits that are held, and asked about, at a time."""

FIELDS = "%n".join(("%H", "%P", "%aI", "%cI", "%an", "%ae", "%cn", "%ce", "%B"))


class Commit(NamedTuple):
    """A commit as its own object tells it."""

    sha: str
    parents: int
    authored_at: str
    committed_at: str
    author: dict[str, str]
    committer: dict[str, str]
    message: str


def is_clone(path: Path) -> bool:
    """Tell whether a path is a clone: one with a working tree, or a bare one."""
    return (path / ".git").exists() or ((path / "HEAD").is_file() and (path / "objects").is_dir())


def read_clone(path: Path) -> Iterator[Item]:
    """Yield commits (newest first) each with its note, then tags.

    A commit whose content the clone does not hold is told without its size, and once more as
    ``unscanned``, so that it is counted; a note of no known commit as ``stray_note``. Raises Fatal
    for what git refuses to read, and for a shallow clone.
    """
    where = _where(path)
    noted = notes(path)
    for commits in _together(_commits(path)):
        plain = [commit.sha for commit in commits if commit.parents < 2]
        size = answered(sizes, path, plain)
        patch = answered(patch_ids, path, list(size))
        for commit in commits:
            counted = size[commit.sha]._asdict() if commit.sha in size else {}
            yield Item(
                "commit",
                {
                    "repo": where,
                    **commit_said(commit),
                    **counted,
                    "patch_id": patch.get(commit.sha),
                },
            )
            if commit.parents < 2 and not counted:
                yield Item("unscanned", {"sha": commit.sha})
        mine = {commit.sha: noted.pop(commit.sha) for commit in commits if commit.sha in noted}
        added = answered(added_lines, path, [sha for sha in mine if sha in size])
        yield from _notes(path, where, commits, mine, added)
    for sha in noted:
        yield Item("stray_note", {"sha": sha})
    yield from _tags(path, where)


def commit_said(commit: Commit) -> dict[str, Any]:
    """Return a commit as its record takes it; each finding in the message is a field of its own."""
    said = commit._asdict()
    message = said.pop("message")
    return {**said, "ai_marks": message, "revert_of": message, "is_revert_subject": message}


def signature(name: str, email: str) -> dict[str, str]:
    """Return an author or committer as its record takes it."""
    return {"account": email, "ai_marks": f"{name} <{email}>"}


def note_said(
    where: dict[str, Any], commit: Commit, rev: int | None, raw: bytes, added: Any
) -> Item:
    """Return a note as its record takes it; one that cannot be understood as unreadable."""
    try:
        said = git_ai.attribute(git_ai.read_note(raw), added)
    except (ValueError, msgspec.MsgspecError, RecursionError):
        return Item(UNREADABLE, raw)
    of = {"repo": where, "sha": commit.sha, "committed_at": commit.committed_at, "rev": rev}
    return Item("note", {**of, **said})


def _where(path: Path) -> dict[str, Any]:
    shallow = answer(path, "rev-parse", "--is-shallow-repository")
    if shallow is None:
        raise Fatal(
            f"git: {path} is refused by git",
            "let its owner read it, or look with `git -C PATH status` for what is wrong",
        )
    if shallow.strip() == b"true":
        raise Fatal(
            f"git: {path} is a shallow clone, whose oldest commits seem to add everything",
            "run `git fetch --unshallow` in it",
        )
    url = (answer(path, "config", "--get", "remote.origin.url") or b"").decode().strip()
    known = answer(path, "config", "--type=bool", "--get", "upshot.organisation") or b""
    folder = path.resolve().name.removesuffix(".git")
    return {"url": url, "organisation": known.strip() == b"true", "folder": folder}


def _together(commits: Iterator[Commit]) -> Iterator[Sequence[Commit]]:
    while batch := list(islice(commits, TOGETHER)):
        yield batch


def _commits(path: Path) -> Iterator[Commit]:
    head = ["HEAD"] if answer(path, "rev-parse", "--verify", "--quiet", "HEAD") else []
    reached = ("--branches", "--remotes", "--tags", *head)
    with git(path, "log", "-z", f"--format=tformat:{FIELDS}", *reached, "--") as process:
        for said in parts(output(process), b"\0"):
            sha, parents, authored, committed, *people, message = said.decode(
                errors="replace"
            ).split("\n", 8)
            author, committer = signature(*people[:2]), signature(*people[2:])
            yield Commit(sha, len(parents.split()), authored, committed, author, committer, message)
    if process.returncode:
        raise Fatal(f"git: the history of {path} cannot be read to its end", "run `git fsck` in it")


def _notes(
    path: Path,
    where: dict[str, Any],
    commits: Sequence[Commit],
    mine: dict[str, Kept],
    added: dict[str, dict[str, Lines]],
) -> Iterator[Item]:
    by_sha = {commit.sha: commit for commit in commits}
    for sha, raw in contents(path, {sha: kept.blob for sha, kept in mine.items()}):
        if isinstance(raw, int):
            yield Item("oversized_note", {"sha": sha, "size": raw})
        else:
            yield note_said(where, by_sha[sha], mine[sha].rev, raw, added.get(sha))


def _tags(path: Path, where: dict[str, Any]) -> Iterator[Item]:
    """Yield every tag of a commit; an annotated one is told by the commit behind it."""
    fields = ("refname:strip=2", "creatordate:iso-strict", "creatordate:unix")
    objects = ("objecttype", "objectname", "*objecttype", "*objectname")
    form = "%00".join(f"%({field})" for field in (*fields, *objects))
    with git(path, "for-each-ref", f"--format={form}", "refs/tags") as process:
        for line in output(process):
            tag, created, unix, kind, sha, behind, behind_sha = (
                line.rstrip(b"\n").decode(errors="replace").split("\0")
            )
            if "commit" in (kind, behind):
                said = {"tag": tag, "created": created, "sha": behind_sha or sha}
                rev = int(unix) * 1_000_000 if unix.lstrip("-").isdecimal() else None
                yield Item("tag", {"repo": where, **said, "rev": rev})
