"""Each alert rule on made-up series, by Prometheus' own promtool: when it fires, and when it does not.

`make test-alerts`; promtool and prometheus have to be on the path.
"""

import re
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.test_alerts import rules


ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "deploy" / "alerts.yml"
OF_LEDGER = 'ledger="aa-bb"'
OF_STAGE = f'{OF_LEDGER},stage="ingest"'


class Case(NamedTuple):
    """Series by their names, a value each 5 s; when the alert fires, and the labels it then has.

    `quiet` are series on which it must never fire.
    """

    series: dict[str, str]
    seconds: int
    labels: dict[str, str]
    quiet: dict[str, str]


def ours(name: str, labels: str) -> str:
    return f"exchange_ledger_{name}{{{labels}}}"


BY_STAGE = {"ledger": "aa-bb", "stage": "ingest"}
BY_LEDGER = {"ledger": "aa-bb"}
UP = 'up{job="exchange-ledger",instance="a:80"}'
SERVER_UP = 'exchange_ledger_server_up{instance="a:80"}'
HEALTHY = ours("stage_healthy", OF_STAGE)
STUCK = ours("stage_state", f'{OF_STAGE},state="stuck"')
BEAT = ours("stage_heartbeat_age_seconds", OF_STAGE)
PROCESSES = ours("stage_processes", OF_STAGE)
LAG = ours("stage_lag_events", OF_STAGE)
OLDEST = ours("stage_oldest_waiting_seconds", OF_STAGE)
STARTS = ours("stage_starts_total", OF_STAGE)
INBOX = ours("inbox_entries", OF_LEDGER)
LIMIT = ours("inbox_limit_entries", OF_LEDGER)
PENDING = ours("inbox_pending_entries", OF_LEDGER)
RECORDED = ours("log_events_total", OF_LEDGER)
PARKED = ours("parked_claims", OF_LEDGER)
UNREAD = ours("parked_reports", OF_LEDGER)
LOSSES = ours("open_losses", OF_LEDGER)
LOG = ours("log_position", OF_LEDGER)
VIEW = ours("view_position", OF_LEDGER)
USED, MOST = (f"exchange_ledger_server_memory_{one}_bytes" for one in ("used", "max"))
FAILED = 'exchange_ledger_http_requests_total{instance="a:80",status="503"}'
OF_WEBHOOK = f'{OF_LEDGER},webhook="wh-1"'
BY_WEBHOOK = BY_LEDGER | {"webhook": "wh-1"}
STOPPED = ours("webhook_stopped", OF_WEBHOOK)
TRIES = ours("webhook_tries", OF_WEBHOOK)
BEHIND = ours("webhook_behind_events", OF_WEBHOOK)
OTHER_BEHIND = ours("webhook_behind_events", f'{OF_LEDGER},webhook="wh-2"')
DELIVERING = ours("webhook_processes", OF_LEDGER)
CASES = {
    "LedgerApiDown": Case(
        {UP: "0x400"}, 15, {"job": "exchange-ledger", "instance": "a:80"}, {UP: "1x5 0 1x50"}
    ),
    "LedgerServerDown": Case(
        {SERVER_UP: "0x400"}, 15, {"instance": "a:80"}, {SERVER_UP: "1 0 1x400"}
    ),
    "LedgerStageDown": Case({HEALTHY: "0x400"}, 10, BY_STAGE, {HEALTHY: "1x5 0 1x400"}),
    "LedgerStageStuck": Case(
        {STUCK: "1x400"}, 30, BY_STAGE | {"state": "stuck"}, {STUCK: "1x3 0x400"}
    ),
    "LedgerStageSilent": Case({BEAT: "6x400"}, 10, BY_STAGE, {BEAT: "4.9x400"}),
    "LedgerStageRunsNowhere": Case(
        {PROCESSES: "0x400", LAG: "1x400"}, 60, BY_STAGE, {PROCESSES: "0x400", LAG: "0x400"}
    ),
    "LedgerStageRestarts": Case(
        {STARTS: "1x12 2x12 3x12 4x12 6x400"}, 195, BY_STAGE, {STARTS: "1x12 2x12 3x400"}
    ),
    "LedgerStageLags": Case(
        {LAG: "10001x400", OLDEST: "61x400"}, 300, BY_STAGE, {LAG: "20000x400", OLDEST: "59x400"}
    ),
    "LedgerInboxFills": Case(
        {INBOX: "81x400", LIMIT: "100x400"}, 60, BY_LEDGER, {INBOX: "80x400", LIMIT: "100x400"}
    ),
    "LedgerInboxEntriesHeld": Case(
        {PENDING: "3x400", RECORDED: "7x400"},
        305,
        BY_LEDGER,
        {PENDING: "3x400", RECORDED: "0+1x400"},
    ),
    "LedgerEventsLost": Case({LOSSES: "1x400"}, 0, BY_LEDGER, {LOSSES: "0x400"}),
    "LedgerClaimsParked": Case({PARKED: "0+1x400"}, 50, BY_LEDGER, {PARKED: "5000x400"}),
    "LedgerReportsParked": Case({UNREAD: "0+1x400"}, 50, BY_LEDGER, {UNREAD: "5000x400"}),
    "LedgerViewsBehind": Case(
        {LOG: "10001x400", VIEW: "0x400"}, 300, BY_LEDGER, {LOG: "10000+100x400", VIEW: "0+100x400"}
    ),
    "LedgerServerMemory": Case(
        {USED: "81x400", MOST: "100x400"}, 60, {}, {USED: "81x400", MOST: "0x400"}
    ),
    "LedgerRequestsFail": Case(
        {FAILED: "0+1x400"}, 455, {"instance": "a:80"}, {FAILED: "0+1x30 30x400"}
    ),
    "LedgerWebhookStopped": Case({STOPPED: "1x400"}, 0, BY_WEBHOOK, {STOPPED: "0x400"}),
    "LedgerWebhookFails": Case({TRIES: "6x400"}, 0, BY_WEBHOOK, {TRIES: "0+1x5 0x10 5x400"}),
    "LedgerWebhooksUnsent": Case(
        {BEHIND: "3x400", STOPPED: "0x400", DELIVERING: "0x400"},
        300,
        BY_WEBHOOK,
        # Nobody needs to deliver to who was given up, or to who has everything.
        {BEHIND: "3x400", STOPPED: "1x400", DELIVERING: "0x400", OTHER_BEHIND: "0x400"},
    ),
}


