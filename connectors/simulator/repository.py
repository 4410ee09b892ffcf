"""Repository: what is on a team's ``main``, as git keeps it: one commit for each change merged.

The commits are real ones, so a merge's id is what git says it is, and ``write_clones`` writes what
``git clone --bare`` would bring: a history that git itself reads. No file is in it; whose lines a
change has, the forge and the editors tell.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha1
from pathlib import Path
from typing import NamedTuple
from zlib import compress

from connectors.simulator import forge
from connectors.simulator.people import OWNER
from connectors.simulator.work import Work

CONFIG = f"""\
[core]
\trepositoryformatversion = 0
\tbare = true
[remote "origin"]
\turl = https://github.com/{OWNER}/{{name}}.git
[upshot]
\torganisation = true
"""


class Object(NamedTuple):
    """One object of git's: its id, and its bytes with git's header."""

    sha: str
    content: bytes


class Commit(NamedTuple):
    """One commit, and when it was made."""

    at_ms: int
    object: Object


def kept(kind: str, body: bytes) -> Object:
    """Return an object as git keeps it, known by the hash of all of it."""
    content = f"{kind} {len(body)}\0".encode() + body
    return Object(sha1(content, usedforsecurity=False).hexdigest(), content)


NOTHING = kept("tree", b"")
"""The folder without a file."""


def squashed(work: Work, at_ms: int, before: Sequence[Commit]) -> Commit:
    """Return the commit by which the forge merges a change, all of it in one, onto those before."""
    message = f"{work.subject} (#{work.number})\n"
    if work.reverts:
        message += f"\nThis reverts commit {work.reverts.merge_sha}.\n"
    if work.marked:
        message += f"{forge.MARK}\n"
    person, at_s = work.author.person, at_ms // 1000
    who = f"{person.name} <{person.number}+{person.login}@users.noreply.github.com> {at_s} +0000"
    lines = [
        f"tree {NOTHING.sha}",
        *(f"parent {parent.object.sha}" for parent in before[-1:]),
        f"author {who}",
        f"committer GitHub <noreply@github.com> {at_s} +0000",
        "",
        message,
    ]
    return Commit(at_ms, kept("commit", "\n".join(lines).encode()))


def write_clones(folder: Path, commits: Mapping[str, Sequence[Commit]], until_ms: int) -> None:
    """Write a bare clone of each repository, of what was merged before a time: one merge or more.

    Each lies under its name. Equal bytes for equal commits.
    """
    for name, made in commits.items():
        _write_clone(folder / name, name, [one.object for one in made if one.at_ms < until_ms])


def _write_clone(folder: Path, name: str, merged: Sequence[Object]) -> None:
    for one in (NOTHING, *merged):
        path = folder / "objects" / one.sha[:2] / one.sha[2:]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(compress(one.content))
    (folder / "refs" / "heads").mkdir(parents=True)
    (folder / "refs" / "heads" / "main").write_text(f"{merged[-1].sha}\n")
    (folder / "HEAD").write_text("ref: refs/heads/main\n")
    (folder / "config").write_text(CONFIG.format(name=name))
