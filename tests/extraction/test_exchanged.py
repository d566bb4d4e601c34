"""Rules know no conflict: a report with other names and numbers makes the same claims of those."""

from datetime import date

from services.extraction.drafts import extract
from services.extraction.report import Report
from services.ledgers import load_ledger
from tests.extraction.exchanged_names import exchanged
from tests.extraction.made_up import made_up_ledger


#: Eleven claims of every kind, in our own words: nobody wrote or said any of this.
REPORT = """\
Ukraine and Russia said on Thursday that they had swapped about 310 captives, the first such exchange in five months.
The Russian Defence Ministry announced: “163 Russian troops were brought back from territory held by Kyiv.”
“More than 140 soldiers and civilians have come home from Russian captivity,” Ukrainian President Volodymyr Zelensky wrote.
Ombudsman Dmytro Lubinets put the number at 147 Ukrainian soldiers and called it the thirty-first exchange since the beginning of the Russian invasion.
According to the Ukrainian Coordination Center, it was the largest exchange by the number of Ukrainian defenders brought home.
Lubinets said that since 24 February 2022 a total of 1931 Ukrainian soldiers have returned.
The UAE Ministry of Foreign Affairs, which mediated, announced one of the biggest prisoner exchanges of the war.
In September the Commissioner for Human Rights said that Ukraine had got back nearly 1700 of its citizens since the start of the Russian invasion.
Thousands of captives remain on both sides.
"""
NUMBERS = {
    "310": "5120",
    "163": "2671",
    "140": "2400",
    "147": "2449",
    "thirty-first": "hundred and seventh",
    "1931": "90210",
    "1700": "88,000",
    "24 February 2022": "1 March 2029",
    "five": "eleven",
}
#: In the ledger of the made-up conflict sides, days and speakers are others; their places are the same.
CODES = {"UA": "SY", "RU": "BO", "AE": "ST"}


def claims_of(text: str, *, is_exchanged: bool) -> list[tuple[object, ...]]:
    ledger = made_up_ledger() if is_exchanged else load_ledger("rus-ukr")
    published = date(2031, 5, 8) if is_exchanged else date(2023, 11, 9)
    report = Report(text=text, published_at=published, outlet="An outlet")
    drafts = extract(report, ledger)
    assert [draft.draft.faults for draft in drafts if draft.draft.faults] == []
    return [
        (
            draft.data.measure,
            draft.data.side,
            draft.data.category,
            draft.data.quantity.bound if draft.data.quantity else None,
            draft.data.quantity.value if draft.data.quantity else None,
            draft.data.claimant.party,
            draft.data.claimant.role,
            draft.data.exchange.date is not None,
            draft.data.exchange.ordinal,
            draft.data.period.since == ledger.opened,
            draft.data.period.as_of is not None,
            draft.data.mediators,
            draft.data.modality,
        )
        for draft in drafts
    ]


WAR = date(2022, 2, 24)
EXPECTED = [
    ("exchanged_total", "both", "unspecified", "about", 310, "media", "outlet"),
    ("first_since", "both", "unspecified", None, None, "media", "outlet"),
    ("returned", "RU", "military", "exact", 163, "RU", "mod"),
    ("returned", "UA", "all", "more_than", 140, "UA", "president"),
    ("returned", "UA", "military", "exact", 147, "UA", "ombudsman"),
    ("exchange_ordinal", "both", "unspecified", "exact", 31, "UA", "ombudsman"),
    ("superlative", "UA", "unspecified", None, None, "UA", "coordination_hq"),
    ("cumulative_returned", "UA", "military", "exact", 1931, "UA", "ombudsman"),
    ("superlative", "both", "unspecified", None, None, "mediator", "mediator"),
    ("cumulative_returned", "UA", "all", "nearly", 1700, "UA", "ombudsman"),
    ("held", "both", "unspecified", "vague", 1000, "media", "outlet"),
]


def test_a_report_makes_eleven_claims_of_every_kind():
    assert [claim[:7] for claim in claims_of(REPORT, is_exchanged=False)] == EXPECTED


def test_with_all_names_and_numbers_exchanged_it_makes_the_same_claims():
    values = {310: 5120, 163: 2671, 140: 2400, 147: 2449, 31: 107, 1931: 90210, 1700: 88000}
    told = claims_of(exchanged(REPORT, NUMBERS), is_exchanged=True)

    def in_other_words(part: object) -> object:
        if isinstance(part, tuple):
            return tuple(map(in_other_words, part))
        if isinstance(part, bool) or not isinstance(part, int | str):
            return part
        return values.get(part, part) if isinstance(part, int) else CODES.get(part, part)

    assert told == [in_other_words(claim) for claim in claims_of(REPORT, is_exchanged=False)]
