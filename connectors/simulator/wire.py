"""Wire: what was noticed, put into the words that each system really uses, day by day.

Editors send heartbeats in bulk, as after a while without a network; the agent exports its log
events; the forge and the delivery tools post each event alone. Names, mail addresses, titles and
prompts are in there, as in life.
"""

import hmac
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from itertools import groupby
from random import Random
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import msgspec
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from connectors.simulator.engineers import Engineer
from connectors.simulator.noise import Noise, arrivals
from connectors.simulator.people import OWNER
from connectors.simulator.regime import HOUR
from connectors.simulator.signals import AgentSaid, Beat, CdEvent, Hook, Signals

DAY = 24 * HOUR
BULK = 1_500
"""Heartbeats in a request; a thousand and a half are about half of what the route takes."""
HEARTBEATS = "/api/v1/users/current/heartbeats.bulk"
VERSION = "2.0.76"
PROTOBUF = "application/x-protobuf"
SPACE = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")

_encode = msgspec.json.Encoder().encode


class Post(NamedTuple):
    """One request; ``teller`` is whose proof it needs."""

    teller: str
    """A login for heartbeats, else the name of the system."""
    path: str
    headers: dict[str, str]
    body: bytes


class Day(NamedTuple):
    """All that arrives on one day."""

    ends_ms: int
    posts: list[Post]


