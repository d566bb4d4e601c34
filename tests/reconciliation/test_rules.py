"""The rules, on small ledgers: given these reports, this figure."""

from datetime import date
from typing import Any, get_args

import pytest

from schemas.claim import UNITS, Measure
from tests.builders import reported, taken_back
from tests.reconciliation.given import (
    HEADQUARTERS,
    MEDIATOR,
    MINISTRY,
    OMBUDSMAN,
    OUTLET,
    PRESIDENT,
    given,
    numbers,
    said,
    total,
)


UA_ALL = "2024-01-03:returned:UA:all"
UA_MILITARY = "2024-01-03:returned:UA:military"
RU_MILITARY = "2024-01-03:returned:RU:military"


def test_ten_outlets_quoting_one_speaker_are_one_voice():
    reports = [said(f"c{n}", 230, reported_by=f"Outlet {n}") for n in range(10)]

    figure = given(*reports).figure(UA_ALL)

    assert numbers(figure) == (230, 230, 230, "single_source")
    assert (figure.voices, figure.camps) == (1, 1)


def test_two_speakers_of_one_camp_are_consistent():
    figure = given(said("a", 230), said("b", 230, claimant=HEADQUARTERS)).figure(UA_ALL)

    assert numbers(figure) == (230, 230, 230, "consistent")
    assert (figure.voices, figure.camps) == (2, 1)


def test_another_camp_corroborates():
    figure = given(said("a", 230), said("b", 230, claimant=MEDIATOR)).figure(UA_ALL)

    assert numbers(figure) == (230, 230, 230, "corroborated")
    assert figure.credibility == 1


def test_the_counterparty_disputes_and_widens_the_range():
    figure = given(
        said("a", 207, category="military"),
        said("b", 195, category="military", claimant=MINISTRY),
    ).figure(UA_MILITARY)

    assert numbers(figure) == (195, 207, 207, "disputed")
    assert figure.claims.disagreeing == ("b",)
    assert figure.credibility == 4


def test_a_compatible_floor_never_widens():
    figure = given(said("a", 230), said("b", 200, bound="more_than", claimant=PRESIDENT)).figure(
        UA_ALL
    )

    assert numbers(figure) == (230, 230, 230, "consistent")
    assert figure.claims.agreeing == ("b",)


def test_an_outlets_more_than_230_agrees_with_exactly_230():
    figure = given(said("a", 230), said("b", 230, bound="more_than", claimant=OUTLET)).figure(
        UA_ALL
    )

    assert figure.status == "single_source"
    assert figure.claims.disagreeing == ()


def test_an_outlets_own_count_neither_disputes_nor_widens():
    figure = given(said("a", 230), said("b", 225, claimant=OUTLET)).figure(UA_ALL)

    assert numbers(figure) == (230, 230, 230, "single_source")
    assert figure.claims.disagreeing == ("b",)
    assert (figure.claimed_low, figure.claimed_high) == (225, 230)


def test_a_later_more_precise_word_replaces_an_incompatible_earlier_one():
    ledger = given(
        said("a", 200, bound="nearly", time="2024-01-03T17:00:00Z"),
        said("b", 230, time="2024-01-03T18:00:00Z"),
    )

    assert numbers(ledger.figure(UA_ALL)) == (230, 230, 230, "single_source")
    assert ledger.claim("a").state == "superseded"
    assert ledger.figure(UA_ALL).cause == "later_count"


def test_a_vaguer_later_word_restates_the_exact_one():
    ledger = given(
        said("a", 230, time="2024-01-03T17:00:00Z"),
        said("b", 200, bound="more_than", time="2024-01-03T21:00:00Z"),
    )

    assert numbers(ledger.figure(UA_ALL)) == (230, 230, 230, "single_source")
    assert ledger.claim("a").state == "active"


def test_a_misquote_is_outvoted_by_the_other_outlets():
    ledger = given(
        said("a", 100, reported_by="One"),
        said("b", 100, reported_by="Two"),
        said("c", 101, reported_by="Three"),
    )

    assert numbers(ledger.figure(UA_ALL)) == (100, 100, 100, "single_source")
    assert (ledger.claim("c").state, ledger.claim("c").reason) == ("excluded", "misquote:100")


def test_one_speaker_with_two_numbers_at_once_contradicts_itself():
    figure = given(said("a", 100, reported_by="One"), said("b", 101, reported_by="Two")).figure(
        UA_ALL
    )

    assert numbers(figure) == (100, 100, 101, "self_contradicted")


