"""WakaTime: editor heartbeats, and the daily summaries made from them.

PATH is a JSON file, or a folder searched with all its folders. Neither heartbeats nor summaries
name anybody, so **the account is the name of the folder a file lies in**: keep one folder for each
account. What a file holds is told by its content: an array of heartbeats (bare, or as the ``body``
of a recorded request), or the API's ``{"data": [day, ...]}`` (bare, or inside ``wakatime_data``
with the recorded response). Durations are decimal texts until they are exact microseconds.
Plugins push heartbeats to the service's own routes; whose they are is said by their token.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import msgspec

from connectors.places import PLACE, PROJECT, in_project
from connectors.record import Extract, Hidden, Person, record
from connectors.source import Item, Push, Reply, Request, Source
from schemas.envelope import UNREADABLE
from schemas.errors import Fatal, Rejected


def editor_of(user_agent: str) -> str | None:
    """Return the editor that a plugin's user agent names, such as ``vscode``, or nothing.

    The plugin comes last, its editor before it: ``... vscode/1.95.0 vscode-wakatime/24.6.0``.
    """
    found = re.search(r" ([A-Za-z][\w-]{0,31})/\S+ [\w-]{1,40}-wakatime/", user_agent)
    return found[1].lower() if found else None


@record
class Total:
    """A whole day."""

    total_seconds: Decimal


@record
class Member:
    """One language, category or editor of a day."""

    name: str
    total_seconds: Decimal


@record
class Project:
    """One project of a day, its name hidden."""

    name: Annotated[str, PROJECT]
    total_seconds: Decimal


@record
class Range:
    """The day, in the person's own zone, and when it ended."""

    date: str
    end: str


@record
class Summary:
    """One day of one account; ``reported`` is when the service answered, by its own clock."""

    account: Annotated[str, Person("wakatime")]
    reported: str
    range: Range
    grand_total: Total
    languages: list[Member]
    projects: list[Project]
    categories: list[Member]
    editors: list[Member]


@record
class Heartbeat:
    """One sign of life from an editor; where the cursor was is nobody's business."""

    account: Annotated[str, Person("wakatime")]
    time: Decimal
    entity: Annotated[str, PLACE]
    type: str
    category: str
    is_write: bool
    project: Annotated[str, PROJECT]
    branch: Annotated[str, Hidden("branch")]
    language: str
    line_additions: int
    line_deletions: int
    ai_line_changes: int
    human_line_changes: int
    user_agent: Annotated[str, Extract(editor_of)]


_exact = msgspec.json.Decoder(float_hook=Decimal)


def read(path: Path) -> Iterator[Item]:
    """Yield one item a day or heartbeat. Raises Fatal where there is no JSON file."""
    files = [path] if path.is_file() else sorted(path.rglob("*.json"))
    if not files:
        raise Fatal(f"wakatime: no .json file at {path}", "give a file or a folder of them")
    for file in files:
        yield from _read_file(file.read_bytes(), account=file.resolve().parent.name)


def _read_file(raw: bytes, account: str) -> Iterator[Item]:
    try:
        said = _exact.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        said = None
    reported = _at(said, "request_proof", "response_headers", "Date")
    for place in (said, _at(said, "body"), _at(said, "data"), _at(said, "wakatime_data", "data")):
        if isinstance(place, list) and all(isinstance(part, dict) for part in place):
            for part in place:
                kind = "summary" if "grand_total" in part else "heartbeat"
                told = {**part, "account": account, "reported": reported}
                yield Item(kind, _placed(told) if kind == "heartbeat" else told)
            return
    yield Item(UNREADABLE, raw)


def heartbeats(request: Request) -> Iterator[Item]:
    """Yield the heartbeats of a request, one or many, as whoever's token brought them."""
    try:
        said = _exact.decode(request.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise Rejected(f"broken JSON: {problem}") from None
    for number, beat in enumerate(said if isinstance(said, list) else [said]):
        if not isinstance(beat, dict):
            raise Rejected(f"heartbeat {number} is not a JSON object")
        agent = beat.get("user_agent") or request.headers.get("user-agent")
        said_of = {**beat, "account": request.account, "user_agent": agent}
        yield Item("heartbeat", _placed(said_of))


def received(request: Request, kept: int) -> Reply:
    """Answer as the service does: its client drops what has a 201 of its own and keeps the rest."""
    answer: Any = {"data": {}}
    if request.path.endswith(".bulk"):
        answer = {"responses": [[{"data": {}}, 201]] * kept}
    return Reply(201, "application/json", msgspec.json.encode(answer))


def _placed(beat: dict[str, Any]) -> dict[str, Any]:
    """Return a heartbeat whose file is named as it lies in its project."""
    entity, project = beat.get("entity"), beat.get("project")
    if beat.get("type") != "file" or not isinstance(entity, str) or not isinstance(project, str):
        return beat
    return {**beat, "entity": in_project(entity, project)}


def _at(value: Any, *names: str) -> Any:
    """Return what lies at a path of names, or None."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def microseconds(seconds: str) -> str:
    """Return the SQL of decimal seconds as whole microseconds; NULL for what is no number."""
    return f"TRY_CAST({seconds} * 1000000 AS BIGINT)"


SOURCE = Source(
    name="wakatime",
    topic="ide",
    records={"summary": Summary, "heartbeat": Heartbeat},
    read=read,
    push=Push(
        routes=tuple(
            f"/api/v1/{whose}heartbeats{many}"
            for whose in ("", "users/current/")
            for many in ("", ".bulk")
        ),
        proof="token",
        items=heartbeats,
        reply=received,
        credential="uuid4",
    ),
    events={
        "activity.reported": f"""
            WITH split AS (
                SELECT delivery, 'total' AS dimension,
                    [{{'name': 'all', 'total_seconds': grand_total.total_seconds}}] AS members
                FROM summary
                UNION ALL SELECT delivery, 'language', languages FROM summary
                UNION ALL SELECT delivery, 'project', projects FROM summary
                UNION ALL SELECT delivery, 'category', categories FROM summary
                UNION ALL SELECT delivery, 'editor', editors FROM summary
            ), part AS (
                SELECT delivery, dimension, unnest(members, recursive := true) FROM split
            ), exact AS (
                SELECT delivery, dimension, name,
                    TRY_CAST(total_seconds AS DECIMAL(24,12)) AS seconds
                FROM part
            )
            SELECT delivery, 'wakatime' AS provider, account, range.date AS day, range.end AS time,
                dimension, name AS member, 'B' AS evidence,
                epoch_us(try_strptime(reported, '%a, %d %b %Y %H:%M:%S GMT')) AS rev,
                CASE WHEN count(*) = count(seconds) THEN {microseconds("sum(seconds)")} END
                    AS duration_us
            FROM exact JOIN summary USING (delivery)
            GROUP BY ALL""",
        "activity.observed": f"""
            SELECT delivery, account, user_agent AS editor, type AS entity_type, entity, category,
                project, branch, language, is_write, line_additions AS lines_added,
                line_deletions AS lines_removed, ai_line_changes AS ai_lines,
                human_line_changes AS human_lines, 'B' AS evidence,
                TRY(make_timestamp({microseconds("TRY_CAST(time AS DECIMAL(24,12))")})) AS time
            FROM heartbeat""",
    },
)
