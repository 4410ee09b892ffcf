"""``change.created``: someone (or something) proposed a change for review."""

from datetime import UTC, datetime

from schemas.change import CHANGE, ActorKind
from schemas.columns import Account, Keyed
from schemas.event import Event, event


@event("change.created", key=("forge", "change"), partition=CHANGE)
class ChangeCreated(Event):
    """A pull request, merge request or changelist came into being."""

    forge: str
    """The host that keeps it, such as ``github.com``."""
    change: str
    """The forge's own object id of the change; survives renames of repository and branch."""
    repo: str
    """``host/owner/name``; the owner's part is keyed where a person owns it."""
    number: int
    """The number people see, unique in the repository."""
    author: Account
    """The account that opened it."""
    author_kind: ActorKind | None = None
    """human, bot (automation) or agent (an AI that opens changes by itself); NULL is unknown."""
    branch: Keyed | None = None
    """The branch it was made on, hidden."""
    project: Keyed | None = None
    """The folder that such a repository is worked on in, hidden as an editor's project is."""
    page: Keyed | None = None
    """Where people read it, hidden as a browser's page is."""
    draft: bool | None = None
    """Whether it was opened as a draft."""


EXAMPLES = [
    ChangeCreated(
        time=datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
        forge="github.com",
        change="694073641",
        repo="github.com/acme/web",
        number=120,
        author=Account("0f" * 16),
        author_kind="human",
        draft=False,
    )
]
