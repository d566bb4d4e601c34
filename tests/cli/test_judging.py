"""Judgements on running workers: what each command changes, shows and refuses; a figure's history."""

import csv
import io
import json

import pytest

from schemas.views import Revision, TrackRecord
from tests.cli.running import seed_of, settle


pytestmark = [pytest.mark.redis, pytest.mark.e2e]

UA_ALL = "2024-01-03:returned:UA:all"
UA_MILITARY = "2024-01-03:returned:UA:military"
RU_MILITARY = "2024-01-03:returned:RU:military"


@pytest.fixture
def ask(running, call, tmp_path):
    """Run a command on a ledger that these tests have for themselves, seeded."""

    def run(*arguments):
        return call(*arguments, "--ledger", "judged")

    (tmp_path / "seed").write_text("\n".join(seed_of("judged")))
    assert run("publish", tmp_path / "seed").code == 0
    settle("judged")
    return run


@pytest.fixture
def judge(ask):
    """Make a judgement, and take it back afterwards."""
    recorded = []

    def run(*arguments):
        answer = ask(
            "adjudicate", *arguments, "--who", "An operator", "--why", "a list", "--format", "json"
        )
        assert answer.code == 0, answer.err
        result = json.loads(answer.out)
        recorded.append(result["judgement"])
        return result

    yield run
    for judgement in recorded:
        ask("adjudicate", "undo", judgement, "--who", "An operator", "--why", "the test is over")


def row(ask, view, key, value):
    [found] = [row for row in json.loads(ask(view).out) if row[key] == value]
    return found


def test_a_pin_is_shown_listed_and_undone(ask):
    said = ("--who", "An operator", "--why", "the lists of names")
    before = row(ask, "figures", "id", UA_ALL)

    answer = ask("adjudicate", "pin", UA_ALL, "--best", 231, "--high", 240, *said)

    first = answer.out.splitlines()[0]
    judgement = first.split()[1]
    assert first.startswith(f"judgement {judgement} recorded, position ")
    assert f"{UA_ALL}: 230 / 230 / open floor_only → 231 / 231 / 240 adjudicated" in answer.out
    assert row(ask, "figures", "id", UA_ALL)["adjudication"] == judgement
    again = ask("adjudicate", "pin", UA_ALL, "--best", 231, "--high", 240, *said)
    assert again.out.startswith(f"judgement {judgement} in force already")

    quick = ask(
        "adjudicate", "undo", judgement[:8], "--who", "Another", "--why", "wrong list", "--wait", 0
    )
    assert "the views were not waited for" in quick.out
    settle("judged")
    assert quick.out.startswith(f"judgement {judgement} undone")
    after = row(ask, "figures", "id", UA_ALL)
    assert after["best"] == before["best"]
    assert after["adjudication"] is None
    assert "undone already" in ask("adjudicate", "undo", judgement, *said).out
    listed = row(lambda *_: ask("adjudicate", "list"), "", "id", judgement)
    assert (listed["state"], listed["undone_by"]) == ("undone", "Another")


def test_claims_are_excluded_and_moved(ask, judge):
    out = judge("exclude", "seed-04")
    assert {change["figure"]: change["new"] for change in out["changed"]}[UA_MILITARY] is None
    assert row(ask, "claims", "ref", "seed-04")["reason"] == f"judged:{out['judgement']}"

    tail = ask("log", "tail", "-n", 20, "--format", "table").out
    assert "exclude seed-04 by An operator: a list" in tail

    moved = judge("reassign", "seed-03", "none")
    assert row(ask, "claims", "ref", "seed-03")["exchange"] is None
    assert row(ask, "claims", "ref", "seed-03")["evidence"] == f"judged:{moved['judgement']}"


