"""Days: an instant is on one day in every notation, and some stated days cannot be meant."""

from typing import Any

import pytest

from schemas.ledger import LedgerConfiguration
from services.queries.replay import replay
from tests.builders import judged, reported
from tests.reconciliation.given import (
    HEADQUARTERS,
    LEDGER,
    MINISTRY,
    OMBUDSMAN,
    given,
    numbers,
    said,
)


#: Half past midnight in Kyiv on 11 May 2031, as feeds write it.
HALF_PAST_MIDNIGHT = [
    "2031-05-11T00:30:00+03:00",
    "2031-05-10T21:30:00Z",
    "2031-05-10T21:30:00+00:00",
    "2031-05-10T21:30:00-00:00",
    "2031-05-10T17:30:00-04:00",
    "2031-05-11T06:30:00+09:00",
    "2031-05-11T03:15:00+05:45",
    "2031-05-10T21:30:00.250Z",
]


def undated(claim_id: str, time: str | None, **more: Any) -> bytes:
    return reported(
        claim_id,
        value=90,
        **{"exchange": {"date": None}, "published_at": None, "time": time} | more,
    )


def in_zone(zone: str) -> LedgerConfiguration:
    return LEDGER.model_copy(update={"time_zone": zone})


@pytest.mark.parametrize(
    "zone", ["UTC", "Europe/Kyiv", "Europe/Moscow", "America/Bogota", "Asia/Kathmandu"]
)
@pytest.mark.parametrize("written", HALF_PAST_MIDNIGHT)
def test_one_announcement_is_one_exchange_in_every_notation(written: str, zone: str) -> None:
    lines = [
        undated("u1", HALF_PAST_MIDNIGHT[0]),
        undated("u2", written, claimant=HEADQUARTERS),
        undated("u3", None, published_at=written, claimant=HEADQUARTERS),
    ]

    models = replay(lines, ledger=in_zone(zone)).read_models

    assert [exchange.status for exchange in models.exchanges] == ["completed"]
    assert [point.best for point in models.cumulative if point.side == "UA"] == [90]


@pytest.mark.parametrize(
    ("zone", "day"),
    [("UTC", "2031-05-10"), ("Europe/Kyiv", "2031-05-11"), ("America/Bogota", "2031-05-10")],
)
def test_an_instant_is_on_the_day_of_the_ledgers_time_zone(zone: str, day: str) -> None:
    models = replay([undated("u", HALF_PAST_MIDNIGHT[0])], ledger=in_zone(zone)).read_models

    assert [exchange.id for exchange in models.exchanges] == [day]


@pytest.mark.parametrize(
    ("zones", "speaker", "day"),
    [
        ({"UA": "America/Bogota"}, OMBUDSMAN, "2031-05-10"),
        ({"RU": "America/Bogota"}, OMBUDSMAN, "2031-05-11"),
        ({"UA": "Asia/Tokyo", "RU": "America/Bogota"}, OMBUDSMAN, "2031-05-11"),
    ],
    ids=["its own", "the other side's", "each its own"],
)
def test_the_days_of_a_sides_officials_are_days_in_its_own_time_zone(
    zones: dict[str, str], speaker: dict[str, str], day: str
) -> None:
    ledger = in_zone("Europe/Kyiv")
    sides = [side.model_copy(update={"time_zone": zones.get(side.code)}) for side in ledger.sides]
    line = undated("u", HALF_PAST_MIDNIGHT[0], claimant=speaker)

    models = replay([line], ledger=ledger.model_copy(update={"sides": tuple(sides)})).read_models

    assert [exchange.id for exchange in models.exchanges] == [day]


@pytest.mark.parametrize("written", ["2031-05-11", "2031-05-11T00:30", "2031-05-11T23:59:59"])
def test_a_day_and_a_time_without_offset_stay_as_they_are_written(written: str) -> None:
    lines = [undated("u", "2031-05-12T09:00:00Z", published_at=written)]

    for zone in ("UTC", "Europe/Kyiv", "America/Bogota"):
        models = replay(lines, ledger=in_zone(zone)).read_models
        assert [exchange.id for exchange in models.exchanges] == ["2031-05-11"]


