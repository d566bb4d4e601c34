"""Suppositions about a running ledger: what differs from live, and nothing written."""

import csv
import io
import json

import pytest

from services.reconciliation.policy import LATEST_POLICY
from tests.cli.running import SEED


pytestmark = [pytest.mark.redis, pytest.mark.e2e]

OMBUDSMAN = ("what-if", "--without-claimant", "Dmytro Lubinets")
FIGURE = "2024-01-03:returned:UA:all"


def test_without_the_ombudsman_the_figure_is_the_presidents_floor(running, call):
    before = call("log", "export").out, call("figures").out

    answer = call(*OMBUDSMAN)

    assert answer.code == 0
    assert answer.err == "4 left out, 0 added, 0 rejected\n"
    found = {(row["view"], row["id"]): row for row in json.loads(answer.out)}
    changed = found["figures", FIGURE]
    assert (changed["kind"], changed["old"]["low"], changed["new"]["low"]) == ("changes", 230, 201)
    assert found["figures", "2024-01-03:returned:UA:military"]["kind"] == "vanishes"
    assert found["cumulative", "UA:all:2024-01-03"]["old"]["best"] == 2828
    assert found["checks", "sum:2024-01-03:c5bfe9b9ac9f"]["new"]["result"] == "within"
    assert found["exchanges", "2024-01-03"]["new"]["ordinals"] == []
    assert (call("log", "export").out, call("figures").out) == before


def test_every_format_holds_the_same_differences(running, call):
    rows = json.loads(call(*OMBUDSMAN, "--format", "json").out)
    lines = call(*OMBUDSMAN, "--format", "jsonl").out.splitlines()
    table = list(csv.DictReader(io.StringIO(call(*OMBUDSMAN, "--format", "csv").out)))
    shown = call(*OMBUDSMAN, "--format", "table").out

    assert [json.loads(line) for line in lines] == rows
    assert [(row["view"], row["id"], row["kind"]) for row in table] == [
        (row["view"], row["id"], row["kind"]) for row in rows
    ]
    assert f"{len(rows)} in all" in shown
    words = " ".join(shown.split())
    assert "230 / 230 / open floor_only 201 / 201 / open floor_only" in words


def test_supposing_nothing_differs_in_nothing(running, call):
    assert call("what-if").out == "[]\n"
    assert call("what-if", SEED).out == "[]\n"
    assert call("what-if", "--as-asserted-by", "2024-01-03T17:50:00Z").out == "[]\n"


def test_what_was_said_by_a_time_is_compared_with_what_was_said_by_then(running, call):
    by = ("--as-asserted-by", "2024-01-03T17:50:00Z")

    found = json.loads(call("what-if", *by, "--without-claimant", "Volodymyr Zelensky").out)

    [change] = [row for row in found if row["id"] == FIGURE]
    assert (change["kind"], change["old"]["low"]) == ("vanishes", 201)


def test_claims_and_judgements_are_added_from_files(running, call, tmp_path):
    line = json.loads(SEED.read_text().splitlines()[2])
    line |= {
        "id": "supposed",
        "data": line["data"] | {"quantity": {"bound": "exact", "value": 250}},
    }
    pin = {"kind": "pin", "figure": FIGURE, "low": 231, "best": 231, "high": 231}
    pin |= {"who": "An operator", "why": "a list", "at": "2024-02-01T10:00:00Z"}
    (tmp_path / "claims").write_text(json.dumps(line) + "\n")
    (tmp_path / "pins").write_text(json.dumps(pin) + "\n")

    answer = call("what-if", "--with", tmp_path / "claims", "--with", tmp_path / "pins")

    assert (answer.code, answer.err) == (0, "0 left out, 2 added, 0 rejected\n")
    found = {row["id"]: row["new"] for row in json.loads(answer.out)}
    assert found[FIGURE]["status"] == "adjudicated"
    assert found["2024-01-03:returned:RU:military"]["high"] == 250


def test_lines_to_start_from_that_cannot_be_accepted_are_told(running, call, tmp_path):
    (tmp_path / "file").write_text(f"nonsense\n{SEED.read_text()}")

    answer = call("what-if", tmp_path / "file", "--without-claim", "seed-04")

    assert answer.code == 0
    assert "1 of the lines to start from cannot be accepted" in answer.err


def test_an_added_line_that_is_rejected_is_told(running, call, tmp_path):
    (tmp_path / "odd").write_text('{"foo": 1}\n')

    answer = call("what-if", SEED, "--with", tmp_path / "odd")

    assert answer.code == 1
    assert "added line 1 rejected: " in answer.err


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--without-claimant", "Lubinetz"), "Dmytro Lubinets"),
        (("--without-claim", "seed-1"), "seed-01"),
        (("--without-camp", "XX"), "expected one of"),
        (("--without-bound", "at_least"), "expected one of"),
        (("--without-tier", "7"), "expected one of"),
        (("--policy", "1999.1"), LATEST_POLICY.version),
        (("--policy", "2026.1"), "whose rules this program no longer has"),
        (("nowhere.jsonl",), "nowhere.jsonl"),
    ],
)
def test_what_answers_to_nothing_is_refused_in_one_line(running, call, arguments, named):
    answer = call("what-if", *arguments)

    assert answer.code == 2
    assert answer.out == ""
    assert len(answer.err.splitlines()) == 1
    assert named in answer.err
