"""One speaker, one spelling: what no reader can tell apart is one name, outlet, category, code or page."""

import unicodedata

import pytest

from schemas.ledger import LedgerConfiguration
from services.ledgers import parse_ledger
from services.queries.replay import replay
from services.reconciliation.claims.canonical_text import canonical_text, canonical_url
from tests.builders import judged, reported
from tests.reconciliation.given import (
    HEADQUARTERS,
    MINISTRY,
    OMBUDSMAN,
    OUTLET,
    given,
    numbers,
    said,
)


UA_ALL = "2024-01-03:returned:UA:all"
NAME = "Żaneta O’Neill–Šimić"

#: How feeds spell one name.
SPELLINGS = {
    "no-break space": NAME.replace(" ", "\u00a0"),
    "narrow no-break space": NAME.replace(" ", "\u202f"),
    "thin space": NAME.replace(" ", "\u2009"),
    "ideographic space": NAME.replace(" ", "\u3000"),
    "line separator": NAME.replace(" ", "\u2028"),
    "two spaces": NAME.replace(" ", "  "),
    "spaces around": f" {NAME}\u00a0",
    "lower case": NAME.lower(),
    "capitals": NAME.upper(),
    "decomposed letters": unicodedata.normalize("NFD", NAME),
    "full-width letters": NAME.replace("Neill", "Ｎｅｉｌｌ"),
    "zero-width space": f"{NAME}\u200b",
    "zero-width joiner": NAME.replace("ll", "l\u200dl"),
    "byte order mark": f"\ufeff{NAME}",
    "soft hyphen": NAME.replace("ll", "l\u00adl"),
    "right-to-left mark": f"{NAME}\u200f",
    "isolates": f"\u2068{NAME}\u2069",
    "variation selector": f"{NAME}\ufe0f",
    "combining grapheme joiner": NAME.replace("ll", "l\u034fl"),
    "typewriter apostrophe": NAME.replace("’", "'"),
    "modifier apostrophe": NAME.replace("’", "\u02bc"),
    "backtick": NAME.replace("’", "`"),
    "hyphen": NAME.replace("–", "-"),
    "no-break hyphen": NAME.replace("–", "\u2011"),
    "em dash": NAME.replace("–", "—"),
    "in brackets whom it speaks through": f"{NAME} (via an outlet)",
    "full-width brackets": f"{NAME}（via an outlet）",
}


def speaking_as(name: str) -> dict[str, str]:
    return OMBUDSMAN | {"name": name}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_a_speaker_is_one_in_every_spelling_of_the_name(spelling: str) -> None:
    ledger = given(
        said("a1", 100, claimant=speaking_as(NAME), time="2024-01-03T12:00:00Z"),
        said("a2", 95, claimant=speaking_as(spelling), time="2024-01-03T15:00:00Z"),
    )

    assert numbers(ledger.figure(UA_ALL)) == (95, 95, 95, "single_source")
    assert ledger.figure(UA_ALL).voices == 1
    assert ledger.claim("a1").state == "superseded"
    # What was written is kept and shown.
    assert ledger.claim("a2").claimant.name == spelling


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_a_speaker_who_repeats_a_number_is_no_second_witness(spelling: str) -> None:
    ledger = given(
        said("a1", 100, claimant=speaking_as(NAME), time="2024-01-03T12:00:00Z"),
        said("a2", 100, claimant=speaking_as(spelling), time="2024-01-03T15:00:00Z"),
    )

    assert numbers(ledger.figure(UA_ALL)) == (100, 100, 100, "single_source")
    assert ledger.figure(UA_ALL).voices == 1


@pytest.mark.parametrize(
    "other",
    ["Zaneta O'Neill-Simic", "Żaneta O’Neill", "Żaneta O’Neill–Šimić Jr"],
    ids=["other letters", "shorter", "longer"],
)
def test_another_name_is_another_speaker(other: str) -> None:
    ledger = given(
        said("a1", 100, claimant=speaking_as(NAME)),
        said("a2", 95, claimant=speaking_as(other)),
    )

    assert ledger.figure(UA_ALL).voices == 2


def test_letters_of_another_alphabet_make_another_name() -> None:
    assert canonical_text("Corps") != canonical_text("Соrрs")


def test_a_speaker_is_shown_as_the_claim_first_said_spells_the_name() -> None:
    ledger = given(
        said("late", 100, claimant=speaking_as("SPEAKER S"), time="2024-01-03T15:00:00Z"),
        said("early", 100, claimant=speaking_as("Speaker S"), time="2024-01-03T12:00:00Z"),
    )

    assert ledger.claim("late").voice == ledger.claim("early").voice == "Speaker S"


