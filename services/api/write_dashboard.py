"""Write the dashboard for Grafana to `deploy/grafana/exchange-ledger.json`, from the metrics that there are.

`python -m services.api.write_dashboard --check` writes nothing and fails if the file says something else.
What a panel is about is what `/metrics` says of its metrics; each metric is on a panel.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from prometheus_client.metrics_core import Metric

from schemas.generated_file import write_or_check
from services.api.http.metrics import Metrics
from services.api.http.stage_metrics import PREFIX


PATH = Path(__file__).parents[2] / "deploy" / "grafana" / "exchange-ledger.json"
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
#: Columns of Grafana's grid, and rows of it that a panel takes.
COLUMNS, HEIGHT = 24, 8


class Query(NamedTuple):
    """What a panel asks of Prometheus, and how each line of the answer is named.

    `$m` stands for the metrics' prefix, `$l` for the ledgers chosen.
    """

    expression: str
    legend: str

    @property
    def text(self) -> str:
        """The expression as Prometheus reads it, Grafana's variables apart."""
        chosen = 'ledger=~"$ledger"'
        return self.expression.replace("$m", PREFIX).replace("$l", chosen)


class Panel(NamedTuple):
    """A panel: its title, the unit of its values, its queries, and how it is drawn."""

    title: str
    unit: str
    queries: tuple[Query, ...]
    kind: str = "timeseries"
    width: int = 8


def _one(expression: str, legend: str) -> tuple[Query, ...]:
    return (Query(expression, legend),)


STAGE = "{{ledger}} {{stage}}"
ROWS: tuple[tuple[str, tuple[Panel, ...]], ...] = (
    (
        "Whether it does its work",
        (
            Panel(
                "Server answers",
                "bool_yes_no",
                _one("min($m_server_up)", "server"),
                kind="stat",
                width=4,
            ),
            Panel(
                "Stages at work",
                "bool_yes_no",
                _one("min by (stage) ($m_stage_healthy{$l})", "{{stage}}"),
                kind="stat",
            ),
            Panel(
                "Losses not noted",
                "short",
                _one("max by (ledger) ($m_open_losses{$l})", "{{ledger}}"),
                kind="stat",
                width=4,
            ),
            Panel(
                "State of each stage",
                "short",
                _one(
                    "max by (ledger, stage, state) ($m_stage_state{$l}) == 1",
                    "{{ledger}} {{stage}}: {{state}}",
                ),
            ),
        ),
    ),
    (
        "What comes in",
        (
            Panel(
                "Events recorded",
                "ops",
                _one("max by (ledger) (rate($m_log_events_total{$l}[$window]))", "{{ledger}}"),
            ),
            Panel(
                "Inbox",
                "short",
                (
                    Query("max by (ledger) ($m_inbox_entries{$l})", "{{ledger}} entries"),
                    Query("max by (ledger) ($m_inbox_pending_entries{$l})", "{{ledger}} in hand"),
                    Query("max by (ledger) ($m_inbox_limit_entries{$l})", "{{ledger}} limit"),
                ),
            ),
            Panel(
                "Refused claims that wait",
                "short",
                _one("max by (ledger) ($m_parked_claims{$l})", "{{ledger}}"),
            ),
            Panel(
                "Reports read",
                "short",
                (
                    Query("max by (ledger) ($m_reports_for_review{$l})", "{{ledger}} to review"),
                    Query("max by (ledger) ($m_parked_reports{$l})", "{{ledger}} unreadable"),
                ),
            ),
        ),
    ),
    (
        "How far each stage is",
        (
            Panel(
                "Entries that wait",
                "short",
                _one("max by (ledger, stage) ($m_stage_lag_events{$l})", STAGE),
            ),
            Panel(
                "Age of the oldest that waits",
                "s",
                _one("max by (ledger, stage) ($m_stage_oldest_waiting_seconds{$l})", STAGE),
            ),
            Panel(
                "Log and views",
                "short",
                (
                    Query("max by (ledger) ($m_log_position{$l})", "{{ledger}} log"),
                    Query("max by (ledger) ($m_view_position{$l})", "{{ledger}} views"),
                ),
            ),
            Panel(
                "Since the last sign of life",
                "s",
                _one("max by (ledger, stage) ($m_stage_heartbeat_age_seconds{$l})", STAGE),
            ),
            Panel(
                "Processes",
                "short",
                _one("max by (ledger, stage) ($m_stage_processes{$l})", STAGE),
            ),
            Panel(
                "Who has each stage's lease",
                "short",
                _one(
                    "max by (ledger, stage, holder) ($m_lease_held{$l})",
                    "{{ledger}} {{stage}}: {{holder}}",
                ),
            ),
            Panel(
                "Starts in an hour",
                "short",
                _one("max by (ledger, stage) (increase($m_stage_starts_total{$l}[1h]))", STAGE),
            ),
        ),
    ),
    (
        "The server and the API",
        (
            Panel(
                "Memory of the server",
                "bytes",
                (
                    Query("max($m_server_memory_used_bytes)", "used"),
                    Query("max($m_server_memory_max_bytes)", "most; 0: no limit"),
                ),
            ),
            Panel(
                "Requests",
                "reqps",
                _one("sum by (status) (rate($m_http_requests_total[$window]))", "{{status}}"),
            ),
            Panel(
                "Time of an answer, 99th percentile",
                "s",
                _one(
                    "histogram_quantile(0.99, sum by (le, route) "
                    "(rate($m_http_request_seconds_bucket[$window])))",
                    "{{route}}",
                ),
            ),
            Panel(
                "Streams of changes",
                "short",
                (
                    Query("sum by (ledger) ($m_change_readers{$l})", "{{ledger}} open"),
                    Query("sum($m_change_readers_dropped_total)", "ended as too slow"),
                ),
            ),
            Panel(
                "Messages to webhooks",
                "ops",
                (
                    Query(
                        "max by (ledger, webhook) (rate($m_webhook_messages_total{$l}[$window]))",
                        "{{ledger}} {{webhook}} taken",
                    ),
                    Query(
                        "max by (ledger, webhook) (rate($m_webhook_failures_total{$l}[$window]))",
                        "{{ledger}} {{webhook}} in vain",
                    ),
                ),
            ),
            Panel(
                "Webhooks behind",
                "short",
                (
                    Query(
                        "max by (ledger, webhook) ($m_webhook_behind_events{$l})",
                        "{{ledger}} {{webhook}} events",
                    ),
                    Query(
                        "max by (ledger, webhook) ($m_webhook_stopped{$l})",
                        "{{ledger}} {{webhook}} given up",
                    ),
                    Query(
                        "max by (ledger, webhook) ($m_webhook_tries{$l})",
                        "{{ledger}} {{webhook}} tries in vain",
                    ),
                    Query(
                        "max by (ledger) ($m_webhook_processes{$l})",
                        "{{ledger}} processes that deliver",
                    ),
                ),
            ),
            Panel("Answers kept", "bytes", _one("$m_kept_answer_bytes", "{{instance}}")),
            Panel(
                "Memory of the API",
                "bytes",
                _one('process_resident_memory_bytes{job=~"$job"}', "{{instance}}"),
            ),
        ),
    ),
)


