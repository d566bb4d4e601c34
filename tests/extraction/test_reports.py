"""What made-up reports claim, in three languages: one fixture for each way of saying it."""

from datetime import date

import pytest

from services.extraction.drafts import extract
from services.extraction.report import Report
from tests.extraction.made_up import (
    MadeUpReport,
    ledger_of_few_words,
    made_up_ledger,
    made_up_reports,
    told,
)


REPORTS = made_up_reports()


def test_there_are_fixtures_in_three_languages():
    languages = [one.report.lang for one in REPORTS]

    assert len(REPORTS) >= 30
    assert min(languages.count(language) for language in ("en", "uk", "ru")) >= 9


@pytest.mark.parametrize("one", REPORTS, ids=lambda one: one.shows)
def test_a_report_claims_what_a_reader_finds_in_it(one: MadeUpReport):
    drafts = extract(one.report, made_up_ledger())

    assert sorted(map(told, drafts)) == sorted(one.claims)
    assert [draft.draft.faults for draft in drafts if draft.draft.faults] == []


@pytest.mark.parametrize("one", made_up_reports("few_words.txt"), ids=lambda one: one.shows)
def test_a_ledger_of_few_words_is_enough(one: MadeUpReport):
    drafts = extract(one.report, ledger_of_few_words())

    assert sorted(map(told, drafts)) == sorted(one.claims)
    assert [draft.draft.faults for draft in drafts if draft.draft.faults] == []


@pytest.mark.parametrize("one", REPORTS[::6], ids=lambda one: one.shows)
def test_the_same_text_gives_the_same_bytes(one: MadeUpReport):
    first, second = (
        [draft.model_dump_json() for draft in extract(one.report, made_up_ledger())]
        for _ in range(2)
    )

    assert first == second


def test_a_body_that_publishes_a_report_speaks_in_it():
    report = Report(
        text="A new exchange was mediated on Friday, resulting in the release of 52 captives.",
        published_at=date(2031, 5, 10),
        lang="en",
        outlet="San Theodoros Ministry of Foreign Affairs",
    )

    draft, *others = extract(report, made_up_ledger())

    assert others == []
    assert told(draft) == "exchanged_total both exact 52 mediator/mediator 2031-05-09"
    assert draft.draft.faults == ()


def test_a_ministry_says_in_a_report_of_its_own_what_its_heading_says():
    report = Report(
        text="""Mediation efforts succeed with a new exchange of 264 captives
San Theodoros has announced the success of a new exchange of captives, which involved 264 captives.""",
        published_at=date(2031, 5, 10),
        lang="en",
        outlet="San Theodoros Ministry of Foreign Affairs",
    )

    drafts = extract(report, made_up_ledger())

    assert list(map(told, drafts)) == [
        "exchanged_total both exact 264 mediator/mediator 2031-05-10"
    ]
