"""What operators judge: given these reports and judgements, this figure; undone, the one before."""

import json
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from schemas.decisions import DecisionsMade
from schemas.events import EVENTS
from schemas.views import ReadModels
from services.eventlog.proof import Proof
from services.queries.replay import replay
from tests.builders import SOURCE, judged, reported, taken_back, undone
from tests.normal import without_arrival
from tests.reconciliation.given import (
    HEADQUARTERS,
    LEDGER,
    MEDIATOR,
    MINISTRY,
    OUTLET,
    Ledger,
    given,
    numbers,
    said,
    total,
)
from tests.reconciliation.test_properties import DAYS, reports


UA_ALL = "2024-01-03:returned:UA:all"
UA_MILITARY = "2024-01-03:returned:UA:military"
RU_ALL = "2024-01-03:returned:RU:all"
BOTH = "2024-01-03:exchanged_total:both:all"
LATER = "2024-02-01T11:00:00Z"


def id_of(judgement: bytes) -> str:
    return str(json.loads(judgement)["id"])


def on(day: str, claim_id: str, value: int, **more: Any) -> bytes:
    return said(claim_id, value, exchange={"date": day}, published_at=day, **more)


def test_a_pinned_figure_shows_the_pin_and_what_the_claims_give():
    pin = judged("pin", figure=UA_ALL, low=228, best=229, high=231)

    figure = given(said("a", 230), said("b", 200, claimant=MEDIATOR), pin).figure(UA_ALL)

    assert numbers(figure) == (228, 229, 231, "adjudicated")
    assert (figure.adjudication, figure.obs_status, figure.cause) == (
        id_of(pin),
        "A",
        "adjudicated",
    )
    assert figure.credibility == 4
    assert figure.reasons[0].code == "adjudicated"
    assert figure.reasons[0].text == (
        "An operator: the list says so; the claims give 200 / 230 / 230 (disputed)"
    )
    assert figure.claims.disagreeing == ("a", "b")


def test_a_pin_on_a_figure_nobody_speaks_of_creates_it():
    pin = judged("pin", figure=RU_ALL, low=248, best=248, high=248)

    ledger = given(said("a", 230), pin)

    assert numbers(ledger.figure(RU_ALL)) == (248, 248, 248, "adjudicated")
    assert ledger.figure(RU_ALL).credibility == 6
    assert ledger.figure(RU_ALL).reasons[0].text.endswith("; the claims give nothing")
    assert numbers(ledger.figure(BOTH)) == (478, 478, 478, "computed")
    assert not given(said("a", 230), pin, undone(pin)).has(RU_ALL)


def test_a_pin_on_an_exchange_nobody_speaks_of_is_an_exchange():
    pin = judged("pin", figure=UA_ALL, low=5, best=5, high=5)

    ledger = given(pin)

    assert ledger.exchange("2024-01-03").status == "completed"
    assert ledger.total("UA", "2024-01-03").best == 5
    assert given(pin, undone(pin)).models.exchanges == ()


def test_a_plan_whose_number_is_pinned_at_nobody_lapses_as_any_plan():
    plan = said("plan", 60, modality="planned", published_at="2024-01-02")
    later = said("later", 30, exchange={"date": "2024-05-01"}, published_at="2024-05-01")
    pin = judged("pin", figure=UA_ALL, low=0, best=0, high=0)

    assert given(plan, later, pin).exchange("2024-01-03").status == "cancelled"


def test_whoever_pins_the_other_side_leaves_an_exchange_that_outlets_tell_of_one_side():
    told = said("told", 60, claimant=OUTLET)
    later = said("later", 30, exchange={"date": "2024-05-01"}, published_at="2024-05-01")
    pin = judged("pin", figure=RU_ALL, low=40, best=40, high=40)

    assert given(told, later).exchange("2024-01-03").status == "unilateral"
    assert given(told, later, pin).exchange("2024-01-03").status == "completed"


