"""What is measured of each ledger's stages, in the form Prometheus reads.

Gauges are as they were found at the last look. Where nothing is known there is no sample: an absent
stage has no heartbeat age. docs/monitoring.md lists them all, deploy/alerts.yml warns by them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, get_args

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from schemas.health import StageHealth, StageState
from services.queries.health import LedgerSeen, running_readers
from services.runtime.supervisor import WEBHOOKS


PREFIX = "exchange_ledger"
STATES: tuple[StageState, ...] = get_args(StageState)


class FoundLedger(NamedTuple):
    """How a ledger was found, and what follows for its stages."""

    seen: LedgerSeen
    stages: Sequence[StageHealth]


class StageMetrics(Collector):
    """The stages of all ledgers, as found at the last look."""

    def __init__(self) -> None:
        self._shown: Mapping[str, FoundLedger] = {}

    def show(self, found: Mapping[str, FoundLedger]) -> None:
        """Take in what was found of all ledgers; nothing, if the server did not answer."""
        self._shown = found

    @override
    def collect(self) -> Iterable[Metric]:
        """Return all samples."""
        yield GaugeMetricFamily(
            f"{PREFIX}_server_up",
            "Whether the server that holds the ledgers answered.",
            value=int(bool(self._shown)),
        )
        yield from self._of_memory()
        yield from self._of_ledgers()
        yield from self._of_stages()
        yield from self._of_webhooks()

    def _of_memory(self) -> Iterable[Metric]:
        used = _gauge("server_memory_used_bytes", "Memory that the server uses.")
        maximum = _gauge("server_memory_max_bytes", "Memory it may use; 0: no limit is set.")
        for seen, _ in list(self._shown.values())[:1]:
            used.add_metric([], seen.ledger.memory.used)
            maximum.add_metric([], seen.ledger.memory.maximum)
        yield from (used, maximum)

    def _of_ledgers(self) -> Iterable[Metric]:
        inbox = _gauge("inbox_entries", "Entries in the inbox.", "ledger")
        limit = _gauge("inbox_limit_entries", "Entries that it may hold.", "ledger")
        pending = _gauge(
            "inbox_pending_entries", "Entries handed to a worker, not acknowledged.", "ledger"
        )
        parked = _gauge("parked_claims", "Claims that wait for a person.", "ledger")
        losses = _gauge("open_losses", "Losses of the log that nobody took note of.", "ledger")
        events = CounterMetricFamily(
            f"{PREFIX}_log_events", "Events recorded in the log.", labels=["ledger"]
        )
        reports = _gauge("reports_for_review", "Reports read that wait for a person.", "ledger")
        unread = _gauge("parked_reports", "Reports that cannot be read.", "ledger")
        for ledger, ((seen, of_reports), _) in self._shown.items():
            reports.add_metric([ledger], of_reports.for_review)
            unread.add_metric([ledger], of_reports.parked)
            inbox.add_metric([ledger], seen.inbox)
            pending.add_metric([ledger], seen.pending)
            parked.add_metric([ledger], seen.parked)
            losses.add_metric([ledger], seen.losses)
            events.add_metric([ledger], seen.log)
            if seen.inbox_limit is not None:
                limit.add_metric([ledger], seen.inbox_limit)
        yield from (inbox, limit, pending, parked, losses, events, reports, unread)

    def _of_stages(self) -> Iterable[Metric]:
        per_stage = ("ledger", "stage")
        healthy = _gauge("stage_healthy", "Whether the stage does its work.", *per_stage)
        state = _gauge("stage_state", "1 for the state it is in.", *per_stage, "state")
        processes = _gauge("stage_processes", "Its processes that run.", *per_stage)
        lag = _gauge("stage_lag_events", "Entries that wait for it.", *per_stage)
        oldest = _gauge(
            "stage_oldest_waiting_seconds", "Age of the oldest; 0: none waits.", *per_stage
        )
        beat = _gauge(
            "stage_heartbeat_age_seconds", "Time since its process showed life.", *per_stage
        )
        starts = CounterMetricFamily(
            f"{PREFIX}_stage_starts", "Starts of its processes.", labels=per_stage
        )
        leased = _gauge("lease_held", "1 for the process that has its lease.", *per_stage, "holder")
        for ledger, (_, stages) in self._shown.items():
            for one in stages:
                labels = [ledger, one.stage]
                if one.holder is not None:
                    leased.add_metric([*labels, one.holder], 1)
                healthy.add_metric(labels, int(one.healthy))
                processes.add_metric(labels, one.processes)
                lag.add_metric(labels, one.lag)
                oldest.add_metric(labels, one.oldest_waiting_seconds or 0)
                for name in STATES:
                    state.add_metric([*labels, name], int(one.state == name))
                if one.heartbeat_age_seconds is not None:
                    beat.add_metric(labels, one.heartbeat_age_seconds)
                if one.starts is not None:
                    starts.add_metric(labels, one.starts)
        yield from (healthy, state, processes, lag, oldest, beat, starts, leased)

    def _of_webhooks(self) -> Iterable[Metric]:
        per_webhook = ("ledger", "webhook")
        taken = CounterMetricFamily(
            f"{PREFIX}_webhook_messages", "Messages its endpoint took.", labels=per_webhook
        )
        failed = CounterMetricFamily(
            f"{PREFIX}_webhook_failures", "Tries in vain.", labels=per_webhook
        )
        stopped = _gauge("webhook_stopped", "1 where the endpoint was given up.", *per_webhook)
        behind = _gauge(
            "webhook_behind_events", "Log events from where it is to the views.", *per_webhook
        )
        tries = _gauge(
            "webhook_tries", "Tries in vain of the message it is at; 0: none.", *per_webhook
        )
        processes = _gauge("webhook_processes", "Processes that deliver or stand by.", "ledger")
        for ledger, ((seen, _), _) in self._shown.items():
            processes.add_metric([ledger], len(running_readers(WEBHOOKS, seen)))
            for webhook, state in seen.deliveries.items():
                labels = [ledger, webhook]
                tries.add_metric(labels, 0 if state.stopped_at else state.tries)
                taken.add_metric(labels, state.delivered)
                failed.add_metric(labels, state.failures)
                stopped.add_metric(labels, int(state.stopped_at is not None))
                behind.add_metric(labels, max(0, seen.shown - state.position))
        yield from (taken, failed, tries, stopped, behind, processes)


def _gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}_{name}", text, labels=labels)
