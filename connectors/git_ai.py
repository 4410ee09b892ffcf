"""git-ai's notes: which lines of a commit an AI tool wrote, in the form ``authorship/3.0.0``.

    src/web.py                                  a file,
      669f971cc673be91 4-9,12                   and under which key its lines are: a prompt,
      s_c9883b05a2487d::t_9f8e7d6c5b4a32 20     a session (and its trace), or
      h_a1b2c3d4e5f678 30                       a known human
    ---
    {"prompts": {"669f...": {"agent_id": {"tool", "id", "model"}, "messages": [...]}},
     "sessions": {"s_...": {"agent_id": ...}}, "humans": {"h_...": ...}}

A note claims more than its commit adds, so only lines that the commit really adds are counted,
each once. A prompt's transcript, and who the human was, are passed over while reading.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from connectors.git_diff import Lines, unquoted

SCHEMA = "authorship/3.0.0"
FENCE = b"---\n"

_ENTRY = re.compile(r"  (\S+) (\d{1,9}(?:-\d{1,9})?(?:,\d{1,9}(?:-\d{1,9})?)*)\s*")


class Agent(msgspec.Struct):
    """The tool, its own id of the conversation, and the model."""

    tool: str | None = None
    id: str | None = None
    model: str | None = None


class Work(msgspec.Struct):
    """A prompt or a session; its transcript is not declared, so it is never held."""

    agent_id: Agent | None = None


class Explained(msgspec.Struct):
    """What the keys mean."""

    schema_version: str = ""
    prompts: dict[str, Work] | None = None
    sessions: dict[str, Work] | None = None
    humans: dict[str, msgspec.Raw] | None = None


class Claim(NamedTuple):
    """Lines of one file under one key."""

    path: str
    key: str
    lines: Lines


class Note(NamedTuple):
    """A whole note."""

    claims: list[Claim]
    works: dict[str, Agent]
    humans: frozenset[str]


_decoder = msgspec.json.Decoder(Explained)


def read_note(raw: bytes) -> Note:
    """Read a note. Raises ValueError, naming no value, for what is none of this form."""
    head, fence, tail = (b"", FENCE, raw[4:]) if raw.startswith(FENCE) else _cut(raw)
    explained = _decoder.decode(tail) if fence else Explained()
    if explained.schema_version != SCHEMA:
        raise ValueError(f"Expected a note of {SCHEMA}")
    works = {**(explained.prompts or {}), **(explained.sessions or {})}
    return Note(
        _claims(head.decode()),
        {key: work.agent_id or Agent() for key, work in works.items()},
        frozenset(explained.humans or ()),
    )


def _cut(raw: bytes) -> tuple[bytes, bytes, bytes]:
    return raw.partition(b"\n" + FENCE)


def _claims(text: str) -> list[Claim]:
    claims = []
    path = ""
    for line in text.split("\n"):
        if line.startswith("  "):
            if not (entry := _ENTRY.fullmatch(line)):
                raise ValueError("Expected a key and its lines")
            claims.append(Claim(path, entry[1].partition("::")[0], _lines(entry[2])))
        elif line:
            path = unquoted(line)
    return claims


def _lines(text: str) -> Lines:
    pairs = (part.partition("-") for part in text.split(","))
    return [range(int(first), int(last or first) + 1) for first, _, last in pairs]


def attribute(note: Note, added: Mapping[str, Lines] | None) -> dict[str, Any]:
    """Return how many of the lines that a commit adds the note gives to whom.

    ``added`` is the commit's lines by file, None where they are not known: then only claims are
    counted. A line given twice goes to a tool before a human, then to whom the note names first.
    """
    claimed: dict[str, int] = {}
    models: dict[str, set[str]] = {}
    sessions: dict[str, set[str]] = {}
    for claim in note.claims:
        if agent := note.works.get(claim.key):
            tool = agent.tool or ""
            claimed[tool] = claimed.get(tool, 0) + sum(map(len, claim.lines))
            models.setdefault(tool, set()).update([agent.model] if agent.model else [])
            sessions.setdefault(tool, set()).update([agent.id] if agent.id else [])
    counts = None if added is None else _counted(note, added)
    tools = [
        {
            "tool": tool,
            "models": sorted(models[tool]),
            "sessions": sorted(sessions[tool]),
            "lines_added_ai": None if counts is None else counts.get(("ai", tool), 0),
            "lines_claimed": claimed[tool],
        }
        for tool in sorted(claimed)
    ]
    if added is None or counts is None:
        return {"tools": tools}
    return {
        "tools": tools,
        "lines_added_total": sum(len(lines) for file in added.values() for lines in file),
        "lines_added_human": counts.get(("human", ""), 0),
        "lines_added_unexplained": counts.get(("unexplained", ""), 0),
    }


def _counted(note: Note, added: Mapping[str, Lines]) -> dict[tuple[str, str], int]:
    """Count each line once, by whom it goes to; ``ai`` sorts first, then ``human``."""
    owners: dict[tuple[str, int], tuple[str, str]] = {}
    for claim in note.claims:
        if agent := note.works.get(claim.key):
            owner = ("ai", agent.tool or "")
        else:
            owner = ("human" if claim.key in note.humans else "unexplained", "")
        for line in _common(claim.lines, added.get(claim.path, [])):
            before = owners.setdefault((claim.path, line), owner)
            if owner[0] < before[0]:
                owners[claim.path, line] = owner
    counts: dict[tuple[str, str], int] = {}
    for owner in owners.values():
        counts[owner] = counts.get(owner, 0) + 1
    return counts


def _common(claimed: Lines, added: Lines) -> Iterator[int]:
    """Yield the lines in both: never more than were added, whatever is claimed."""
    for mine in claimed:
        first = bisect_right(added, mine.start, key=lambda real: real.stop)
        for real in islice(added, first, None):
            if real.start >= mine.stop:
                break
            yield from range(max(mine.start, real.start), min(mine.stop, real.stop))