def test_a_pinned_part_bears_on_what_is_worked_out_with_it():
    pin = judged("pin", figure=UA_MILITARY, low=220, best=220, high=220)
    reports = [said("a", 100, category="military"), said("b", 6, category="civilian")]

    ledger = given(*reports, pin)

    assert numbers(ledger.figure(UA_ALL)) == (226, 226, 226, "computed")


def test_a_running_total_is_tested_against_pinned_numbers():
    pin = judged("pin", figure=UA_ALL, low=230, best=230, high=230)
    totals = [total("t1", 2598, "2023-08-07"), total("t2", 2828, "2024-01-03")]

    assert given(*totals, said("a", 222)).check_of("t2").diff == 8
    assert given(*totals, said("a", 222), pin).check_of("t2").diff == 0


def test_a_stock_can_be_pinned():
    held = "2024-01-03:held:UA:all"
    pin = judged("pin", figure=held, low=4000, best=4200, high=4500)
    claim = reported("h", measure="held", value=3000, claimant=MINISTRY)

    assert numbers(given(claim, pin).figure(held)) == (4000, 4200, 4500, "adjudicated")
    assert numbers(given(pin).figure(held)) == (4000, 4200, 4500, "adjudicated")
    assert given(pin, undone(pin)).models.figures == ()


def test_an_excluded_claim_does_not_count_and_says_by_which_judgement():
    out = judged("exclude", claim="b")
    reports = [said("a", 230), said("b", 200, claimant=MEDIATOR)]

    ledger = given(*reports, out)

    assert numbers(ledger.figure(UA_ALL)) == (230, 230, 230, "single_source")
    assert (ledger.claim("b").state, ledger.claim("b").reason) == (
        "excluded",
        f"judged:{id_of(out)}",
    )
    assert given(*reports, out, undone(out)).figure(UA_ALL).status == "disputed"


def test_an_excluded_claim_is_no_evidence_for_what_others_mean():
    dated = on("2024-01-03", "a", 230)
    undated = said("b", 230, exchange={}, published_at="2024-01-04", claimant=HEADQUARTERS)
    out = judged("exclude", claim="a")

    assert given(dated, undated).claim("b").exchange == "2024-01-03"
    assert given(dated, undated, out).claim("b").exchange == "2024-01-04"
    assert given(dated, undated, out, undone(out)).claim("b").exchange == "2024-01-03"


def test_a_reassigned_claim_means_the_exchange_it_is_given():
    reports = [on("2024-01-03", "a", 230), on("2024-01-04", "b", 231, claimant=HEADQUARTERS)]
    move = judged("reassign", claim="b", exchange="2024-01-03")

    ledger = given(*reports, move)

    assert [exchange.id for exchange in ledger.models.exchanges] == ["2024-01-03"]
    assert ledger.claim("b").evidence == f"judged:{id_of(move)}"
    assert ledger.exchange("2024-01-03").claim_count == 2
    assert given(*reports, move, undone(move)).claim("b").exchange == "2024-01-04"


def test_a_claim_reassigned_to_nothing_means_no_exchange():
    ledger = given(said("a", 230), judged("reassign", claim="a"))

    assert ledger.claim("a").exchange is None
    assert ledger.models.exchanges == ()
    assert ledger.models.figures == ()


def test_a_reassigned_claim_is_evidence_as_if_it_stated_that_day():
    wrong_day = on("2024-01-09", "a", 230)
    undated = said("b", 230, exchange={}, published_at="2024-01-04", claimant=OUTLET)
    move = judged("reassign", claim="a", exchange="2024-01-03")

    assert given(wrong_day, undated).claim("b").exchange is None
    assert given(wrong_day, undated, move).claim("b").exchange == "2024-01-03"
    assert given(wrong_day, undated, move, undone(move)).claim("b").exchange is None


