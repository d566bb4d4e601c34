"""`sql` asks the running ledger, in every format."""

import csv
import io
import json
import sys

import pytest


pytestmark = [pytest.mark.redis, pytest.mark.e2e]
QUESTION = "SELECT id, best FROM figures WHERE side = 'UA' ORDER BY id"


def test_every_format_holds_the_rows_that_the_commands_hold(running, call):
    figures = json.loads(call("figures", "--side", "UA").out)
    rows = [{"id": row["id"], "best": row["best"]} for row in figures]
    position = json.loads(call("log", "tail", "-n", 1, "--format", "jsonl").out)["position"]

    answer = call("sql", QUESTION)
    assert json.loads(answer.out) == rows != []
    assert answer.err == f"at log position {position}\n"
    lines = call("sql", QUESTION, "--format", "jsonl").out.splitlines()
    assert [json.loads(line) for line in lines] == rows
    table = csv.DictReader(io.StringIO(call("sql", QUESTION, "--format", "csv").out))
    assert [row["id"] for row in table] == [row["id"] for row in rows]
    assert f"{len(rows)} in all" in call("sql", QUESTION, "--format", "table").out


def test_another_time_has_another_answer(running, call):
    asked = ("sql", "SELECT count(*) AS n FROM claims", "--as-asserted-by", "2024-01-02")
    assert json.loads(call(*asked).out) == [{"n": 0}]


def test_a_question_that_writes_ends_with_two_and_one_line(running, call):
    answer = call("sql", "DELETE FROM claims")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        "exchange-ledger: expected one statement that reads (SELECT …), found DELETE\n"
    )


def test_without_its_library_the_extra_is_named_in_one_line(running, call, monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    answer = call("sql", QUESTION)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        "exchange-ledger: expected the extra `sql` (pip install 'exchange-ledger[sql]'), "
        "found no duckdb\n"
    )
