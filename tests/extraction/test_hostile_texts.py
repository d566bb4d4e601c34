"""Texts that are no reports are read in bounds, and give nothing that does not stand in them."""

import pytest

from services.extraction.drafts import extract
from services.extraction.marking import NUMBERS_MAX, MarkedText
from services.extraction.report import Report
from services.extraction.tokens import SENTENCE_WORDS_MAX
from tests.extraction.made_up import MadeUpReport, made_up_ledger, made_up_reports


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\u200b \n\n …",
        "² ½ ١٢ 99999999999999 0 00 1.5.5 -1",
        "’ “ ” « ( [ 100% №5 €5 5/5",
        "Syldavia returned ² soldiers, 99999999999999 prisoners and 0 civilians.",
        "Borduria and Syldavia said said said " * 100,
        "On 31.12.9999 Syldavia got 40 soldiers back, and the next day 12 Syldavians came home.",
        "On 01.01.0001 Syldavia got 40 soldiers back; a day earlier 12 Syldavians came home.",
        "40 Bordurians still being",
        "Borduria freed seven people on Friday. Among them are four Cedrians, one",
        "On 30.12.2999 12 Syldavians came home. " + "The next day 12 Syldavians came home. " * 400,
    ],
)
def test_odd_texts_are_read(text):
    drafts = extract(Report(text=text, lang="en"), made_up_ledger())

    for draft in drafts:
        for one in draft.draft.evidence:
            assert text[one.start : one.end] == one.quote


@pytest.mark.parametrize("one", made_up_reports()[::10], ids=lambda one: one.shows)
def test_a_text_that_ends_anywhere_is_read(one: MadeUpReport):
    words = one.report.text.split(" ")

    for count in range(1, len(words)):
        text = " ".join(words[:count]).rstrip(".,;: \n")
        for draft in extract(one.report.model_copy(update={"text": text}), made_up_ledger()):
            assert (draft.data.wording or "") in " ".join(text.split())


def test_what_is_read_of_a_text_is_bounded():
    marked = MarkedText("5 " * 2000, ledger=made_up_ledger(), language="en")

    assert len(marked.numbers) == NUMBERS_MAX
    assert max(map(len, marked.sentences)) <= SENTENCE_WORDS_MAX + 1


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_of_publication_is_one_that_days_can_be_reckoned_from(day):
    with pytest.raises(ValueError, match="published_at"):
        Report.model_validate({"text": "", "published_at": day})
