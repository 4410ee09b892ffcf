"""The roster: who is who, in which team, with which tools and folders, kept by hand as CSV.

PATH is a folder with any of these files, or one of them (told by its header); dates are ISO days,
``from`` is the first day (empty: always) and ``to`` the first day no longer (empty: still):

    people.csv     person,team,from,to,<provider>...    the account at each provider, if any
    rollouts.csv   tool,team,started
    seats.csv      person,tool,plan,from,to
    projects.csv   project,url,owner                    whose folder it is, where its name says not

A folder in an editor is taken for the one repository of that name. ``projects.csv`` says so where
it has another name, or where several repositories share it: the ``url`` is the repository's, as
``git remote get-url`` says it; ``owner`` is ``organisation``, else the owner's part is hidden.

A person may have several rows, but is in one team, and an account is one person's, at a time.
A later edition of the roster wins over an earlier one, by the file's time of change.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from connectors.csv_rows import read_csv
from connectors.git_remote import ReadFrom
from connectors.keys import TenantKey
from connectors.places import PROJECT
from connectors.record import Hidden, account, record
from connectors.source import Item, Source
from connectors.stretches import one_at_a_time
from schemas.envelope import UNREADABLE
from schemas.errors import Fatal


def fold(name: str) -> str:
    """Spell a person's name alike, whatever its case."""
    return name.strip().lower()


class AccountAt:
    """An account whose provider the row names; leaves as the same pseudonym as everywhere."""

    def leave(self, value: Any, key: TenantKey) -> str:
        """Return the pseudonym of ``{"provider": ..., "name": ...}``."""
        match value:
            case {"provider": str(provider), "name": str(name)}:
                return account(key, provider, name)
        raise ValueError("Expected a `provider` and a `name`")


@record
class Link:
    """One account of one person."""

    person: Annotated[str, Hidden("person", fold)]
    account: Annotated[dict[str, str], AccountAt()]
    since: str
    until: str
    as_of: int


@record
class Membership:
    """One stretch of one person in one team."""

    person: Annotated[str, Hidden("person", fold)]
    team: str
    since: str
    until: str
    as_of: int


@record
class Rollout:
    """A tool that was given to a team."""

    tool: str
    team: str
    started: str
    as_of: int


@record
class Seat:
    """A paid seat of one person."""

    person: Annotated[str, Hidden("person", fold)]
    tool: str
    plan: str
    since: str
    until: str
    as_of: int


@record
class Alias:
    """A project folder that is a repository's."""

    project: Annotated[str, PROJECT]
    repo: Annotated[dict[str, Any], ReadFrom()]
    as_of: int


HEADERS = {
    "people": ("person", "team", "from", "to"),
    "rollout": ("tool", "team", "started"),
    "seat": ("person", "tool", "plan", "from", "to"),
    "project": ("project", "url", "owner"),
}

RENAMED = {"from": "since", "to": "until"}
"""Columns whose names are words of Python or SQL."""


def read(path: Path) -> Iterator[Item]:
    """Yield what every row says; a row that does not match its header is told as unreadable.

    Raises Fatal, before anything is yielded, for a file that is no roster, and for rows that put
    one person in two teams (or give one account to two people) at one time.
    """
    names = ("people.csv", "rollouts.csv", "seats.csv", "projects.csv")
    files = [path / name for name in names] if path.is_dir() else [path]
    items = [item for file in files if file.is_file() for item in _read_file(file)]
    if not items:
        raise Fatal(f"roster: nothing at {path}", f"it must hold {', '.join(names)}")
    yield from items


def _read_file(file: Path) -> Iterator[Item]:
    as_of = file.stat().st_mtime_ns // 1000
    columns, rows = read_csv(file, "roster")
    table = _table_of(file, columns)
    providers = set(columns) - set(HEADERS["people"]) if table == "people" else set()
    one_at_a_time(rows, "person", "team", "roster", "one person in two teams")
    for provider in sorted(providers):
        one_at_a_time(rows, provider, "person", "roster", f"one {provider} account on two people")
    for row in rows:
        said: dict[str, Any] = {"as_of": as_of}
        said |= {RENAMED.get(name, name): cell for name, cell in row.cells.items()}
        if row.surplus:
            yield Item(UNREADABLE, repr(row).encode())
            continue
        accounts = sorted(providers & set(said))
        if table == "project":
            organisation = said.pop("owner", "").lower() == "organisation"
            where = {"url": said.pop("url", None), "organisation": organisation}
            yield Item(table, said | {"repo": where})
        elif table != "people":
            yield Item(table, said)
        elif "team" in said or not accounts:
            yield Item("membership", said)
        for provider in accounts:
            yield Item("link", said | {"account": {"provider": provider, "name": said[provider]}})


def _table_of(file: Path, columns: tuple[str, ...]) -> str:
    """Tell the table by its header; only people may have more columns: their providers."""
    named = all(columns) and len(set(columns)) == len(columns)
    for table, known in HEADERS.items():
        strange = set(columns) - set(known) if table != "people" else set()
        if named and not strange and set(known[:2]) <= set(columns):
            return table
    raise Fatal(
        f"roster: the header of {file} is none of ours",
        "use person,team,from,to,<provider>... or tool,team,started or person,tool,plan,from,to"
        " or project,url,owner",
    )


TIME = "coalesce(TRY(since::DATE::TIMESTAMP), TRY(make_timestamp(as_of))) AS time"

SOURCE = Source(
    name="roster",
    topic="control",
    records={
        "membership": Membership,
        "link": Link,
        "rollout": Rollout,
        "seat": Seat,
        "project": Alias,
    },
    read=read,
    events={
        "team.assigned": f"""
            SELECT delivery, person, team, since, until, as_of AS rev, {TIME} FROM membership""",
        "identity.linked": f"""
            SELECT delivery, account, person, since, until, as_of AS rev, {TIME} FROM link""",
        "tool.rollout": """
            SELECT delivery, tool, team, started, as_of AS rev,
                TRY(started::DATE::TIMESTAMP) AS time
            FROM rollout""",
        "project.linked": """
            SELECT delivery, project, repo, as_of AS rev, TRY(make_timestamp(as_of)) AS time
            FROM project""",
        "seat.assigned": f"""
            SELECT delivery, person, tool, plan, since, until, as_of AS rev, {TIME} FROM seat""",
    },
)
