"""What a claim may say beside its number: months and years, counts so far, remains, all sides."""

from datetime import date
from typing import Any

import pytest

from services.log_events.facts import ClaimFact, decode_fact
from services.reconciliation.claims.interval import Interval
from services.reconciliation.claims.reading import ClaimReader, Reading
from services.reconciliation.claims.stated_days import StatedSpan
from services.reconciliation.policy import policy_of
from tests.builders import judged, recorded_claim
from tests.reconciliation.given import (
    LEDGER,
    MEDIATOR,
    MINISTRY,
    OMBUDSMAN,
    OUTLET,
    PRESIDENT,
    given,
    numbers,
    said,
)


READER = ClaimReader(LEDGER, policy_of(LEDGER.policy))


def read(**stated: Any) -> Reading:
    """A claim as the rules see it."""
    body = recorded_claim(1, **stated).model_dump_json(exclude_none=True).encode()
    fact = decode_fact(body)
    assert isinstance(fact, ClaimFact)
    return READER.read(fact.data, position=fact.position)


def of(day: str | None, **more: Any) -> dict[str, Any]:
    """An exchange of a day, a month or a year."""
    return {"exchange": {"date": day} | more}


@pytest.mark.parametrize(
    ("stated", "day", "span"),
    [
        ("2020-10-15", date(2020, 10, 15), None),
        ("2020-10", None, StatedSpan(date(2020, 10, 1), date(2020, 10, 31))),
        ("2020-12", None, StatedSpan(date(2020, 12, 1), date(2020, 12, 31))),
        ("2024-02", None, StatedSpan(date(2024, 2, 1), date(2024, 2, 29))),
        ("2020", None, StatedSpan(date(2020, 1, 1), date(2020, 12, 31))),
        ("0001", None, None),
        ("9999-12", None, None),
        (None, None, None),
    ],
)
def test_a_month_or_a_year_is_read_as_the_days_it_can_mean(stated, day, span):
    reading = read(**of(stated))

    assert (reading.stated_date, reading.stated_span) == (day, span)


@pytest.mark.parametrize("stated", ["2024-01", "2024", "2023-12"])
def test_a_claim_of_a_month_or_a_year_makes_no_exchange(stated):
    ledger = given(said("month", 230, **of(stated), published_at="2024-01-03"))

    assert ledger.models.exchanges == ()
    claim = ledger.claim("month")
    assert (claim.state, claim.reason) == ("excluded", "no-day-stated")
    assert claim.evidence == "stated-month-or-year"


def test_a_claim_of_a_month_changes_no_day_by_itself():
    day = said("day", 230, claimant=MINISTRY, side="RU")

    ledger = given(day, said("month", 1_056, claimant=MINISTRY, side="RU", **of("2024-01")))

    [figure] = ledger.models.figures
    assert (figure.id, *numbers(figure)[:3]) == ("2024-01-03:returned:RU:all", 230, 230, 230)


def test_the_end_of_an_operation_and_what_went_the_other_way_are_read():
    reading = read(**of("2025-05-23", until="2025-05-25", counterpart="none", third="QA"))

    assert reading.until == date(2025, 5, 25)
    assert (reading.counterpart, reading.third) == ("none", "QA")


@pytest.mark.parametrize(
    ("bound", "value", "floor"), [("exact", 70, 70), ("about", 100, 50), ("more_than", 70, 71)]
)
def test_a_count_so_far_is_a_least_number(bound, value, floor):
    reading = read(quantity={"bound": bound, "value": value, "so_far": True})

    assert reading.interval == Interval(floor, None)
    assert reading.is_so_far
    assert reading.counted is None


def test_whom_a_count_so_far_leaves_out_come_later():
    ledger = given(
        said("early", 0, quantity={"bound": "exact", "value": 70, "so_far": True}),
        said("outlet", 106, claimant=OUTLET),
    )

    assert numbers(ledger.figure("2024-01-03:returned:UA:all"))[:3] == (106, 106, 106)


def so_far(claim_id: str, value: int, hour: int) -> bytes:
    """A report of how many had come by an hour."""
    quantity = {"bound": "exact", "value": value, "so_far": True}
    return said(claim_id, value, quantity=quantity, time=f"2024-01-03T{hour:02}:00:00Z")


def test_any_later_word_of_the_speaker_replaces_a_count_so_far():
    ledger = given(
        *(so_far("first", 70, 9), so_far("second", 106, 11)),
        said("least", 0, quantity={"bound": "at_least", "value": 50}, time="2024-01-03T18:00:00Z"),
    )

    assert ledger.claim("first").reason == "restated-by-later:second"
    assert ledger.claim("second").reason == "restated-by-later:least"
    assert ledger.figure("2024-01-03:returned:UA:all").low == 50


