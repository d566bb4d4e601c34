"""A side or mediator that is a state has its capital and demonym; the states here are in no labelled set."""

from datetime import date

import pytest

from schemas.ledger import LedgerConfiguration, LedgerMediator, Party, Side
from schemas.words import Words
from services.extraction.drafts import extract
from services.extraction.report import Report
from services.extraction.states import StateWords, state_in, words_of_states
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
        ("Mongolia", StateWords(("Ulaanbaatar",), ("Mongolian",))),
        ("Kingdom of Bhutan", StateWords(("Thimphu",), ("Bhutanese",))),
        ("Government of Ecuador and its allies", StateWords(("Quito",), ("Ecuadorean",))),
        ("the transitional government of Gabon", StateWords(("Libreville",), ("Gabonese",))),
        ("Zambian state", StateWords(("Lusaka",), ("Zambian",))),
        ("Paraguay (the north)", StateWords(("Asunción", "Asuncion"), ("Paraguayan",))),
        ("Trinidad and Tobago", StateWords(("Port of Spain",), ("Trinidadian",))),
        ("Kyrgyzstan", StateWords(("Bishkek",), ("Kyrgyz",))),
        # "Male" and "Sofia" are other words too
        ("Maldives", StateWords((), ("Maldivan",))),
        ("Bulgaria", StateWords((), ("Bulgarian",))),
    ],
)
def test_a_name_names_a_state(name: str, words: StateWords):
    assert state_in(name) == words


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


def test_a_word_of_two_is_given_to_none():
    congo = side("CG", "Republic of the Congo"), side("CD", "Democratic Republic of the Congo")

    assert words_of_states(ledger(*congo)) == {
        "CG": StateWords(("Brazzaville",), ()),
        "CD": StateWords(("Kinshasa",), ()),
    }


@pytest.mark.parametrize(
    "front",
    [
        side(
            "FR", "Front", mentions={"en": ("Ulaanbaatar",)}, people={"en": ("Mongolian rebels",)}
        ),
        side("FR", "Mongolian Front of Ulaanbaatar"),
    ],
)
def test_a_word_that_another_side_has_in_the_file_is_given_to_none(front: Side):
    assert words_of_states(ledger(side("MN", "Mongolia"), front)) == {"MN": StateWords((), ())}


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

    assert words_of_states(bodies) == {
        "GA": StateWords((), ("Gabonese",)),
        "BT": StateWords(("Thimphu",), ("Bhutanese",)),
    }


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
