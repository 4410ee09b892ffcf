"""What one request comes apart into, and what of it may be known."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors import otlp
from connectors.pull import stripped
from connectors.source import Request
from connectors.sources import claude_code
from connectors.sources import otlp as receiver
from schemas.errors import Fatal
from schemas.events.ai_usage_reported import AiUsageReported
from schemas.partition import PART
from tests.deliveries import KEY, decoded, pulled
from tests.otlp.bodies import Sent, items, log, logs, points, whole

RECORDED = Path(__file__).parents[1] / "recordings" / "claude_code"


def attributes(body: bytes) -> Sent:
    """Return the attributes of the one item that a body holds."""
    [item] = items(body)
    assert isinstance(item.raw, dict)
    return dict(item.raw["attributes"])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"stringValue": "16"}, "16"),
        ({"intValue": 16}, "16"),
        ({"intValue": "16"}, "16"),
        ({"doubleValue": 16}, "16"),
        ({"doubleValue": 16.0}, "16"),
        ({"doubleValue": -0.0}, "0"),
        ({"doubleValue": 1e-07}, "0.0000001"),
        ({"doubleValue": 0.0070799999999999995}, "0.0070799999999999995"),
        ({"doubleValue": "NaN"}, "NaN"),
        ({"doubleValue": "-Infinity"}, "-Infinity"),
        ({"bytesValue": "c2VjcmV0"}, "736563726574"),
        ({"boolValue": True}, "true"),
        ({"boolValue": False}, "false"),
    ],
)
def test_it_does_not_matter_how_a_client_types_a_value(value: Sent, text: str) -> None:
    assert attributes(logs(log(size=value)))["size"] == text


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        {"stringValue": None},
        {"stringValue": ""},
        {"stringValue": 16},
        {"intValue": "sixteen"},
        {"intValue": 2**63},
        {"intValue": 1.5},
        {"intValue": True},
        {"doubleValue": "much"},
        {"doubleValue": True},
        {"boolValue": "true"},
        {"bytesValue": "not base64"},
        {"arrayValue": {"values": [{"stringValue": "a"}]}},
        {"arrayValue": {}},
        {"kvlistValue": {"values": [{"key": "a", "value": {"intValue": 1}}]}},
        {"kvlistValue": {}},
        {"strangeValue": 1},
        "bare",
    ],
)
def test_a_value_that_is_no_single_value_is_left_out_alone(value: Any) -> None:
    assert attributes(logs(log(size=value, other={"intValue": 1}))) == {
        "event_name": "user_prompt",
        "other": "1",
    }


def test_dots_in_names_become_underscores() -> None:
    assert attributes(logs(log(session_id={"stringValue": "s"})))["session_id"] == "s"


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        (log("tool_result") | {"eventName": "event otel/src/x.rs:703"}, "tool_result"),
        ({"eventName": "tool_result"}, "tool_result"),
        ({"body": {"stringValue": "claude_code.tool_result"}}, "unnamed"),
        ({"eventName": "please fix the login page"}, "unnamed"),
        ({"eventName": "/home/jane/secret"}, "unnamed"),
        ({"eventName": "jane@example.org"}, "unnamed"),
        ({"eventName": "x" * 81}, "unnamed"),
        (log("tool_result") | {"attributes": []}, "unnamed"),
    ],
)
def test_a_record_is_named_by_its_event_and_by_nothing_that_could_be_content(
    record: Sent, kind: str
) -> None:
    assert [item.kind for item in items(logs(record))] == [kind]


@pytest.mark.parametrize(
    ("times", "time_us"),
    [
        ({"timeUnixNano": "1767603600000000999"}, 1767603600000000),
        ({"timeUnixNano": 1767603600000001000}, 1767603600000001),
        ({"observedTimeUnixNano": "1767603600000002000"}, 1767603600000002),
        ({"timeUnixNano": "0", "observedTimeUnixNano": "1767603600000002000"}, 1767603600000002),
        ({"timeUnixNano": "soon"}, None),
        ({"timeUnixNano": "-1"}, None),
        ({}, None),
    ],
)
def test_a_records_time_is_its_own_or_else_when_it_was_observed(
    times: Sent, time_us: int | None
) -> None:
    [item] = items(logs({"eventName": "user_prompt", **times}))
    assert isinstance(item.raw, dict)
    assert item.raw["time_us"] == time_us


def test_what_a_declared_service_says_is_its_sources() -> None:
    [item] = items(logs(log()))

    assert item.speaker is claude_code.SOURCE


def test_of_a_stranger_only_names_counts_and_times_are_kept() -> None:
    secret = {"stringValue": "a prompt full of secrets"}
    told = [log("chat", prompt=secret), log("chat"), log("quit")]

    kept = [
        msgspec.json.decode(stripped(receiver.SOURCE, item, KEY)[1])
        for item in items(logs(*told, service="other-agent"))
    ]

    time = {"first_us": 1767603600000000, "last_us": 1767603600000000}
    known = {"service": "other-agent", "signal": "log", **time}
    assert [{**said, "records": len(said["records"])} for said in kept] == [
        {**known, "name": "chat", "count": 2, "records": 32},
        {**known, "name": "quit", "count": 1, "records": 32},
    ]


def test_a_refusal_takes_its_tool_from_the_span_around_it() -> None:
    rows = decoded(pulled("claude_code", RECORDED)).rows["events/ai.edit.decided"].to_pylist()

    assert [(r["tool_name"], r["decision"], r["decider"], r["surface"]) for r in rows] == [
        ("Write", "accept", "user", "vscode"),
        ("Edit", "reject", "user", "vscode"),
        ("Write", "reject", None, "non-interactive"),
    ]


def reports(tmp_path: Path, form: int) -> list[dict[str, Any]]:
    """Return what two reports of one series say: 1 up to 09:01, and 3 up to 09:02."""
    for minute, count in ((1, 1), (2, 3)):
        start, end = 1767603600, 1767603600 + minute * 60
        point = {"startTimeUnixNano": f"{start}000000000", "timeUnixNano": f"{end}000000000"}
        data = {"aggregationTemporality": form, "dataPoints": [{**point, "asInt": str(count)}]}
        (tmp_path / f"{minute}.metrics.json").write_bytes(points({"sum": data}))
    rows = decoded(pulled("claude_code", tmp_path)).rows["events/ai.usage.reported"].to_pylist()
    return [{name: value for name, value in row.items() if name != PART} for row in rows]


def test_deltas_are_told_apart_by_their_end(tmp_path: Path) -> None:
    first, second = [AiUsageReported(**row) for row in reports(tmp_path, form=1)]

    assert first.id != second.id
    assert [first.quantity, second.quantity] == [Decimal(1), Decimal(3)]


def test_a_later_cumulative_sum_replaces_the_earlier_one(tmp_path: Path) -> None:
    first, second = [AiUsageReported(**row) for row in reports(tmp_path, form=2)]

    assert first.id == second.id
    assert [first.quantity, second.quantity] == [Decimal(1), Decimal(3)]
    assert first.rev is not None
    assert second.rev == first.rev + 60_000_000


def test_a_sum_without_temporality_is_no_usage(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="usage"):
        reports(tmp_path, form=0)


def test_a_point_of_no_sum_is_heard_and_is_no_usage() -> None:
    [item] = items(points({"gauge": {"dataPoints": [{"asInt": "7"}]}}), "/v1/metrics")

    assert isinstance(item.raw, dict)
    assert (item.raw["value"], item.raw["temporality"]) == ("7", None)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [("application/json", b"{}"), ("application/json; charset=utf-8", b"{}")],
)
def test_json_is_answered_in_json(content_type: str, body: bytes) -> None:
    answer = otlp.reply(Request("/v1/logs", {"content-type": content_type}, b""), 3)

    assert answer == (200, "application/json", body)


def test_protobuf_is_answered_by_the_empty_message() -> None:
    answer = otlp.reply(Request("/v1/logs", {"content-type": otlp.PROTOBUF}, b""), 3)

    assert answer == (200, "application/x-protobuf", b"")


def test_recorded_bodies_are_found_by_their_names(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "agent.logs.pb").write_bytes(whole())
    (tmp_path / "run" / "agent.logs.json").write_bytes(b"broken")
    (tmp_path / "run" / "notes.txt").write_text("no body")

    assert [item.kind for item in receiver.read(tmp_path)] == ["unreadable", "user_prompt"]
    assert [item.kind for item in receiver.read(tmp_path / "run" / "agent.logs.pb")] == [
        "user_prompt"
    ]
    with pytest.raises(Fatal, match="no recorded bodies"):
        list(receiver.read(tmp_path / "run" / "notes.txt"))
