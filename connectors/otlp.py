"""OTLP over HTTP: an export request comes apart into one item per record, point or span.

Both encodings give the same items. An item is of the source that declares its ``service.name``,
its kind is the name of the event, metric or span, and it holds

    time_us, started_us     microseconds since 1970 UTC (a log record only has the first)
    record                  all the record says, as JSON with sorted names: to be hashed, never kept
    resource, attributes    as texts, dots in names as underscores: ``session.id`` is ``session_id``
    value, temporality      of a point: a decimal text; delta or cumulative, nothing for a gauge
    series                  of a point: what makes its time series, to be hashed, never kept
    parent                  of a span: its parent's attributes, if it came in the same request

Texts: a truth is ``true``, a number plain decimal digits that read back as the same double
(``16``, never ``16.0`` or ``1e-07``), bytes hex; lists, objects and empty texts are left out. So it
does not matter how a client types a value. What a service says that no source declares is summed
up, for each name in a request, as one item of the kind ``unknown``.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from re import fullmatch
from typing import Any, NamedTuple

import msgspec
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from connectors import otlp_json, otlp_protobuf
from connectors.otlp_protobuf import Tree
from connectors.source import Item, Reply, Request, Source
from schemas.envelope import UNREADABLE
from schemas.errors import Fatal, Rejected

PROTOBUF, JSON = "application/x-protobuf", "application/json"

UNKNOWN = "unknown"
UNNAMED = "unnamed"
"""The name of what is named like no event, metric or span: it might be anything."""


class Said(NamedTuple):
    """One record, point or span, and where it comes from."""

    name: Any
    raw: dict[str, Any]


@dataclass(frozen=True)
class Signal:
    """One of the three things that OTLP carries, and the names of its levels."""

    name: str
    message: type[Message]
    groups: str
    scopes: str
    records: str
    told: Callable[[Tree, Tree, Mapping[str, Tree]], Iterator[Said]]


@dataclass
class Summary:
    """What is kept of a service that nobody declared, for one name in one request."""

    count: int = 0
    times: list[int] = field(default_factory=list)
    records: list[str] = field(default_factory=list)


Speakers = Mapping[str, Source]
"""Sources by the ``service.name`` that they declare."""


def items(request: Request, speakers: Speakers) -> Iterator[Item]:
    """Take an export request apart. Pure; raises Rejected when it is not readable."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return _items(SIGNALS[request.path], content_type == JSON, request.body, speakers)


def reply(request: Request, kept: int) -> Reply:
    """Return the empty answer of full success, in the encoding that was asked in."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Reply(200, content_type, b"{}" if content_type == JSON else b"")


def read(path: Path, speakers: Speakers) -> Iterator[Item]:
    """Yield the items of recorded bodies: files that end in ``<signal>.pb`` or ``<signal>.json``.

    A signal is ``logs``, ``metrics`` or ``traces``. A folder is searched with all its folders.
    Raises Fatal where there is none; a file that is broken is told as unreadable.
    """
    endings = {
        f"{route.removeprefix('/v1/')}.{form}": (signal, form == "json")
        for route, signal in SIGNALS.items()
        for form in ("pb", "json")
    }
    files = [path] if path.is_file() else sorted(path.rglob("*"))
    bodies = [(file, end) for file in files for end in endings if file.name.endswith(end)]
    if not bodies:
        raise Fatal(
            f"otlp (and claude_code): no recorded bodies at {path}",
            f"name them *.{', *.'.join(endings)}",
        )
    for file, end in bodies:
        body = file.read_bytes()
        try:
            said = list(_items(*endings[end], body, speakers))
        except Rejected:
            said = [Item(UNREADABLE, body)]
        yield from said


def _items(signal: Signal, is_json: bool, body: bytes, speakers: Speakers) -> Iterator[Item]:
    tree_of = otlp_json.tree_of if is_json else otlp_protobuf.tree_of
    tree = tree_of(body, signal.message)
    unknown: dict[tuple[str, str], Summary] = {}
    for group in tree.get(signal.groups, []):
        resource = group.get("resource", {}).get("attributes", {})
        texts, service = _texts(resource), resource.get("service.name")
        speaker = speakers.get(service) if isinstance(service, str) else None
        spans = _by_span(group, signal)
        for scope in group.get(signal.scopes, []):
            origin = {"resource": resource, "scope": scope.get("scope", {})}
            for record in scope.get(signal.records, []):
                for said in signal.told(record, origin, spans):
                    if speaker:
                        raw = {**said.raw, "resource": texts}
                        yield Item(_named(said.name), raw, speaker)
                    else:
                        summary = unknown.setdefault(
                            (_named(service), _named(said.name)), Summary()
                        )
                        summary.count += 1
                        summary.times += [said.raw["time_us"]] if said.raw["time_us"] else []
                        summary.records.append(said.raw["record"])
    for (service, name), summary in unknown.items():
        yield _summed_up(signal, service, name, summary)


def _summed_up(signal: Signal, service: str, name: str, summary: Summary) -> Item:
    raw = {
        "service": service,
        "signal": signal.name,
        "name": name,
        "count": summary.count,
        "first_us": min(summary.times, default=None),
        "last_us": max(summary.times, default=None),
        "records": "\n".join(summary.records),
    }
    return Item(UNKNOWN, raw)


def _by_span(group: Tree, signal: Signal) -> Mapping[str, Tree]:
    """Return the attributes of all spans of a group, by the span's id."""
    return {
        span.get("span_id", ""): span.get("attributes", {})
        for scope in group.get(signal.scopes, [])
        for span in scope.get("spans", [])
    }


