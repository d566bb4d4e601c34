"""`extract` and `extract-eval` on the command line."""

import json
import shutil
from pathlib import Path

import pytest

from services.cli.main import run


TEXT = (
    "Colonel Sponsz said on Friday that 61 Bordurian servicemen had been returned.\n"
    "Ottokar wrote that nearly 57 Syldavians had come home from Bordurian captivity.\n"
)


@pytest.fixture
def report(tmp_path, monkeypatch):
    shutil.copy(Path(__file__).parent / "syl-bor.toml", tmp_path)
    monkeypatch.setenv("LEDGER_CONFIG_DIR", str(tmp_path))
    path = tmp_path / "report.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def ends(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        run([*map(str, arguments)])
    return int(str(ended.value.code))


def extract(*arguments: object) -> int:
    return ends("extract", *arguments, "--ledger", "syl-bor", "--outlet", "An outlet")


def test_drafts_are_events_that_intake_records(report, capsys, tmp_path):
    assert extract(report, "--published-at", "2031-05-10", "--format", "jsonl") == 0
    printed = capsys.readouterr().out
    drafts = [json.loads(line) for line in printed.splitlines()]
    claims = tmp_path / "claims.jsonl"
    claims.write_text(printed, encoding="utf-8")

    assert [draft["data"]["quantity"]["value"] for draft in drafts] == [61, 57]
    assert {draft["data"]["extraction"]["method"] for draft in drafts} == {"rules@4"}
    assert all(draft["draft"]["evidence"] for draft in drafts)
    assert ends("replay", claims) == 0
    figures = json.loads(capsys.readouterr().out)["figures"]
    assert {(one["exchange"], one["side"], one["claimed_high"]) for one in figures} >= {
        ("2031-05-09", "BO", 61)
    }


def test_a_table_and_an_explanation_name_the_words(report, capsys):
    assert extract(report, "--published-at", "2031-05-10", "--format", "table") == 0
    assert "nearly 57" in capsys.readouterr().out
    assert extract(report, "--published-at", "2031-05-10", "--explain") == 0
    assert "claimant: “Colonel Sponsz” at 0" in capsys.readouterr().out


def test_without_a_day_of_publication_drafts_say_what_is_missing(report, capsys):
    assert extract(report, "--format", "jsonl") == 1
    fields = [
        fault["field"]
        for line in capsys.readouterr().out.splitlines()
        for fault in json.loads(line)["draft"]["faults"]
    ]
    assert fields == ["exchange.date", "exchange.date"]


def test_reports_in_json_say_for_themselves_what_they_are(report, capsys):
    own = {
        "text": TEXT,
        "published_at": "2031-05-10",
        "outlet": "Its own",
        "url": "https://a.example/1",
    }
    report.write_text("\n".join(json.dumps(own) for _ in range(2)), encoding="utf-8")

    assert extract(report, "--format", "jsonl") == 0
    drafts = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [draft["data"]["reported_by"] for draft in drafts] == ["Its own"] * 4
    assert len({draft["id"] for draft in drafts}) == 2


def test_what_is_no_report_is_refused_in_a_line(report, capsys):
    report.write_text('{"text": 5}', encoding="utf-8")

    assert extract(report) == 2
    assert "expected the text of a report" in capsys.readouterr().err
    assert extract(report.parent / "none.txt") == 2


@pytest.mark.parametrize(
    ("option", "value", "named"),
    [
        ("--published-at", "9999-12-31", "/published_at"),
        ("--url", f"https://a.example/{20_000 * 'x'}", "/url"),
    ],
)
def test_what_is_said_of_a_report_and_can_be_said_of_none_is_refused_in_a_line(
    report, capsys, option, value, named
):
    assert extract(report, option, value) == 2
    assert named in capsys.readouterr().err


def test_labelled_reports_give_precision_recall_and_f1_by_field(report, capsys):
    quantity = {"bound": "exact", "value": 61}
    claimant = {"name": "Sponsz", "party": "BO", "role": "mod"}
    right = {"measure": "returned", "side": "BO", "quantity": quantity, "claimant": claimant}
    missed = {**right, "quantity": {"bound": "exact", "value": 5}}
    row = {"url": "u", "published_at": "2031-05-10", "lang": "en", "subject": "syl-bor"}
    labels, texts = report.parent / "labels.jsonl", report.parent / "texts.jsonl"
    labels.write_text(json.dumps({**row, "claims": [right, missed]}), encoding="utf-8")
    texts.write_text(json.dumps({"url": "u", "text": TEXT}), encoding="utf-8")

    assert ends("extract-eval", labels, "--texts", texts) == 0
    scores = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    # Of two drafts and two labels one is the same.
    assert {(one["group"], one["f1"]) for one in scores if one["fields"] == "value"} == {
        ("all", 0.5),
        ("en", 0.5),
    }


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("{bad", "line 1: expected JSON"),
        ("[]", "line 1: expected an object with claims, found none"),
        ('{"text": "x"}', "line 1: expected an object with claims, found none"),
        ('{"text": "x", "claims": 5}', "line 1: /claims:"),
        ('{"text": "x", "claims": [{"a": 1}]}', "line 1: /claims/0/measure:"),
    ],
)
def test_what_are_no_labels_is_refused_in_a_line(report, capsys, line, named):
    report.write_text(line, encoding="utf-8")

    assert ends("extract-eval", report) == 2
    [told] = capsys.readouterr().err.splitlines()
    assert named in told
