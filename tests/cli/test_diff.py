"""`diff` of a running ledger: what changed between two places of its log."""

import csv
import io
import json

import pytest


pytestmark = [pytest.mark.redis, pytest.mark.e2e]

FIGURE = "2024-01-03:returned:UA:all"


def test_what_changed_is_told_to_a_person(running, call):
    shown = call("diff", "0", "--format", "table")

    assert shown.code == 0
    assert "From the empty log to position" in shown.out
    assert f"{FIGURE}: – → 230 / 230 / open floor_only   first report" in shown.out
    assert "claim seed-03 by Volodymyr Zelensky in seed article: “over 200” (new)" in shown.out


def test_every_format_holds_the_same_rows(running, call):
    rows = json.loads(call("diff", "0").out)
    lines = call("diff", "0", "--format", "jsonl").out.splitlines()
    table = list(csv.DictReader(io.StringIO(call("diff", "0", "--format", "csv").out)))

    assert [json.loads(line) for line in lines] == rows
    assert [row["id"] for row in table] == [row["id"] for row in rows]
    [figure] = [row for row in rows if row["id"] == FIGURE]
    assert figure["new"]["low"] == 230
    assert figure["reasons"][0]["text"] == "a narrower count gives at least 230"


def test_times_and_positions_may_stand_beside_each_other(running, call):
    assert json.loads(call("diff", "0", "2024-01-01").out) == []
    assert json.loads(call("diff", "2024-01-01").out) == json.loads(call("diff", "0").out)


@pytest.mark.parametrize(
    ("places", "named"),
    [(("9", "2"), "before position 2"), (("99999",), "the log's last"), (("x",), "log position")],
)
def test_what_cannot_be_compared_is_refused_in_one_line(running, call, places, named):
    answer = call("diff", *places)

    assert (answer.code, answer.out, len(answer.err.splitlines())) == (2, "", 1)
    assert named in answer.err
