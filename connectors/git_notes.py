"""git-ai's notes in a clone: one small file for each commit, in a history of their own."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from connectors.git_command import answer, git, output, parts

REF = "refs/notes/ai"
MAX_NOTE_BYTES = 64 * 1024 * 1024
"""A note with its transcripts is rarely over a few megabytes; a larger one is told, not read."""


class Kept(NamedTuple):
    """Where a commit's note is, and when it was last written."""

    blob: str
    rev: int | None
    """Microseconds since 1970 UTC; None where the history of the notes does not say."""


def notes(repo: Path) -> dict[str, Kept]:
    """Return the note of each commit that has one; a note can change long after its commit."""
    said = answer(repo, "notes", f"--ref={REF}", "list") or b""
    written = _written(repo) if said else {}
    pairs = (line.split() for line in said.decode().splitlines())
    return {commit: Kept(blob, written.get(commit)) for blob, commit in pairs}


def _written(repo: Path) -> dict[str, int]:
    """Return when each note was last written: the newest commit of the notes that touches it."""
    seen: dict[str, int] = {}
    moment = 0
    history = ("log", "-z", "--first-parent", "-m", "--no-renames", "--name-only", "--format=%ct")
    with git(repo, *history, REF) as process:
        for part in parts(output(process), b"\0"):
            # A commit's time stands alone; its names follow, the first one behind a line break.
            for text in part.decode(errors="replace").split("\n"):
                if text.isdecimal() and len(text) < 20:
                    moment = int(text) * 1_000_000
                elif text:
                    seen.setdefault(text.replace("/", ""), moment)
    return seen


def contents(repo: Path, wanted: Mapping[str, str]) -> Iterator[tuple[str, bytes | int]]:
    """Yield each commit with its note's bytes, or with its size where it is too large to hold.

    ``wanted`` gives the note's blob by commit. One note is held at a time; what the clone does not
    hold is left out.
    """
    blobs = "".join(f"{blob}\n" for blob in wanted.values()).encode()
    with git(repo, "cat-file", "--batch", stdin=blobs) as process:
        stream = output(process)
        for commit in wanted:
            header = stream.readline().split()
            if len(header) != 3:
                continue
            size = int(header[2])
            if size <= MAX_NOTE_BYTES:
                yield commit, stream.read(size)
            else:
                for start in range(0, size, 1 << 20):
                    stream.read(min(1 << 20, size - start))
                yield commit, size
            stream.readline()