def metrics_by_name() -> dict[str, Metric]:
    """Return what an API measures, by the names that queries use."""
    found = {}
    for family in Metrics().families():
        # Samples of a counter and of a histogram have names of their own.
        for ending in {"counter": ("_total",), "histogram": ("_bucket",)}.get(family.type, ("",)):
            found[f"{family.name}{ending}"] = family
    return found


def dashboard() -> dict[str, Any]:
    """Return the dashboard as Grafana reads it."""
    return {
        "uid": "exchange-ledger",
        "title": "Exchange ledger",
        "description": "What /metrics says of the ledgers; docs/monitoring.md lists it.",
        "tags": ["exchange-ledger"],
        "schemaVersion": 39,
        "editable": False,
        "timezone": "utc",
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": _variables()},
        "annotations": {"list": [_alerts()]},
        "panels": list(_panels()),
    }


def _variables() -> list[dict[str, Any]]:
    def asked(name: str, query: str) -> dict[str, Any]:
        return {
            "name": name,
            "type": "query",
            "datasource": _SOURCE,
            "query": {"query": query, "refId": name},
            "definition": query,
            "refresh": 2,
            "sort": 1,
            "multi": True,
            "includeAll": True,
            "allValue": ".*",
            "current": {"text": "All", "value": "$__all"},
        }

    return [
        {"name": "datasource", "type": "datasource", "query": "prometheus"},
        asked("ledger", f"label_values({PREFIX}_log_position, ledger)"),
        asked("job", f"label_values({PREFIX}_server_up, job)"),
    ]


def _alerts() -> dict[str, Any]:
    return {
        "name": "Alerts",
        "datasource": _SOURCE,
        "enable": True,
        "iconColor": "red",
        "expr": 'ALERTS{alertname=~"Ledger.*", alertstate="firing"}',
        "titleFormat": "{{alertname}}",
        "textFormat": "{{ledger}} {{stage}}",
    }


def _panels() -> Iterator[dict[str, Any]]:
    described = metrics_by_name()
    number, top = 1, 0
    for title, panels in ROWS:
        yield {
            "id": number,
            "type": "row",
            "title": title,
            "collapsed": False,
            "gridPos": {"x": 0, "y": top, "w": COLUMNS, "h": 1},
            "panels": [],
        }
        number, top, left = number + 1, top + 1, 0
        for panel in panels:
            if left + panel.width > COLUMNS:
                left, top = 0, top + HEIGHT
            place = {"x": left, "y": top, "w": panel.width, "h": HEIGHT}
            yield {"id": number, "gridPos": place} | _drawn(panel, described)
            number, left = number + 1, left + panel.width
        top += HEIGHT


def _drawn(panel: Panel, described: dict[str, Metric]) -> dict[str, Any]:
    texts = [query.text for query in panel.queries]
    told = [
        metric.documentation for name, metric in described.items() if any(name in t for t in texts)
    ]
    drawn: dict[str, Any] = {
        "type": panel.kind,
        "title": panel.title,
        "description": " ".join(told),
        "datasource": _SOURCE,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {
                "refId": chr(ord("A") + number),
                "datasource": _SOURCE,
                "expr": query.text.replace("$window", "$__rate_interval"),
                "legendFormat": query.legend,
            }
            for number, query in enumerate(panel.queries)
        ],
    }
    if panel.kind == "stat":
        drawn["options"] = {
            "colorMode": "background",
            "graphMode": "none",
            "reduceOptions": {"calcs": ["lastNotNull"]},
        }
        good, bad = ("green", "red") if panel.unit == "bool_yes_no" else ("red", "green")
        steps = [{"color": bad, "value": None}, {"color": good, "value": 1}]
        drawn["fieldConfig"]["defaults"]["thresholds"] = {"mode": "absolute", "steps": steps}
    return drawn


def dashboard_text() -> str:
    """Return the dashboard as the text that must stand in `PATH`."""
    return json.dumps(dashboard(), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the file, or compare it with `--check`; return 1 if it differs."""
    return write_or_check(PATH, dashboard_text, source="the metrics")


if __name__ == "__main__":
    sys.exit(main())