def test_a_name_of_which_nothing_shows_is_still_a_name() -> None:
    ledger = given(said("a1", 100, claimant=speaking_as("\u200b")))

    assert ledger.figure(UA_ALL).best == 100
    assert canonical_text("\u200b") != canonical_text("\u200c")


@pytest.mark.parametrize(
    "spelling",
    ["site x", "SITE X", "Site\u00a0X", "Site  X", "Site X\u200f", "Ｓｉｔｅ Ｘ", " Site X"],
)
def test_an_outlet_has_one_vote_on_misquotes_in_every_spelling(spelling: str) -> None:
    at_noon = {"time": "2024-01-03T12:00:00Z"}
    ledger = given(
        said("r1", 100, reported_by="Wire One", **at_noon),
        said("r2", 100, reported_by="Wire Two", **at_noon),
        *(
            said(f"w{number}", 95, reported_by=outlet, **at_noon)
            for number, outlet in enumerate(["Site X", spelling, f"{spelling}\u200b"])
        ),
    )

    assert numbers(ledger.figure(UA_ALL)) == (100, 100, 100, "single_source")
    assert all(ledger.claim(f"w{number}").reason == "misquote:100" for number in range(3))


NEUTRAL = """
name = "rus-ukr"
title = "A ledger with one alias"
policy = "latest"

[[sides]]
code = "RU"
name = "Side R"
competent_roles = ["mod"]

[[sides]]
code = "UA"
name = "Side U"
competent_roles = ["ombudsman"]

[claimant_aliases]
"Spokesman\u2009S" = "Ministry M"

[category_aliases]
"Free Riders" = "military"
"""


def neutral() -> LedgerConfiguration:
    return parse_ledger(NEUTRAL, origin="a test")


@pytest.mark.parametrize(
    ("spokesman", "ministry"),
    [
        ("Spokesman\u00a0S", "Ministry M"),
        ("SPOKESMAN S", "ministry m"),
        ("Spokesman S\u200b (via a wire)", "Ministry\u202fM"),
    ],
)
def test_a_ledgers_alias_holds_for_every_spelling_of_both_names(
    spokesman: str, ministry: str
) -> None:
    lines = [
        said(
            "a1",
            100,
            side="RU",
            claimant=MINISTRY | {"name": ministry},
            time="2024-01-03T12:00:00Z",
        ),
        said(
            "a2",
            95,
            side="RU",
            claimant=MINISTRY | {"name": spokesman},
            time="2024-01-03T15:00:00Z",
        ),
    ]

    models = replay(lines, ledger=neutral()).read_models

    [figure] = [known for known in models.figures if known.measure == "returned"]
    assert (figure.low, figure.best, figure.high, figure.voices) == (95, 95, 95, 1)
    assert {claim.voice for claim in models.claims} == {"Ministry M"}


def test_two_outlets_that_name_one_wire_are_one_voice_however_they_spell_it() -> None:
    ledger = given(
        said("a1", 100, claimant=OUTLET, quoted_from="A Wire"),
        said("a2", 100, claimant=OUTLET | {"name": "Another"}, quoted_from="a\u00a0wire"),
    )

    assert ledger.figure(UA_ALL).voices == 1
    assert ledger.claim("a2").reason == "quotes-unknown:a\u00a0wire"


@pytest.mark.parametrize(
    "spelling", ["Military", "MILITARY", "military ", "mili\u00adtary", "ｍilitary"]
)
def test_a_category_is_one_figure_in_every_spelling(spelling: str) -> None:
    president = {"name": "President R", "party": "RU", "role": "president"}
    ledger = given(
        said("a1", 100, side="RU", category=spelling, claimant=MINISTRY),
        said("a2", 95, side="RU", category="military", claimant=president),
    )

    figure = ledger.figure("2024-01-03:returned:RU:military")
    assert (figure.low, figure.best, figure.high) == (95, 100, 100)
    assert ledger.claim("a1").category == spelling
    assert [known.category for known in ledger.models.figures if known.measure == "returned"] == [
        "military"
    ]


def test_free_words_for_a_category_make_one_figure_in_their_canonical_spelling() -> None:
    ledger = given(
        said("a1", 7, category="Wounded\u00a0Women"),
        said("a2", 7, category="wounded women", claimant=HEADQUARTERS),
    )

    assert ledger.figure("2024-01-03:returned:UA:wounded women").voices == 2


def test_a_category_that_the_ledgers_file_names_is_spelled_as_there() -> None:
    lines = [said("a1", 7, category="FREE  riders")]

    models = replay(lines, ledger=neutral()).read_models

    assert "2024-01-03:returned:UA:Free Riders" in {figure.id for figure in models.figures}


