"""Who may replace whose word: corrections and retractions by others, in circles, of what is not there."""

import itertools

import pytest

from services.ledgers import load_ledger
from tests.builders import SOURCE, taken_back
from tests.reconciliation.given import (
    HEADQUARTERS,
    OTHER,
    OUTLET,
    PRESIDENT,
    TRUSTED,
    given,
    numbers,
    said,
)


UA_ALL = "2024-01-03:returned:UA:all"
HERS = {"source": SOURCE, "id": "hers"}


def in_any_order(*lines: bytes):
    return [given(*ordered) for ordered in itertools.permutations(lines)]


@pytest.mark.parametrize("reason", [None, "correction", "misattribution", "withdrawn"])
def test_another_publishers_outlet_corrects_nothing_that_an_official_said(
    reason: str | None,
) -> None:
    foreign = said("z", 5, source=OTHER, claimant=OUTLET, revises=HERS, reason=reason)

    for ledger in in_any_order(said("hers", 100), foreign):
        assert ledger.figure(UA_ALL).best == 100
        assert (ledger.claim("hers").state, ledger.claim("hers").reason) == ("active", None)
        assert ledger.claim("z").state == "active"
        assert ledger.claim("z").reason == "revises-other-publisher:hers"
        assert "z" in ledger.figure(UA_ALL).claims.disagreeing


def test_another_publisher_does_not_correct_the_same_speaker_either() -> None:
    foreign = said("z", 5, source=OTHER, revises=HERS, time="2024-01-03T09:00:00Z")

    ledger = given(said("hers", 100), foreign)

    assert numbers(ledger.figure(UA_ALL))[1] == 100
    assert ledger.claim("hers").state == "active"


def test_a_trusted_publisher_corrects_the_same_speaker() -> None:
    trusted = said("z", 95, source=TRUSTED, revises=HERS, time="2024-01-03T09:00:00Z")

    for ledger in in_any_order(said("hers", 100), trusted):
        assert numbers(ledger.figure(UA_ALL)) == (95, 95, 95, "single_source")
        assert ledger.claim("hers").reason == "revised-by:z"


def test_a_trusted_publisher_corrects_no_other_speaker() -> None:
    ledger = given(said("hers", 100), said("z", 5, source=TRUSTED, claimant=OUTLET, revises=HERS))

    assert ledger.figure(UA_ALL).best == 100
    assert ledger.claim("z").reason == "revises-other-speaker:hers"


def test_no_publisher_is_trusted_unless_the_ledgers_file_says_so() -> None:
    assert load_ledger("rus-ukr").trusted_publishers == ()


@pytest.mark.parametrize("claimant", [OUTLET, PRESIDENT, HEADQUARTERS])
def test_a_publisher_replaces_no_ones_word_with_anothers(claimant: dict[str, str]) -> None:
    ledger = given(said("hers", 100), said("z", 5, claimant=claimant, revises="hers"))

    assert ledger.claim("hers").state == "active"
    assert ledger.claim("z").state == "active"
    assert ledger.claim("z").reason == "revises-other-speaker:hers"


def test_a_publisher_that_named_the_wrong_speaker_names_another() -> None:
    second = said("z", 100, claimant=HEADQUARTERS, revises="hers", reason="misattribution")

    ledger = given(said("hers", 100), second)

    assert ledger.claim("hers").reason == "revised-by:z"
    assert ledger.figure(UA_ALL).voices == 1


def test_a_correction_names_its_speaker_in_any_spelling() -> None:
    name = {"name": "DMYTRO\u00a0LUBINETS", "party": "UA", "role": "ombudsman"}

    ledger = given(said("hers", 100), said("z", 95, claimant=name, revises="hers"))

    assert ledger.claim("hers").reason == "revised-by:z"


def test_a_correction_without_effect_is_no_cause_of_a_figure() -> None:
    later = "2024-01-03T20:00:00Z"

    ledger = given(said("hers", 100), said("z", 100, source=OTHER, revises=HERS, time=later))

    assert ledger.figure(UA_ALL).cause != "correction"


def test_another_publisher_takes_nothing_back() -> None:
    foreign = taken_back("hers", source=OTHER, of=SOURCE)

    for ledger in in_any_order(said("hers", 100), foreign):
        assert numbers(ledger.figure(UA_ALL)) == (100, 100, 100, "single_source")
        assert ledger.claim("hers").state == "active"
        assert ledger.claim("hers").reason == f"retracted-by-other:{OTHER}"


@pytest.mark.parametrize("publisher", [SOURCE, TRUSTED])
def test_its_own_publisher_and_a_trusted_one_take_a_claim_back(publisher: str) -> None:
    for ledger in in_any_order(said("hers", 100), taken_back("hers", source=publisher, of=SOURCE)):
        assert ledger.claim("hers").state == "retracted"
        assert not ledger.has(UA_ALL)


