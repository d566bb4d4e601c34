"""What the names of sides, mediators and offices give; the states here are in no labelled set."""

from datetime import date

import pytest

from schemas.ledger import LedgerConfiguration, LedgerMediator, LedgerOffice, Party, Side
from schemas.words import Words
from services.extraction.drafts import extract
from services.extraction.given_words import words_given
from services.extraction.office_words import office_words
from services.extraction.report import Report
from services.extraction.states import StateWords, state_in
from tests.extraction.made_up import told


def side(code: str, name: str, **words: Words) -> Side:
    return Side.model_validate({"code": code, "name": name, "competent_roles": ("mod",), **words})


def ledger(
    *sides: Side, parties: tuple[Party, ...] = (), mediators: tuple[LedgerMediator, ...] = ()
) -> LedgerConfiguration:
    return LedgerConfiguration(
        name="a-b", title="A", policy="latest", sides=sides, parties=parties, mediators=mediators
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Mongolia", ("Mongolia", ("Ulaanbaatar",), ("Mongolian",))),
        ("Kingdom of Bhutan", ("Bhutan", ("Thimphu",), ("Bhutanese",))),
        ("Government of Ecuador and its allies", ("Ecuador", ("Quito",), ("Ecuadorean",))),
        ("the transitional government of Gabon", ("Gabon", ("Libreville",), ("Gabonese",))),
        ("Zambian state", ("Zambia", ("Lusaka",), ("Zambian",))),
        ("Paraguay (the north)", ("Paraguay", ("Asunción", "Asuncion"), ("Paraguayan",))),
        ("Trinidad and Tobago", ("Trinidad and Tobago", ("Port of Spain",), ("Trinidadian",))),
        ("Kyrgyzstan", ("Kyrgyzstan", ("Bishkek",), ("Kyrgyz",))),
        # "Male" and "Sofia" are other words too
        ("Maldives", ("Maldives", (), ("Maldivan",))),
        ("Bulgaria", ("Bulgaria", (), ("Bulgarian",))),
    ],
)
def test_a_name_names_a_state(name: str, words: tuple[str, tuple[str, ...], tuple[str, ...]]):
    assert state_in(name) == StateWords(*words)


@pytest.mark.parametrize(
    "name",
    [
        "Front for the Liberation of Bhutan",
        "Bhutan Tigers",
        "Islamic State of Gabon",
        "MN",
        "",
        "the ",
    ],
)
def test_a_movement_is_no_state(name: str):
    assert state_in(name) is None


def given(bodies: LedgerConfiguration, code: str) -> set[str]:
    return {one.word for one in words_given(bodies) if one.code == code}


def test_a_name_in_a_name_is_one():
    bodies = ledger(
        side("TF", "Tigers of the North (Rurits)"), side("AF", "Arl Front and its wing (AF)")
    )

    assert given(bodies, "TF") == {"Tigers of the North", "Rurits", "Rurit"}
    assert given(bodies, "AF") == {"Arl Front", "AF"}


def test_a_word_of_two_is_given_to_none():
    congo = ledger(
        side("CG", "Republic of the Congo"), side("CD", "Democratic Republic of the Congo")
    )

    assert given(congo, "CG") == {"Brazzaville"}
    assert "Congolese" not in given(congo, "CD")


@pytest.mark.parametrize(
    "front",
    [
        side("FR", "Front", mentions={"en": ("Gaborone",)}, people={"en": ("Motswana rebels",)}),
        side("FR", "Motswana Front of Gaborone"),
    ],
)
def test_a_word_that_another_side_has_in_the_file_is_given_to_none(front: Side):
    assert given(ledger(side("BW", "Botswana"), front), "BW") == {"Botswana", "Botswanas"}


def test_a_party_keeps_its_words_from_others_and_has_none_itself():
    bodies = ledger(
        side("GA", "Gabon"),
        side("FR", "Front"),
        parties=(
            Party(code="LI", name="Government of Libreville"),
            Party(code="MN", name="Mongolia"),
        ),
        mediators=(LedgerMediator(code="BT", name="Bhutan"),),
    )

    assert given(bodies, "GA") == {"Gabon", "Gabons", "Gabonese"}
    assert given(bodies, "BT") == {"Bhutan", "Bhutans", "Bhutanese", "Thimphu"}
    assert not given(bodies, "MN")


def test_a_government_is_known_as_one_where_it_is_alone():
    front = side("FR", "Front")
    other = side("FR", "Government of National Salvation")

    assert "the government" in given(ledger(side("GA", "Government of Gabon"), front), "GA")
    assert "the government" not in given(ledger(side("GA", "Government of Gabon"), other), "GA")


def test_those_who_fight_a_state_are_rebels_and_its_side_is_the_government():
    report = Report(
        text="""The militants let 14 soldiers go on Friday.
The government held another 9 insurgents, the Red Cross said.""",
        published_at=date(2031, 5, 10),
    )
    bodies = ledger(side("GA", "Government of Gabon"), side("FR", "Front"))

    assert sorted(map(told, extract(report, bodies))) == [
        "held FR exact 9 media/outlet -",
        "returned GA exact 14 media/outlet 2031-05-09",
    ]


def test_an_office_is_known_by_less_than_its_name_and_by_who_speaks_for_it():
    offices = (
        LedgerOffice(code="council", name="National Museum Council"),
        LedgerOffice(code="commission", name="State Commission on Prisoners and Others"),
        LedgerOffice(code="relatives", name="relatives of prisoners"),
    )
    aliases = {
        "Ivan van Rood": "National Museum Council",
        "Rupert Hentzau": "National Museum Council",
    }
    bodies = ledger(side("MN", "Mongolia"), side("BT", "Bhutan")).model_copy(
        update={"offices": offices, "claimant_aliases": aliases}
    )

    assert list(office_words(bodies, "en")) == [
        ("National Museum Council", "council"),
        ("NMC", "council"),
        ("Rupert Hentzau", "council"),
        ("Hentzau", "council"),
        ("State Commission on Prisoners and Others", "commission"),
        ("State Commission", "commission"),
        ("relatives of prisoners", "relatives"),
    ]


def test_reports_of_states_are_read_by_their_capitals_and_demonyms():
    report = Report(
        text="""Ulaanbaatar let 12 soldiers go on Friday, and Thimphu freed 30.
Ten Mongolian herders are still in jail in Bhutan, the Mongolian defence ministry said.""",
        published_at=date(2031, 5, 10),
    )
    bodies = ledger(side("MN", "Mongolia"), side("BT", "Government of Bhutan"))

    assert sorted(map(told, extract(report, bodies))) == [
        "held MN exact 10 MN/mod -",
        "returned BT exact 12 media/outlet 2031-05-09",
        "returned MN exact 30 media/outlet 2031-05-09",
    ]


def test_words_of_the_file_stay():
    report = Report(
        text="Urga said 12 Mongols came home on Friday.", published_at=date(2031, 5, 10)
    )
    mongolia = side("MN", "Mongolia", mentions={"en": ("Urga",)}, demonyms={"en": ("Mongol",)})

    drafts = extract(report, ledger(mongolia, side("BT", "Bhutan")))

    assert list(map(told, drafts)) == ["returned MN exact 12 MN/other 2031-05-09"]
