"""The Python OTLP exporter against our receiver: packed or not, refused once, all three signals."""

from collections.abc import Iterator

import pytest
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from connectors.source import Item, Request
from connectors.sources import claude_code
from connectors.sources import otlp as source
from tests.clients.serving import receiver, serving, unpacked

RESOURCE = Resource({"service.name": "claude-code", "service.version": "9.9.9"})

ATTRIBUTES: dict[str, str | int] = {
    "event.name": "user_prompt",
    "session.id": "s",
    "prompt_length": 23,
}


@pytest.fixture
def heard() -> list[Request]:
    """Return the requests that the receiver hears."""
    return []


@pytest.fixture
def refusals() -> list[int]:
    """Return the statuses that the receiver answers with first."""
    return []


@pytest.fixture
def url(heard: list[Request], refusals: list[int]) -> Iterator[str]:
    """Return where the receiver listens."""
    with serving(receiver(heard, refusals)) as url:
        yield url


def log(url: str, compression: Compression) -> None:
    """Export one log record."""
    exporter = OTLPLogExporter(endpoint=f"{url}/v1/logs", compression=compression)
    provider = LoggerProvider(resource=RESOURCE, shutdown_on_exit=False)
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    provider.get_logger("tests").emit(
        timestamp=1767603600_000_000_000, body="claude_code.user_prompt", attributes=ATTRIBUTES
    )
    provider.shutdown()


def items(request: Request) -> list[Item]:
    """Return what a request holds."""
    return list(source.items(unpacked(request)))


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip])
def test_a_log_record_arrives(url: str, heard: list[Request], compression: Compression) -> None:
    log(url, compression)

    [request] = heard
    [item] = items(request)
    assert (item.kind, item.speaker) == ("user_prompt", claude_code.SOURCE)
    assert isinstance(item.raw, dict)
    assert item.raw["time_us"] == 1767603600_000_000
    assert item.raw["resource"]["service_version"] == "9.9.9"
    assert item.raw["attributes"] == {
        "event_name": "user_prompt",
        "prompt_length": "23",
        "session_id": "s",
    }


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip])
def test_what_was_refused_once_is_sent_again_as_it_was(
    url: str, heard: list[Request], refusals: list[int], compression: Compression
) -> None:
    refusals.append(503)

    log(url, compression)

    first, second = heard
    assert first.body == second.body
    assert items(first) == items(second)


def test_a_span_and_its_parent_arrive(url: str, heard: list[Request]) -> None:
    exporter = OTLPSpanExporter(endpoint=f"{url}/v1/traces")
    provider = TracerProvider(resource=RESOURCE, shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("tests")
    with tracer.start_as_current_span("claude_code.tool"):
        tracer.start_span(claude_code.BLOCKED, attributes={"decision": "reject"}).end()
    provider.shutdown()

    blocked, tool = [item for request in heard for item in items(request)]
    assert (blocked.kind, tool.kind) == (claude_code.BLOCKED, "claude_code.tool")
    assert isinstance(blocked.raw, dict)
    assert blocked.raw["attributes"] == {"decision": "reject"}
    assert blocked.raw["parent"] == {}, "it came in another request"
    assert 0 < blocked.raw["started_us"] <= blocked.raw["time_us"]


def test_points_arrive_with_their_series(url: str, heard: list[Request]) -> None:
    exporter = OTLPMetricExporter(endpoint=f"{url}/v1/metrics")
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)
    provider = MeterProvider([reader], resource=RESOURCE, shutdown_on_exit=False)
    counter = provider.get_meter("tests").create_counter("claude_code.lines_of_code.count")
    counter.add(4, {"type": "added"})
    counter.add(1, {"type": "removed"})
    provider.force_flush()
    counter.add(2, {"type": "added"})
    provider.shutdown()

    raws = [item.raw for request in heard for item in items(request)]
    points = [raw for raw in raws if isinstance(raw, dict)]
    assert [(raw["attributes"]["type"], raw["value"]) for raw in points] == [
        ("added", "4"),
        ("removed", "1"),
        ("added", "6"),
        ("removed", "1"),
    ]
    assert {raw["temporality"] for raw in points} == {"cumulative"}
    assert len({raw["series"] for raw in points}) == 2