def days(
    signals: Signals, staff: Iterable[Engineer], noise: Noise, seed: int, ends_ms: int
) -> Iterator[Day]:
    """Yield the days on which anything arrives, up to a moment; later ones are never heard."""
    people = {engineer.login: engineer for engineer in staff}
    beats = _beats_by_day(signals, people, noise, seed)
    agent: dict[int, list[tuple[str, AgentSaid]]] = defaultdict(list)
    for login, told in signals.agent.items():
        for said in told:
            agent[said.at_ms // DAY].append((login, said))
    hooks = _by_day(signals.hooks)
    cdevents = _by_day(signals.cdevents)
    for day in sorted({*beats, *agent, *hooks, *cdevents}):
        if day * DAY >= ends_ms:
            return
        posts: list[Post] = []
        for login, arrived in beats.get(day, {}).items():
            posts += [
                _heartbeats(people[login], arrived[start : start + BULK])
                for start in range(0, len(arrived), BULK)
            ]
        for login, lines in groupby(agent.get(day, []), key=lambda one: one[0]):
            posts.append(_logs(people[login], [said for _, said in lines]))
        posts += [_hook(hook) for hook in hooks.get(day, [])]
        posts += [_cdevent(event) for event in cdevents.get(day, [])]
        yield Day(min((day + 1) * DAY, ends_ms), posts)


def _by_day(signals: list[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for signal in sorted(signals, key=lambda one: one.at_ms):
        found[signal.at_ms // DAY].append(signal)
    return found


def _beats_by_day(
    signals: Signals, people: dict[str, Engineer], noise: Noise, seed: int
) -> dict[int, dict[str, list[Beat]]]:
    found: dict[int, dict[str, list[Beat]]] = defaultdict(lambda: defaultdict(list))
    for login in people:
        random = Random(f"{seed}/noise/{login}")
        in_order = sorted(signals.beats.get(login, []))
        for at_ms, beat in arrivals(in_order, noise, random):
            found[at_ms // DAY][login].append(beat)
    return found


def _heartbeats(engineer: Engineer, beats: list[Beat]) -> Post:
    body = _encode([_heartbeat(engineer, beat) for beat in beats])
    headers = {
        "content-type": "application/json",
        "user-agent": engineer.agent,
        "x-machine-name": f"{engineer.login}-laptop",
    }
    return Post(engineer.login, HEARTBEATS, headers, body)


def _heartbeat(engineer: Engineer, beat: Beat) -> dict[str, Any]:
    told = {
        "time": (beat.at_ms + engineer.clock_off_ms) / 1000,
        "entity": beat.entity,
        "type": "url" if beat.is_page else "file",
        "category": beat.category,
        "project": beat.project,
        "user_agent": engineer.agent,
    }
    if beat.is_page:
        return {**told, "user_agent": "Chrome/143.0.0.0 linux_x86-64 chrome-wakatime/4.1.0"}
    told |= {
        "branch": beat.branch,
        "language": "Python",
        "is_write": beat.is_write,
        "lines": 120,
        "lineno": 12,
        "cursorpos": 4,
        "project_root_count": beat.entity.count("/src/") and 4,
    }
    if beat.is_write:
        told |= {"line_additions": beat.added, "line_deletions": beat.removed}
        told |= {"ai_line_changes": beat.ai, "human_line_changes": beat.human}
    return told


def _logs(engineer: Engineer, told: list[AgentSaid]) -> Post:
    resource = {
        "service.name": "claude-code",
        "service.version": VERSION,
        "host.arch": "amd64",
        "os.type": "linux",
        "host.name": f"{engineer.login}-laptop",
        "process.owner": engineer.login,
    }
    always = {
        "user.id": sha256(engineer.login.encode()).hexdigest(),
        "organization.id": str(uuid5(SPACE, OWNER)),
        "user.email": engineer.person.email,
        "user.account_uuid": str(uuid5(SPACE, engineer.person.email)),
        "terminal.type": engineer.agent.split()[-2].partition("/")[0],
    }
    export = ExportLogsServiceRequest()
    group = export.resource_logs.add()
    group.resource.attributes.extend(_attributes(resource))
    scope = group.scope_logs.add()
    scope.scope.name, scope.scope.version = "com.anthropic.claude_code.events", VERSION
    always_said = _attributes(always)
    for number, said in enumerate(sorted(told, key=lambda one: one.at_ms)):
        record = scope.log_records.add()
        record.time_unix_nano = record.observed_time_unix_nano = said.at_ms * 1_000_000
        record.body.string_value = f"claude_code.{said.name}"
        record.attributes.extend(always_said)
        record.attributes.extend(_attributes(_own(engineer, said)))
        record.attributes.add(key="event.sequence").value.int_value = number
    headers = {"content-type": PROTOBUF, "user-agent": "OTel-OTLP-Exporter-JavaScript/0.208.0"}
    return Post("otlp", "/v1/logs", headers, export.SerializeToString())


def _own(engineer: Engineer, said: AgentSaid) -> dict[str, str]:
    at = datetime.fromtimestamp(said.at_ms / 1000, UTC)
    attributes = {
        "session.id": said.session,
        "event.name": said.name,
        "event.timestamp": f"{at:%Y-%m-%dT%H:%M:%S}.{said.at_ms % 1000:03}Z",
        **said.attributes,
    }
    if said.name == "user_prompt":
        attributes["prompt"] = f"please mind what {engineer.person.email} asked for yesterday"
    return attributes


def _attributes(texts: dict[str, str]) -> list[KeyValue]:
    return [KeyValue(key=name, value=AnyValue(string_value=text)) for name, text in texts.items()]


def _hook(hook: Hook) -> Post:
    headers = {
        "content-type": "application/json",
        "user-agent": "GitHub-Hookshot/7c5dc3f",
        "x-github-event": hook.event,
        "x-github-delivery": str(uuid5(SPACE, f"{hook.at_ms} {hook.event}")),
    }
    return Post("github", "/github", headers, _encode(hook.payload))


def _cdevent(said: CdEvent) -> Post:
    headers = {"content-type": "application/cloudevents+json"}
    context = said.event["context"]
    event = {
        "specversion": "1.0",
        "id": context["id"],
        "source": context["source"],
        "type": context["type"],
        "subject": said.event["subject"]["id"],
        "time": context["timestamp"],
        "datacontenttype": "application/json",
        "data": said.event,
    }
    return Post("cdevents", "/cdevents", headers, _encode(event))


def signed(secret: str, body: bytes) -> str:
    """Return the signature that the forge puts over a body."""
    return f"sha256={hmac.new(secret.encode(), body, sha256).hexdigest()}"