def test_instants_at_the_ends_of_the_calendar_are_read() -> None:
    assert not given(
        undated("a", "0001-01-01T00:00:00+14:00"), undated("b", "9999-12-31T23:59:00-12:00")
    ).models.exchanges


def test_the_later_of_two_instants_is_the_later_one_in_every_notation() -> None:
    ledger = given(
        said("late", 95, time="2024-01-03T12:30:00+01:00"),
        said("early", 100, time="2024-01-03T13:00:00+02:00"),
    )

    assert numbers(ledger.figure("2024-01-03:returned:UA:all")) == (95, 95, 95, "single_source")


def on(day: str, **more: Any) -> dict[str, Any]:
    return {"exchange": {"date": day}, "published_at": None} | more


PLAIN = said("plain", 50, **on("2031-05-12", time="2031-05-12T12:00:00Z"))


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ("2013-05-10", "day-before-opened:2013-05-10"),
        ("2022-02-23", "day-before-opened:2022-02-23"),
        ("0025-05-10", "day-impossible:0025-05-10"),
        ("1031-05-10", "day-impossible:1031-05-10"),
        ("2131-05-10", "day-after-report:2131-05-10"),
        ("2031-06-10", "day-after-report:2031-06-10"),
        ("2031-05-12", "day-after-report:2031-05-12"),
    ],
)
def test_a_day_that_cannot_be_meant_makes_nothing(day: str, reason: str) -> None:
    later = said("later", 50, **on("2031-05-20", time="2031-05-20T12:00:00Z"))

    ledger = given(said("a", 100, **on(day, time="2031-05-10T12:00:00Z")), later)

    assert [exchange.id for exchange in ledger.models.exchanges] == ["2031-05-20"]
    assert ledger.total("UA", "2031-05-20").best == 50
    claim = ledger.claim("a")
    assert (claim.state, claim.reason, claim.exchange) == ("excluded", reason, None)
    # What was said is kept.
    assert claim.stated_exchange.date is not None
    assert not ledger.models.checks


@pytest.mark.parametrize("day", ["2022-02-24", "2031-05-09", "2031-05-10", "2031-05-11"])
def test_a_day_between_the_opening_and_the_day_after_the_report_is_meant(day: str) -> None:
    ledger = given(said("a", 100, **on(day, time="2031-05-10T12:00:00Z")))

    assert ledger.exchange(day).status == "completed"
    assert ledger.claim("a").state == "active"


def test_a_report_is_as_late_as_the_latest_of_its_days() -> None:
    report = {"time": "2031-05-01T12:00:00Z", "asserted_at": "2031-05-02T12:00:00Z"}
    late = said("a", 100, **on("2031-05-10") | report | {"published_at": "2031-05-09"})
    early = said("b", 100, **on("2031-05-10") | report | {"published_at": "2031-05-08"})

    assert given(late).claim("a").state == "active"
    assert given(early).claim("b").reason == "day-after-report:2031-05-10"


def test_a_report_of_which_no_day_is_known_is_not_held_against_one() -> None:
    assert given(said("a", 100, **on("2131-05-10", time=None))).claim("a").state == "active"


def test_a_plan_and_a_denial_may_speak_of_a_later_day() -> None:
    day = on("2031-08-10", time="2031-05-10T12:00:00Z")

    assert (
        given(said("a", 100, modality="planned", **day)).exchange("2031-08-10").status == "planned"
    )
    assert (
        given(said("a", 100, modality="denied", **day)).exchange("2031-08-10").status == "cancelled"
    )


def test_no_plan_is_of_a_day_before_the_ledger_opens() -> None:
    ledger = given(
        said("a", 9, modality="planned", **on("2013-05-10", time="2031-05-10T12:00:00Z"))
    )

    assert not ledger.models.exchanges
    assert ledger.claim("a").reason == "day-before-opened:2013-05-10"