def test_a_claim_given_the_exchange_it_stated_stays_evidence_when_that_is_undone():
    dated = on("2024-01-04", "a", 2)
    undated = said("b", 1, exchange={}, published_at="2024-01-04", claimant=HEADQUARTERS)
    older = on("2024-01-02", "c", 1)
    move = judged("reassign", claim="a", exchange="2024-01-04")

    ledger = given(dated, older, undated, move, undone(move))

    assert ledger.claim("b").exchange == "2024-01-04"


def test_merged_exchanges_are_one_and_the_old_id_is_an_alias():
    reports = [on("2024-01-03", "a", 130), on("2024-01-04", "b", 100, claimant=HEADQUARTERS)]
    merge = judged("merge", exchange="2024-01-04", into="2024-01-03")

    ledger = given(*reports, merge)

    assert [exchange.id for exchange in ledger.models.exchanges] == ["2024-01-03"]
    assert ledger.exchange("2024-01-03").aliases == ("2024-01-04",)
    assert ledger.claim("b").exchange == "2024-01-03"
    assert ledger.claim("b").evidence == f"stated-date; judged:{id_of(merge)}"
    before, after = given(*reports), given(*reports, merge, undone(merge))
    assert without_arrival(after.models) == without_arrival(before.models)


def test_merges_are_followed_to_their_end():
    reports = [on(day, day, 10) for day in DAYS[:3]]
    first = judged("merge", exchange="2024-01-02", into="2024-01-03")
    second = judged("merge", exchange="2024-01-03", into="2024-01-04", at=LATER)

    ledger = given(*reports, second, first)

    assert [exchange.id for exchange in ledger.models.exchanges] == ["2024-01-04"]
    assert ledger.exchange("2024-01-04").aliases == ("2024-01-02", "2024-01-03")


def test_of_two_merges_that_make_a_circle_the_later_is_in_force():
    reports = [on("2024-01-03", "a", 10), on("2024-01-04", "b", 20)]
    first = judged("merge", exchange="2024-01-03", into="2024-01-04")
    second = judged("merge", exchange="2024-01-04", into="2024-01-03", at=LATER)

    for lines in ([first, second], [second, first]):
        assert given(*reports, *lines).exchange("2024-01-03").aliases == ("2024-01-04",)
    assert given(*reports, first, second, undone(second)).exchange("2024-01-04").aliases == (
        "2024-01-03",
    )


def test_a_pin_goes_with_its_exchange_into_a_merge():
    pin = judged("pin", figure="2024-01-04:returned:UA:all", low=7, best=7, high=7)
    merge = judged("merge", exchange="2024-01-04", into="2024-01-03")

    ledger = given(said("a", 230), pin, merge)

    assert numbers(ledger.figure(UA_ALL)) == (7, 7, 7, "adjudicated")
    assert not ledger.has("2024-01-04:returned:UA:all")


def test_split_claims_mean_a_new_exchange_that_the_old_one_points_to():
    reports = [said("a", 230), said("b", 40, claimant=HEADQUARTERS), said("c", 230)]
    split = judged("split", exchange="2024-01-03", into="2024-01-03-b", claims=["b"])

    ledger = given(*reports, split)

    assert numbers(ledger.figure(UA_ALL)) == (230, 230, 230, "single_source")
    assert numbers(ledger.figure("2024-01-03-b:returned:UA:all"))[1] == 40
    assert ledger.exchange("2024-01-03-b").date == ledger.exchange("2024-01-03").date
    assert ledger.exchange("2024-01-03").phases == ("2024-01-03-b",)
    assert ledger.claim("b").evidence == f"judged:{id_of(split)}"
    assert ledger.total("UA", "2024-01-03").best == 270
    before, after = given(*reports), given(*reports, split, undone(split))
    assert without_arrival(after.models) == without_arrival(before.models)


