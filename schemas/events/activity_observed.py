"""``activity.observed``: an editor noticed a sign of life."""

from datetime import UTC, datetime

from schemas.columns import Account, Keyed
from schemas.event import Event, event
from schemas.partition import Day


@event(
    "activity.observed",
    key=(
        "account",
        "time",
        "entity_type",
        "category",
        "project",
        "branch",
        "entity",
        "is_write",
    ),
    partition=Day("time"),
)
class ActivityObserved(Event):
    """One heartbeat; the time between two of them is what spans are made of."""

    account: Account
    """Whose editor it was."""
    editor: str | None = None
    """The editor, such as ``vscode``."""
    entity_type: str | None = None
    """file, domain or app."""
    entity: Keyed | None = None
    """The file (or domain, or app), hidden."""
    category: str | None = None
    """coding, debugging, code reviewing, ai coding and so on, as the plugin calls it."""
    project: Keyed | None = None
    """The project folder, hidden."""
    branch: Keyed | None = None
    """The branch, hidden."""
    language: str | None = None
    """The programming language, as the plugin calls it."""
    is_write: bool | None = None
    """Whether it was a save."""
    lines_added: int | None = None
    """Lines added since the last one."""
    lines_removed: int | None = None
    """Lines removed since the last one."""
    ai_lines: int | None = None
    """Lines changed by an AI tool since the last one."""
    human_lines: int | None = None
    """Lines changed by hand since the last one."""


EXAMPLES = [
    ActivityObserved(
        time=datetime(2026, 1, 5, 9, 0, 0, 123456, tzinfo=UTC),
        account=Account("0f" * 16),
        editor="vscode",
        entity_type="file",
        entity=Keyed("1c" * 16),
        category="coding",
        language="Python",
        is_write=True,
        evidence="B",
    )
]
