"""One trace from the inbox entry to the rows of the views, read from what a collector receives.

`make test-alerts`. With LEDGER_TEST_PICTURES=DIRECTORY the trace is drawn there as well.
"""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from redis import Redis

from services.api.app import config_of, make_app
from services.eventlog.keys import keys_of
from services.ledgers import load_ledger
from services.log_events.trace_context import context_of
from services.runtime.settings import Settings
from tests.api.running import DIGEST, KEY, served
from tests.cli.running import seed_of
from tests.monitoring.picture import draw_trace
from tests.running import Worker, own_server, running, wait_until


LEDGER = "rus-ukr"
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE}-{SPAN}-01"
OTHER = "00-11111111111111111111111111111111-2222222222222222-01"
UNSAMPLED = "00-33333333333333333333333333333333-4444444444444444-00"


class Collector:
    """Takes spans in as an OpenTelemetry collector does, over HTTP."""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        spans = self.spans

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                    for scope in resource.scope_spans:
                        spans.extend(scope.spans)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def of_trace(self, trace: str) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        for span in list(self.spans):
            if span.trace_id.hex() == trace:
                found.setdefault(span.name, []).append(span)
        return found


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()
    try:
        yield collector
    finally:
        collector.close()


def rows_of(span: Any) -> list[str]:
    for attribute in span.attributes:
        if attribute.key == "exchange_ledger.rows":
            return [value.string_value for value in attribute.value.array_value.values]
    return []


def claim(number: int, **more: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(seed_of(LEDGER)[number])
    return event | more


@pytest.mark.e2e
@pytest.mark.redis
async def test_a_claim_is_one_trace_from_its_publisher_to_the_rows_it_is_shown_in(tmp_path):
    with own_server() as server, collecting() as collector:
        server.start()
        parts = ("ingest", "reconciliation", "projection")
        workers = [Worker(name, server.url, otlp_endpoint=collector.url) for name in parts]
        settings = Settings(redis_url=server.url, publish_keys=(DIGEST,))
        app = make_app(settings, [load_ledger(LEDGER)])
        with running(workers):
            # What comes while a worker catches up at its start has no span of it.
            for worker in workers:
                worker.started()
            async with (
                served(app, uvicorn.Server(config_of(app, settings))) as url,
                httpx.AsyncClient(base_url=url, timeout=120) as http,
            ):
                head = {"Authorization": f"Bearer {KEY}", "traceparent": TRACEPARENT}
                sent = [
                    claim(0),
                    claim(1, traceparent=OTHER),
                    claim(2, traceparent=UNSAMPLED),
                    claim(3, traceparent="no trace at all"),
                ]
                answer = await http.post("/v1/claims", json=sent, headers=head)
                assert answer.status_code in (200, 202), answer.text
            # Beside HTTP, and without any trace.
            with Redis.from_url(server.url) as client:
                entry = client.xadd(keys_of(LEDGER).inbox, {"event": json.dumps(claim(4))})
                own = f"{context_of(None, correlation=f'urn:inbox:{entry.decode()}').trace_id:032x}"
                traces = (TRACE, OTHER.split("-")[1], own)
                wait_until(lambda: all("projection" in collector.of_trace(one) for one in traces))
                log = [fields[b"event"] for _, fields in client.xrange(keys_of(LEDGER).log)]
            # A decision may be spread over several; the last of them is sent at the end.
            assert [worker.stop() for worker in workers] == [0, 0, 0]

        assert_one_trace(collector.of_trace(TRACE), SPAN)
        if directory := os.environ.get("LEDGER_TEST_PICTURES"):
            draw_trace(collector.of_trace(TRACE), Path(directory) / "trace.png")
        assert_one_trace(collector.of_trace(OTHER.split("-")[1]), OTHER.split("-")[2])
        assert_one_trace(collector.of_trace(own), "")
        assert collector.of_trace(UNSAMPLED.split("-")[1]) == {}
        named = [json.loads(event).get("traceparent") for event in log]
        assert {TRACEPARENT, OTHER, UNSAMPLED, None} == set(named)
        decided = [json.loads(event) for event in log if b'"decisions.made"' in event]
        assert TRACEPARENT in {event.get("traceparent") for event in decided}


def assert_one_trace(spans: dict[str, list[Any]], publisher: str) -> None:
    """Each span of a trace follows another of it, back to who published; the last name rows of the views."""
    assert spans.keys() >= {"inbox", "ingest", "projection"}
    everyone = [span for group in spans.values() for span in group]
    known = {span.span_id.hex() for span in everyone}
    for span in everyone:
        assert span.start_time_unix_nano <= span.end_time_unix_nano
        parent = span.parent_span_id.hex()
        assert parent == publisher if span.name == "inbox" else parent in known, span.name
    rows = {row for span in spans["projection"] for row in rows_of(span)}
    assert any(row.startswith("claims/") for row in rows)