def test_exchanges_are_split_and_merged(ask, judge):
    judge("split", "2024-01-03", "2024-01-03-b", "seed-02")
    assert row(ask, "exchanges", "id", "2024-01-03")["phases"] == ["2024-01-03-b"]
    assert row(ask, "claims", "ref", "seed-02")["exchange"] == "2024-01-03-b"

    judge("merge", "2024-01-03-b", "2024-01-03")
    assert row(ask, "exchanges", "id", "2024-01-03")["aliases"] == ["2024-01-03-b"]
    found = json.loads(ask("figures", "--exchange", "2024-01-03-b").out)
    assert RU_MILITARY in {figure["id"] for figure in found}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("pin", "2024-01-03:returned:UA", "--best", 1), "expected EXCHANGE:MEASURE:SIDE:CATEGORY"),
        (
            ("pin", "2024-01-03:returned:XX:all", "--best", 1),
            "expected a side of returned (RU, UA)",
        ),
        (("pin", "2024-01-04:returned:UA:all", "--best", 1), "(2024-01-03 …), found '2024-01-04'"),
        (("pin", UA_ALL, "--best", 1, "--low", 2), "expected low <= best <= high, found 2, 1, 1"),
        (("exclude", "seed-4"), "(seed-04, seed-10, seed-09 …), found 'seed-4'"),
        (("reassign", "seed-10", "2024-01-03"), "expected a claim about an exchange"),
        (("merge", "2024-01-03", "2024-01-03"), "expected two exchanges"),
        (("split", "2024-01-03", "2024-01-03", "seed-04"), "expected the id of a new exchange"),
        (("split", "2024-01-03", "2024-01-03-b", "seed-10"), "found 'seed-10' on none"),
        (("undo", "0123456789"), "expected the id of a judgement"),
    ],
)
def test_what_cannot_be_judged_is_refused_with_what_was_expected(ask, arguments, told):
    answer = ask("adjudicate", *arguments, "--who", "An operator", "--why", "a list")

    assert answer.code == 2
    assert told in answer.err
    assert len(answer.err.splitlines()) == 1


def test_a_judgement_without_who_or_why_is_refused(ask):
    assert ask("adjudicate", "exclude", "seed-04", "--who", "An operator").code == 2
    blank = ask("adjudicate", "exclude", "seed-04", "--who", "An operator", "--why", " ")
    assert (blank.code, blank.err) == (
        2,
        "exchange-ledger: why: expected words, found blanks, found ' '\n",
    )


def test_judgements_are_listed_in_every_format(ask, judge):
    recorded = judge("pin", RU_MILITARY, "--best", 248)["judgement"]

    rows = json.loads(ask("adjudicate", "list", "--format", "json").out)
    assert [
        json.loads(line) for line in ask("adjudicate", "list", "--format", "jsonl").out.splitlines()
    ] == rows
    table = list(csv.DictReader(io.StringIO(ask("adjudicate", "list", "--format", "csv").out)))
    assert [line["id"] for line in table] == [line["id"] for line in rows]
    [mine] = [line for line in rows if line["id"] == recorded]
    assert (mine["state"], mine["about"], mine["says"]) == (
        "in force",
        RU_MILITARY,
        "248 / 248 / 248",
    )
    assert recorded in ask("adjudicate", "list", "--format", "table").out


def test_a_figure_tells_its_history(ask, judge):
    recorded = judge("pin", RU_MILITARY, "--best", 247)

    told = [
        Revision.model_validate(revision)
        for revision in json.loads(ask("history", RU_MILITARY, "--format", "json").out)
    ]

    assert told[0].old is None
    assert [claim.name for claim in told[0].claims] == ["seed-02"]
    assert (told[-1].fact.kind, told[-1].fact.name) == ("judgement", recorded["judgement"])
    assert told[-1].new is not None
    assert (told[-1].new.best, told[-1].new.status, told[-1].cause) == (
        247,
        "adjudicated",
        "adjudicated",
    )
    assert len(ask("history", RU_MILITARY, "--format", "jsonl").out.splitlines()) == len(told)
    in_words = ask("explain", RU_MILITARY, "--format", "table").out
    assert "248 / 248 / 248 single_source → 247 / 247 / 247 adjudicated" in in_words
    assert f"judgement {recorded['judgement']} by An operator: “a list”" in in_words
    then = ask("history", RU_MILITARY, "--as-asserted-by", "2024-01-04")
    assert [revision["new"]["best"] for revision in json.loads(then.out)] == [248]
    unknown = ask("history", "2024-01-03:returned:RU:militar")
    assert (unknown.code, RU_MILITARY in unknown.err) == (2, True)


def test_a_log_with_judgements_is_whole_and_replays_to_the_same(ask, judge, tmp_path):
    judge("pin", RU_MILITARY, "--best", 246)
    exported = tmp_path / "log.jsonl"
    exported.write_text(ask("log", "export").out)

    replayed = json.loads(ask("replay", exported, "--format", "json").out)

    assert ask("log", "verify").out.endswith("0 faults\n")
    live = json.loads(ask("figures").out)
    assert [(figure["id"], figure["best"], figure["status"]) for figure in replayed["figures"]] == [
        (figure["id"], figure["best"], figure["status"]) for figure in live
    ]


def test_voices_have_a_track_record(ask):
    records = [TrackRecord.model_validate(found) for found in json.loads(ask("claimants").out)]

    assert {record.voice for record in records} >= {"Dmytro Lubinets"}
    assert all(0 <= record.inside <= record.figures for record in records)
    assert "share inside" in ask("claimants", "--format", "table").out