def test_the_later_judgement_on_an_object_is_in_force_whichever_arrived_last():
    first = judged("pin", figure=UA_ALL, low=1, best=1, high=1)
    second = judged("pin", figure=UA_ALL, low=2, best=2, high=2, at=LATER)

    for lines in ([first, second], [second, first]):
        assert given(said("a", 230), *lines).figure(UA_ALL).best == 2
        assert given(said("a", 230), *lines, undone(second)).figure(UA_ALL).best == 1


def test_the_decisions_that_follow_name_the_judgement_as_their_cause():
    out = judged("exclude", claim="b")

    lines = [said("a", 230), said("b", 200, claimant=MEDIATOR), out]
    log = replay(lines, ledger=LEDGER, batch_count=1).log
    events = [EVENTS.validate_json(entry.body) for entry in log._entries]
    caused = [event for event in events if event.causationid == id_of(out) != event.id]

    [event] = caused
    assert isinstance(event, DecisionsMade)
    [assignment], [figure] = event.data.assignments, event.data.figures
    assert (assignment.state, figure.figure) == ("excluded", UA_ALL)
    assert event.correlationid == id_of(out)


def test_a_log_with_judgements_is_proven_whole_and_a_changed_judgement_is_found():
    pin = judged("pin", figure=UA_ALL, low=1, best=1, high=1)
    bodies = [entry.body for entry in given(said("a", 230), pin, undone(pin)).replayed.log._entries]

    def faults(bodies: list[bytes]) -> list[str]:
        proof = Proof("rus-ukr")
        for entry in replay(bodies, ledger=LEDGER).log._entries:
            proof.check(entry._replace(body=bodies[entry.position - 1]))
        return [fault.text.partition(",")[0] for fault in proof.faults]

    assert faults(bodies) == []
    other = [body.replace(b'"best":1,"high":1}', b'"best":1,"high":9}') for body in bodies]
    assert len(faults(other)) >= 2


def test_a_judgement_made_later_had_not_been_made():
    lines = [said("a", 230), judged("pin", figure=UA_ALL, low=1, best=1, high=1)]
    exported = [entry.body for entry in given(*lines).replayed.log._entries]

    as_of_then = Ledger(exported, asserted_by=EVENTS.validate_json(exported[0]).recorded_at)

    assert as_of_then.figure(UA_ALL).best == 230
    assert Ledger(exported).figure(UA_ALL).best == 1


@pytest.mark.parametrize("spoil", [{"who": " "}, {"why": ""}, {"low": 5}, {"figure": "x"}])
def test_a_judgement_without_words_or_sense_is_no_event(spoil):
    line = json.loads(judged("pin", figure=UA_ALL, low=1, best=1, high=1))
    line["data"] |= spoil

    [rejection] = replay([json.dumps(line).encode()], ledger=LEDGER).rejections

    assert rejection.reasons


# Properties over generated claims and judgements.

CLAIMS = [f"c{number}" for number in range(8)]
EXCHANGES = [*DAYS, "2024-01-03-b"]
claim_ids = st.sampled_from(CLAIMS)
exchange_ids = st.sampled_from(EXCHANGES)
pairs = st.lists(exchange_ids, min_size=2, max_size=2, unique=True)
moments = st.sampled_from(["2024-02-01T10:00:00Z", "2024-02-01T10:30:00Z", LATER])
figures = st.builds(
    "{}:returned:{}:{}".format,
    exchange_ids,
    st.sampled_from(["UA", "RU"]),
    st.sampled_from(["all", "military", "navy"]),
) | st.builds("{}:held:UA:all".format, st.sampled_from(DAYS))
judgements = st.one_of(
    st.builds(
        lambda figure, low, at: judged(
            "pin", figure=figure, low=low, best=low + 1, high=low + 3, at=at
        ),
        figures,
        st.integers(0, 20),
        moments,
    ),
    st.builds(lambda claim, at: judged("exclude", claim=claim, at=at), claim_ids, moments),
    st.builds(
        lambda claim, exchange, at: judged("reassign", claim=claim, exchange=exchange, at=at),
        claim_ids,
        st.none() | exchange_ids,
        moments,
    ),
    st.builds(
        lambda pair, at: judged("merge", exchange=pair[0], into=pair[1], at=at), pairs, moments
    ),
    st.builds(
        lambda pair, claims, at: judged(
            "split", exchange=pair[0], into=pair[1], claims=sorted(claims), at=at
        ),
        pairs,
        st.sets(claim_ids, min_size=1, max_size=3),
        moments,
    ),
)


