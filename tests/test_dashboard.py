"""The dashboard asks for what `/metrics` shows, all of it, and Grafana can draw it."""

import json
import re
from typing import Any

import pytest

from services.api.write_dashboard import COLUMNS, PATH, dashboard_text, metrics_by_name
from tests.measured import measured_metrics, selectors


@pytest.fixture(scope="module")
def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def panels(dashboard) -> list[dict[str, Any]]:
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


@pytest.fixture(scope="module")
def queries(panels) -> list[str]:
    return [target["expr"] for panel in panels for target in panel["targets"]]


def test_the_file_is_what_the_metrics_make_of_it():
    assert PATH.read_text(encoding="utf-8") == dashboard_text(), "run `make schemas`"


def test_each_query_names_metrics_and_labels_that_the_api_shows(queries):
    measured = measured_metrics()

    for query in queries:
        named = selectors(re.sub(r"\[[^]]*\]", "", query))
        assert named, query
        for metric, labels in named.items():
            # Prometheus itself adds which job and instance a sample is of.
            assert metric in measured, query
            assert labels <= measured[metric] | {"job", "instance"}, query
        by = set(re.findall(r"\w+", " ".join(re.findall(r"by \(([^)]*)\)", query))))
        assert by <= set().union(*(measured[metric] for metric in named)), query


def test_each_legend_names_labels_that_its_query_leaves(panels):
    for panel in panels:
        for target in panel["targets"]:
            kept = re.search(r"by \(([^)]*)\)", target["expr"])
            labels = set(re.findall(r"\w+", kept.group(1))) if kept else {"instance"}
            assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= labels - {"le"}


def test_each_metric_of_ours_is_on_a_panel(queries):
    shown = {metric for query in queries for metric in selectors(re.sub(r"\[[^]]*\]", "", query))}
    ours = {name for name in metrics_by_name() if name.startswith("exchange_ledger_")}

    assert len(ours) > 20
    assert ours - shown == set()


def test_panels_have_what_they_need_and_do_not_lie_on_each_other(dashboard, panels):
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        cells = {
            (place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])
        }
        assert place["x"] + place["w"] <= COLUMNS
        assert not cells & taken, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    assert len({panel["title"] for panel in panels}) == len(panels)
    for panel in panels:
        assert panel["description"].endswith("."), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"]
        references = [target["refId"] for target in panel["targets"]]
        assert references == sorted(set(references))


def test_whoever_looks_chooses_where_the_data_is_and_which_ledgers(dashboard, panels, queries):
    variables = {variable["name"] for variable in dashboard["templating"]["list"]}

    used = set(re.findall(r"\$\{?(\w+)", json.dumps(dashboard["panels"])))
    assert used - {"__rate_interval", "__all"} == variables
    for panel in panels:
        assert panel["datasource"]["uid"] == "${datasource}"
    for query in queries:
        # A rate over a fixed time is empty where Prometheus asks less often than that.
        assert query.count("rate(") == query.count("[$__rate_interval]")