def test_a_count_so_far_replaces_nothing_it_can_be_true_with():
    ledger = given(said("whole", 230, time="2024-01-03T08:00:00Z"), so_far("late", 106, 11))

    assert ledger.claim("whole").state == "active"
    assert numbers(ledger.figure("2024-01-03:returned:UA:all"))[:3] == (230, 230, 230)


@pytest.mark.parametrize("stated", ["both", "all_sides"])
def test_all_sides_are_both(stated):
    ledger = given(said("sum", 478, measure="exchanged_total", side=stated))

    assert ledger.claim("sum").side == "both"
    assert numbers(ledger.figure("2024-01-03:exchanged_total:both:all"))[:3] == (478, 478, 478)


def remains(claim_id: str, value: int, **more: Any) -> bytes:
    """A report that so many of the dead were handed over to Ukraine."""
    about = {"measure": "remains_returned", "category": "bodies", "unit": "bodies"}
    return said(claim_id, value, **(about | more))


def test_remains_are_a_figure_of_their_day_and_add_nothing_to_people():
    people = said("people", 230)
    dead = remains("dead", 1_212)
    ledger = given(people, dead, remains("again", 1_212, claimant=MINISTRY, category="military"))

    assert numbers(ledger.figure("2024-01-03:remains_returned:UA:all")) == (
        *(1_212, 1_212, 1_212),
        "corroborated",
    )
    assert ledger.figure("2024-01-03:returned:UA:all").best == 230
    assert [known.id for known in ledger.models.exchanges] == ["2024-01-03"]
    assert given(dead).models.exchanges == ()


def test_remains_in_all_are_a_figure_of_the_day_they_were_counted():
    in_all = remains(
        "in-all",
        15_000,
        measure="cumulative_remains_returned",
        period={"as_of": "2024-01-05"},
    )

    figure = given(in_all).figure("2024-01-05:cumulative_remains_returned:UA:all")

    assert numbers(figure) == (15_000, 15_000, 15_000, "single_source")


def test_remains_counted_from_another_day_are_no_part_of_those_handed_over_in_all():
    in_all = {"measure": "cumulative_remains_returned", "period": {"as_of": "2024-01-05"}}
    of_the_year = {
        "measure": "cumulative_remains_returned",
        "period": {"since": "2023-01-01", "as_of": "2024-01-05"},
    }

    ledger = given(remains("in-all", 15_000, **in_all), remains("window", 1_212, **of_the_year))

    figure = ledger.figure("2024-01-05:cumulative_remains_returned:UA:all")
    assert numbers(figure) == (15_000, 15_000, 15_000, "single_source")
    window = ledger.claim("window")
    assert (window.state, window.reason) == ("excluded", "counted-since-another-day")


def test_bodies_under_a_measure_of_people_are_counted_nowhere_as_before():
    ledger = given(said("dead", 501, category="bodies of fallen soldiers"))

    assert ledger.models.figures == ()
    assert ledger.claim("dead").reason == "bodies-are-not-counted"


def dead_among(claim_id: str, value: int, **more: Any) -> bytes:
    """A report that so many of those in a number were dead."""
    return said(claim_id, value, measure="breakdown", category="of_whom_dead", **more)


ALL = "2024-01-03:returned:UA:all"
DEAD = "2024-01-03:returned:UA:of_whom_dead"


def test_the_living_are_the_whole_less_the_dead_within_it():
    ledger = given(said("whole", 147), dead_among("dead", 8))

    assert numbers(ledger.figure(ALL)) == (139, 139, 139, "single_source")
    assert numbers(ledger.figure(DEAD)) == (8, 8, 8, "single_source")
    whole = ledger.claim("whole")
    assert (whole.low, whole.high, whole.reason) == (139, 139, "counts-the-dead:8")
    assert ledger.figure(ALL).claims.best == ("whole",)
    assert {figure.id for figure in ledger.models.figures} == {ALL, DEAD}


def test_who_repeats_the_number_counts_the_dead_too():
    ledger = given(
        said("whole", 147),
        dead_among("dead", 8),
        said("outlet", 147, claimant=OUTLET),
        said("other", 150, claimant=PRESIDENT),
    )

    assert ledger.figure(ALL).best == 139
    assert ledger.figure(ALL).claims.best == ("outlet", "whole")
    assert ledger.figure(ALL).claims.disagreeing == ("other",)


