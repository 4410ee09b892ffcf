"""Protobuf and JSON say the same: equal items, so equal deliveries and equal hashes."""

import json
from pathlib import Path

import msgspec
from google.protobuf.json_format import MessageToDict
from hypothesis import given

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


@given(requests)
def test_either_encoding_of_a_request_gives_equal_items(
    request: tuple[str, Sent, list[Sent]],
) -> None:
    route, resource, records = request
    signal = otlp.SIGNALS[route]
    scope = {camel(signal.records): records, "scope": {"name": "s"}}
    body = {camel(signal.groups): [{"resource": resource, camel(signal.scopes): [scope]}]}

    from_json = items(json.dumps(body).encode(), route)
    from_protobuf = items(in_protobuf(body, signal.message), route, otlp.PROTOBUF)

    assert from_json == from_protobuf
    for item in from_json:
        speaker = item.speaker or receiver.SOURCE
        kind, kept = stripped(speaker, item, KEY)
        assert kind == item.kind
        assert msgspec.json.decode(kept)


def test_a_recorded_json_body_as_protobuf_gives_the_same_deliveries() -> None:
    for name, route in (("logs", "/v1/logs"), ("traces", "/v1/traces")):
        body = (RECORDED / f"2026-01-05.{name}.json").read_bytes()
        packed = in_protobuf(json.loads(body), otlp.SIGNALS[route].message)
        assert items(body, route) == items(packed, route, otlp.PROTOBUF)
    metrics = (RECORDED / "2026-01-05.metrics.pb").read_bytes()
    message = otlp.SIGNALS["/v1/metrics"].message.FromString(metrics)
    body = json.dumps(MessageToDict(message)).encode()
    assert items(metrics, "/v1/metrics", otlp.PROTOBUF) == items(body, "/v1/metrics")
