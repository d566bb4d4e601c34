"""Spans for OpenTelemetry: one trace from the inbox entry to the rows of the views.

Off unless `LEDGER_OTLP_ENDPOINT` is set; then each worker sends a span for every event it has dealt with, to a
collector that speaks OTLP over HTTP. Needs the extra `otel`, which is imported here alone, and only then.

A span of a stage is made when the stage is done with a batch: which trace it belongs to and which span it
follows is in the event (`services.log_events.trace_context`), so nothing is passed on beside the log.
"""

import json
import logging
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple, Protocol

import structlog
from typing_extensions import override

from services.log_events.trace_context import TraceContext, context_of, span_of
from services.runtime import clock


#: How long one try to reach the collector may take, in seconds.
SEND_SECONDS = 3
#: Spans that wait to be sent; more are dropped.
WAITING_COUNT = 65_536
#: Most rows named on one span.
ROWS_MAX = 50
INBOX, INGEST, RECONCILIATION, PROJECTION = "inbox", "ingest", "reconciliation", "projection"


class TracingUnavailableError(Exception):
    """Spans are to be sent, and what sends them is not installed."""


class HandledEvent(Protocol):
    """An event of the log, on its way in or read from it."""

    @property
    def body(self) -> bytes:
        """The event as JSON."""
        ...


class Tracing:
    """Sends the spans of one process."""

    def __init__(self, endpoint: str, *, worker: str) -> None:
        """Prepare to send; nothing is sent before there is a span.

        Raises:
            TracingUnavailableError: The extra is not installed.
        """
        try:
            from opentelemetry.exporter.otlp.proto.http import (  # noqa: PLC0415  an extra
                trace_exporter,
            )
            from opentelemetry.sdk import resources, trace  # noqa: PLC0415
            from opentelemetry.sdk.trace import export  # noqa: PLC0415
        except ImportError as error:
            raise TracingUnavailableError(
                "expected the extra `otel` for LEDGER_OTLP_ENDPOINT (pip install "
                f"'exchange-ledger[otel]'), found that {error.name} is missing"
            ) from error
        _hear_of_failures()
        self._resource = resources.Resource.create({"service.name": f"exchange-ledger-{worker}"})
        self._make: Any = trace.ReadableSpan
        exporter = trace_exporter.OTLPSpanExporter(
            endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=SEND_SECONDS
        )
        self._processor: Any = export.BatchSpanProcessor(
            exporter,
            max_queue_size=WAITING_COUNT,
            schedule_delay_millis=1_000,
            export_timeout_millis=SEND_SECONDS * 1_000,
        )

    def close(self) -> None:
        """Send what waits, for some seconds at most."""
        self._processor.shutdown()

    def handled(
        self, stage: str, events: Iterable[HandledEvent], *, ledger: str, took_ms: float
    ) -> None:
        """Send a span for each event that a stage has just dealt with.

        Args:
            stage: `ingest`, `reconciliation` or `projection`.
            events: What it recorded, decided, or wrote to the views.
            ledger: The ledger.
            took_ms: How long the batch took.
        """
        end = int(clock.now().timestamp() * 1e9)
        start = end - int(took_ms * 1e6)
        for event in events:
            read: dict[str, Any] = json.loads(event.body)
            context = context_of(read.get("traceparent"), correlation=read["correlationid"])
            if not context.is_sampled:
                continue
            about = _about(read, ledger)
            is_claim = read["type"].startswith("claim.")
            times = (start, end)
            if stage == INGEST:
                entered = (_entered_ns(read["correlationid"], start), start)
                waited = span_of(INBOX, read["correlationid"])
                self._send(_Span(INBOX, waited, context.span_id, entered), context, about)
                own = span_of(INGEST, read["id"])
                self._send(_Span(INGEST, own, waited, times), context, about)
            elif stage == RECONCILIATION:
                own = span_of(RECONCILIATION, read["id"])
                parent = span_of(INGEST, read["causationid"])
                self._send(_Span(RECONCILIATION, own, parent, times), context, about)
            else:
                own = span_of(PROJECTION, read["id"])
                parent = span_of(INGEST if is_claim else RECONCILIATION, read["id"])
                about |= {"exchange_ledger.rows": _rows(read)}
                self._send(_Span(PROJECTION, own, parent, times), context, about)

    def _send(self, span: "_Span", context: TraceContext, about: Mapping[str, Any]) -> None:
        from opentelemetry.sdk.util.instrumentation import (  # noqa: PLC0415  an extra
            InstrumentationScope,
        )
        from opentelemetry.trace import SpanContext, SpanKind, TraceFlags  # noqa: PLC0415

        flags, before = TraceFlags(TraceFlags.SAMPLED), None
        if span.parent is not None:
            is_remote = span.parent == context.span_id
            before = SpanContext(context.trace_id, span.parent, is_remote, flags)
        self._processor.on_end(
            self._make(
                name=span.name,
                context=SpanContext(context.trace_id, span.id, is_remote=False, trace_flags=flags),
                parent=before,
                resource=self._resource,
                attributes=about,
                kind=SpanKind.CONSUMER,
                start_time=span.times[0],
                end_time=span.times[1],
                instrumentation_scope=InstrumentationScope("exchange-ledger"),
            )
        )


class _Span(NamedTuple):
    # Its name and id, the span it follows, and when it began and ended, in nanoseconds.
    name: str
    id: int
    parent: int | None
    times: tuple[int, int]


def _about(event: Mapping[str, Any], ledger: str) -> dict[str, Any]:
    found = {
        "exchange_ledger.ledger": ledger,
        "exchange_ledger.event": event["id"],
        "exchange_ledger.type": event["type"],
        "exchange_ledger.correlation": event["correlationid"],
        "exchange_ledger.position": event.get("position"),
    }
    return {name: value for name, value in found.items() if value is not None}


def _rows(event: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the rows of the views that an event is shown in.

    >>> _rows({"type": "claim.recorded", "id": "7"})
    ('claims/7',)
    >>> _rows({"type": "decisions.made", "data": {"exchange": "e", "figures": [{"figure": "f"}]}})
    ('exchanges/e', 'figures/f')
    """
    data = event.get("data", {})
    rows = [f"claims/{event['id']}"] if event["type"] == "claim.recorded" else []
    rows += [f"exchanges/{data['exchange']}"] if data.get("exchange") else []
    rows += [f"figures/{change['figure']}" for change in data.get("figures", ())]
    return tuple(rows[:ROWS_MAX])


def _entered_ns(correlation: str, at_latest: int) -> int:
    """Return when an inbox entry came in, from its URN; its id is the server's clock in milliseconds."""
    milliseconds = correlation.rpartition(":")[2].partition("-")[0]
    return min(int(milliseconds) * 1_000_000, at_latest) if milliseconds.isdigit() else at_latest


@cache
def tracing_of(endpoint: str, worker: str) -> Tracing | None:
    """Return what sends the spans of a worker's process, null where none are wanted.

    Raises:
        TracingUnavailableError: The extra is not installed.
    """
    return Tracing(endpoint, worker=worker) if endpoint else None


class _Told(logging.Handler):
    """Writes to our log what OpenTelemetry says of spans that it could not send."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        logger: structlog.typing.FilteringBoundLogger = structlog.get_logger()
        logger.warning("spans.unsent", error=record.getMessage())


def _hear_of_failures() -> None:
    logger = logging.getLogger("opentelemetry")
    if not any(isinstance(handler, _Told) for handler in logger.handlers):
        logger.addHandler(_Told(logging.WARNING))
        logger.propagate = False
