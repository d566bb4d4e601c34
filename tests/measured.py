"""What `/metrics` shows, and which of it an expression of Prometheus asks for."""

import re

from prometheus_client.parser import text_string_to_metric_families

from schemas.webhook import DeliveryState
from services.api.http.metrics import Metrics
from services.api.http.stage_metrics import FoundLedger
from services.eventlog.observation import ServerMemory
from services.queries.health import LedgerSeen, stages_of
from tests.queries.test_health import seen_of


#: What Prometheus itself knows of whatever it asks.
OF_PROMETHEUS = {"up"}
#: Words of the language of rules that may stand where a metric might.
WORDS = {
    *("and", "by", "sum", "min", "max", "rate", "increase", "delta", "min_over_time"),
    *("unless", "on"),
    "histogram_quantile",
}


def measured_metrics() -> dict[str, set[str]]:
    """The labels of each sample that an API with one ledger shows, by the sample's name."""
    metrics = Metrics()
    ledger = seen_of(
        inbox_limit=10,
        memory=ServerMemory(1, 2),
        holders={"ingest": "a-1"},
        deliveries={"w": DeliveryState(after="5-0")},
    )
    seen = LedgerSeen(ledger)
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
    bare = re.sub(r"\b(by|on) \([^)]*\)", "", expression)
    for name, labels in re.findall(
        r"\b([a-z][a-z_]+)\b(?:\{([^}]*)\})?", re.sub(r'"[^"]*"', '""', bare)
    ):
        if name not in WORDS and not re.search(rf"\b{name}\b(=|!=|=~)", bare):
            found.setdefault(name, set()).update(re.findall(r"([a-z_]+)\s*(?:=|!=|=~)", labels))
    return found
