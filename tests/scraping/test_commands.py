"""`scrape` on the command line, Telegram's exports, and files of sources."""

import json
from datetime import date

import pytest

from services.cli.main import run
from services.scraping.feeds import items_of
from services.scraping.likeness import share_in_common, sketch_of
from services.scraping.telegram import messages_of
from tests.fetching.hostile_site import PARAGRAPHS, article, hostile_site


EXPORT = {
    "name": "A channel",
    "type": "public_channel",
    "messages": [
        {"id": 1, "type": "service", "date": "2031-05-09T08:00:00", "text": "created"},
        {"id": 2, "type": "message", "date": "2031-05-10T08:00:00", "text": "No prisoners today"},
        {
            "id": 3,
            "type": "message",
            "date": "2031-05-10T09:00:00",
            "text": ["Ottokar: ", {"type": "bold", "text": "57 prisoners"}, " came home"],
            "forwarded_from": "The Palace",
            "photo": {"deep": [[[]]]},
        },
        {"id": 4, "type": "message", "date": "", "text": ""},
        {"id": 5, "type": "message", "date": "2031-05-10T10:00:00", "text": "Sunny weather"},
    ],
}


def scrape(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        run(["scrape", *map(str, arguments)])
    return int(str(ended.value.code))


@pytest.fixture
def directory(tmp_path, monkeypatch):
    for name, value in {
        "DATA_DIR": str(tmp_path / "data"),
        "FETCH_PRIVATE": "127.0.0.1/32",
        "SCRAPE_HOST_SECONDS": "0",
    }.items():
        monkeypatch.setenv(f"LEDGER_{name}", value)
    (tmp_path / "result.json").write_text(json.dumps(EXPORT), encoding="utf-8")
    return tmp_path


def test_sources_are_read_once_and_what_waits_is_said(directory, capsys):
    file = directory / "sources.toml"
    with hostile_site() as site:
        site.hold("/statement", article(*PARAGRAPHS), ETag='"7"')
        file.write_text(
            f'[[pages]]\nurl = "{site.url}/statement"\noutlet = "Klow Herald"\n'
            '[[telegram]]\nfile = "result.json"\nchannel = "palace"\nwords = ["prisoner"]\nread_max = 1\n'
        )
        runs = []
        for _ in range(3):
            assert scrape(file, "--print") == 0
            printed = capsys.readouterr()
            runs.append([json.loads(line) for line in printed.out.splitlines()])

    assert [(one["outlet"], one.get("quoted_from")) for one in runs[0]] == [
        ("palace", None),
        ("Klow Herald", None),
    ]
    assert runs[0][1]["published_at"] == "2031-05-10"
    assert [(one["url"], one["quoted_from"]) for one in runs[1]] == [
        ("https://t.me/palace/3", "The Palace")
    ]
    assert runs[2] == []
    assert "result.json: 0 found, 0 read, 2 unchanged, 0 failed, 0 waiting" in printed.err
    assert "/statement: 0 found, 1 read, 1 unchanged" in printed.err


def test_an_edited_message_says_what_stood_there(directory, capsys):
    file = directory / "sources.toml"
    file.write_text('[[telegram]]\nfile = "result.json"\nchannel = "palace"\n')
    scrape(file, "--print")
    capsys.readouterr()
    export = json.loads(json.dumps(EXPORT))
    export["messages"][1]["text"] = "No prisoners yet"
    (directory / "result.json").write_text(json.dumps(export), encoding="utf-8")

    assert scrape(file, "--print") == 0
    (edited,) = capsys.readouterr().out.splitlines()
    assert json.loads(edited)["previous_text"] == "No prisoners today"


def test_without_a_server_reports_wait_for_the_next_run(directory, capsys):
    file = directory / "sources.toml"
    file.write_text('[[telegram]]\nfile = "result.json"\nchannel = "palace"\n')

    assert scrape(file) == 1
    assert "3 reports wait to be handed on" in capsys.readouterr().err
    file.write_text("")
    assert scrape(file, "--print") == 0
    assert len(capsys.readouterr().out.splitlines()) == 3


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[feeds]]\nurl = 'ftp://a'", "/feeds/0/url: String should match pattern"),
        ("[[feed]]\nurl = 'https://a.example/'", "/feed: expected no field of that name, found it"),
        ("[[telegram]]\nfile = 'x'\nchannel = '../x'", "/telegram/0/channel"),
        ("=", "expected a file of sources"),
    ],
)
def test_a_wrong_file_of_sources_is_one_line(directory, capsys, text, why):
    file = directory / "sources.toml"
    file.write_text(text)

    assert scrape(file) == 2
    assert why in capsys.readouterr().err


def test_a_source_that_cannot_be_read_ends_with_1_and_a_line(directory, capsys):
    file = directory / "sources.toml"
    (directory / "other.json").write_text('{"messages": 7}')
    file.write_text(
        '[[telegram]]\nfile = "nothing.json"\nchannel = "aaa"\n'
        '[[telegram]]\nfile = "other.json"\nchannel = "bbb"\n'
        '[[feeds]]\nurl = "http://127.0.0.2:1/feed"\n'
    )

    assert scrape(file, "--print") == 1
    said = capsys.readouterr().err
    assert "nothing.json: " in said
    assert "other.json: expected an exported channel" in said
    assert "127.0.0.2 is of a private network" in said
    assert scrape(file, "--failed") == 0


def test_messages_are_plain_and_those_without_text_are_left_out(directory):
    messages = messages_of(directory / "result.json")

    assert [one.number for one in messages] == [2, 3, 5]
    assert messages[1].text == "Ottokar: 57 prisoners came home"
    assert messages[1].published == date(2031, 5, 10)


def test_items_of_rss_and_atom_have_address_day_and_words():
    rss = (
        b"<rss version='2.0'><channel><item><title>A</title><link>/1#x</link>"
        b"<pubDate>Sat, 10 May 2031 08:00:00 GMT</pubDate></item>"
        b"<item><title>no link</title></item><item><link>javascript:1</link></item></channel></rss>"
    )
    atom = (
        b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>B</title>"
        b"<link href='https://b.example/2'/><summary>words</summary></entry></feed>"
    )

    (first,) = items_of(rss, url="https://a.example/feed")
    assert (first.url, first.published) == ("https://a.example/1", date(2031, 5, 10))
    (second,) = items_of(atom, url="https://a.example/feed")
    assert (second.url, second.words, second.published) == ("https://b.example/2", "B words", None)
    for nothing in (b"", b"<html><p>", b"\x89PNG", b"<item>" * 20_001):
        with pytest.raises(ValueError, match="expected a feed"):
            items_of(nothing, url="https://a.example/feed")


def test_a_copy_with_another_beginning_is_alike_and_another_text_is_not():
    words = [f"word{number}" for number in range(200)]
    text, copy = " ".join(words), " ".join(["As", "we", "learned", *words[20:]])

    assert share_in_common(sketch_of(text), sketch_of(copy)) > 0.5
    assert share_in_common(sketch_of(text), sketch_of(" ".join(reversed(words)))) == 0
    assert sketch_of("too short to be told") == frozenset()
