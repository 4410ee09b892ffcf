"""git: commits, tags, and what tells of AI tools in them.

PATH is a clone (bare or not), or an export: a ``.jsonl`` file (``.jsonl.gz``), or a folder of
them, with one JSON object a line, told by its content: a tag has ``tag``, a commit ``parents``; a
commit with a ``note`` (git-ai's, as text) brings that too, and ``added``, the lines that the commit
adds as ``{path: [[first, last], ...]}``.

**The repository** of a clone is its remote ``origin``. Only the forge knows whether a person or an
organisation owns it, so the owner is keyed; run ``git -C PATH config upshot.organisation true`` in
a clone that an organisation owns, and it keeps the plain name by which its changes are told. An
export is named by its file, up to ``.commits``, ``.tags`` or ``.jsonl``.

**Reading again** tells all of it again: equal deliveries, counted as copies. No coverage is told,
because a clone knows no moment up to which nothing is missing.
"""

import gzip
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec

from connectors.ai_marks import commit_marks, signature_marks
from connectors.git_account import Mailbox
from connectors.git_clone import Commit, commit_said, is_clone, note_said, read_clone, signature
from connectors.git_remote import ReadFrom
from connectors.keys import TenantKey
from connectors.record import Extract, Hidden, record
from connectors.source import Item, Source
from schemas.envelope import UNREADABLE
from schemas.errors import Fatal

TOOLS = {"claude": "claude_code", "github-copilot": "copilot"}
"""Tools that git-ai calls otherwise than we do."""


