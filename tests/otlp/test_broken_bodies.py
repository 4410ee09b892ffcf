"""A body that is no export request is one refusal with its place, whatever it holds."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors import otlp
from schemas.errors import Rejected
from tests.otlp.bodies import Sent, items, log, logs, whole

RECORDED = Path(__file__).parents[1] / "recordings" / "claude_code"


def refusal(body: bytes, route: str, content_type: str) -> str:
    """Return why a body is refused; nothing when it is understood."""
    try:
        items(body, route, content_type)
    except Rejected as refused:
        return refused.problem
    return ""


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "broken JSON at byte 0 of 0"),
        (b'{"resourceLogs": [', "broken JSON at byte 18 of 18"),
        (b'{"resourceLogs": !}', "broken JSON at byte 17 of 19"),
        (b'{"resourceLogs": "\xff"}', "broken JSON at byte"),
        (b"[" * 100_000, "the JSON is nested too deeply"),
        (b"[]", "body is not an object"),
        (b'{"resourceLogs": {}}', "body.resourceLogs is not a list"),
        (b'{"resourceLogs": [7]}', r"body.resourceLogs\[0\] is not an object"),
        (
            b'{"resourceLogs": [{"scopeLogs": [{"logRecords": [{}, {"attributes": [1]}]}]}]}',
            r"logRecords\[1\].attributes\[0\] is not an object",
        ),
    ],
)
def test_broken_json_is_refused_with_its_place(body: bytes, problem: str) -> None:
    with pytest.raises(Rejected, match=problem):
        items(body)


def test_a_value_nested_without_end_is_refused() -> None:
    value: Sent = {"intValue": 1}
    for _ in range(60):
        value = {"arrayValue": {"values": [value]}}

    with pytest.raises(Rejected, match="nested too deeply"):
        items(logs(log(deep=value)))


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"\xff", "at byte 0 of 1"),
        (whole()[:-1], "at byte 0 of"),
        (whole() + b"\x07", f"at byte {len(whole())} of"),
        (whole() + b"\x0a", f"at byte {len(whole())} of"),
        (whole() + b"\x0d\x00", f"at byte {len(whole())} of"),
        (whole() + b"\x09\x00", f"at byte {len(whole())} of"),
        (whole() + b"\x00\x00", f"at byte {len(whole())} of"),
        (whole().replace(b"user_prompt", b"user\xffprompt"), r"at byte \d{2,} of"),
        (b"\x0a" * 3 + b"\xff" * 12, "at byte"),
        (json.dumps({"resourceLogs": []}).encode(), "broken protobuf"),
    ],
)
def test_broken_protobuf_is_refused_with_its_place(body: bytes, problem: str) -> None:
    with pytest.raises(Rejected, match=problem):
        items(body, content_type=otlp.PROTOBUF)


@given(st.binary(max_size=200), st.sampled_from(sorted(otlp.SIGNALS)))
@example(b"{}", "/v1/logs")
def test_any_bytes_are_understood_or_refused_and_nothing_else(body: bytes, route: str) -> None:
    for content_type in (otlp.PROTOBUF, otlp.JSON):
        problem = refusal(body, route, content_type)
        assert problem == "" or problem.startswith("otlp: ")


NAMES = [
    "resourceLogs",
    "resource",
    "attributes",
    "scopeLogs",
    "logRecords",
    "key",
    "value",
    "timeUnixNano",
    "body",
    "stringValue",
    "intValue",
    "arrayValue",
    "values",
    "kvlistValue",
    "traceId",
]

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(anything)
def test_any_json_is_understood_or_refused_and_nothing_else(body: Any) -> None:
    for sent in (body, {"resourceLogs": [{"scopeLogs": [{"logRecords": [body]}]}]}):
        problem = refusal(json.dumps(sent).encode(), "/v1/logs", otlp.JSON)
        assert problem == "" or problem.startswith("otlp: ")


@given(st.data())
def test_a_damaged_body_is_understood_or_refused_and_nothing_else(data: st.DataObject) -> None:
    body = bytearray((RECORDED / "2026-01-05.metrics.pb").read_bytes())
    for at in data.draw(st.lists(st.integers(0, len(body) - 1), min_size=1, max_size=3)):
        body[at] = data.draw(st.integers(0, 255))
    problem = refusal(bytes(body), "/v1/metrics", otlp.PROTOBUF)
    assert problem == "" or problem.startswith("otlp: broken protobuf at byte ")
