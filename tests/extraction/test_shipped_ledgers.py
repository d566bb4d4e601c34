"""The ledgers that come with the program have the words to read reports of their conflict by."""

from datetime import date

import pytest

from services.extraction.drafts import extract
from services.extraction.report import Report
from services.ledgers import load_ledger
from tests.extraction.made_up import told


#: Nobody wrote these, and their numbers and days are of nothing.
_OF_YEMEN = """The Houthis released 44 government prisoners on Friday, the Red Cross said.
Murtada said 31 Houthi fighters had been freed by the coalition.
A plane carrying 12 Saudis left Sanaa on Saturday."""
_OF_UKRAINE = """On Friday 44 Ukrainian soldiers came home from Russian captivity, Zelensky said.
Russia's defence ministry said 31 servicemen were returned."""
REPORTS = {
    "yem-hou": (
        _OF_YEMEN,
        [
            "returned HOU exact 31 HOU/coordination_hq 2031-05-09",
            "returned YE exact 12 media/outlet 2031-05-10",
            "returned YE exact 44 intl/other 2031-05-09",
        ],
    ),
    "rus-ukr": (
        _OF_UKRAINE,
        [
            "returned RU exact 31 RU/mod 2031-05-09",
            "returned UA exact 44 UA/president 2031-05-09",
        ],
    ),
}


def test_a_regions_administration_is_known_by_its_letters():
    report = Report(
        text="""21 жителя області повернули в Україну під час обміну 9 травня, повідомив начальник ХОВА.
Серед звільнених – двоє жителів Ізюма.""",
        published_at=date(2031, 5, 10),
        lang="uk",
    )

    drafts = extract(report, load_ledger("rus-ukr"))

    assert sorted(map(told, drafts)) == [
        "breakdown UA exact 2 UA/other 2031-05-09",
        "returned UA exact 21 UA/other 2031-05-09",
    ]


@pytest.mark.parametrize("name", REPORTS)
def test_a_shipped_ledger_reads_a_report_of_its_conflict(name: str):
    text, claims = REPORTS[name]

    drafts = extract(Report(text=text, published_at=date(2031, 5, 10)), load_ledger(name))

    assert sorted(map(told, drafts)) == claims