def promtool(*arguments: object) -> str:
    done = subprocess.run(
        ["promtool", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def expected(rule: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
    def filled(text: str) -> str:
        return re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda found: labels[found.group(1)], text)

    annotations = {name: filled(text) for name, text in rule["annotations"].items()}
    return {"exp_labels": labels | rule["labels"], "exp_annotations": annotations}


def on(series: dict[str, str], name: str, alerts_at: dict[int, list[Any]]) -> dict[str, Any]:
    return {
        "interval": "5s",
        "input_series": [{"series": one, "values": values} for one, values in series.items()],
        "alert_rule_test": [
            {"eval_time": f"{at}s", "alertname": name, "exp_alerts": alerts}
            for at, alerts in alerts_at.items()
        ],
    }


def test_promtool_reads_every_rule():
    assert f"SUCCESS: {len(rules())} rules found" in promtool("check", "rules", ALERTS)


def test_every_alert_has_a_case():
    assert list(CASES) == [rule["alert"] for rule in rules()]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_fires_when_it_should_and_no_sooner_and_not_when_all_is_well(rule, tmp_path):
    name, case = rule["alert"], CASES[rule["alert"]]
    fires = {case.seconds: [expected(rule, case.labels)]}
    if case.seconds:
        fires[case.seconds - 5] = []
    tests = [
        on(case.series, name, fires),
        on(case.quiet, name, {at: [] for at in range(0, 2000, 25)}),
    ]
    (tmp_path / "cases.yml").write_text(
        yaml.safe_dump({"rule_files": [str(ALERTS)], "evaluation_interval": "5s", "tests": tests})
    )

    assert "SUCCESS" in promtool("test", "rules", tmp_path / "cases.yml")
