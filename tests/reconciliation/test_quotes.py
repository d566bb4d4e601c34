"""A chain of quotes is one voice, of whoever spoke first."""

from tests.reconciliation.given import (
    HEADQUARTERS,
    MEDIATOR,
    OMBUDSMAN,
    OUTLET,
    given,
    said,
)


FIGURE = "2024-01-03:returned:UA:all"
OTHER_OUTLET = OUTLET | {"name": "Another outlet"}


def test_an_ombudsman_who_quotes_a_mediator_is_no_second_witness() -> None:
    ledger = given(
        said("first", 230, claimant=MEDIATOR),
        said("quote", 230, claimant=OMBUDSMAN, quoted_from="first"),
    )

    figure = ledger.figure(FIGURE)
    assert (figure.status, figure.voices, figure.camps) == ("single_source", 1, 1)
    assert ledger.claim("quote").voice == MEDIATOR["name"]
    assert ledger.claim("quote").camp == "mediator"


def test_without_the_quote_the_two_corroborate_each_other() -> None:
    ledger = given(said("first", 230, claimant=MEDIATOR), said("own", 230, claimant=OMBUDSMAN))

    assert ledger.figure(FIGURE).status == "corroborated"


def test_a_quote_of_a_quote_is_its_first_speakers_whatever_came_first() -> None:
    first = said("first", 230, claimant=MEDIATOR)
    second = said("second", 230, claimant=OMBUDSMAN, quoted_from="first")
    third = said("third", 230, claimant=HEADQUARTERS, quoted_from="second")

    for lines in ([first, second, third], [third, second, first], [third, first, second]):
        ledger = given(*lines)

        assert ledger.claim("third").voice == MEDIATOR["name"]
        assert ledger.figure(FIGURE).voices == 1


def test_quotes_that_lead_in_a_circle_are_said_and_speak_for_themselves() -> None:
    ledger = given(
        said("one", 230, claimant=OMBUDSMAN, quoted_from="two"),
        said("two", 231, claimant=HEADQUARTERS, quoted_from="one"),
    )

    for claim, speaker in (("one", OMBUDSMAN), ("two", HEADQUARTERS)):
        found = ledger.claim(claim)
        assert (found.state, found.reason) == ("active", "quotes-in-a-circle")
        assert found.voice == speaker["name"]


def test_a_claim_that_quotes_itself_is_a_circle() -> None:
    ledger = given(said("one", 230, quoted_from="one"))

    assert ledger.claim("one").reason == "quotes-in-a-circle"


def test_an_official_who_quotes_what_is_not_known_speaks_for_himself_and_it_is_said() -> None:
    ledger = given(said("one", 230, claimant=OMBUDSMAN, quoted_from="nobody-has-it"))

    found = ledger.claim("one")
    assert (found.voice, found.reason) == ("Dmytro Lubinets", "quotes-unknown:nobody-has-it")
    assert ledger.figure(FIGURE).best == 230


def test_outlets_that_copy_one_wire_are_one_voice() -> None:
    ledger = given(
        said("a", 230, claimant=OUTLET, quoted_from="A wire"),
        said("b", 230, claimant=OTHER_OUTLET, quoted_from="A wire"),
    )

    assert ledger.figure(FIGURE).voices == 1
    assert {ledger.claim(claim).voice for claim in "ab"} == {"A wire"}