@pytest.mark.parametrize(
    ("counted", "expected"),
    [(100, (80, 104, 110)), (104, (104, 104, 104))],
    ids=["between", "one of them"],
)
def test_who_contradicts_itself_is_held_to_no_number_that_it_never_said(counted, expected):
    instant = "2024-01-03T18:00:00Z"
    figure = given(
        *(
            said(f"verified {number}", number, reported_by=f"Paper {number}", time=instant)
            for number in (80, 104, 110)
        ),
        said("outlet", counted, claimant=OUTLET, time=instant),
    ).figure(UA_ALL)

    assert numbers(figure) == (*expected, "self_contradicted")


def test_plans_and_denials_are_no_counts():
    ledger = given(said("a", 230), said("b", 250, modality="planned", claimant=MINISTRY))

    assert numbers(ledger.figure(UA_ALL)) == (230, 230, 230, "single_source")
    assert (ledger.claim("b").state, ledger.claim("b").reason) == ("excluded", "planned")


def test_a_planned_and_denied_exchange_is_cancelled_and_has_no_figure():
    ledger = given(
        said("a", 192, modality="planned", claimant=MINISTRY),
        said("b", 0, modality="denied", claimant=HEADQUARTERS),
    )

    assert ledger.exchange("2024-01-03").status == "cancelled"
    assert not ledger.has(UA_ALL)


def test_soldiers_who_are_everybody_are_category_drift():
    ledger = given(
        said("a", 230),
        said("b", 230, category="military", claimant=HEADQUARTERS),
        reported("c", measure="breakdown", category="civilian", value=6, claimant=HEADQUARTERS),
        reported("d", measure="breakdown", category="military", value=224, claimant=HEADQUARTERS),
    )

    assert numbers(ledger.figure(UA_ALL)) == (230, 230, 230, "consistent")
    assert numbers(ledger.figure(UA_MILITARY)) == (224, 224, 224, "single_source")
    assert (ledger.claim("b").figure, ledger.claim("b").reason) == (UA_ALL, "category-drift")


def test_soldiers_and_civilians_make_everybody():
    figure = given(said("a", 9, category="military"), said("b", 3, category="civilian")).figure(
        UA_ALL
    )

    assert numbers(figure) == (12, 12, 12, "computed")
    assert figure.claims.best == ("a", "b")
    assert figure.flags == ("assumption_used",)


def test_soldiers_alone_say_nothing_of_everybody():
    assert not given(said("a", 248, side="RU", category="military", claimant=MINISTRY)).has(
        "2024-01-03:returned:RU:all"
    )


def test_a_withheld_number_is_kept_as_withheld():
    figure = given(reported("a", quantity={"bound": "undisclosed"})).figure(UA_ALL)

    assert numbers(figure) == (0, None, None, "undisclosed")
    assert figure.obs_status == "L"


def test_about_gives_its_number_and_its_reach():
    figure = given(said("a", 100, bound="about")).figure(UA_ALL)

    assert numbers(figure) == (50, 100, 150, "approximate")


def test_a_retraction_takes_the_claim_out_and_says_so():
    ledger = given(said("a", 230), said("b", 999, claimant=MEDIATOR), taken_back("b"))

    assert numbers(ledger.figure(UA_ALL)) == (230, 230, 230, "single_source")
    assert ledger.claim("b").state == "retracted"
    assert [excluded.claim for excluded in ledger.figure(UA_ALL).claims.excluded] == ["b"]


def test_a_correction_replaces_what_it_revises_whatever_comes_first():
    first, second = said("a", 206), said("b", 207, revises="a", reason="arithmetic_slip")

    for reports in ([first, second], [second, first]):
        ledger = given(*reports)
        assert numbers(ledger.figure(UA_ALL)) == (207, 207, 207, "single_source")
        assert (ledger.claim("a").state, ledger.claim("a").reason) == ("superseded", "revised-by:b")
        assert ledger.figure(UA_ALL).cause == "arithmetic_slip"


def test_a_total_that_is_one_sides_number_alone_is_explained():
    check = given(
        said("a", 101),
        said("b", 101, side="RU", category="all", claimant=MINISTRY),
        reported("t", measure="exchanged_total", side="both", value=101, claimant=OUTLET),
    ).check_of("t")

    assert (check.result, check.expected) == ("fail", 202)
    assert check.explanations[0].code == "one-side-taken-for-both"


