"""The status of a lake as Prometheus reads it, and as people do. Pure: the time is a parameter.

A batch job has no port to be asked at: the text is put into a file, which the node exporter of that
machine shows (its ``textfile`` collector).
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from pipelines.status import Status

MOMENT = "_timestamp_seconds"
"""How the name of a gauge ends that is a moment, in seconds since 1970 UTC."""


class Gauge(NamedTuple):
    """One gauge: its name behind ``upshot_lake_``, what it says, its labels, and its values."""

    name: str
    says: str
    labels: tuple[str, ...]
    values: list[tuple[tuple[str, ...], float | None]]
    """Values by label; None is not known, and is left out."""


def gauges(status: Status, now: float) -> list[Gauge]:
    """Return all that is told of a lake; ``now`` is in seconds since 1970 UTC."""
    heard = status.sources.items()
    return [
        Gauge("status_timestamp_seconds", "When this was told", (), [((), now)]),
        Gauge("snapshot", "The newest snapshot's number", (), [((), status.snapshot)]),
        Gauge(
            "snapshot_published_timestamp_seconds",
            "When the newest snapshot was published",
            (),
            [((), status.published)],
        ),
        Gauge(
            "not_derived_deliveries",
            "Deliveries that have landed and are in no snapshot",
            (),
            [((), status.not_derived)],
        ),
        Gauge(
            "not_landed_positions",
            "Positions that the log holds and that have not landed",
            (),
            [((), status.not_landed)],
        ),
        Gauge(
            "deliveries",
            "Deliveries that have landed, copies included",
            ("source",),
            [((source,), one.deliveries) for source, one in heard],
        ),
        Gauge(
            "last_received_timestamp_seconds",
            "When the edge kept the last delivery that has landed",
            ("source",),
            [((source,), one.last_received) for source, one in heard],
        ),
        Gauge(
            "complete_up_to_timestamp_seconds",
            "The first moment of which something may be missing",
            ("source",),
            [((source,), one.complete_up_to) for source, one in heard],
        ),
        Gauge(
            "rejected_items",
            "Items that could not be understood",
            ("source", "event_type", "field", "reason"),
            [(tuple(what), count) for what, count in status.rejected.items()],
        ),
        Gauge(
            "ignored_deliveries",
            "Deliveries of no event type of ours",
            ("source", "kind"),
            [(what, count) for what, count in status.ignored.items()],
        ),
        Gauge(
            "items",
            "Items that a table was decoded from, by what became of them",
            ("table", "outcome"),
            [
                ((table, outcome), count)
                for table, account in status.items.items()
                for outcome, count in account._asdict().items()
            ],
        ),
    ]


class _Told(Collector):
    def __init__(self, told: Iterable[Gauge]) -> None:
        self._told = list(told)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for gauge in self._told:
            family = GaugeMetricFamily(f"upshot_lake_{gauge.name}", gauge.says, labels=gauge.labels)
            for labels, value in gauge.values:
                if value is not None:
                    family.add_metric(labels, value)
            yield family


def exposition(status: Status, now: float) -> str:
    """Return the status in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Told(gauges(status, now)))
    return generate_latest(registry).decode()


def write(path: Path, text: str) -> None:
    """Put a text into a file, whole: whoever reads it meanwhile has the old one or the new one.

    It is not synced; after a power cut the next run writes it again.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        aside.write_text(text)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def values(status: Status, now: float) -> dict[str, list[dict[str, str | float]]]:
    """Return the status for machines that are not Prometheus: values with their labels, by name."""
    return {
        gauge.name: [
            {**dict(zip(gauge.labels, labels, strict=True)), "value": value}
            for labels, value in gauge.values
            if value is not None
        ]
        for gauge in gauges(status, now)
    }


def lines(status: Status, now: float) -> list[str]:
    """Return the status as lines for people: a count or an age, and what it is of."""
    told = []
    for gauge in gauges(status, now)[1:]:
        name = gauge.name.removesuffix(MOMENT)
        for labels, value in gauge.values:
            if value is None or (labels and not value):
                continue
            what = " ".join([name.replace("_", " "), *filter(None, labels)])
            shown = _ago(now - value) if name != gauge.name else f"{value:.0f}"
            told.append(f"{shown:>12}  {what}")
    return told


def _ago(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h ago"