def models(lines: list[bytes], **how: Any) -> ReadModels:
    replayed = replay(lines, ledger=LEDGER, **how)
    assert not replayed.rejections, replayed.rejections
    return replayed.read_models


@for_all(reports(), st.lists(judgements, max_size=3), judgements, st.integers(1, 3))
def test_an_undone_judgement_leaves_everything_as_it_was(lines, others, judgement, batch_count):
    others = [other for other in others if id_of(other) != id_of(judgement)]
    before = models([*lines, *others])

    after = models([*lines, judgement, *others, undone(judgement)], batch_count=batch_count)

    assert without_arrival(after) == without_arrival(before)


@for_all(st.data())
def test_the_order_in_which_claims_and_judgements_arrive_changes_nothing(data):
    lines = data.draw(reports())
    made = data.draw(st.lists(judgements, min_size=1, max_size=4))
    taken = [undone(judgement) for judgement in made[: data.draw(st.integers(0, 2))]]
    lines = [*lines, *made, *taken]
    shuffled = data.draw(st.permutations(lines))

    arrived = models(shuffled, batch_count=data.draw(st.integers(1, 5)))

    assert without_arrival(arrived) == without_arrival(models(lines))


@for_all(reports(), st.lists(judgements, max_size=4))
def test_a_replay_of_an_exported_log_keeps_judgements(lines, made):
    first = replay([*lines, *made], ledger=LEDGER)
    exported = [entry.body for entry in first.log._entries]
    proof = Proof(LEDGER.name)
    for entry in first.log._entries:
        proof.check(entry)

    assert proof.faults == []
    assert replay(exported, ledger=LEDGER).read_models == first.read_models


@for_all(reports(), st.lists(judgements, max_size=4))
def test_with_judgements_the_best_number_still_lies_in_its_range(lines, made):
    found = models([*lines, *made])

    for figure in found.figures:
        assert figure.low <= (figure.low if figure.best is None else figure.best)
        assert figure.high is None or (figure.best or figure.low) <= figure.high
        assert (figure.status == "adjudicated") == (figure.adjudication is not None)
    for claim in found.claims:
        assert claim.state == "active" or claim.reason


def test_a_claim_of_another_publisher_with_the_same_id_is_not_meant():
    other = said("a", 200, source="urn:other", claimant=MEDIATOR)

    ledger = given(said("a", 230), other, judged("exclude", claim="a"))

    assert ledger.claim(f"a@{SOURCE}").state == "excluded"
    assert ledger.claim("a@urn:other").state == "active"


def test_what_a_publisher_took_back_stays_out_when_its_exclusion_is_undone():
    out = judged("exclude", claim="b")
    lines = [said("a", 230), said("b", 200, claimant=MEDIATOR), out, taken_back("b")]

    assert given(*lines).claim("b").state == "excluded"
    assert given(*lines, undone(out)).claim("b").state == "retracted"


def test_excluding_a_correction_gives_its_original_back_until_it_is_undone():
    first, second = said("a", 206), said("b", 207, revises="a", reason="arithmetic_slip")
    exclude = judged("exclude", claim="b")

    excluded = given(first, second, exclude)
    assert excluded.claim("a").state == "active"
    assert numbers(excluded.figure(UA_ALL))[:3] == (206, 206, 206)
    back = given(first, second, exclude, undone(exclude))
    assert back.claim("a").state == "superseded"
    assert numbers(back.figure(UA_ALL))[:3] == (207, 207, 207)