def _log(record: Tree, origin: Tree, spans: Mapping[str, Tree]) -> Iterator[Said]:
    """Tell a log record; the attribute ``event.name`` names it, else its own event name."""
    attributes = record.get("attributes", {})
    name = attributes.get("event.name") or record.get("event_name")
    time = record.get("time_unix_nano") or record.get("observed_time_unix_nano")
    raw = {"time_us": _us(time), "record": _canonical(record), "attributes": _texts(attributes)}
    yield Said(name, raw)


def _span(record: Tree, origin: Tree, spans: Mapping[str, Tree]) -> Iterator[Said]:
    """Tell a span, at the time it ended."""
    raw = {
        "time_us": _us(record.get("end_time_unix_nano")),
        "started_us": _us(record.get("start_time_unix_nano")),
        "record": _canonical(record),
        "attributes": _texts(record.get("attributes", {})),
        "parent": _texts(spans.get(record.get("parent_span_id", "-"), {})),
    }
    yield Said(record.get("name"), raw)


def _points(metric: Tree, origin: Tree, spans: Mapping[str, Tree]) -> Iterator[Said]:
    """Tell every point of a metric, at the time its interval ended."""
    name = metric.get("name")
    for form in ("sum", "gauge", "histogram", "exponential_histogram", "summary"):
        data = metric.get(form, {})
        temporality = {1: "delta", 2: "cumulative"}.get(data.get("aggregation_temporality", 0))
        for point in data.get("data_points", []):
            attributes = point.get("attributes", {})
            value = point.get("as_double", point.get("as_int"))
            raw = {
                "time_us": _us(point.get("time_unix_nano")),
                "started_us": _us(point.get("start_time_unix_nano")),
                "record": _canonical([name, form, point]),
                "series": _canonical([origin, name, attributes]),
                "value": None if value is None else _text(value),
                "temporality": temporality,
                "attributes": _texts(attributes),
            }
            yield Said(name, raw)


SIGNALS = {
    "/v1/logs": Signal(
        "log", ExportLogsServiceRequest, "resource_logs", "scope_logs", "log_records", _log
    ),
    "/v1/metrics": Signal(
        "metric",
        ExportMetricsServiceRequest,
        "resource_metrics",
        "scope_metrics",
        "metrics",
        _points,
    ),
    "/v1/traces": Signal(
        "span", ExportTraceServiceRequest, "resource_spans", "scope_spans", "spans", _span
    ),
}


def _named(name: Any) -> str:
    """Return a name that can be kept: short, without spaces, slashes or an ``@``."""
    fits = isinstance(name, str) and fullmatch(r"[A-Za-z][\w.-]{0,79}", name)
    return name if fits else UNNAMED


def _us(time_ns: int | None) -> int | None:
    return time_ns // 1000 if time_ns else None


_sorted = msgspec.json.Encoder(order="sorted")


def _canonical(said: Any) -> str:
    return _sorted.encode(said).decode()


def _texts(attributes: Tree) -> dict[str, str]:
    """Return the attributes that are one value each, as texts, in the order of their names."""
    kept = {}
    for name in sorted(attributes):
        text = _text(attributes[name])
        if text:
            kept[name.replace(".", "_")] = text
    return kept


def _text(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case float():
            return format(Decimal(repr(value)), "f")
        case int() | str():
            return str(value)
    return ""
