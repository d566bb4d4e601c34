"""Numbers that counters give exchanges, and lists that leave their whole."""

from typing import Any

import pytest

from tests.builders import reported
from tests.reconciliation.given import (
    HEADQUARTERS,
    MINISTRY,
    OMBUDSMAN,
    OUTLET,
    PRESIDENT,
    Ledger,
    given,
    numbers,
    on,
    said,
    undated,
)


def numbered(*pairs: tuple[str, int], **more: Any) -> Ledger:
    """Ten people on each day, with the number that the ombudsman gives the exchange."""
    return given(*(said(day, 10, **on(day, ordinal=number), **more) for day, number in pairs))


def failed(ledger: Ledger) -> dict[str | None, str]:
    """The exchanges whose number fails, and why."""
    return {
        check.exchange: check.explanations[0].code
        for check in ledger.models.checks
        if check.kind == "ordinal" and check.result == "fail"
    }


@pytest.mark.parametrize(
    ("given_numbers", "wrong"),
    [
        ((1, 2, 5, 3, 4), 2),
        ((60, 61, 51, 62, 63), 2),
        ((60, 61, 62, 36, 64), 3),
        ((10, 11, 99, 12, 13), 2),
    ],
)
def test_a_number_out_of_order_fails_wherever_it_is_stated(
    given_numbers: tuple[int, ...], wrong: int
) -> None:
    days = [f"2031-0{month}-01" for month in range(3, 8)]

    ledger = numbered(*zip(days, given_numbers, strict=True))

    assert failed(ledger) == {days[wrong]: "ordinals-out-of-order"}


@pytest.mark.parametrize("side", ["UA", "RU"])
def test_numbers_in_order_pass_and_gaps_are_an_incomplete_ledger(side: str) -> None:
    speaker = OMBUDSMAN if side == "UA" else MINISTRY
    ledger = numbered(
        ("2031-03-01", 1), ("2031-04-01", 2), ("2031-05-01", 5), side=side, claimant=speaker
    )

    assert failed(ledger) == {}
    results = [check.result for check in ledger.models.checks if check.kind == "ordinal"]
    assert sorted(results) == ["pass", "pass", "within"]


def test_one_number_on_two_exchanges_fails_where_reports_of_people_state_it() -> None:
    ledger = numbered(("2031-03-01", 7), ("2031-05-01", 7))

    assert set(failed(ledger).values()) == {"ordinal-used-twice"}


@pytest.mark.parametrize(
    ("counts", "sum_of_day"), [([50, 60], 110), ([50, 60, 20], 130), ([60, 50], 110)]
)
@pytest.mark.parametrize("side", ["UA", "RU"])
def test_what_a_speaker_numbers_apart_on_one_day_is_added(
    counts: list[int], sum_of_day: int, side: str
) -> None:
    speaker = OMBUDSMAN if side == "UA" else MINISTRY
    ledger = given(
        *(
            said(
                f"c{number}",
                count,
                side=side,
                claimant=speaker,
                **on("2031-05-10", ordinal=61 + number) | {"time": f"2031-05-10T1{number}:00:00Z"},
            )
            for number, count in enumerate(counts)
        )
    )

    figure = ledger.figure(f"2031-05-10:returned:{side}:all")
    assert numbers(figure)[:3] == (sum_of_day, sum_of_day, sum_of_day)
    assert {claim.state for claim in ledger.models.claims} == {"active"}
    assert {claim.reason for claim in ledger.models.claims} == {"one-of-several-that-day"}
    assert ledger.total(side, "2031-05-10").best == sum_of_day


def test_a_later_number_of_the_same_exchange_is_a_correction() -> None:
    ledger = given(
        said("a", 50, **on("2031-05-10", ordinal=61) | {"time": "2031-05-10T09:00:00Z"}),
        said("b", 60, **on("2031-05-10", ordinal=61) | {"time": "2031-05-10T18:00:00Z"}),
    )

    assert numbers(ledger.figure("2031-05-10:returned:UA:all"))[:3] == (60, 60, 60)


TWO_NUMBERED = [
    said("sixtieth", 50, **on("2031-05-10", ordinal=60)),
    said("next", 60, **on("2031-06-10", ordinal=61)),
]


@pytest.mark.parametrize("day", ["2031-06-10", "2031-06-11"], ids=["that day", "the day after"])
@pytest.mark.parametrize("speaker", [OMBUDSMAN, PRESIDENT, OUTLET])
@pytest.mark.parametrize(
    "quantity", [{}, {"bound": "at_least", "value": 55}], ids=["its number", "a least number"]
)
def test_a_number_one_off_rewrites_no_older_exchange(
    day: str, speaker: dict[str, str], quantity: dict[str, Any]
) -> None:
    told = {"value": 60} | quantity
    ledger = given(
        *TWO_NUMBERED, said("told", claimant=speaker, **undated(day, ordinal=60), **told)
    )

    assert ledger.claim("told").exchange == "2031-06-10"
    assert numbers(ledger.figure("2031-05-10:returned:UA:all"))[:3] == (50, 50, 50)
    assert ledger.figure("2031-06-10:returned:UA:all").best == 60


def test_a_number_and_a_count_that_agree_on_the_older_exchange_mean_it() -> None:
    ledger = given(
        *TWO_NUMBERED, said("told", 50, claimant=PRESIDENT, **undated("2031-06-10", ordinal=60))
    )

    told = ledger.claim("told")
    assert (told.exchange, told.evidence) == ("2031-05-10", "stated-ordinal")


