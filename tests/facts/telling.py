"""Events in a few words, for worked examples: Ada works on change 1, Ben reviews it.

Times are hours of 5 January 2026 as text, ``9:30`` or ``9:30:15``; ``+1 0:05`` is the day after.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from schemas.columns import Account, Keyed, Person
from schemas.event import Event
from schemas.events.activity_observed import ActivityObserved
from schemas.events.ai_edit_decided import AiEditDecided
from schemas.events.ai_inference_completed import AiInferenceCompleted
from schemas.events.ai_prompt_submitted import AiPromptSubmitted
from schemas.events.ai_tool_completed import AiToolCompleted
from schemas.events.change_commented import ChangeCommented
from schemas.events.change_created import ChangeCreated
from schemas.events.change_merged import ChangeMerged
from schemas.events.change_reviewed import ChangeReviewed
from schemas.events.identity_linked import IdentityLinked
from schemas.events.project_linked import ProjectLinked
from schemas.events.service_deployed import ServiceDeployed

ADA, BEN, CLEO = (Person(letter * 32) for letter in "abc")
WEB, SHOP = Keyed("e0" * 16), Keyed("50" * 16)
"""The folder of the repository ``f/acme/web``."""
MAIN = Keyed("0a" * 16)

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000

REWRITTEN: dict[str, Any] = {"human_lines": 20, "lines_added": 18, "lines_removed": 20}
"""The lines of a beat that rewrites."""


def at(time: str) -> datetime:
    """Return a time."""
    day, _, clock = time.rpartition(" ")
    hours, minutes, seconds = ([float(part) for part in clock.split(":")] + [0.0])[:3]
    since = timedelta(days=int(day or 0), hours=hours, minutes=minutes, seconds=seconds)
    return datetime(2026, 1, 5, tzinfo=UTC) + since


def when(time: str) -> datetime:
    """Return the same time as a row has it: UTC, without saying so."""
    return at(time).replace(tzinfo=None)


def account(person: Person, provider: str) -> Account:
    """Return somebody's account: another one at every provider."""
    return Account(person[:30] + {"editor": "01", "agent": "02", "forge": "03"}[provider])


def everybody() -> list[Event]:
    """Say whose the accounts are."""
    return [
        IdentityLinked(time=at("0:00"), account=account(person, provider), person=person)
        for person in (ADA, BEN, CLEO)
        for provider in ("editor", "agent", "forge")
    ]


def _hex(text: str) -> str:
    return text.encode().hex().ljust(32, "0")[:32]


def branch(number: int) -> Keyed:
    """Return the branch of a change."""
    return Keyed(f"b{number}" * 16)


def file(name: str) -> Keyed:
    """Return a file, by a letter from a to f."""
    return Keyed(f"f{name}" * 16)


def page(number: int) -> Keyed:
    """Return the page of a change."""
    return Keyed(f"d{number}" * 16)


def beat(time: str, who: Person = ADA, on: int | Keyed = 1, **more: Any) -> ActivityObserved:
    """Return a sign of life from an editor: a save in file a, on a change's branch."""
    said: dict[str, Any] = {
        "entity_type": "file",
        "entity": file("a"),
        "category": "coding",
        "project": WEB,
        "branch": branch(on) if isinstance(on, int) else on,
        "is_write": True,
        "evidence": "B",
    }
    return ActivityObserved(time=at(time), account=account(who, "editor"), **(said | more))


def read(time: str, who: Person = BEN, on: int = 1) -> ActivityObserved:
    """Return a sign of life from a browser that shows a change's page."""
    return ActivityObserved(
        time=at(time),
        account=account(who, "editor"),
        entity_type="url",
        entity=page(on),
        category="code reviewing",
        evidence="B",
    )


def session(who: Person) -> Keyed:
    """Return somebody's session with an agent."""
    return Keyed(f"5{who[0]}" * 16)


def prompt(time: str, number: int = 1, who: Person = ADA, chars: int = 50) -> AiPromptSubmitted:
    """Return a prompt; 50 characters take 38 seconds to type."""
    return AiPromptSubmitted(
        time=at(time),
        tool="claude_code",
        session=session(who),
        record=Keyed(f"c{number}" * 16),
        prompt=Keyed(f"c{number}" * 16),
        account=account(who, "agent"),
        prompt_chars=chars,
        evidence="B",
    )


def edited(time: str, number: int = 1, who: Person = ADA) -> AiToolCompleted:
    """Return that an agent has edited a file."""
    return AiToolCompleted(
        time=at(time),
        tool="claude_code",
        session=session(who),
        call=Keyed(_hex(time)),
        prompt=Keyed(f"c{number}" * 16),
        account=account(who, "agent"),
        tool_kind="edit",
        evidence="B",
    )


def inference(time: str, number: int = 1, who: Person = ADA) -> AiInferenceCompleted:
    """Return the end of one inference of a prompt's run."""
    return AiInferenceCompleted(
        time=at(time),
        tool="claude_code",
        session=session(who),
        inference=Keyed(_hex(time)),
        prompt=Keyed(f"c{number}" * 16),
        account=account(who, "agent"),
        outcome="succeeded",
        evidence="B",
    )


def decision(
    time: str, number: int = 1, who: Person = ADA, said: Literal["accept", "reject"] = "accept"
) -> AiEditDecided:
    """Return a human's decision on an edit that an agent proposed."""
    return AiEditDecided(
        time=at(time),
        tool="claude_code",
        session=session(who),
        call=Keyed(_hex(time)),
        prompt=Keyed(f"c{number}" * 16),
        account=account(who, "agent"),
        tool_name="Edit",
        decision=said,
        decider="user",
        evidence="B",
    )


def created(time: str, number: int = 1, who: Person = ADA, **more: Any) -> ChangeCreated:
    """Return the opening of a change."""
    said: dict[str, Any] = {
        "forge": "f",
        "change": str(number),
        "repo": "f/acme/web",
        "number": number,
        "author": account(who, "forge"),
        "author_kind": "human",
        "branch": branch(number),
        "project": WEB,
        "page": page(number),
    }
    return ChangeCreated(time=at(time), **(said | more))


def linked(project: Keyed, repo: str = "f/acme/web") -> ProjectLinked:
    """Return the word that a folder is a repository's."""
    return ProjectLinked(time=at("0:00"), project=project, repo=repo)


def reviewed(
    time: str,
    number: int = 1,
    who: Person = BEN,
    state: Literal["approved", "changes_requested", "commented", "dismissed"] = "approved",
) -> ChangeReviewed:
    """Return a verdict."""
    return ChangeReviewed(
        time=at(time),
        forge="f",
        change=str(number),
        review=time,
        state=state,
        reviewer=account(who, "forge"),
        reviewer_kind="human",
    )


def commented(time: str, number: int = 1, who: Person = BEN) -> ChangeCommented:
    """Return a remark."""
    return ChangeCommented(
        time=at(time),
        forge="f",
        change=str(number),
        comment=time,
        author=account(who, "forge"),
        author_kind="human",
    )


def merged(time: str, number: int = 1, added: int | None = None, **more: Any) -> ChangeMerged:
    """Return a merge."""
    return ChangeMerged(
        time=at(time), forge="f", change=str(number), lines_added=added, lines_removed=0, **more
    )


def deployed(time: str, sha: str, environment: str = "production") -> ServiceDeployed:
    """Return a deployment that went well."""
    return ServiceDeployed(
        time=at(time),
        provider="github",
        deployment=time,
        environment=environment,
        outcome="success",
        repo="f/acme/web",
        sha=sha,
    )


def day(time: str) -> date:
    """Return the day of a time."""
    return at(time).date()