def object_id(text: str) -> str | None:
    """Return a git object id, or nothing for any other text."""
    return text if re.fullmatch(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", text) else None


def revert_of(message: str) -> str | None:
    """Return the commit that a message says it reverts, in git's own words, or nothing."""
    found = re.search(r"This reverts commit ([0-9a-f]{7,64})", message)
    return found[1] if found else None


def is_revert_subject(message: str) -> str:
    """Return whether a message begins with ``revert`` or says ``This reverts commit``."""
    says = message.lower().startswith("revert") or "This reverts commit" in message
    return "true" if says else "false"


def tool_of(name: str) -> str:
    """Return our name of a tool that a note names; ``other`` for what is no plain word."""
    plain = TOOLS.get(name.strip().lower(), name.strip().lower().replace("-", "_"))
    return plain if re.fullmatch(r"[a-z][a-z0-9_]{0,31}", plain) else "other"


def models_of(names: list[Any]) -> list[str]:
    """Return the names that look like a model's, without quotes around them."""
    texts = [name.strip('"<>') for name in names if isinstance(name, str)]
    return [text for text in texts if re.fullmatch(r"[A-Za-z0-9][\w.:/-]{0,79}", text)]


class Tag:
    """A tag's name; leaves as it is where it holds a version number, else as a keyed hash."""

    def leave(self, value: Any, key: TenantKey) -> str:
        """Return the name, or its hash: a tag may also be a note to oneself."""
        if not isinstance(value, str):
            raise ValueError("Expected `str`")
        released = re.fullmatch(r"[\w./+@-]{0,60}\d+\.\d+[\w.+-]{0,40}", value)
        return value if released else key.pseudonym("tag", value)


@record
class Signature:
    """An author or committer: the account, and whether it is (also) a tool's."""

    account: Annotated[str, Mailbox()]
    ai_marks: Annotated[str, Extract(signature_marks)]


@record
class CommitObject:
    """A commit; of its message only findings leave, of its files only counts."""

    repo: Annotated[dict[str, Any], ReadFrom()]
    sha: Annotated[str, Extract(object_id)]
    parents: int
    authored_at: str
    committed_at: str
    author: Signature
    committer: Signature
    ai_marks: Annotated[str, Extract(commit_marks)]
    revert_of: Annotated[str, Extract(revert_of)]
    is_revert_subject: Annotated[str, Extract(is_revert_subject)]
    files: int
    lines_added: int
    lines_removed: int
    patch_id: Annotated[str, Extract(object_id)]


@record
class ToolLines:
    """What a note gives to one tool."""

    tool: Annotated[str, Extract(tool_of)]
    models: Annotated[list[Any], Extract(models_of)]
    sessions: list[Annotated[str, Hidden("session")]]
    lines_added_ai: int
    lines_claimed: int


@record
class AuthorshipNote:
    """A git-ai note, already set against the lines that its commit adds."""

    repo: Annotated[dict[str, Any], ReadFrom()]
    sha: Annotated[str, Extract(object_id)]
    committed_at: str
    rev: int
    tools: list[ToolLines]
    lines_added_total: int
    lines_added_human: int
    lines_added_unexplained: int


@record
class TagObject:
    """A tag of a commit."""

    repo: Annotated[dict[str, Any], ReadFrom()]
    tag: Annotated[str, Tag()]
    sha: Annotated[str, Extract(object_id)]
    created: str
    rev: int


def read(path: Path) -> Iterator[Item]:
    """Yield commits, notes and tags. Raises Fatal for a path that is neither clone nor export."""
    if is_clone(path):
        yield from read_clone(path)
        return
    files = [path] if path.is_file() else sorted([*path.glob("*.jsonl"), *path.glob("*.jsonl.gz")])
    if not files:
        raise Fatal(f"git: {path} is no clone, and no .jsonl is in it", "give a clone or an export")
    for file in files:
        name = re.sub(r"(\.(commits|tags|notes))?\.jsonl(\.gz)?$", "", file.name)
        try:
            with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as lines:
                for line in lines:
                    yield from _read_line(line, {"export": name})
        except (EOFError, gzip.BadGzipFile, zlib.error):
            raise Fatal(f"git: {file} is damaged", "get it again and rerun") from None


def _read_line(line: bytes, where: dict[str, str]) -> Iterator[Item]:
    try:
        said = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        said = None
    match said:
        case {"tag": _}:
            yield Item("tag", {"repo": where, **said, "sha": said.get("commit")})
        case {"parents": list(parents), "message": str(message)}:
            commit = Commit(
                said.get("sha", ""),
                len(parents),
                said.get("author_date", ""),
                said.get("commit_date", ""),
                _signed(said, "author"),
                _signed(said, "committer"),
                message,
            )
            size = {"lines_added": said.get("additions"), "lines_removed": said.get("deletions")}
            counted = size if commit.parents < 2 else {}
            yield Item("commit", {"repo": where, **commit_said(commit), **counted})
            if isinstance(note := said.get("note"), str):
                yield note_said(where, commit, None, note.encode(), _added(said, commit.parents))
        case _ if line.strip():
            yield Item(UNREADABLE, line)


def _signed(said: dict[str, Any], role: str) -> dict[str, str]:
    """Return a person of an export, which keeps of the name only whether it ends in (aider)."""
    suffix = " (aider)" if said.get(f"{role}_is_aider") else ""
    return signature(suffix, str(said.get(role, "")))


def _added(said: dict[str, Any], parents: int) -> dict[str, list[range]] | None:
    """Return the lines that a commit adds; None for a merge, or where the export is silent."""
    if parents > 1 or ("added" not in said and said.get("additions")):
        return None
    try:
        added = msgspec.convert(said.get("added") or {}, dict[str, list[tuple[int, int]]])
    except msgspec.ValidationError:
        return None
    return {
        path: sorted((range(first, last + 1) for first, last in pairs), key=lambda r: r.start)
        for path, pairs in added.items()
    }


SOURCE = Source(
    name="git",
    topic="review",
    records={"commit": CommitObject, "note": AuthorshipNote, "tag": TagObject},
    read=read,
    events={
        "commit.recorded": """
            WITH told AS (
                SELECT *, CASE WHEN ai_marks IS NOT NULL THEN list_sort(list_distinct(
                    ai_marks || coalesce(author.ai_marks, []) || coalesce(committer.ai_marks, [])
                )) END AS marks
                FROM "commit"
            )
            SELECT delivery, repo, sha, committed_at AS time, parents, author.account AS author,
                committer.account AS committer, authored_at, files, lines_added, lines_removed,
                patch_id, revert_of, is_revert_subject = 'true' AS is_revert_subject,
                list_sort(list_distinct([split_part(mark, ':', 1) FOR mark IN marks])) AS ai_tools,
                marks AS ai_marks
            FROM told""",
        "commit.attributed": """
            WITH said AS (
                SELECT delivery, unnest(tools, recursive := true) FROM "note"
            ), marked AS (
                SELECT delivery, 'trailer' AS scheme, unnest(ai_marks) AS mark FROM "commit"
                UNION ALL SELECT delivery, 'name', unnest(author.ai_marks) FROM "commit"
                UNION ALL SELECT delivery, 'name', unnest(committer.ai_marks) FROM "commit"
            )
            SELECT delivery, repo, sha, committed_at AS time, 'git-ai' AS scheme, 'B' AS evidence,
                rev, lines_added_total, lines_added_human, lines_added_unexplained
            FROM "note"
            UNION ALL BY NAME
            SELECT delivery, repo, sha, committed_at AS time, 'git-ai' AS scheme, 'B' AS evidence,
                rev, tool, models, list_sort(sessions) AS sessions, lines_added_ai,
                lines_claimed
            FROM said JOIN "note" USING (delivery)
            UNION ALL BY NAME
            SELECT DISTINCT delivery, repo, sha, committed_at AS time, scheme, 'C' AS evidence,
                split_part(mark, ':', 1) AS tool
            FROM marked JOIN "commit" USING (delivery)""",
        "release.published": """
            SELECT delivery, repo, tag, sha, created AS time, rev FROM "tag" """,
    },
)