def test_running_totals_close_to_the_person():
    ledger = given(total("t1", 2598, "2023-08-07"), said("a", 230), total("t2", 2828, "2024-01-03"))

    assert ledger.check_of("t2").result == "pass"
    assert ledger.check_of("t2").diff == 0


def test_a_total_with_two_digits_changed_over_is_flagged_and_drags_no_other_down():
    ledger = given(
        total("t1", 2279, "2024-01-01"),
        said("a", 151),
        total("t2", 2340, "2024-01-03", claimant=OMBUDSMAN),
        total("t3", 2430, "2024-01-09"),
        total("t4", 2430, "2024-01-10", claimant=HEADQUARTERS),
    )

    assert ledger.check_of("t2").result == "fail"
    assert ledger.check_of("t2").explanations[0].code == "digits-transposed"
    assert ledger.check_of("t3").result == "pass"
    assert ledger.total("UA", "2024-01-03").best == 2430
    assert ledger.total("UA", "2024-01-03").status == "contradicted"


def test_a_total_that_stood_earlier_is_stale():
    ledger = given(
        total("t1", 2576, "2024-01-01"),
        said("a", 22),
        total("t2", 2598, "2024-01-03"),
        total("t3", 2598, "2024-01-05", claimant=HEADQUARTERS),
        total("t4", 2576, "2024-01-08", claimant=OUTLET),
    )

    assert ledger.check_of("t4").explanations[0].code == "stale-total"


def test_more_people_than_the_listed_exchanges_give_is_an_incomplete_ledger():
    ledger = given(total("t1", 100, "2024-01-01"), said("a", 20), total("t2", 122, "2024-01-03"))

    assert ledger.check_of("t2").result == "within"
    assert ledger.check_of("t2").explanations[0].code == "ledger-incomplete"


def test_one_ordinal_on_two_exchanges_fails():
    ledger = given(
        said("a", 10, exchange={"date": "2024-01-03", "ordinal": 49}),
        said("b", 10, exchange={"date": "2024-01-09", "ordinal": 49}),
        reported(
            "o",
            measure="exchange_ordinal",
            side="both",
            unit="exchanges",
            value=49,
            exchange={"date": "2024-01-09", "ordinal": 49},
        ),
    )

    assert ledger.check_of("o").result == "fail"
    assert ledger.check_of("o").explanations[0].code == "ordinal-used-twice"


def test_ordinals_are_counted_on_from_the_same_counters_last_one():
    def ordinal(claim_id: str, number: int, day: str) -> bytes:
        return reported(
            claim_id,
            measure="exchange_ordinal",
            side="both",
            unit="exchanges",
            value=number,
            exchange={"date": day, "ordinal": number},
        )

    ledger = given(
        said("a", 10, exchange={"date": "2024-01-03"}),
        ordinal("o1", 49, "2024-01-03"),
        said("b", 10, exchange={"date": "2024-01-31"}),
        ordinal("o2", 50, "2024-01-31"),
        said("c", 10, exchange={"date": "2024-02-08"}),
        ordinal("o3", 52, "2024-02-08"),
    )

    assert (ledger.check_of("o1").result, ledger.check_of("o1").diff) == ("within", 48)
    assert (ledger.check_of("o2").result, ledger.check_of("o2").diff) == ("pass", 0)
    assert (ledger.check_of("o3").result, ledger.check_of("o3").diff) == ("within", 1)
    assert ledger.check_of("o3").explanations[0].text == (
        "1 more are counted than the 1 listed here since number 50 on 2024-01-31"
    )


def test_the_largest_so_far_is_tested_and_one_of_the_largest_is_not():
    largest: dict[str, Any] = {"measure": "superlative", "quantity": None, "unit": None}
    ledger = given(
        said("a", 215, exchange={"date": "2023-09-21"}, published_at="2023-09-21"),
        said("b", 230),
        reported("s1", wording="the largest", **largest),
        reported("s2", wording="one of the largest", **largest),
    )

    assert ledger.check_of("s1").result == "pass"
    assert ledger.check_of("s2").result == "untestable"
    assert ledger.check_of("s2").explanations[0].code == "hedged"


def test_the_first_in_months_tells_the_gap():
    ledger = given(
        said("a", 22, exchange={"date": "2023-08-07"}, published_at="2023-08-07"),
        said("b", 230),
        reported("f", measure="first_since", quantity=None, unit=None, wording="first in months"),
    )

    assert ledger.check_of("f").result == "pass"
    assert ledger.check_of("f").explanations[0].text == "149 days since the exchange of 2023-08-07"