def test_who_is_counted_stays_open_in_every_spelling() -> None:
    ledger = given(
        said("a1", 100),
        said("a2", 100, category="Prisoners\u00a0of War", claimant=OUTLET),
    )

    assert ledger.claim("a2").figure == UA_ALL


def test_bodies_are_no_return_however_the_word_is_spelled() -> None:
    ledger = given(said("a1", 7, category="BO\u00adDIES of soldiers"))

    assert ledger.claim("a1").reason == "bodies-are-not-counted"


def test_a_figure_is_pinned_in_every_spelling_of_its_category() -> None:
    figure = "2024-01-03:returned:UA:Women"
    pin = judged("pin", figure=figure, low=5, best=5, high=5)
    ledger = given(said("a1", 7, category="women"), pin)

    assert ledger.figure("2024-01-03:returned:UA:women").best == 5
    assert not ledger.has(figure)


@pytest.mark.parametrize(
    ("stated", "meant"),
    [
        (["AE", "ae", "AE "], ("AE",)),
        (["icrc", "ICRC\u200b"], ("ICRC",)),
        (["ＡＥ", "tr"], ("AE", "TR")),
    ],
)
def test_a_mediator_is_one_code_in_every_spelling(
    stated: list[str], meant: tuple[str, ...]
) -> None:
    ledger = given(said("a1", 100, mediators=stated))

    assert ledger.exchange("2024-01-03").mediators == meant


PAGE = "https://news.example/a/1"
SAME_PAGE = [
    "https://news.example/a/1?utm_source=tg",
    "https://news.example/a/1?utm_medium=social&utm_campaign=a&fbclid=IwAR0",
    "https://news.example/a/1?gclid=1&yclid=2&igshid=3&mc_cid=4&ref=home",
    "http://news.example/a/1",
    "https://www.news.example/a/1",
    "https://news.example/a/1/",
    "https://news.example/a/1#comments",
    "https://news.example:443/a/1",
    "http://news.example:80/a/1",
    "HTTPS://News.Example/a/1",
    "https://news.example/%61/1",
    "news.example/a/1",
    " https://news.example/a/1",
    "https://news.example/a/1\u200b",
    "https://news.example/a/1?",
]


@pytest.mark.parametrize("url", SAME_PAGE)
def test_a_report_is_one_page_in_every_spelling_of_its_address(url: str) -> None:
    outlet = {"name": "News N", "party": "media", "role": "outlet"}
    ledger = given(
        said("d1", 100, url=PAGE),
        reported(
            "u",
            value=7,
            category="civilian",
            claimant=outlet,
            exchange={"date": None},
            published_at=None,
            time=None,
            url=url,
        ),
    )

    assert ledger.claim("u").exchange == "2024-01-03"
    assert ledger.claim("u").evidence == "same-report"
    assert ledger.figure("2024-01-03:returned:UA:civilian").best == 7
    assert ledger.claim("u").url == url


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://news.example/?id=7&lang=uk", "https://news.example/?lang=uk&id=7"),
        ("https://news.example/?id=7&amp;lang=uk", "https://news.example/?lang=uk&id=7"),
        ("https://news.example/обмін", "https://news.example/%d0%BE%D0%B1%D0%BC%D1%96%D0%BD"),
        ("https://новини.example/1", "https://xn--b1amarcd.example/1"),
        ("https://news.example/a%2db?q=%7e", "https://news.example/a-b?q=~"),
    ],
)
def test_addresses_of_one_page_are_one(one: str, other: str) -> None:
    assert canonical_url(one) == canonical_url(other)


@pytest.mark.parametrize(
    "other",
    [
        "https://news.example/a/2",
        "https://news.example/A/1",
        "https://news.example/a/1?id=2",
        "https://news.example:8080/a/1",
        "https://m.news.example/a/1",
        "https://news.example/a%2F1",
        "ftp://news.example/a/1",
        "urn:news:1",
        "https://[news",
    ],
)
def test_addresses_of_other_pages_stay_apart(other: str) -> None:
    assert canonical_url(other) != canonical_url(PAGE)


@pytest.mark.parametrize(
    "wording",
    [
        "230 людей",
        "230\u00a0людей",
        "230\u2009людей",
        "２３０ людей",
        unicodedata.normalize("NFD", "230 людей"),
    ],
)
def test_a_number_in_another_spelling_of_the_wording_makes_no_second_speaker(wording: str) -> None:
    ledger = given(said("a1", 230, wording="230 людей"), said("a2", 230, wording=wording))

    assert numbers(ledger.figure(UA_ALL)) == (230, 230, 230, "single_source")
    assert ledger.figure(UA_ALL).voices == 1
    assert ledger.claim("a2").wording == wording
