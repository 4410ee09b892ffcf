"""Marks that AI tools leave in texts: the only thing that may be known of such a text.

Each mark is ``tool:mark:version``, such as ``claude_code:generated_with:1``; a pattern that
changes gets a new version, so that a finding always says by which rule it was found. Marks can be
switched off and typed by hand: what they show is a lower bound, evidence C.
"""

import re


def _trailer(*emails: str) -> str:
    """Match a co-author trailer by its address, which is the tool's own and never a person's."""
    return rf"(?im)^co-authored-by:[^\n<]*<(?:{'|'.join(emails)})>"


def _app(*numbers: int) -> str:
    """Match the address that the forge gives to an app account, by the account's number."""
    return rf"(?:{'|'.join(map(str, numbers))})\+[^\s@>]{{1,80}}@users\.noreply\.github\.com"


MARKS = {
    "aider:co_author:1": _trailer(r"aider@aider\.chat", r"noreply@aider\.dev"),
    "claude_code:co_author:1": _trailer(r"noreply@anthropic\.com"),
    "claude_code:generated_with:1": r"Generated with \[Claude Code\]",
    "claude_code:session:1": r"(?im)^claude-session:",
    "codex:co_author:1": _trailer(r"noreply@openai\.com"),
    "copilot:co_author:1": _trailer(_app(198982749, 175728472, 223556219)),
    "cursor:co_author:1": _trailer(r"cursoragent@cursor\.com"),
    "devin:co_author:1": _trailer(_app(158243242)),
    "factory_droid:co_author:1": _trailer(_app(138933559)),
    "gemini:co_author:1": _trailer(_app(176961590)),
    "jules:co_author:1": _trailer(_app(161369871)),
    "kiro:co_author:1": _trailer(_app(244629292), r"noreply@kiro\.dev", r"kiro@kiro\.dev"),
    "openhands:co_author:1": _trailer(r"openhands@all-hands\.dev"),
    "roo:co_author:1": _trailer(r"roomote@roocode\.com"),
}

_PATTERNS = {mark: re.compile(pattern) for mark, pattern in MARKS.items()}


def ai_marks(text: str) -> list[str]:
    """Return the marks found in a text, sorted; none for no text. Keeps nothing else of it."""
    return [mark for mark, pattern in _PATTERNS.items() if pattern.search(text)]
