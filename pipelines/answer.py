"""How a command answers: lines for people or JSON for machines, and how far it is meanwhile."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import typer
from rich.console import Console

from schemas.errors import UpshotError, Usage

err = Console(stderr=True, highlight=False)


def answer(as_json: bool, said: Any, lines: list[str]) -> None:
    """Print what a command found, in one form or the other; no lines, nothing for people."""
    if as_json:
        typer.echo(json.dumps(said))
    elif lines:
        typer.echo("\n".join(lines))


@contextmanager
def bar(name: str) -> Iterator[Any]:
    """Show progress on a terminal; stay silent elsewhere."""
    if not err.is_terminal:
        yield lambda what, done, of: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description:32}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task(name, total=None)
        yield lambda what, done, of: progress.update(
            task, description=what[:32], completed=done, total=of or None
        )


@contextmanager
def asked(problem: str, next_step: str) -> Iterator[None]:
    """Say in one line why the engine did not answer."""
    import duckdb

    try:
        yield
    except duckdb.IOException as said:
        raise UpshotError(
            f"{problem}: {str(said).splitlines()[0]}",
            "where `upshot vacuum` removed that snapshot, run `upshot derive` to show the newest; "
            "else run `upshot check`",
        ) from None
    except duckdb.Error as said:
        raise UpshotError(f"{problem}: {str(said).splitlines()[0]}", next_step) from None


def days_of(first: str | None, last: str | None) -> tuple[date, date] | None:
    """Return the days that ``--from`` and ``--to`` name. Raises Usage where they are not two."""
    if first is None and last is None:
        return None
    if first is None or last is None:
        raise Usage("--from and --to go together", "give both days, as YYYY-MM-DD")
    try:
        days = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        raise Usage(f"{first} to {last} are not two days", "write them as YYYY-MM-DD") from None
    if days[1] < days[0]:
        raise Usage(f"--from {first} is behind --to {last}", "turn them round")
    return days