def test_a_claim_without_a_date_is_known_by_its_ordinal_figure_or_day():
    ledger = given(
        said("a", 230, exchange={"date": "2024-01-03", "ordinal": 49}),
        said("b", 207, exchange={"date": "2024-01-31"}, published_at="2024-01-31"),
        said("n", 1, exchange={"date": None, "ordinal": 49}, published_at="2024-02-20"),
        said("f", 230, exchange={"date": None}, published_at="2024-01-31", claimant=OUTLET),
        said("d", 200, exchange={"date": None}, published_at="2024-02-01", claimant=OUTLET),
    )

    found = {ref: (ledger.claim(ref).exchange, ledger.claim(ref).evidence) for ref in "nfd"}
    assert found == {
        "n": ("2024-01-03", "stated-ordinal"),
        "f": ("2024-01-03", "equal-figure"),
        "d": ("2024-01-31", "published-next-day"),
    }


def test_an_official_number_without_a_date_makes_an_exchange_of_its_day():
    ledger = given(said("a", 230, exchange={"date": None}))

    assert ledger.exchange("2024-01-03").status == "completed"
    assert ledger.claim("a").evidence == "published-that-day"


def test_two_publishers_may_use_one_id():
    ledger = given(
        said("1", 230, source="urn:a"), said("1", 230, source="urn:b", claimant=HEADQUARTERS)
    )

    assert ledger.figure(UA_ALL).claims.best == ("1@urn:a", "1@urn:b")


def test_a_counterparty_that_counts_soldiers_alone_disputes_nobody():
    figure = given(
        said("a", 52),
        said("b", 50, category="military", claimant=MINISTRY),
        reported("c", measure="breakdown", category="military", value=50),
        reported("d", measure="breakdown", category="civilian", value=2),
    ).figure(UA_ALL)

    assert numbers(figure) == (52, 52, 52, "single_source")
    assert figure.flags == ("scope_explained",)
    assert figure.reasons[0].text == "Ministry of Defence counts 50 (military), 2 of 52 aside"


def test_what_the_other_counts_leave_stands_against_a_counterparty():
    figure = given(
        said("a", 230),
        reported("b", measure="breakdown", category="civilian", value=6),
        reported("n", measure="breakdown", category="national guard", value=94),
        reported("f", measure="breakdown", category="armed forces", value=130),
        said("c", 173, category="military", claimant=MINISTRY),
    ).figure(UA_MILITARY)

    assert (figure.best, figure.status) == (224, "disputed")


def test_a_speakers_complete_list_must_make_the_whole():
    listed = {"men": 225, "women": 5, "privates and sergeants": 213, "officers": 11, "civilian": 6}
    parts = [
        reported(f"p{number}", measure="breakdown", category=category, value=value)
        for number, (category, value) in enumerate(listed.items())
    ]

    ledger = given(said("a", 230), *parts)
    checks = [check for check in ledger.models.checks if check.kind == "breakdown"]

    assert ledger.figure(UA_ALL).credibility == 2
    assert ledger.figure(UA_ALL).checks == tuple(sorted(check.id for check in checks))
    assert {check.category: check.result for check in checks} == {"sex": "pass", "rank": "pass"}
    assert {check.explanations[0].text for check in checks} == {
        "225 + 5 = 230 (men, women)",
        "11 + 213 + 6 = 230 (officers, privates and sergeants, civilian)",
    }


def test_a_whole_that_its_parts_exceed_is_an_arithmetic_slip():
    services = {"Armed Forces": 95, "national guard": 56, "border guards": 26, "police": 1}
    parts = [
        reported(f"p{number}", measure="breakdown", category=category, value=value)
        for number, (category, value) in enumerate(services.items())
    ]
    last = reported("p9", measure="breakdown", category="territorial defence", value=29)

    [check] = [
        check
        for check in given(said("a", 206), *parts, last).models.checks
        if check.kind == "breakdown"
    ]

    assert (check.result, check.expected, check.got) == ("fail", 207, 206)
    assert check.explanations[0].code == "arithmetic-slip"


def test_prisoners_of_war_beside_civilians_counted_apart_are_the_soldiers():
    ledger = given(
        said("a", 300, category="military", claimant=HEADQUARTERS),
        said("b", 2, category="civilian", claimant=HEADQUARTERS),
        said("c", 300, category="prisoners of war", claimant=PRESIDENT),
        said("d", 302, category="all", claimant=OUTLET),
    )

    assert numbers(ledger.figure("2024-01-03:returned:UA:military"))[:3] == (300, 300, 300)
    assert numbers(ledger.figure("2024-01-03:returned:UA:all"))[:3] == (302, 302, 302)


