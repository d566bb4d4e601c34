"""Which exchange a claim means, where days stand beside each other or no day is known at all."""

import json
from typing import Any

import msgspec
from hypothesis import given as drawn
from hypothesis import strategies as st

from services.log_events.facts import FactRecord
from services.reconciliation.claims.reading import ClaimKey, ClaimReader, Reading
from services.reconciliation.engine.judgements import Judgements
from services.reconciliation.engine.matching import Matching
from services.reconciliation.policy import policy_of
from services.reconciliation.rules.which_exchange import Meant
from tests.builders import reported
from tests.reconciliation.given import (
    HEADQUARTERS,
    LEDGER,
    MINISTRY,
    OMBUDSMAN,
    OUTLET,
    PRESIDENT,
    given,
    numbers,
    on,
    said,
)


NOWHERE: dict[str, Any] = {"exchange": {"date": None}, "published_at": None, "time": None}


def test_a_report_that_dates_an_exchange_a_day_late_means_it_all_the_same():
    ledger = given(
        said("a", 95, **on("2024-10-18"), claimant=PRESIDENT),
        said("b", 95, **on("2024-10-18"), claimant=HEADQUARTERS),
        said("c", 95, side="RU", **on("2024-10-18"), claimant=MINISTRY),
        said("late", 95, **on("2024-10-19"), claimant=PRESIDENT),
        said("list", 20, measure="breakdown", category="women", **on("2024-10-19")),
    )

    assert [exchange.id for exchange in ledger.models.exchanges] == ["2024-10-18"]
    assert ledger.exchange("2024-10-18").aliases == ("2024-10-19",)
    assert ledger.claim("late").evidence == "stated-neighbouring-date"
    assert ledger.claim("list").exchange == "2024-10-18"
    assert numbers(ledger.figure("2024-10-18:returned:UA:all"))[:3] == (95, 95, 95)


def test_days_that_the_counter_numbers_apart_are_two_exchanges_however_equal():
    ledger = given(
        said("a", 50, **on("2022-11-23", ordinal=31), claimant=PRESIDENT),
        said("b", 50, **on("2022-11-23"), claimant=HEADQUARTERS),
        said("c", 50, **on("2022-11-24", ordinal=32), claimant=PRESIDENT),
    )

    assert [exchange.id for exchange in ledger.models.exchanges] == ["2022-11-23", "2022-11-24"]


def test_days_with_numbers_of_their_own_are_two_exchanges():
    ledger = given(
        said("a", 49, **on("2024-09-13")),
        said("b", 103, **on("2024-09-14")),
        said("c", 103, side="RU", **on("2024-09-14"), claimant=MINISTRY),
    )

    assert [exchange.id for exchange in ledger.models.exchanges] == ["2024-09-13", "2024-09-14"]


def test_a_number_for_several_days_is_the_operations_and_counts_none_of_them():
    ledger = given(
        said("1", 390, **on("2025-05-23"), claimant=PRESIDENT),
        said("2", 307, **on("2025-05-24"), claimant=PRESIDENT),
        said("3", 303, **on("2025-05-25"), claimant=PRESIDENT),
        said("whole", 1000, **on("2025-05-25"), claimant=HEADQUARTERS),
        said("undated", 1000, exchange={"date": None}, published_at="2025-05-25", claimant=OUTLET),
    )

    assert numbers(ledger.figure("2025-05-25:returned:UA:all"))[:3] == (303, 303, 303)
    for ref in ("whole", "undated"):
        claim = ledger.claim(ref)
        assert (claim.state, claim.exchange, claim.evidence) == ("active", None, "sum-of-days")
        assert claim.figure == "2025-05-23..2025-05-25:returned:UA:all"
    whole = ledger.figure("2025-05-23..2025-05-25:returned:UA:all")
    assert numbers(whole)[:3] == (1000, 1000, 1000)
    check = ledger.check_of("whole")
    assert check.result == "pass"
    assert check.explanations[0].text == (
        "1000 = 390 (2025-05-23) + 307 (2025-05-24) + 303 (2025-05-25)"
    )
    assert check.id in whole.checks


def test_the_whole_is_a_count_again_once_a_day_of_it_is_taken_back():
    one, two = said("1", 200, **on("2026-03-05")), said("2", 302, **on("2026-03-06"))
    whole = said("whole", 502, **on("2026-03-06"), claimant=OUTLET)

    assert given(one, two, whole).claim("whole").exchange is None
    assert given(two, whole).claim("whole").exchange == "2026-03-06"


