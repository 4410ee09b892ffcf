"""Protobuf and JSON say the same: equal items, so equal deliveries and equal hashes."""

import json
from pathlib import Path
from typing import Any

import msgspec
from google.protobuf.json_format import MessageToDict
from hypothesis import given, settings

from connectors import otlp
from connectors.pull import stripped
from connectors.sources import otlp as receiver
from tests.deliveries import KEY
from tests.otlp.bodies import Sent, in_protobuf, items
from tests.otlp.requests import requests

RECORDED = Path(__file__).parents[1] / "recordings" / "claude_code"


def camel(name: str) -> str:
    """Return a field's name as JSON spells it."""
    head, *rest = name.split("_")
    return head + "".join(map(str.capitalize, rest))


def sent(route: str, records: list[Sent]) -> Sent:
    """Return a request in which a known service, a stranger and nobody say the same."""
    signal = otlp.SIGNALS[route]
    scope = {camel(signal.records): records, "scope": {"name": "s"}}
    groups: list[Sent] = [{camel(signal.scopes): [scope]}]
    for service in ("claude-code", "other-agent"):
        attributes = [{"key": "service.name", "value": {"stringValue": service}}]
        groups.append({"resource": {"attributes": attributes}, camel(signal.scopes): [scope]})
    return {camel(signal.groups): groups}


@settings(max_examples=150)
@given(requests)
def test_either_encoding_of_a_request_gives_equal_items(request: tuple[str, list[Sent]]) -> None:
    route, records = request
    body = sent(route, records)

    from_json = items(json.dumps(body).encode(), route)
    packed = in_protobuf(body, otlp.SIGNALS[route].message)
    from_protobuf = items(packed, route, otlp.PROTOBUF)

    assert from_json == from_protobuf
    for item in from_json:
        speaker = item.speaker or receiver.SOURCE
        kind, kept = stripped(speaker, item, KEY)
        assert kind == item.kind
        assert msgspec.json.decode(kept)


@given(requests)
def test_the_order_of_attributes_does_not_matter(request: tuple[str, list[Sent]]) -> None:
    route, records = request
    told = [
        repr(items(json.dumps(turned(sent(route, records), by)).encode(), route)) for by in (1, -1)
    ]

    assert told[0] == told[1]


def turned(said: Any, by: int) -> Any:
    """Return a request with all attributes in the order of their names, or against it."""
    if isinstance(said, list):
        return [turned(part, by) for part in said]
    if not isinstance(said, dict):
        return said
    kept = {name: turned(part, by) for name, part in said.items()}
    if "attributes" in said:
        by_name = {pair["key"]: pair for pair in said["attributes"]}
        kept["attributes"] = [by_name[name] for name in sorted(by_name)[::by]]
    return kept


def test_a_recorded_json_body_as_protobuf_gives_the_same_deliveries() -> None:
    for name, route in (("logs", "/v1/logs"), ("traces", "/v1/traces")):
        body = (RECORDED / f"2026-01-05.{name}.json").read_bytes()
        packed = in_protobuf(json.loads(body), otlp.SIGNALS[route].message)
        assert items(body, route) == items(packed, route, otlp.PROTOBUF)
    metrics = (RECORDED / "2026-01-05.metrics.pb").read_bytes()
    message = otlp.SIGNALS["/v1/metrics"].message.FromString(metrics)
    body = json.dumps(MessageToDict(message)).encode()
    assert items(metrics, "/v1/metrics", otlp.PROTOBUF) == items(body, "/v1/metrics")
