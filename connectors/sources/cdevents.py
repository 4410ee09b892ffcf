"""CDEvents: deployments, pipeline runs, incidents and ends of changes, from any tool.

The route is ``/cdevents``: CloudEvents in any spelling, or the CDEvent alone. Spec 0.4 and 0.5 are
both read (0.5 renamed ``context.version`` and dropped ``subject.type``; neither is needed). The
kind is ``<subject>.<predicate>`` of the type, whatever its version. CDEvents say too little of a
change to know its author, number or reviewers: only its end becomes an event, the rest is counted.
An artifact of the type ``pkg:github/OWNER/NAME@SHA`` tells repository and commit, too; its owner is
keyed, since a package URL does not say whether that is a person (see ``connectors.package_url``).
For ``pull``, PATH is a JSON file of one event or a list of them, or a folder of such files.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec

from connectors.cloudevents import BATCH, STRUCTURED, events
from connectors.package_url import PackageUrl
from connectors.record import Hidden, record
from connectors.source import Item, Push, Reply, Request, Source
from schemas.envelope import UNREADABLE
from schemas.errors import Fatal

TYPE = re.compile(r"dev\.cdevents\.([a-z]{1,32})\.([a-z]{1,32})\.[\w.\-]{1,32}")
OTHER = "cloudevent"
"""The kind of a CloudEvent that is no CDEvent; it has no record."""


@record
class Context:
    """Which event, said by whom and when; sources are addresses, so they are hidden."""

    id: str
    source: Annotated[str, Hidden("uri")]
    timestamp: str


@record
class Named:
    """An environment or a service."""

    id: str


@record
class Content:
    """What happened to the subject."""

    environment: Named
    service: Named
    artifactId: Annotated[str, PackageUrl()]  # noqa: N815  (the spec spells it so)
    outcome: str


@record
class Subject:
    """What it happened to."""

    id: str
    source: Annotated[str, Hidden("uri")]
    content: Content


@record
class CDEvent:
    """One event; links, descriptions and custom data never get here."""

    context: Context
    subject: Subject


def item(event: Any) -> Item:
    """Return one event by its kind, which its own context tells."""
    context = event.get("context") if isinstance(event, dict) else None
    named = context.get("type") if isinstance(context, dict) else None
    found = TYPE.fullmatch(named) if isinstance(named, str) else None
    if not isinstance(event, dict):
        return Item(UNREADABLE, msgspec.json.encode(event))
    return Item(f"{found[1]}.{found[2]}" if found else OTHER, event)


def items(request: Request) -> Iterator[Item]:
    """Yield the events of a request."""
    for event in events(request):
        data = event.get("data")
        yield item(data) if isinstance(data, dict) else Item(OTHER, event)


def reply(request: Request, kept: int) -> Reply:
    """Answer that all is kept."""
    return Reply(202, "application/json", msgspec.json.encode({"kept": kept}))


def read(path: Path) -> Iterator[Item]:
    """Yield recorded events. Raises Fatal where there is no file."""
    files = [path] if path.is_file() else sorted(path.glob("*.json"))
    if not files:
        raise Fatal(f"cdevents: no .json file at {path}", "give a file or its folder")
    for file in files:
        raw = file.read_bytes()
        try:
            said = msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            yield Item(UNREADABLE, raw)
            continue
        yield from map(item, said if isinstance(said, list) else [said])


ABOUT = """
    SELECT delivery, 'cdevents' AS provider, context.timestamp AS time,
        subject.content.environment.id AS environment, subject.content.artifactId AS artifact"""

BUILT = r"^pkg:github/([^/@]+/[^/@]+)@([0-9a-f]{40}(?:[0-9a-f]{24})?)$"
"""What an artifact that is a commit of a repository looks like when it has left the edge."""

BUILT_FROM = f"""
    'github.com/' || nullif(regexp_extract(artifact, '{BUILT}', 1), '') AS repo,
    nullif(regexp_extract(artifact, '{BUILT}', 2), '') AS sha"""

SERVICE = "coalesce(subject.content.service.id, subject.id) AS service"
SAID = "context.source || '/' || context.id"
SUBJECT = "coalesce(subject.source, context.source) || '/' || subject.id"

KINDS = (
    "change.merged",
    "change.abandoned",
    "service.deployed",
    "service.upgraded",
    "service.rolledback",
    "pipelinerun.finished",
    "incident.detected",
    "incident.resolved",
)


def incident(predicate: str) -> str:
    """Return the SQL of one end of an incident."""
    return f"""{ABOUT}, {SUBJECT} AS incident, subject.content.service.id AS service
        FROM "incident.{predicate}" """


def change(predicate: str) -> str:
    """Return the SQL of an end of a change, at a forge that only has an address."""
    return f"""
        SELECT delivery, coalesce(subject.source, context.source) AS forge, subject.id AS change,
            context.timestamp AS time
        FROM "change.{predicate}" """


SOURCE = Source(
    name="cdevents",
    topic="deployment",
    records=dict.fromkeys(KINDS, CDEvent),
    read=read,
    push=Push(
        routes=("/cdevents",),
        proof="token",
        items=items,
        reply=reply,
        content_types=("application/json", STRUCTURED, BATCH),
    ),
    events={
        "change.merged": change("merged"),
        "change.abandoned": change("abandoned"),
        "service.deployed": f"""
            {ABOUT}, {SAID} AS deployment, {SERVICE}, 'success' AS outcome, {BUILT_FROM}
            FROM (FROM "service.deployed" UNION ALL FROM "service.upgraded")""",
        "service.rolledback": f"""
            {ABOUT}, {SAID} AS deployment, {SERVICE} FROM "service.rolledback" """,
        "pipelinerun.finished": f"""
            SELECT delivery, 'cdevents' AS provider, {SUBJECT} AS run, 1 AS attempt,
                context.timestamp AS time,
                CASE WHEN subject.content.outcome IN ('success', 'failure', 'error')
                    THEN subject.content.outcome END AS outcome
            FROM "pipelinerun.finished" """,
        "incident.detected": incident("detected"),
        "incident.resolved": incident("resolved"),
    },
)
