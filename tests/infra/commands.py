"""Commands as they stand in pages and schedules, held against the real command line."""

import shlex
from typing import Any

import typer

from pipelines.cli import app

COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def accepted(command: str) -> None:
    """Parse a command as `upshot` does, without running it. Raises UsageError where it would."""
    program, name, *words = shlex.split(command)
    assert program == "upshot", command
    COMMANDS[name].make_context(name, words)