def test_civilians_in_a_list_are_among_the_people_it_takes_apart():
    ledger = given(
        said("a", 230, category="all"),
        said("b", 6, category="civilian", measure="breakdown"),
        said("c", 230, category="prisoners of war", claimant=PRESIDENT),
    )

    assert numbers(ledger.figure("2024-01-03:returned:UA:all"))[:3] == (230, 230, 230)


def test_soldiers_and_civilians_that_heads_were_counted_of_outrank_a_repeated_whole():
    ledger = given(
        said("a", 157, side="RU", category="military", claimant=MINISTRY),
        said("b", 3, side="RU", category="civilian", claimant=MINISTRY),
        said("c", 157, side="RU", category="all", claimant=OUTLET),
    )

    figure = ledger.figure("2024-01-03:returned:RU:all")
    assert numbers(figure)[:3] == (160, 160, 160)
    assert "assumption_used" in figure.flags
    assert "c" in figure.claims.disagreeing


def test_a_withheld_number_beside_narrower_counts_is_at_least_these():
    ledger = given(
        said("a", 246, side="RU", category="military", claimant=MINISTRY),
        reported(
            "b", side="RU", category="all", quantity={"bound": "undisclosed"}, claimant=OUTLET
        ),
    )

    figure = ledger.figure("2024-01-03:returned:RU:all")
    assert numbers(figure) == (246, 246, None, "floor_only")
    assert [reason.code for reason in figure.reasons] == ["withheld", "category-gap"]


def test_an_outlet_that_knows_neither_who_nor_how_many_speaks_of_those_that_are_counted():
    ledger = given(
        said("a", 246, side="RU", category="military", claimant=MINISTRY),
        reported(
            "b",
            side="RU",
            category="unspecified",
            quantity={"bound": "undisclosed"},
            claimant=OUTLET,
        ),
    )

    assert ledger.claim("b").figure == "2024-01-03:returned:RU:military"
    assert not ledger.has("2024-01-03:returned:RU:all")


def test_the_fourth_of_a_year_is_no_number_of_those_counted_from_the_beginning():
    ordinal: dict[str, Any] = {"measure": "exchange_ordinal", "side": "both", "unit": "exchanges"}
    ledger = given(
        said("a", 230),
        reported("n", value=49, period={"since": "2022-02-24"}, **ordinal),
        reported("y", value=1, period={"since": "2024-01-01"}, **ordinal),
    )

    assert ledger.check_of("n").result == "within"
    assert ledger.check_of("y").result == "pass"
    given_by = {given.counter: given.ordinal for given in ledger.exchange("2024-01-03").ordinals}
    assert given_by == {"UA": 49, "UA since 2024-01-01": 1}


def test_an_exchange_of_which_officials_withhold_the_number_took_place():
    withheld: dict[str, Any] = {"quantity": {"bound": "undisclosed"}, "category": "military"}

    assert given(reported("a", **withheld)).exchange("2024-01-03").status == "completed"
    by_an_outlet = given(reported("a", **withheld, claimant=OUTLET))
    assert by_an_outlet.exchange("2024-01-03").status == "unconfirmed"


def test_people_let_go_for_nobody_are_a_unilateral_release_and_are_counted():
    let_go = said("a", 5, side="RU", category="military", wording="five, without exchange")

    alone = given(let_go)
    assert alone.exchange("2024-01-03").status == "unilateral"
    both = given(let_go, said("b", 4, claimant=OMBUDSMAN))
    assert both.exchange("2024-01-03").status == "completed"


def test_one_ordinal_on_days_close_together_is_the_phases_of_one_exchange():
    ordinal: dict[str, Any] = {"measure": "exchange_ordinal", "side": "both", "value": 65}
    days = ["2025-05-23", "2025-05-25"]
    ledger = given(
        *(said(f"s{day}", 300 + int(day[-2:]), exchange={"date": day}) for day in days),
        *(reported(f"o{day}", **ordinal, exchange={"date": day, "ordinal": 65}) for day in days),
    )

    for day in days:
        check = ledger.check_of(f"o{day}")
        assert (check.result, check.explanations[0].code) == ("within", "phases-of-one-exchange")


