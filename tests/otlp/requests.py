"""Anything that a service may say, as its JSON: a route and what is sent to it."""

import base64
from typing import Any

from hypothesis import strategies as st

from connectors.sources import claude_code

scalars = st.one_of(
    st.builds(lambda v: {"stringValue": v}, st.text(max_size=8)),
    st.builds(lambda v: {"boolValue": v}, st.booleans()),
    st.builds(lambda v: {"intValue": str(v)}, st.integers(-(2**63), 2**63 - 1)),
    st.builds(lambda v: {"doubleValue": v}, st.floats(allow_nan=False, allow_infinity=False)),
    st.builds(lambda v: {"bytesValue": base64.b64encode(v).decode()}, st.binary(max_size=4)),
)


def pairs(value: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return a strategy for one attribute."""
    return st.fixed_dictionaries({"key": st.text(max_size=6), "value": value})


values: st.SearchStrategy[Any] = st.recursive(
    scalars | st.just({}),
    lambda inner: st.one_of(
        st.builds(lambda v: {"arrayValue": {"values": v}}, st.lists(inner, max_size=3)),
        st.builds(lambda v: {"kvlistValue": {"values": v}}, st.lists(pairs(inner), max_size=3)),
    ),
    max_leaves=5,
)


said = st.lists(pairs(scalars) | pairs(values), max_size=6)
nanos = st.integers(0, 2**64 - 1).map(str)
spanids = st.binary(min_size=8, max_size=8).map(bytes.hex)
log_records = st.fixed_dictionaries(
    {"attributes": said},
    optional={
        "timeUnixNano": nanos,
        "observedTimeUnixNano": nanos,
        "severityNumber": st.integers(0, 24),
        "eventName": st.sampled_from(["user_prompt", "x", ""]),
        "body": values,
        "traceId": st.binary(min_size=16, max_size=16).map(bytes.hex),
        "spanId": spanids,
        "flags": st.integers(0, 2**32 - 1),
    },
)
spans = st.fixed_dictionaries(
    {"name": st.just(claude_code.BLOCKED), "spanId": spanids, "attributes": said},
    optional={
        "parentSpanId": spanids,
        "kind": st.integers(0, 5),
        "startTimeUnixNano": nanos,
        "endTimeUnixNano": nanos,
        "status": st.fixed_dictionaries({"code": st.integers(0, 2)}),
        "events": st.lists(st.fixed_dictionaries({"name": st.text(), "attributes": said})),
    },
)
numbers = st.one_of(
    st.builds(lambda v: {"asInt": str(v)}, st.integers(-(2**63), 2**63 - 1)),
    st.builds(lambda v: {"asDouble": v}, st.floats(allow_nan=False, allow_infinity=False)),
)
sums = st.builds(
    lambda number, start, end, form, attributes: {
        "name": "claude_code.commit.count",
        "sum": {
            "aggregationTemporality": form,
            "isMonotonic": True,
            "dataPoints": [
                {
                    **number,
                    "startTimeUnixNano": start,
                    "timeUnixNano": end,
                    "attributes": attributes,
                }
            ],
        },
    },
    numbers,
    nanos,
    nanos,
    st.integers(0, 2),
    said,
)
histograms = st.builds(
    lambda bounds, counts: {
        "name": "claude_code.latency",
        "histogram": {
            "dataPoints": [
                {"count": str(sum(counts)), "explicitBounds": bounds, "bucketCounts": counts}
            ]
        },
    },
    st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=3),
    st.lists(st.integers(0, 2**32), max_size=3),
)
requests = st.one_of(
    st.tuples(st.just("/v1/logs"), st.lists(log_records, max_size=3)),
    st.tuples(st.just("/v1/traces"), st.lists(spans, max_size=3)),
    st.tuples(st.just("/v1/metrics"), st.lists(sums | histograms, max_size=3)),
)
