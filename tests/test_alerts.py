"""Alerts speak of what `/metrics` measures, and the document of monitoring of both."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.measured import OF_PROMETHEUS, measured_metrics, selectors


ROOT = Path(__file__).parent.parent
MONITORING = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
#: What to do about each alert, by its name.
RUNBOOK = dict(
    re.findall(r"^## (\w+)\n([^#]*)", (ROOT / "docs" / "alerts.md").read_text(), re.MULTILINE)
)


def rules() -> list[dict[str, Any]]:
    groups: Any = yaml.safe_load((ROOT / "deploy" / "alerts.yml").read_text(encoding="utf-8"))
    return [rule for group in groups["groups"] for rule in group["rules"]]


@pytest.fixture(scope="module")
def measured() -> dict[str, set[str]]:
    return measured_metrics()


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
    assert len(RUNBOOK[rule["alert"]]) > 100
    assert rule["annotations"]["runbook_url"] == f"docs/alerts.md#{rule['alert'].lower()}"


def test_the_runbook_speaks_of_the_alerts_that_there_are():
    assert list(RUNBOOK) == [rule["alert"] for rule in rules()]


def test_every_stage_metric_is_watched_by_an_alert_or_is_only_a_limit(measured):
    watched = set().union(*(selectors(rule["expr"]) for rule in rules()))
    ours = {
        name
        for name in measured
        if re.match("exchange_ledger_(stage|inbox|server|parked|open)", name)
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
