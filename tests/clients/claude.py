"""The Claude Code CLI, run for real: a scripted model, a private home, its telemetry to us."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from connectors.source import Request
from tests.clients.installed import PACKAGES, needs
from tests.clients.scripted_model import ToolUse, scripted_model
from tests.clients.serving import receiver, serving

PLATFORM = {"linux": "linux-x64", "darwin": "darwin-arm64"}.get(sys.platform, sys.platform)
CLAUDE = PACKAGES / "@anthropic-ai" / f"claude-code-{PLATFORM}" / "claude"

installed = needs(CLAUDE, "the Claude Code CLI")

PROMPT = "please add up the larkspur prices"
SECRETS = ("larkspur prices", "def total_larkspur", "tulips-are-in-cents", "wren-commit-message")
"""What the model, the prompt and the commands say; none of it may be known afterwards."""


class Run(NamedTuple):
    """One run: where it worked, what it exported and what it printed."""

    home: Path
    heard: list[Request]
    printed: str


def script(folder: Path) -> list[ToolUse]:
    """Return the model's script: write two lines, edit one, commit them.

    The CLI counts the end of a new file as a line, so it will say that four were added.
    """
    file = str(folder / "larkspur_total.py")
    before, after = "return sum(prices)", "return sum(prices)  # tulips-are-in-cents"
    text = f"def total_larkspur(prices):\n    {before}\n"
    commit = 'git add -A && git commit -q -m "wren-commit-message"'
    return [
        ToolUse("Write", {"file_path": file, "content": text}),
        ToolUse("Edit", {"file_path": file, "old_string": before, "new_string": after}),
        ToolUse("Bash", {"command": commit, "description": "Commit"}),
    ]


def run(home: Path, *options: str, **environment: str) -> Run:
    """Run the CLI once in ``home/work``, a new repository unless it is there already."""
    work = home / "work"
    if not work.exists():
        work.mkdir(parents=True)
        for words in ("init -q", "config user.name wren", "config user.email wren@example.org"):
            subprocess.run(["git", *words.split()], cwd=work, check=True)
    heard: list[Request] = []
    with serving(scripted_model(script(work))) as model, serving(receiver(heard, [])) as otlp:
        done = subprocess.run(
            [CLAUDE, "-p", PROMPT, *options],
            cwd=work,
            env={
                "HOME": str(home),
                "PATH": os.environ["PATH"],
                "ANTHROPIC_BASE_URL": model,
                "ANTHROPIC_API_KEY": "no-key",
                "ANTHROPIC_MODEL": "claude-sonnet-4-5",
                "CLAUDE_CODE_ENABLE_TELEMETRY": "1",
                "CLAUDE_CODE_ENHANCED_TELEMETRY_BETA": "1",
                "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
                "DISABLE_AUTOUPDATER": "1",
                "OTEL_LOGS_EXPORTER": "otlp",
                "OTEL_METRICS_EXPORTER": "otlp",
                "OTEL_TRACES_EXPORTER": "otlp",
                "OTEL_EXPORTER_OTLP_ENDPOINT": otlp,
                "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
                "OTEL_LOG_USER_PROMPTS": "1",
                "OTEL_LOG_TOOL_DETAILS": "1",
                **environment,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return Run(home, heard, done.stdout)
