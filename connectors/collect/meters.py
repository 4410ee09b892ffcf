"""Meters: what Prometheus may know of a collector. Names of sources and kinds, never a value."""

from collections.abc import Callable, Iterable
from functools import cache

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from connectors.collect.gather import Synced

SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5)
REQUESTS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


class Meters:
    """The collector's counters, all of one registry."""

    def __init__(
        self,
        spool: Callable[[], tuple[int, int]],
        behind: Callable[[], int],
        free: Callable[[], int],
        failures: Callable[[], int] = lambda: 0,
    ) -> None:
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            _name("requests"), "Requests answered", ["route", "status"], registry=registry
        )
        self._seconds = Histogram(
            _name("request_seconds"),
            "From a request's headers to its answer",
            registry=registry,
            buckets=SECONDS,
        )
        self._bytes = Counter(
            _name("body_bytes"), "Bytes of bodies taken, as sent", ["route"], registry=registry
        )
        self._items = Counter(
            _name("items"), "Items kept", ["source", "kind", "outcome"], registry=registry
        )
        self._unfit = Counter(
            _name("unfit_fields"),
            "Declared fields whose values did not fit",
            ["source"],
            registry=registry,
        )
        self._refused = Counter(_name("refused"), "Requests refused", ["reason"], registry=registry)
        self._batch = Histogram(
            _name("fsync_requests"),
            "Requests that one fsync made durable",
            registry=registry,
            buckets=REQUESTS,
        )
        self._sync = Histogram(
            _name("fsync_seconds"),
            "Appending and one fsync",
            registry=registry,
            buckets=SECONDS,
        )
        self._position = Gauge(
            _name("spool_position"), "Positions of the spool", ["edge"], registry=registry
        )
        self._behind = Gauge(
            _name("forward_behind"), "Deliveries not yet forwarded", registry=registry
        )
        self._failed = Gauge(
            _name("forwarder_failures"),
            "How often the forwarder ended and was started again",
            registry=registry,
        )
        self._room = Gauge(
            _name("disk_free_bytes"), "Free space on the disk of the spool", registry=registry
        )
        # Finding a counter by its labels costs more than counting.
        self._request = cache(self._requests.labels)
        self._item = cache(self._items.labels)
        self._size = cache(self._bytes.labels)
        self._spool, self._lag, self._free, self._failures = spool, behind, free, failures

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count a request; ``route`` is one of ours, or ``other``."""
        self._request(route, status).inc()
        self._seconds.observe(seconds)

    def refused(self, reason: str) -> None:
        """Count a request that was not taken."""
        self._refused.labels(reason).inc()

    def kept(self, route: str, size: int, items: Iterable[tuple[str, str, str, int]]) -> None:
        """Count what a request brought: source, kind, outcome and unfit fields of each item."""
        self._size(route).inc(size)
        for source, kind, outcome, unfit in items:
            self._item(source, kind, outcome).inc()
            if unfit:
                self._unfit.labels(source).inc(unfit)

    def synced(self, synced: Synced) -> None:
        """Count one fsync."""
        self._batch.observe(synced.requests)
        self._sync.observe(synced.seconds)

    def text(self) -> tuple[str, bytes]:
        """Return the content type and the text of all meters; reads the spool's extent and disk."""
        first, end = self._spool()
        self._position.labels("first").set(first)
        self._position.labels("end").set(end)
        self._behind.set(self._lag())
        self._failed.set(self._failures())
        self._room.set(self._free())
        return CONTENT_TYPE_LATEST, generate_latest(self._registry)


def _name(what: str) -> str:
    return f"upshot_collect_{what}"
