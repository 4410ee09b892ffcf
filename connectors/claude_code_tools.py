"""Claude Code's own tools, by what they do; any other tool's name is somebody's and is hashed."""

from typing import Any

from connectors.keys import TenantKey

EDITORS = ("Edit", "MultiEdit", "NotebookEdit", "Write")

TOOLS = {
    "edit": EDITORS,
    "read": ("LS", "NotebookRead", "Read"),
    "search": ("Glob", "Grep", "ToolSearch"),
    "shell": ("Bash", "BashOutput", "KillBash", "KillShell", "PowerShell"),
    "web": ("WebFetch", "WebSearch"),
    "agent": ("Agent", "Task", "TaskOutput", "TaskStop"),
    "other": (
        "AskUserQuestion",
        "EnterPlanMode",
        "ExitPlanMode",
        "Skill",
        "SlashCommand",
        "TodoWrite",
    ),
}
"""Claude Code's own tools by what they do."""

OWN = {name for names in TOOLS.values() for name in names}


class ToolName:
    """The name of a tool; one that somebody added leaves as ``mcp:`` or ``other:`` and a hash."""

    def leave(self, value: Any, key: TenantKey) -> str:
        """Return the name of an own tool, or the kind and the hash of any other."""
        if value in OWN:
            return str(value)
        kind = "mcp" if str(value).startswith("mcp_") else "other"
        return f"{kind}:{key.pseudonym('tool', str(value))}"
