"""The reading commands on running workers: every format, filter, cut and exit code."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest

from schemas.views import ReadModels
from services.cli.connect import configuration_of
from services.reconciliation.catalogue import RULES
from services.reconciliation.rules.explanations import SUM_SLIPS
from services.runtime.settings import read_settings
from tests.cli.running import SEED, seed_of, settle
from tests.running import wait_until


pytestmark = [pytest.mark.redis, pytest.mark.e2e]

VIEWS = ("exchanges", "figures", "cumulative", "claims", "checks")
#: The seed holds a sum that does not hold, on purpose.
CODE = {"checks": 1}


@pytest.mark.parametrize("view", VIEWS)
def test_every_format_holds_the_same_rows(running, call, view):
    as_json = call(view, "--format", "json")
    as_lines = call(view, "--format", "jsonl")
    as_csv = call(view, "--format", "csv")
    as_table = call(view, "--format", "table")

    rows = json.loads(as_json.out)
    assert rows
    assert [json.loads(line) for line in as_lines.out.splitlines()] == rows
    table = list(csv.DictReader(io.StringIO(as_csv.out)))
    assert [list(row) for row in table] == [list(row) for row in rows]
    assert f"{len(rows)} in all" in as_table.out
    assert {answer.code for answer in (as_json, as_lines, as_csv, as_table)} == {CODE.get(view, 0)}


def test_the_workers_views_are_those_of_a_replay(running, call):
    replayed = call("replay", SEED, "--format", "json")

    assert replayed.code == 0
    models = ReadModels.model_validate_json(replayed.out)
    live = json.loads(call("figures", "--format", "json").out)
    assert [row.best for row in models.figures] == [row["best"] for row in live]
    assert [row.id for row in models.figures] == [row["id"] for row in live]


def test_filters_leave_what_was_asked_for(running, call):
    figures = json.loads(call("figures", "--side", "UA", "--category", "military").out)
    assert [row["id"] for row in figures] == ["2024-01-03:returned:UA:military"]

    assert json.loads(call("figures", "--exchange", "1999-01-01").out) == []
    claims = json.loads(call("claims", "--state", "derived").out)
    assert [row["state"] for row in claims] == ["derived"]


def test_lists_are_filtered_by_days_and_claims_by_who_says_them(running, call):
    def ids(*command: str) -> list[str]:
        return [row["id"] for row in json.loads(call(*command, "--format", "json").out)]

    everything = ids("figures")
    days = ("--from", "2024-01-03", "--to", "2024-01-03")
    inside = ids("figures", *days)
    claims = json.loads(call("claims", "--claimant", "lubinets", "--format", "json").out)

    assert inside == [figure for figure in everything if figure.startswith("2024-01-03")]
    assert inside
    assert ids("figures", "--from", "2024-01-04") + ids("figures", "--to", "2024-01-02") == [
        figure for figure in everything if figure not in inside
    ]
    assert ids("exchanges", *days) == ["2024-01-03"]
    assert {claim["claimant"]["name"] for claim in claims} == {"Dmytro Lubinets"}
    assert len(ids("claims", "--from", "2024-01-04")) < len(ids("claims"))
    assert call("figures", "--from", "soon").code == 2


def test_quiet_commands_write_results_and_errors_alone(call):
    told = call("replay", SEED, "--format", "table")
    quiet = call("--quiet", "replay", SEED, "--format", "table")

    assert (quiet.out, quiet.err) == (told.out, "")
    assert "nowhere" in call("--quiet", "replay", "/nowhere").err


def test_commands_and_options_are_completed_by_the_shell(call, monkeypatch):
    monkeypatch.setenv("_EXCHANGE_LEDGER_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "exchange-ledger fig")
    monkeypatch.setenv("COMP_CWORD", "1")

    assert call().out.split() == ["figures"]


def test_a_side_that_the_ledger_has_not_is_refused_with_those_it_has(running, call):
    answer = call("figures", "--side", "XX")

    assert (answer.code, answer.out) == (2, "")
    assert answer.err == "exchange-ledger: --side: expected RU, UA, both, found 'XX'\n"


@pytest.mark.parametrize("command", [(), ("figures",), ("log", "export")])
def test_help_is_short_or_long(call, command):
    assert call(*command, "-h") == call(*command, "--help")


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("redis+sentinel://u:secret@one:26379,two", "expected the name of a service after the Sen"),
        ("redis+sentinel://u:secret@one,two:port/x", "expected a port from 1 to 65535"),
        (
            "redis+sentinel://one/x?sentinel_key=a",
            "sentinel_username behind the ?, found 'sentinel_k",
        ),
        (
            "redis://u:secret@one:6379,two:6379",
            "expected one host after redis://, found 2 (of Sent",
        ),
        ("redis+cluster://u:secret@one,two/3", "expected no database in the address of a cluster"),
        ("http://127.0.0.1:6379", "found http://"),
        ("127.0.0.1:6379", "found an address without one of them"),
        ("redis://u:secret@127.0.0.1:abc", "expected a port from 1 to 65535"),
        ("redis://u:secret@127.0.0.1:0", "expected a port from 1 to 65535"),
        ("redis://127.0.0.1/zero", "expected a database's number after the host, found 'zero'"),
        ("redis://127.0.0.1?db=zero", "expected a database's number as db, found 'zero'"),
        (
            "redis://u:secret@127.0.0.1?timeout=1",
            "password, username behind the ?, found 'timeout'",
        ),
        ("redis://127.0.0.1?ssl_certfile=/c", "found 'ssl_certfile'"),
        ("unix://", "expected the path of a socket"),
    ],
)
@pytest.mark.parametrize("command", [("figures",), ("worker", "ingest")])
def test_an_address_of_no_server_is_one_line_without_its_password(
    call, monkeypatch, address, found, command
):
    monkeypatch.setenv("LEDGER_REDIS_URL", address)

    answer = call(*command)

    assert answer.code == 2
    assert answer.err.startswith("exchange-ledger: LEDGER_REDIS_URL: expected ")
    assert found in answer.err
    assert len(answer.err.splitlines()) == 1
    assert "secret" not in answer.err


def test_checks_end_with_one_only_if_a_listed_one_failed(running, call):
    assert call("checks", "--result", "fail").code == 1
    assert call("checks", "--result", "pass").code == 0


def test_a_figure_is_explained_from_top_to_bottom(running, call):
    told = call("explain", "2024-01-03:returned:UA:all", "--format", "table")

    assert told.code == 0
    assert told.out.startswith("2024-01-03:returned:UA:all   230 / 230 / open")
    assert "Volodymyr Zelensky: “over 200” → 201 – open" in told.out
    assert "Dmytro Lubinets: “230 soldiers” → 230" in told.out
    explained = json.loads(call("explain", "2024-01-03:exchanged_total:both:all").out)
    assert explained["figure"]["best"] == 478
    [excluded] = explained["figure"]["claims"]["excluded"]
    assert excluded["claim"] in {claim["ref"] for claim in explained["claims"]}


def test_each_sentence_of_an_explained_figure_names_its_rule_and_whom_it_tells_of(running, call):
    told = call("explain", "2024-01-03:returned:UA:all", "--format", "table")
    explained = json.loads(call("explain", "2024-01-03:exchanged_total:both:all").out)

    assert "  floor_only (rule status, §5)" in told.out
    [met] = [line for line in told.out.splitlines() if "floor-met (rule best, §5.7)" in line]
    assert met.rpartition("claim ")[2] in told.out.replace(met, "")
    rules = {(row["code"], row["rule"]): row for row in explained["rules"]}
    # The sum of both sides is none of a whole worked out from parts, though both are `computed`.
    assert ("computed", "both-sides") in rules
    assert ("computed", "computed-whole") not in rules
    slip = rules["floor-taken-as-exact", "sum-check"]
    assert slip["about"] in {row["id"] for row in explained["checks"]}
    assert slip["claims"] == [row["claim"] for row in explained["figure"]["claims"]["excluded"]]


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv"])
def test_all_rules_are_listed_in_order_without_a_server(call, form):
    told = call("rules", "--format", form)

    assert told.code == 0
    places = [told.out.find(rule.name) for rule in RULES]
    assert -1 not in places
    for rule in RULES:
        assert rule.sentence[:20].replace('"', '""') in told.out


def test_one_rule_is_shown_with_its_codes_and_an_example_of_the_ledgers_own(running, call):
    shown = json.loads(call("rules", "sum-check", "--format", "json").out)
    told = call("rules", "sum-check", "--format", "table")
    none = call("rules", "voices", "--format", "table")

    [check] = [
        row
        for row in json.loads(call("checks", "--format", "json").out)
        if row["id"] == shown["example"]["id"]
    ]
    assert shown["example"]["text"] in [why["text"] for why in check["explanations"]]
    assert {code["code"] for code in shown["codes"]} == set(SUM_SLIPS)
    assert told.out.startswith("sum-check   §5.10 Check")
    assert " ".join(shown["example"]["text"].split()) in " ".join(told.out.split())
    assert "no example in this ledger yet" in none.out


def test_an_unknown_rule_is_answered_with_names_like_it(call):
    answer = call("rules", "later-words")

    assert (answer.code, answer.out) == (2, "")
    assert "later-word" in answer.err


def test_an_unknown_figure_is_answered_with_its_neighbours(running, call):
    answer = call("explain", "2024-01-03:returned:UA:al")

    assert answer.code == 2
    assert "2024-01-03:returned:UA:all" in answer.err
    assert len(answer.err.splitlines()) == 1


def test_what_had_been_said_by_a_time(running, call):
    before = json.loads(call("figures", "--as-asserted-by", "2024-01-03T17:50:00Z").out)
    [figure] = [row for row in before if row["id"] == "2024-01-03:returned:UA:all"]

    assert (figure["low"], figure["best"], figure["high"]) == (201, 201, None)
    assert json.loads(call("claims", "--as-asserted-by", "2024-01-02").out) == []


def test_what_was_known_at_a_time_is_the_answer_given_then(running, call, tmp_path):
    lines = seed_of("growing")
    (tmp_path / "early").write_text("\n".join(lines[:4]))
    (tmp_path / "late").write_text("\n".join(lines[4:]))
    assert call("publish", tmp_path / "early", "--ledger", "growing").code == 0
    settle("growing")
    then = {view: call(view, "--ledger", "growing").out for view in VIEWS}
    last = json.loads(call("log", "tail", "-n", 1, "--ledger", "growing", "--format", "jsonl").out)
    assert call("publish", tmp_path / "late", "--ledger", "growing").code == 0
    settle("growing")

    at = last["recorded_at"]
    for view in VIEWS:
        assert call(view, "--ledger", "growing", "--as-known-on", at).out == then[view]
    assert call("figures", "--ledger", "growing").out != then["figures"]
    assert (
        json.loads(call("claims", "--ledger", "growing", "--as-known-on", "2020-01-01").out) == []
    )


def test_status_is_well_while_all_workers_run(running, call):
    def status() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(call("status", "--format", "json").out)[0]
        return found

    def running_stages() -> list[str]:
        return [one["stage"] for one in status()["stages"] if one["state"] == "running"]

    # The API is the last to come, and nothing waits for it.
    stages = ["ingest", "reconciliation", "projection", "api"]
    wait_until(lambda: running_stages() == stages)
    assert call("status").code == 0
    found = status()
    assert (found["ledger"], found["durability"], found["server"]) == (
        "rus-ukr",
        "fsync-always",
        "embedded",
    )
    assert {row["state"] for row in found["readers"]} == {"running"}
    assert {(one["lag"], one["starts"]) for one in found["stages"] if one["stage"] in stages} == {
        (0, 1)
    }
    # Drafting was never asked for, and no report waits for it.
    [other] = [one for one in found["stages"] if one["stage"] not in stages]
    assert (other["stage"], other["state"], other["healthy"]) == ("drafting", "missing", True)
    assert (found["inbox_limit"], found["problems"]) == (100_000, [])
    assert "fsync-always" in call("status", "--format", "table").out


def test_the_log_is_whole(running, call):
    answer = call("log", "verify")

    assert answer.code == 0
    assert re.fullmatch(r"\d+ events, chain [0-9a-f]{40}, 0 faults\n", answer.out)


def test_an_exported_log_replays_to_the_live_figures(running, call, tmp_path):
    exported = tmp_path / "log.jsonl"
    assert call("log", "export", "--to", exported).code == 0
    replayed = call("replay", exported, "--format", "json")

    assert call("log", "export").out == exported.read_text()
    live = json.loads(call("figures").out)
    assert [row["best"] for row in json.loads(replayed.out)["figures"]] == [
        row["best"] for row in live
    ]


def test_an_import_is_refused_while_workers_run(running, call, tmp_path):
    (tmp_path / "log.jsonl").write_text(call("log", "export").out)

    answer = call("log", "import", tmp_path / "log.jsonl")

    assert answer.code == 2
    assert "stop it first" in answer.err


def test_a_check_of_the_views_compares_and_leaves_nothing(running, call):
    answer = call("rebuild", "--check")

    assert answer.code == 0
    assert "0 differ: compared and dropped" in answer.out
    assert call("rebuild", "--check", "--accept").code == 2


def test_the_views_of_before_are_shown_again(running, call):
    assert call("rebuild").code == 0
    before = call("figures").out

    answer = call("rollback")

    assert answer.code == 0
    assert "is shown again in the place of" in answer.out
    assert call("figures").out == before


def test_a_rebuild_that_is_equal_goes_live(running, call):
    answer = call("rebuild", "--drop-old")

    assert answer.code == 0
    assert "0 differ" in answer.out
    assert json.loads(call("figures").out)
    assert call("rebuild", "nonsense").code == 2


def test_publishing_twice_changes_nothing(running, call):
    before = call("log", "export").out

    again = call("publish", SEED)

    assert again.code == 0
    assert again.out.startswith("recorded 0, duplicate 11, rejected 0 of 11 lines (fsync-always")
    settle("rus-ukr")
    assert call("log", "export").out == before


def test_the_fate_of_every_line_is_told(running, call, tmp_path):
    lines = seed_of("refusing")
    other = lines[2].replace('"value": 248', '"value": 249')
    bad_side = lines[3].replace('"side": "UA"', '"side": "XX"').replace("seed-03", "bad-side")
    file = tmp_path / "mixed.jsonl"
    raw = [*lines[:3], "", lines[0], other, "nonsense", bad_side]
    file.write_bytes("\r\n".join(raw).encode() + b"\n\xff\xfe\n")

    answer = call("publish", file, "--ledger", "refusing", "--format", "json")

    assert answer.code == 1
    told = json.loads(answer.out)
    fates = {name: told[name] for name in ("published", "recorded", "duplicate", "rejected")}
    assert fates == {"published": 8, "recorded": 3, "duplicate": 1, "rejected": 4}
    assert [rejection["line"] for rejection in told["rejections"]] == [6, 7, 8, 9]
    assert told["rejections"][2]["reasons"][0]["pointer"] == "/data/side"
    in_words = call("publish", file, "--ledger", "refusing")
    assert "recorded 0, duplicate 4, rejected 4 of 8 lines" in in_words.out
    assert "line 7 rejected: the whole event: expected JSON" in in_words.out

    parked = json.loads(call("rejected", "list", "--ledger", "refusing").out)
    assert len(parked) == 8
    shown = call("rejected", "show", parked[0]["id"], "--ledger", "refusing", "--format", "table")
    assert shown.out.startswith(parked[0]["id"])
    assert call("rejected", "discard", parked[0]["id"], "--ledger", "refusing").code == 0
    assert call("rejected", "show", parked[0]["id"], "--ledger", "refusing").code == 2
    assert call("rejected", "retry", "--ledger", "refusing").code == 2
    assert call("rejected", "discard", "--all", "--ledger", "refusing").out == "7 discarded\n"
    assert json.loads(call("rejected", "list", "--ledger", "refusing").out) == []


def test_claims_are_read_from_stdin_and_a_closed_reader_is_no_error(running):
    program = f"{sys.executable} -m services.cli.main"
    publish = subprocess.run(
        f"{program} publish - --ledger elsewhere",
        shell=True,
        input="\n".join(seed_of("elsewhere")),
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
    )
    assert publish.stdout.startswith("recorded 11")

    head = subprocess.run(
        f"for n in $(seq 60); do echo; done; ({program} log export; echo code $? >&2) | true",
        shell=True,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
    )

    assert head.stderr == "code 0\n"


def test_a_ledgers_file_that_names_a_past_policy_is_decided_by_the_latest_and_it_is_said(
    tmp_path, monkeypatch, capsys
):
    (tmp_path / "own.toml").write_text(
        'name = "own"\ntitle = "Own"\npolicy = "2026.1"\n'
        'sides = [{code = "AA", name = "A", competent_roles = []},'
        ' {code = "BB", name = "B", competent_roles = []}]\n',
        encoding="utf-8",
    )
    settings = read_settings(config_dir=tmp_path, names=["own"])

    found = configuration_of("own", settings)

    assert found.policy != "2026.1"
    assert "names policy 2026.1" in capsys.readouterr().err


def test_a_rule_can_be_read_where_no_server_is_reached(call):
    answer = call("rules", "later-word", "--format", "json")

    shown = json.loads(answer.out)
    assert (answer.code, shown["rule"], shown["example"]) == (0, "later-word", None)
    assert "no example: expected LEDGER_REDIS_URL" in answer.err