def test_a_correction_taken_back_gives_its_original_back():
    first, second = said("a", 206), said("b", 207, revises="a", reason="arithmetic_slip")
    gone = taken_back("b", event_id="gone")

    for lines in ((first, second, gone), (gone, second, first), (second, gone, first)):
        ledger = given(*lines)
        assert ledger.claim("a").state == "active"
        assert numbers(ledger.figure("2024-01-03:returned:UA:all"))[:3] == (206, 206, 206)


def test_a_corrected_correction_still_corrects():
    ledger = given(
        said("a", 206),
        said("b", 207, revises="a", reason="correction"),
        said("c", 208, revises="b", reason="correction"),
    )

    assert [ledger.claim(ref).state for ref in "abc"] == ["superseded", "superseded", "active"]


def test_a_number_out_of_line_fails_by_itself():
    ordinal: dict[str, Any] = {"measure": "exchange_ordinal", "side": "both"}
    numbered = [("2025-05-06", 64), ("2025-06-09", 66), ("2025-07-23", 9), ("2025-08-14", 67)]
    ledger = given(
        *(said(f"s{day}", 200 + number, exchange={"date": day}) for day, number in numbered),
        *(
            reported(f"o{day}", **ordinal, value=number, exchange={"date": day, "ordinal": number})
            for day, number in numbered
        ),
    )

    results = {number: ledger.check_of(f"o{day}").result for day, number in numbered}
    assert results == {64: "within", 66: "within", 9: "fail", 67: "within"}
    clash = ledger.check_of("o2025-07-23").explanations[0]
    assert (clash.code, clash.text) == ("ordinals-out-of-order", "2025-06-09 bears the number 66")


def test_soldiers_that_are_everybody_by_the_same_camps_count_are_everybody():
    ledger = given(
        said("a", 390, category="all", claimant=PRESIDENT),
        said("b", 390, category="military", claimant=PRESIDENT),
        said("c", 270, category="military", claimant=MINISTRY),
        said("d", 120, category="civilian", claimant=MINISTRY),
    )

    assert ledger.claim("b").reason == "category-drift"
    assert numbers(ledger.figure("2024-01-03:returned:UA:all"))[:3] == (390, 390, 390)
    assert numbers(ledger.figure("2024-01-03:returned:UA:military"))[:3] == (270, 270, 270)
    assert numbers(ledger.figure("2024-01-03:returned:UA:civilian"))[:3] == (120, 120, 120)


def test_the_other_side_counts_as_soldiers_everybody_that_the_receiver_takes_apart():
    ledger = given(
        said("a", 84, category="all", claimant=PRESIDENT),
        said("b", 33, category="military", claimant=HEADQUARTERS),
        said("c", 51, category="civilian", claimant=HEADQUARTERS),
        said("d", 84, category="military", claimant=MINISTRY),
    )

    assert ledger.claim("d").reason == "category-drift"
    assert ledger.figure("2024-01-03:returned:UA:military").status == "single_source"
    assert numbers(ledger.figure("2024-01-03:returned:UA:all"))[:3] == (84, 84, 84)


def test_totals_that_close_around_an_exchange_confirm_its_single_source():
    before, after = total("t1", 2598, "2024-01-02"), total("t2", 2828, "2024-01-03")
    count = said("a", 230)

    assert given(count, after).figure(UA_ALL).credibility == 3
    for lines in ((before, after, count), (count, before, after)):
        assert given(*lines).figure(UA_ALL).credibility == 2
    assert given(count, before, total("t2", 2829, "2024-01-03")).figure(UA_ALL).credibility == 3
    between = said("b", 5, exchange={"date": "2024-01-02"}, published_at="2024-01-02")
    assert (
        given(count, between, total("t1", 2593, "2024-01-01"), after).figure(UA_ALL).credibility
        == 3
    )


@pytest.mark.parametrize("measure", get_args(Measure))
def test_a_claim_of_every_measure_leads_to_a_figure_a_check_or_a_reason(measure):
    many = measure in ("exchanged_total", "cumulative_exchanged_total")
    side = "both" if many or measure == "mediated_count" else "UA"
    ledger = given(
        said("first", 230),
        said(
            "claim",
            231,
            measure=measure,
            side=side,
            unit=UNITS.get(measure),
            period={"as_of": "2024-01-04"},
            mediators=["AE"],
        ),
    )

    claim = ledger.claim("claim")
    figures = {figure.id for figure in ledger.models.figures}
    points = {point.as_of for point in ledger.models.cumulative}
    checked = {check.claim for check in ledger.models.checks}
    is_counted = claim.figure in figures or date(2024, 1, 4) in points
    assert is_counted or "claim" in checked or claim.reason, f"a {measure} goes nowhere"