def test_who_counts_the_living_already_counts_no_dead():
    ledger = given(
        said("whole", 147), dead_among("dead", 8), said("living", 139, time="2024-01-04T10:00:00Z")
    )

    assert numbers(ledger.figure(ALL))[:3] == (139, 139, 139)
    assert ledger.claim("living").reason is None


@pytest.mark.parametrize(
    ("dead", "expected"),
    [
        ({"bound": "at_least", "value": 8}, (0, 139)),
        ({"bound": "range", "low": 5, "high": 8}, (139, 142)),
    ],
)
def test_dead_who_are_counted_inexactly_leave_the_living_open(dead, expected):
    ledger = given(said("whole", 147), dead_among("dead", 0, quantity=dead))

    figure = ledger.figure(ALL)
    assert (figure.low, figure.high) == expected


def test_the_dead_are_added_to_no_total():
    ledger = given(
        *(said("ua", 147), dead_among("dead", 8), said("ru", 150, side="RU", claimant=MINISTRY))
    )

    both = ledger.figure("2024-01-03:exchanged_total:both:all")
    assert numbers(both)[:3] == (289, 289, 289)


def test_an_operator_may_pin_the_dead():
    ledger = given(
        said("whole", 147), judged("pin", figure=DEAD, low=9, best=9, high=9), dead_among("dead", 8)
    )

    assert numbers(ledger.figure(DEAD))[:3] == (9, 9, 9)
    assert numbers(ledger.figure(ALL))[:3] == (139, 139, 139)


LET_GO = "2024-01-03"


@pytest.mark.parametrize("counterpart", ["none", "things"])
def test_a_release_for_nobody_or_for_things_is_one_sided(counterpart):
    release = said("release", 290, claimant=MEDIATOR, **of(LET_GO, counterpart=counterpart))

    assert given(release).exchange(LET_GO).status == "unilateral"


@pytest.mark.parametrize(
    ("speaker", "status"),
    [(OMBUDSMAN, "completed"), (MEDIATOR, "completed"), (OUTLET, "unilateral")],
)
def test_who_is_placed_as_well_and_says_that_people_were_got_is_believed(speaker, status):
    release = said("release", 290, claimant=MEDIATOR, **of(LET_GO, counterpart="none"))
    against = said("swap", 290, claimant=speaker, **of(LET_GO, counterpart="persons"))

    assert given(release, against).exchange(LET_GO).status == status
    assert given(against).exchange(LET_GO).status == "completed"


def test_what_was_planned_to_be_got_decides_nothing():
    release = said("release", 290)
    plan = said("plan", 290, modality="planned", **of(LET_GO, counterpart="none"))

    assert given(release, plan).exchange(LET_GO).status == "completed"


def test_an_exchange_in_which_both_sides_people_came_back_is_not_one_sided():
    ledger = given(
        said("ua", 230, **of(LET_GO, counterpart="none")),
        said("ru", 248, side="RU", claimant=MINISTRY),
    )

    assert ledger.exchange(LET_GO).status == "completed"


def to_third(claim_id: str, value: int, third: str, **more: Any) -> bytes:
    """A report that so many were set free to a third country."""
    return said(claim_id, value, **of(LET_GO, third=third), **more)


def test_who_is_set_free_to_a_third_country_came_back_to_no_side():
    ledger = given(
        said("returned", 205),
        said("ru", 56, side="RU", claimant=MINISTRY),
        to_third("foreigners", 10, "sa"),
        to_third("again", 10, "SA", claimant=OUTLET),
        to_third("commanders", 5, "TR", measure="breakdown", category="commanders"),
    )

    assert ledger.exchange(LET_GO).thirds == ("SA", "TR")
    assert numbers(ledger.figure(ALL)) == (205, 205, 205, "single_source")
    freed = ledger.figure("2024-01-03:freed_to_third:SA:all")
    assert (freed.best, freed.claims.best) == (10, ("again", "foreigners"))
    assert ledger.figure("2024-01-03:freed_to_third:TR:commanders").best == 5
    assert ledger.figure("2024-01-03:exchanged_total:both:all").best == 261


def test_people_set_free_to_a_third_country_make_an_exchange_that_took_place():
    ledger = given(to_third("freed", 16, "Federal  Republic: Germany", side=None))

    assert ledger.exchange(LET_GO).status == "completed"
    assert ledger.has("2024-01-03:freed_to_third:Federal Republic Germany:all")


def test_who_is_freed_to_a_third_country_does_not_make_a_release_two_sided():
    ledger = given(said("one", 10, **of(LET_GO, counterpart="none")), to_third("third", 5, "QA"))

    assert ledger.exchange(LET_GO).status == "unilateral"