def test_of_two_that_correct_each_other_the_last_said_stands() -> None:
    first = said("a1", 100, revises="a2", time="2024-01-03T12:00:00Z")
    second = said("a2", 95, revises="a1", time="2024-01-03T15:00:00Z")

    for ledger in in_any_order(first, second):
        assert numbers(ledger.figure(UA_ALL)) == (95, 95, 95, "single_source")
        assert ledger.claim("a1").reason == "revised-by:a2"
        assert ledger.claim("a2").reason == "revises-in-a-circle:a1, a2"


@pytest.mark.parametrize("count", [3, 4, 5, 14])
def test_of_a_circle_the_last_said_stands_and_names_all(count: int) -> None:
    ring = [
        said(
            f"a{number:02}",
            100 - number,
            revises=f"a{(number + 1) % count:02}",
            time=f"2024-01-03T12:{number:02}:00Z",
        )
        for number in range(count)
    ]

    for lines in (ring, ring[::-1], ring[1:] + ring[:1]):
        ledger = given(*lines)
        last = f"a{count - 1:02}"
        assert ledger.figure(UA_ALL).best == 100 - (count - 1)
        assert ledger.claim(last).state == "active"
        reason = ledger.claim(last).reason or ""
        assert reason.startswith("revises-in-a-circle:a00, a01, ")
        assert reason.endswith(" and 2 more" if count == 14 else last)
        states = [ledger.claim(f"a{number:02}").state for number in range(count - 1)]
        assert set(states) == {"superseded"}


def test_a_circle_said_in_one_instant_leaves_one_claim_standing() -> None:
    ring = [said(f"a{number}", 90 + number, revises=f"a{(number + 1) % 3}") for number in range(3)]

    for ledger in in_any_order(*ring):
        assert [ledger.claim(f"a{number}").state for number in range(3)] == [
            "superseded",
            "superseded",
            "active",
        ]


def test_a_circle_from_which_one_is_taken_back_is_a_chain() -> None:
    ring = [
        said(
            f"a{number}",
            90 + number,
            revises=f"a{(number + 1) % 3}",
            time=f"2024-01-03T1{number}:00:00Z",
        )
        for number in range(3)
    ]

    for ledger in in_any_order(*ring, taken_back("a2")):
        # a1 revises what was taken back, and a0 revises a1.
        assert [ledger.claim(f"a{number}").state for number in range(3)] == [
            "active",
            "superseded",
            "retracted",
        ]


def test_a_correction_from_outside_replaces_a_circle() -> None:
    ledger = given(
        said("a1", 100, revises="a2", time="2024-01-03T12:00:00Z"),
        said("a2", 95, revises="a1", time="2024-01-03T15:00:00Z"),
        said("b", 90, revises="a2", time="2024-01-03T16:00:00Z"),
    )

    assert numbers(ledger.figure(UA_ALL)) == (90, 90, 90, "single_source")


def test_no_circle_is_closed_by_another_publisher() -> None:
    ledger = given(
        said("hers", 95, revises={"source": OTHER, "id": "z"}),
        said("z", 100, source=OTHER, revises=HERS, time="2024-01-03T12:00:00Z"),
    )

    assert ledger.claim("hers").state == "active"
    assert ledger.claim("hers").reason == "revises-other-publisher:z"
    assert ledger.claim("z").reason in ("revises-other-publisher:hers", "restated-by-later:hers")


def test_a_claim_that_says_it_revises_itself_stands() -> None:
    ledger = given(said("a", 100, revises="a"))

    assert numbers(ledger.figure(UA_ALL))[:3] == (100, 100, 100)
    assert ledger.claim("a").reason == "revises-in-a-circle:a"


def test_a_correction_of_a_claim_that_is_not_there_waits_for_it() -> None:
    early = said("b", 95, revises="a")

    waiting = given(early)
    assert numbers(waiting.figure(UA_ALL))[:3] == (95, 95, 95)
    assert (waiting.claim("b").state, waiting.claim("b").reason) == ("active", "revises-unknown:a")

    arrived = given(early, said("a", 100))
    assert (arrived.claim("b").state, arrived.claim("b").reason) == ("active", None)
    assert arrived.claim("a").reason == "revised-by:b"


def test_a_note_on_a_revision_explains_no_difference() -> None:
    ledger = given(said("a", 100), said("b", 70, claimant=PRESIDENT, revises="gone"))

    assert ledger.claim("b").reason == "revises-unknown:gone"
    assert ledger.figure(UA_ALL).claims.disagreeing == ("b",)
