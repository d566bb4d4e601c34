"""The text of pages, and pages as input of `extract`."""

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from services.cli.main import run
from services.extraction.report import Report
from services.fetching.page import NoTextError, report_of_page
from tests.fetching.hostile_site import PARAGRAPHS, article, hostile_site


@pytest.fixture
def ledgers(tmp_path, monkeypatch):
    shutil.copy(Path(__file__).parents[1] / "extraction" / "syl-bor.toml", tmp_path)
    monkeypatch.setenv("LEDGER_CONFIG_DIR", str(tmp_path))
    return tmp_path


def extract(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        run(["extract", *map(str, arguments), "--ledger", "syl-bor"])
    return int(str(ended.value.code))


def test_a_page_is_its_article_and_the_day_it_came_out():
    report = report_of_page(article(), known=Report(text="", url="https://www.klow.example/1"))

    assert [line for line in report.text.splitlines() if line.endswith(".")] == list(PARAGRAPHS)
    assert "Sports" not in report.text
    assert "rights" not in report.text
    assert str(report.published_at) == "2031-05-10"
    assert (report.outlet, report.lang) == ("klow.example", "en")


def test_what_is_known_of_a_page_stands():
    known = Report(
        text="", url="https://a.example/", outlet="Klow Herald", published_at=date(2031, 6, 1)
    )

    report = report_of_page(article(), known=known)
    assert (report.outlet, str(report.published_at)) == ("Klow Herald", "2031-06-01")


@pytest.mark.parametrize("source", [b"", b"<html></html>", b"\0\xff<", b"<p>word " * 100_000])
def test_a_page_without_text_is_none(source):
    with pytest.raises(NoTextError):
        report_of_page(source, known=Report(text=""))


def test_a_page_in_a_file_is_read_like_its_text(ledgers, capsys):
    page = ledgers / "report.html"
    page.write_bytes(article())

    assert extract(page, "--outlet", "An outlet", "--format", "jsonl") == 0
    drafts = [json.loads(line)["data"] for line in capsys.readouterr().out.splitlines()]
    assert [(one["quantity"]["value"], one["exchange"]["date"]) for one in drafts] == [
        (61, "2031-05-09"),
        (57, "2031-05-09"),
    ]


def test_a_page_is_fetched_by_its_address_if_that_is_allowed(ledgers, capsys, monkeypatch):
    with hostile_site() as site:
        site.hold("/1", article())
        site.hold("/data", b"{}", media_type="application/json")
        assert extract(f"{site.url}/1") == 2
        assert "is of a private network (LEDGER_FETCH_PRIVATE" in capsys.readouterr().err
        assert extract(f"{site.url}/1", "--allow-private", "--format", "jsonl") == 0
        first = json.loads(capsys.readouterr().out.splitlines()[0])
        monkeypatch.setenv("LEDGER_FETCH_PRIVATE", "127.0.0.1/32")
        assert extract(f"{site.url}/data") == 2
        assert "expected a page, found application/json" in capsys.readouterr().err
        assert extract(f"{site.url}/2") == 2
        assert "answered 404" in capsys.readouterr().err

        assert first["data"]["url"] == f"{site.url}/1"
        assert first["data"]["reported_by"] == "127.0.0.1"
        assert first["data"]["published_at"] == "2031-05-10"


def test_drafts_as_a_page_mark_their_words_and_escape_all_others(ledgers, capsys):
    report = ledgers / "report.txt"
    report.write_text(
        f"<script>alert(1)</script> & more.\n{PARAGRAPHS[0]}\nA \u202eline\x1b[2J.\n",
        encoding="utf-8",
    )
    extract(
        report, "--outlet", '<b onload="x">', "--published-at", "2031-05-10", "--format", "html"
    )
    page = capsys.readouterr().out

    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more." in page
    assert "&lt;b onload=&quot;x&quot;&gt;" in page
    assert "<script" not in page
    assert "<mark>61 Bordurian servicemen<sup>1</sup></mark>" in page
    assert "Colonel Sponsz<sup>1</sup></mark>" in page
    assert "default-src 'none'" in page
    assert "\x1b" not in page
    assert "\u202e" not in page
