"""Marks that AI tools leave in texts: the only thing that may be known of such a text.

Each mark is ``tool:mark:version``, such as ``claude_code:generated_with:1``; a pattern that
changes gets a new version, so that a finding always says by which rule it was found. Marks can be
switched off and typed by hand: what they show is a lower bound, evidence C.
"""

import re
from collections.abc import Mapping


def _app(*numbers: int) -> str:
    """Match the address that the forge gives to an app account, by the account's number."""
    return rf"(?:{'|'.join(map(str, numbers))})\+[^\s@>]{{1,80}}@users\.noreply\.github\.com"


ADDRESSES = {
    "aider": (r"aider@aider\.chat", r"noreply@aider\.dev"),
    "claude_code": (r"noreply@anthropic\.com",),
    "codex": (r"noreply@openai\.com",),
    "copilot": (_app(198982749, 175728472, 223556219),),
    "cursor": (r"cursoragent@cursor\.com",),
    "devin": (_app(158243242),),
    "factory_droid": (_app(138933559),),
    "gemini": (_app(176961590),),
    "jules": (_app(161369871),),
    "kiro": (_app(244629292), r"noreply@kiro\.dev", r"kiro@kiro\.dev"),
    "openhands": (r"openhands@all-hands\.dev",),
    "roo": (r"roomote@roocode\.com",),
}
"""E-mail addresses that are a tool's own and never a person's."""

# The action runs as GitHub's own robot, whose number alone would mean any workflow.
CLAUDE_APP = r"(?:41898282|209825114)\+claude\[bot\]@users\.noreply\.github\.com"


def _address(*addresses: str) -> str:
    return rf"(?i)<(?:{'|'.join(addresses)})>"


def _trailer(*addresses: str) -> str:
    """Match a co-author trailer by its address."""
    return rf"(?im)^co-authored-by:[^\n<]*<(?:{'|'.join(addresses)})>"


def _named(name: str) -> str:
    """Match a co-author trailer by its name, whatever the address."""
    return rf"(?im)^co-authored-by:[ \t]*{name}[ \t]*<"


MARKS = {
    **{f"{tool}:co_author:1": _trailer(*known) for tool, known in ADDRESSES.items()},
    "aider:co_author_name:1": _named(r"aider \([^()\n<]{1,80}\)"),
    "claude_code:co_author_app:1": _trailer(CLAUDE_APP),
    "claude_code:co_author_name:1": _named("claude"),
    "claude_code:generated_with:1": r"Generated with \[Claude Code\]",
    "claude_code:generated_with_plain:1": r"(?m)^\W{0,4}Generated with Claude Code$",
    "claude_code:session:1": r"(?im)^claude-session:",
    "copilot:autofix:1": _named("copilot autofix powered by ai"),
    "copilot:co_author_address:1": _trailer(r"copilot@github\.com"),
}
"""What a tool writes into a message or a description."""

COMMIT_MARKS = {**MARKS, "aider:subject:1": r"\Aaider:"}
"""The same, and what only the first line of a commit's message can say."""

SIGNATURE_MARKS = {
    **{f"{tool}:address:1": _address(*known) for tool, known in ADDRESSES.items()},
    "aider:name_suffix:1": r" \(aider\) <",
    "claude_code:address_app:1": _address(CLAUDE_APP),
}
"""What an author or committer, written ``Name <address>``, says of itself."""


def _compiled(marks: Mapping[str, str]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((mark, re.compile(marks[mark])) for mark in sorted(marks))


_of_text = _compiled(MARKS)
_of_message = _compiled(COMMIT_MARKS)
_of_signature = _compiled(SIGNATURE_MARKS)


def ai_marks(text: str) -> list[str]:
    """Return the marks found in a text, sorted; none for no text. Keeps nothing else of it."""
    return [mark for mark, pattern in _of_text if pattern.search(text)]


def commit_marks(message: str) -> list[str]:
    """Return the marks found in a commit's message, sorted. Keeps nothing else of it."""
    return [mark for mark, pattern in _of_message if pattern.search(message)]


def signature_marks(signature: str) -> list[str]:
    """Return the marks found in ``Name <address>``, sorted. Keeps nothing else of it."""
    return [mark for mark, pattern in _of_signature if pattern.search(signature)]
