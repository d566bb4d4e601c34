"""What is counted of the API itself and measured of the stages, in the form Prometheus reads."""

from collections.abc import Iterable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import Metric

from services.api.http.stage_metrics import StageMetrics


class Metrics:
    """The counters of one app, apart from those of any other in the process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self.stages = StageMetrics()
        self._registry.register(self.stages)
        self.requests = Counter(
            "exchange_ledger_http_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self.seconds = Histogram(
            "exchange_ledger_http_request_seconds",
            "From a request to the end of its answer, streams of changes apart.",
            ("route",),
            registry=self._registry,
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30),
        )
        self.log_position = Gauge(
            "exchange_ledger_log_position",
            "Last position of the log.",
            ("ledger",),
            registry=self._registry,
        )
        self.view_position = Gauge(
            "exchange_ledger_view_position",
            "Position that the views stand for.",
            ("ledger",),
            registry=self._registry,
        )
        self.kept_bytes = Gauge(
            "exchange_ledger_kept_answer_bytes",
            "Answers kept, in bytes.",
            registry=self._registry,
        )
        self.change_readers = Gauge(
            "exchange_ledger_change_readers",
            "Open streams of changes.",
            ("ledger",),
            registry=self._registry,
        )
        self.dropped_readers = Counter(
            "exchange_ledger_change_readers_dropped",
            "Streams of changes ended because their reader was too slow.",
            registry=self._registry,
        )

    def families(self) -> Iterable[Metric]:
        """Return all metrics as they are now."""
        return self._registry.collect()

    def text(self) -> bytes:
        """Write all counters."""
        return generate_latest(self._registry)