@pytest.mark.parametrize(
    ("as_of", "reason"),
    [
        ("2013-05-10", "day-before-opened:2013-05-10"),
        ("0025-05-10", "day-impossible:0025-05-10"),
        ("2131-05-10", "day-after-report:2131-05-10"),
    ],
)
def test_a_running_total_of_a_day_that_cannot_be_meant_is_none(as_of: str, reason: str) -> None:
    period = {"since": None, "as_of": as_of}
    said_on = {"published_at": "2031-05-12", "time": "2031-05-12T20:00:00Z"}
    wrong = said(
        "t",
        900,
        measure="cumulative_returned",
        exchange={"date": None},
        period=period,
        **said_on,
    )

    ledger = given(PLAIN, wrong)

    assert ledger.claim("t").reason == reason
    assert [point.best for point in ledger.models.cumulative if point.side == "UA"] == [50]
    assert not ledger.models.checks


def test_people_may_be_held_since_before_the_ledger_opens() -> None:
    held = {
        "measure": "held",
        "category": "unspecified",
        "exchange": {"date": None},
        "published_at": "2024-01-03",
    }

    early = given(said("h", 40, period={"as_of": "2019-01-01"}, **held))
    assert early.has("2019-01-01:held:UA:unspecified")
    late = given(said("h", 40, period={"as_of": "2131-01-01"}, **held))
    assert late.claim("h").reason == "day-after-report:2131-01-01"
    assert not late.models.figures


def test_an_undated_report_from_before_the_ledger_opens_makes_no_exchange() -> None:
    ledger = given(undated("u", "2013-05-10T12:00:00Z"))

    assert not ledger.models.exchanges
    assert ledger.claim("u").reason == "day-before-opened:2013-05-10"


def test_a_ledger_that_does_not_say_when_it_opens_takes_every_day_that_can_be() -> None:
    ledger = LEDGER.model_copy(update={"opened": None})
    lines = [
        said("a", 100, **on("1913-05-10", time="2031-05-10T12:00:00Z")),
        said("b", 100, **on("0025-05-10", time="2031-05-10T12:00:00Z")),
    ]

    models = replay(lines, ledger=ledger).read_models

    assert [exchange.id for exchange in models.exchanges] == ["1913-05-10"]


def test_a_doubted_claim_is_no_evidence_for_what_others_mean() -> None:
    same = {"url": "https://news.example/1"}
    ledger = given(
        said("a", 100, **on("2013-05-10", time="2031-05-10T12:00:00Z"), **same),
        undated("u", "2031-05-10T12:00:00Z", **same),
    )

    assert ledger.claim("u").exchange == "2031-05-10"


def test_ordinals_and_superlatives_of_a_doubted_day_test_nothing() -> None:
    day = on("2131-05-10", time="2031-05-10T12:00:00Z")
    ledger = given(
        PLAIN,
        said("o", 7, measure="exchange_ordinal", side=None, unit="exchanges", **day),
        reported("s", measure="superlative", quantity=None, wording="the largest", **day),
    )

    assert not ledger.models.checks
    assert {ledger.claim(ref).reason for ref in "os"} == {"day-after-report:2131-05-10"}


def test_an_operator_puts_a_doubted_claim_where_it_belongs() -> None:
    ledger = given(
        said("a", 100, **on("2013-05-10", time="2031-05-10T12:00:00Z")),
        judged("reassign", claim="a", exchange="2031-05-10"),
    )

    assert ledger.claim("a").state == "active"
    assert numbers(ledger.figure("2031-05-10:returned:UA:all"))[:3] == (100, 100, 100)


def test_both_sides_numbers_of_a_doubted_day_are_set_aside_alike() -> None:
    ledger = given(
        said("a", 9, **on("2013-05-10", time="2031-05-10T12:00:00Z")),
        said("b", 9, side="RU", claimant=MINISTRY, **on("2013-05-10", time="2031-05-10T12:00:00Z")),
        said("c", 18, measure="exchanged_total", side="both", **on("2013-05-10", time=None)),
    )

    assert not ledger.models.exchanges
    assert {claim.state for claim in ledger.models.claims} == {"excluded"}
