"""Days that words name where a claim states none."""

from datetime import date

import pytest
from pydantic import ValidationError

from schemas.words import LedgerVocabulary
from services.ledgers import default_vocabulary
from services.reconciliation.claims.said_spans import said_times_of
from tests.reconciliation.given import OMBUDSMAN, OUTLET, given, on, said, undated


SAID, _ = said_times_of(default_vocabulary().model_dump_json())
#: A Thursday.
REPORTED = date(2031, 5, 15)


@pytest.mark.parametrize(
    ("wording", "day"),
    [
        ("20 more were released on Sunday", date(2031, 5, 11)),
        ("20 came home on Thursday", REPORTED),
        ("20 came home today", REPORTED),
        ("20 came home the day before yesterday", date(2031, 5, 13)),
        ("yesterday, Wednesday, May 14, 20 came home", date(2031, 5, 14)),
        ("On May 3, 20 people", date(2031, 5, 3)),
        ("20 people on the 3rd of May", date(2031, 5, 3)),
        ("20 people on June 3", date(2030, 6, 3)),
        ("20 people on June 3, 2029", date(2029, 6, 3)),
        ("вчора повернулися 20", date(2031, 5, 14)),
        ("у п'ятницю повернулися 20", date(2031, 5, 9)),
        ("3 травня повернулися 20", date(2031, 5, 3)),
        ("в среду вернулись 20", date(2031, 5, 14)),
        ("le 4 mai, vingt prisonniers", date(2031, 5, 4)),
        ("20 abducted on March 3 were freed on Sunday", date(2031, 5, 11)),
        ("20 captured soldiers came home on Sunday", date(2031, 5, 11)),
        ("el 4 de mayo", date(2031, 5, 4)),
        ("na terça-feira", date(2031, 5, 13)),
        ("20 osób w środę", date(2031, 5, 14)),
        ("يوم الأحد 20", date(2031, 5, 11)),
        ("۲۰ زندانی روز گذشته", date(2031, 5, 14)),
        ("մայիսի 4-ին 20 հոգի", date(2031, 5, 4)),
        ("mayın 4-də 20 nəfər", date(2031, 5, 4)),
        ("20 fanger mandag", date(2031, 5, 12)),
        ("20 tahanan pada hari Minggu", date(2031, 5, 11)),
        ("रविवार को 20", date(2031, 5, 11)),
    ],
)
def test_a_day_that_words_name_is_the_last_such_day_up_to_the_report(
    wording: str, day: date
) -> None:
    assert SAID.find(wording, REPORTED, number=20, is_plan=False) == day


@pytest.mark.parametrize(
    "wording",
    [
        "20 soldiers",
        "In May 20 people came home",
        "since Sunday 20 came home",
        "20 since last week, starting on Saturday",
        "20 on Monday and Tuesday",
        "20 on May 3 and May 4",
        "20 on February 30",
        "20 on June 3, 2032",
        "20 tomorrow",
        "20 may come home",
        "20 hostages abducted on May 3",
        "20 men captured Monday",
        "vingt otages enlevés le 4 mai",
        "20, захваченные 3 мая",
        "двадцять, захоплених у неділю",
    ],
)
def test_words_that_name_no_day_or_several_or_the_bound_of_a_time_name_none(wording: str) -> None:
    assert SAID.find(wording, REPORTED, number=20, is_plan=False) is None


@pytest.mark.parametrize(
    ("wording", "day"),
    [
        ("20 are to come home on Friday", date(2031, 5, 16)),
        ("20 are to come home tomorrow", date(2031, 5, 16)),
        ("20 are to come home on June 3", date(2031, 6, 3)),
        ("20 are to come home on Tuesday", date(2031, 5, 20)),
        ("20 were to come home on Wednesday", date(2031, 5, 14)),
        ("it was agreed yesterday that 20 come home", None),
        ("20 are to come home by Friday", None),
    ],
)
def test_what_is_to_come_is_on_the_next_such_day(wording: str, day: date | None) -> None:
    assert SAID.find(wording, REPORTED, number=20, is_plan=True) == day


def test_a_claim_means_the_day_that_its_words_name() -> None:
    ledger = given(
        said("dated", 31, **on("2031-05-12")),
        said("told", 20, wording="20 came home on Sunday", **undated("2031-05-15")),
    )

    told = ledger.claim("told")
    assert (told.exchange, told.evidence) == ("2031-05-11", "named-day")
    assert told.stated_exchange.date is None
    assert ledger.figure("2031-05-11:returned:UA:all").best == 20


def test_a_day_that_is_stated_is_not_looked_for_in_words() -> None:
    ledger = given(said("told", 20, wording="20 came home on Sunday", **on("2031-05-12")))

    assert ledger.claim("told").exchange == "2031-05-12"


@pytest.mark.parametrize(
    ("wording", "exchange"),
    [("On May 3, 20 people", "2031-05-03"), ("On April 3, 20 people", None)],
)
def test_of_a_stated_month_words_name_a_day_in_it(wording: str, exchange: str | None) -> None:
    ledger = given(
        said(
            "told",
            20,
            wording=wording,
            claimant=OUTLET,
            exchange={"date": "2031-05"},
            published_at="2031-05-15",
            time="2031-05-15T18:00:00Z",
        )
    )

    assert ledger.claim("told").exchange == exchange


def test_a_denial_is_of_no_day_that_its_words_name() -> None:
    ledger = given(
        said("one", 20, **on("2031-05-14")),
        said(
            "told", 20, wording="nobody came on Sunday", modality="denied", **undated("2031-05-14")
        ),
    )

    assert ledger.claim("told").exchange == "2031-05-14"


def test_a_report_without_any_day_says_no_weekday() -> None:
    ledger = given(
        said("one", 31, claimant=OMBUDSMAN, **on("2031-05-14")),
        said(
            "told",
            20,
            claimant=OUTLET,
            wording="20 came home on Sunday",
            exchange={"date": None},
            published_at=None,
            time=None,
        ),
    )

    assert ledger.claim("told").exchange is None


@pytest.mark.parametrize(("kind", "count"), [("weekdays", 6), ("months", 13)])
def test_weekdays_and_months_are_told_in_whole_rows(kind: str, count: int) -> None:
    with pytest.raises(ValidationError, match="for each way of writing them"):
        LedgerVocabulary.model_validate({kind: {"en": ["word"] * count}})