def test_an_outlets_undated_number_far_from_all_that_officials_count_is_background():
    ledger = given(
        said("a", 75, **on("2024-05-31"), claimant=PRESIDENT),
        said(
            "old",
            248,
            exchange={"date": None},
            published_at="2024-05-31",
            claimant=OUTLET,
        ),
        said(
            "near",
            80,
            exchange={"date": None},
            published_at="2024-05-31",
            claimant=OUTLET,
        ),
    )

    assert ledger.claim("old").exchange is None
    assert ledger.claim("near").exchange == "2024-05-31"


def test_a_page_without_any_day_means_the_one_exchange_that_has_its_number():
    ledger = given(
        said("a", 277, **on("2025-04-19")),
        said("b", 205, **on("2025-05-06")),
        said("undated", 277, claimant=OUTLET, **NOWHERE),
        said("unheard", 300, claimant=OUTLET, **NOWHERE),
    )

    undated = ledger.claim("undated")
    assert (undated.exchange, undated.evidence) == ("2025-04-19", "equal-figure")
    assert ledger.claim("unheard").exchange is None


def test_what_else_a_page_without_any_day_says_is_about_the_exchange_its_numbers_point_to():
    page = {"url": "https://example.org/undated", "claimant": OUTLET, **NOWHERE}
    ledger = given(
        said("a", 246, side="RU", **on("2025-04-19"), claimant=MINISTRY),
        said("b", 205, **on("2025-05-06")),
        said("c", 205, **on("2025-10-02")),
        said("pointer", 246, side="RU", **page),
        said("list", 15, side="RU", measure="breakdown", category="wounded", **page),
        said("two places", 205, **page),
    )

    listed = ledger.claim("list")
    assert (listed.exchange, listed.evidence) == ("2025-04-19", "same-report")
    assert ledger.claim("two places").exchange is None


def test_bodies_are_never_counted():
    ledger = given(
        said("a", 95, **on("2024-10-18")),
        said("bodies", 501, category="bodies of fallen soldiers", **on("2024-10-18")),
        said("elsewhere", 563, category="bodies", **on("2024-11-08")),
    )

    assert [exchange.id for exchange in ledger.models.exchanges] == ["2024-10-18"]
    assert numbers(ledger.figure("2024-10-18:returned:UA:all"))[:3] == (95, 95, 95)
    bodies = ledger.claim("bodies")
    assert (bodies.state, bodies.reason) == ("excluded", "bodies-are-not-counted")


DAYS = ["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-08"]
POLICY = policy_of(LEDGER.policy)
READER = ClaimReader(LEDGER, POLICY)


@st.composite
def readings(draw: Any) -> list[Reading]:
    found = []
    for number in range(draw(st.integers(1, 12))):
        line = reported(
            f"c{number}",
            time=None,
            value=draw(st.sampled_from([3, 4, 7, 11, 30])),
            measure=draw(st.sampled_from(["returned"] * 6 + ["breakdown", "exchanged_total"])),
            side=draw(st.sampled_from(["UA", "UA", "RU"])),
            exchange={
                "date": draw(st.sampled_from([*DAYS, *DAYS, None, None])),
                "ordinal": draw(st.sampled_from([None] * 6 + [8, 9])),
            },
            published_at=draw(st.sampled_from([*DAYS, None, None])),
            url=draw(st.sampled_from([None, "https://example.org/1", "https://example.org/2"])),
            claimant=draw(st.sampled_from([OMBUDSMAN, PRESIDENT, MINISTRY, OUTLET, OUTLET])),
            modality=draw(st.sampled_from(["asserted"] * 5 + ["planned"])),
        )
        event = json.loads(line)
        record = {"id": event["id"], "source": event["source"], "claim": event["data"]}
        found.append(READER.read(msgspec.convert(record, FactRecord), position=number + 1))
    return found


@drawn(readings(), st.data())
def test_whoever_is_affected_by_what_comes_and_goes_means_what_a_fresh_start_would_say(
    known: list[Reading], data: st.DataObject
) -> None:
    by_key = {reading.key: reading for reading in known}
    gone = data.draw(st.sets(st.sampled_from(known), max_size=3))
    grown = Matching(Judgements(), POLICY, LEDGER.side_codes)
    meant: dict[ClaimKey, Meant] = {}

    def take(reading: Reading, affected: set[ClaimKey]) -> None:
        for key in (affected | {reading.key}) & meant.keys() | {reading.key}:
            meant[key] = grown.meant_by(by_key[key])

    for reading in data.draw(st.permutations(known)):
        take(reading, grown.update(reading, in_force=True, is_known=False))
    for reading in sorted(gone, key=lambda reading: reading.said):
        take(reading, grown.update(reading, in_force=False, is_known=True))

    fresh = Matching(Judgements(), POLICY, LEDGER.side_codes)
    for reading in known:
        fresh.update(reading, in_force=reading not in gone, is_known=False)
    assert meant == {key: fresh.meant_by(reading) for key, reading in by_key.items()}