@pytest.mark.parametrize(
    ("bound", "value", "expected"),
    [("at_least", 150, (150, None)), ("more_than", 120, (121, None)), ("exact", 110, (110, 110))],
)
def test_a_speakers_later_word_that_rules_out_the_earlier_replaces_it(
    bound: str, value: int, expected: tuple[int, int | None]
) -> None:
    ledger = given(
        said("first", 100, **on("2031-05-10")),
        said("later", value, bound=bound, **on("2031-05-10") | {"time": "2031-05-12T18:00:00Z"}),
    )

    figure = ledger.figure("2031-05-10:returned:UA:all")
    assert (figure.low, figure.high) == expected
    assert ledger.claim("first").state == "superseded"
    assert ledger.claim("later").state == "active"


def test_a_later_vaguer_word_beside_an_exact_one_is_a_contradiction_and_no_misquote() -> None:
    ledger = given(
        said("first", 100, **on("2031-05-10")),
        said(
            "later",
            150,
            bound="about",
            **on("2031-05-10") | {"time": "2031-05-12T18:00:00Z"},
        ),
    )

    figure = ledger.figure("2031-05-10:returned:UA:all")
    assert figure.status == "self_contradicted"
    assert figure.high is not None
    assert figure.high >= 150
    assert ledger.claim("later").state == "active"


def test_a_later_floor_below_the_earlier_number_restates_it() -> None:
    ledger = given(
        said("first", 100, **on("2031-05-10")),
        said("later", 90, bound="at_least", **on("2031-05-10") | {"time": "2031-05-12T18:00:00Z"}),
    )

    assert numbers(ledger.figure("2031-05-10:returned:UA:all"))[:3] == (100, 100, 100)
    assert ledger.claim("first").state == "active"


@pytest.mark.parametrize("speaker", [OMBUDSMAN, HEADQUARTERS, OUTLET])
@pytest.mark.parametrize("category", ["seriously wounded", "women", "officers"])
def test_a_part_above_its_whole_is_a_failed_check_on_the_part(
    speaker: dict[str, str], category: str
) -> None:
    ledger = given(
        said("whole", 100, **on("2031-05-10")),
        said("part", 140, category=category, claimant=speaker, **on("2031-05-10")),
    )

    check = ledger.check_of("part")
    assert (check.kind, check.result, check.diff) == ("breakdown", "fail", 40)
    assert check.explanations[0].code == "part-above-whole"
    assert ledger.figure("2031-05-10:returned:UA:all").best == 100


@pytest.mark.parametrize(
    ("bound", "part"), [("exact", 100), ("at_least", 140)], ids=["all of them", "an open whole"]
)
def test_a_part_that_its_whole_allows_fails_no_check(bound: str, part: int) -> None:
    ledger = given(
        said("whole", 100, bound=bound, **on("2031-05-10")),
        said("part", part, category="women", **on("2031-05-10")),
    )

    assert ledger.models.checks == ()
    assert ledger.figure("2031-05-10:returned:UA:all").low >= part


def ordinal(claim_id: str, number: int, side: str, day: str, **more: Any) -> bytes:
    """An outlet that says of a day the how manieth release of a side's people it was."""
    return said(
        claim_id,
        number,
        measure="exchange_ordinal",
        unit="exchanges",
        side=side,
        claimant=OUTLET,
        **on(day, **more),
    )


RELEASES = [
    said("u1", 10, claimant=MINISTRY, **on("2031-05-10")),
    said("u2", 10, claimant=MINISTRY, **on("2031-05-12")),
    said("r1", 9, side="RU", claimant=PRESIDENT, **on("2031-05-20")),
    said("u3", 10, claimant=MINISTRY, **on("2031-06-02")),
]


def test_who_counts_one_sides_releases_is_no_counter_of_the_others() -> None:
    ledger = given(
        *RELEASES,
        ordinal("third", 3, "UA", "2031-06-02"),
        ordinal("first", 1, "RU", "2031-05-20"),
    )

    found = [ledger.check_of(claim) for claim in ("third", "first")]
    assert [(check.result, check.expected, check.got) for check in found] == [
        ("pass", 3, 3),
        ("pass", 1, 1),
    ]
    [given_to] = ledger.exchange("2031-05-20").ordinals
    assert given_to.counter != ledger.exchange("2031-06-02").ordinals[0].counter


def test_the_first_return_to_a_side_is_tested_on_its_own_returns() -> None:
    first: dict[str, Any] = {
        "measure": "first_since",
        "quantity": None,
        "unit": None,
        "wording": "first for years",
    }
    ledger = given(
        *RELEASES,
        reported("first", side="RU", **first, **on("2031-05-20")),
        reported("not first", side="UA", **first, **on("2031-06-02")),
        reported("of all", side="both", **first, **on("2031-05-20")),
        said("nobody", 0, side="RU", **on("2031-05-12")),
    )

    assert ledger.check_of("first").result == "untestable"
    assert ledger.check_of("not first").result == "fail"
    assert ledger.check_of("of all").result == "fail"


# Counters that began anew.


@pytest.mark.parametrize(
    ("latest", "expected"), [(2, "2031-05-20"), (1, "2030-02-03")], ids=["the next", "not the next"]
)
def test_the_number_after_one_that_was_given_since_is_of_the_new_count(
    latest: int, expected: str
) -> None:
    told = {"measure": "exchange_ordinal", "side": "both", "claimant": OUTLET}
    ledger = given(
        said("first", 30, **on("2030-02-03")),
        said("old", 3, **told, **on("2030-02-03", ordinal=3)),
        said("second", 40, **on("2031-05-13")),
        said("latest", latest, **told, **on("2031-05-13", ordinal=latest)),
        said("third", 50, **on("2031-05-20")),
        said("new", 3, **told, **undated("2031-05-20", ordinal=3)),
    )

    assert ledger.claim("new").exchange == expected
