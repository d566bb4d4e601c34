"""Alerts speak of what `/metrics` measures, and the document of monitoring of both."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from services.api.http.metrics import Metrics
from services.api.http.stage_metrics import FoundLedger
from services.eventlog.observation import ServerMemory
from services.queries.health import stages_of
from tests.queries.test_health import seen_of


ROOT = Path(__file__).parent.parent
MONITORING = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
#: What Prometheus itself knows of whatever it asks.
OF_PROMETHEUS = {"up"}
#: Words of the language of rules that may stand where a metric might.
WORDS = {"and", "by", "sum", "rate", "increase", "delta", "min_over_time"}


def rules() -> list[dict[str, Any]]:
    groups: Any = yaml.safe_load((ROOT / "deploy" / "alerts.yml").read_text(encoding="utf-8"))
    return [rule for group in groups["groups"] for rule in group["rules"]]


@pytest.fixture(scope="module")
def measured() -> dict[str, set[str]]:
    """The labels of each sample that an API with one ledger shows."""
    metrics = Metrics()
    seen = seen_of(inbox_limit=10, memory=ServerMemory(1, 2), holders={"ingest": "a-1"})
    metrics.stages.show({"aa-bb": FoundLedger(seen, stages_of(seen, stale_after_ms=1))})
    for gauge in (metrics.log_position, metrics.view_position, metrics.change_readers):
        gauge.labels("aa-bb").set(7)
    metrics.requests.labels("GET", "/v1/figures", "200").inc()
    metrics.seconds.labels("/v1/figures").observe(0.1)
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(metrics.text().decode()):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def selectors(expression: str) -> dict[str, set[str]]:
    """The metrics that an expression names, and the labels it asks of each."""
    found: dict[str, set[str]] = {}
    bare = re.sub(r"\b(by) \([^)]*\)", "", expression)
    for name, labels in re.findall(
        r"\b([a-z][a-z_]+)\b(?:\{([^}]*)\})?", re.sub(r'"[^"]*"', '""', bare)
    ):
        if name not in WORDS and not re.search(rf"\b{name}\b(=|!=|=~)", bare):
            found.setdefault(name, set()).update(re.findall(r"([a-z_]+)\s*(?:=|!=|=~)", labels))
    return found


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_metrics_and_labels_that_there_are(rule, measured):
    named = selectors(rule["expr"])

    assert named
    for metric, labels in named.items():
        if metric not in OF_PROMETHEUS:
            assert metric in measured, metric
            assert labels <= measured[metric], metric
    told = set(re.findall(r"\$labels\.([a-z]+)", rule["annotations"]["summary"]))
    known = set().union(*(measured.get(metric, set()) for metric in named)) | {"instance"}
    assert told <= known
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert f"`{rule['alert']}`" in MONITORING


def test_every_stage_metric_is_watched_by_an_alert_or_is_only_a_limit(measured):
    watched = set().union(*(selectors(rule["expr"]) for rule in rules()))
    ours = {
        name for name in measured if re.match("exchange_ledger_(stage|inbox|server|parked)", name)
    }

    assert ours - watched == set()


def test_every_metric_is_documented(measured):
    documented = set(re.findall(r"`([a-z_]+)`", MONITORING))
    ours = {
        re.sub(r"_(bucket|count|sum)$", "", name.removeprefix("exchange_ledger_"))
        for name in measured
        if name.startswith("exchange_ledger_") and not name.endswith("_created")
    }

    assert ours <= documented
    assert len(ours) > 15


def test_names_follow_the_conventions_of_prometheus(measured):
    for name in measured:
        assert re.fullmatch(r"(exchange_ledger|process)_[a-z_]+", name), name
    assert {"exchange_ledger_stage_starts_total", "exchange_ledger_log_events_total"} <= set(
        measured
    )
