"""Export requests as tests need them: made by hand, in either encoding, and taken apart."""

import base64
import json
from typing import Any

from google.protobuf.json_format import ParseDict
from google.protobuf.message import Message

from connectors import otlp
from connectors.source import Item, Request
from connectors.sources import otlp as receiver

Sent = dict[str, Any]


def items(body: bytes, route: str = "/v1/logs", content_type: str = otlp.JSON) -> list[Item]:
    """Return what one request holds."""
    return list(receiver.items(Request(route, {"content-type": content_type}, body)))


def logs(*records: Sent, service: str = "claude-code") -> bytes:
    """Return log records of a service, as JSON."""
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}
    group = {"resource": resource, "scopeLogs": [{"logRecords": records}]}
    return json.dumps({"resourceLogs": [group]}).encode()


def points(data: Sent, name: str = "claude_code.commit.count") -> bytes:
    """Return one metric of Claude Code, as JSON."""
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "claude-code"}}]}
    metrics = [{"metrics": [{"name": name, **data}]}]
    return json.dumps(
        {"resourceMetrics": [{"resource": resource, "scopeMetrics": metrics}]}
    ).encode()


def log(name: str = "user_prompt", **attributes: Sent | None) -> Sent:
    """Return one log record; underscores in names of attributes stand for dots."""
    said = {"event.name": {"stringValue": name}}
    said |= {key.replace("_", "."): value for key, value in attributes.items()}  # type: ignore[misc]
    return {
        "timeUnixNano": "1767603600000000000",
        "attributes": [{"key": key, "value": value} for key, value in said.items()],
    }


def in_protobuf(body: Sent, message: type[Message]) -> bytes:
    """Return a JSON body as protobuf, by protobuf's own reader; it wants ids in base64."""

    def with_ids(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: base64.b64encode(bytes.fromhex(part)).decode()
                if key in {"traceId", "spanId", "parentSpanId"}
                else with_ids(part)
                for key, part in value.items()
            }
        return [with_ids(part) for part in value] if isinstance(value, list) else value

    return bytes(ParseDict(with_ids(body), message()).SerializeToString())


def whole() -> bytes:
    """Return a good protobuf body."""
    return in_protobuf(json.loads(logs(log())), otlp.SIGNALS["/v1/logs"].message)
