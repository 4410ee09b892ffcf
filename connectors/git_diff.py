"""What commits change, as counts and line numbers: their content is read here and goes no further.

Everything is asked for many commits at once and answered by commit. An object that a clone does
not hold (a damaged or partial one) fails the whole question, so it is halved until only the
commits that need that object are without an answer.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple, TypeVar

from connectors.git_command import BLOCK, git, output, parts

Lines = list[range]
"""Line numbers of the new version of one file, as ranges in order."""

T = TypeVar("T")

SHA = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
RENAMES = ("-M", "-l0")
PLAIN = ("--no-ext-diff", "--no-textconv", "--no-color", "--diff-algorithm=myers")
EACH = ("diff-tree", "--stdin", "--root", "--always", "-r", *PLAIN)


class Size(NamedTuple):
    """How much a commit changes."""

    files: int
    lines_added: int
    lines_removed: int


def answered(
    ask: Callable[[Path, Sequence[str]], dict[str, T] | None], repo: Path, shas: Sequence[str]
) -> dict[str, T]:
    """Return the answer for every commit that has one; ``ask`` returns None where git failed."""
    if not shas:
        return {}
    found = ask(repo, shas)
    if found is not None:
        return found
    if len(shas) == 1:
        return {}
    half = len(shas) // 2
    return answered(ask, repo, shas[:half]) | answered(ask, repo, shas[half:])


def sizes(repo: Path, shas: Sequence[str]) -> dict[str, Size] | None:
    """Return the size of each commit against its parent; a binary file has no lines."""
    found: dict[str, Size] = {}
    sha = ""
    with git(repo, *EACH, *RENAMES, "-z", "--numstat", stdin=_listed(shas)) as process:
        said = parts(output(process), b"\0")
        for part in said:
            if SHA.fullmatch(part):
                sha = part.decode()
                found[sha] = Size(0, 0, 0)
                continue
            added, removed, name = part.split(b"\t", 2)
            if not name:
                # A rename: the old and the new name follow as parts of their own.
                next(said, None)
                next(said, None)
            files, plus, minus = found[sha]
            found[sha] = Size(files + 1, plus + _number(added), minus + _number(removed))
    return None if process.returncode else found


def patch_ids(repo: Path, shas: Sequence[str]) -> dict[str, str] | None:
    """Return git's stable patch id of each commit that changes anything."""
    patch = (*EACH, "--no-renames", "--full-index", "-p")
    with (
        git(repo, *patch, stdin=_listed(shas)) as diff,
        git(repo, "patch-id", "--stable", stdin=output(diff)) as process,
    ):
        pairs = [line.split() for line in output(process)]
    if diff.returncode or process.returncode:
        return None
    return {sha.decode(): patch_id.decode() for patch_id, sha in pairs}


def added_lines(repo: Path, shas: Sequence[str]) -> dict[str, dict[str, Lines]] | None:
    """Return which lines of which files each commit adds."""
    with git(repo, *EACH, *RENAMES, "-p", "-U0", stdin=_listed(shas)) as process:
        found = read_patches(output(process))
    return None if process.returncode else found


def read_patches(stream: IO[bytes]) -> dict[str, dict[str, Lines]]:
    """Return the lines that patches add, by commit and file.

    A patch's text may look like anything, so it is skipped by the counts its hunk gives. Lines
    are read in blocks: a file of one endless line needs no memory.
    """
    found: dict[str, dict[str, Lines]] = {}
    files: dict[str, Lines] = {}
    lines: Lines = []
    text = 0
    for line in _beginnings(stream):
        if text and line[:1] in b"+-":
            text -= 1
        elif SHA.fullmatch(line.rstrip(b"\n")):
            files = found[line.strip().decode()] = {}
        elif line.startswith(b"+++ "):
            lines = files[_path(line)] = []
        elif hunk := HUNK.match(line):
            removed, start, added = hunk[1], int(hunk[2]), int(hunk[3] or b"1")
            text = int(removed or b"1") + added
            if added:
                lines.append(range(start, start + added))
    return found


def _beginnings(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield the beginning of each line, at most ``BLOCK`` bytes of it."""
    fresh = True
    while piece := stream.readline(BLOCK):
        if fresh:
            yield piece
        fresh = piece.endswith(b"\n")


def _path(line: bytes) -> str:
    """Return the file that ``+++ b/...`` names; git adds a tab where the name has a space."""
    return unquoted(line[4:].rstrip(b"\n").rstrip(b"\t").decode(errors="replace"))[2:]


def unquoted(path: str) -> str:
    """Return a path that may stand in quotes, as git and git-ai write odd ones, without them."""
    if len(path) < 2 or not (path.startswith('"') and path.endswith('"')):
        return path
    return re.sub(r"\\(\d{3}|.)", _character, path[1:-1])


def _character(escaped: re.Match[str]) -> str:
    code = escaped[1]
    return chr(int(code, 8)) if len(code) == 3 else {"n": "\n", "t": "\t"}.get(code, code)


def _listed(shas: Sequence[str]) -> bytes:
    return "".join(f"{sha}\n" for sha in shas).encode()


def _number(text: bytes) -> int:
    return int(text) if text.isdigit() else 0
