"""Reports that copy another, and pages that were edited."""

from datetime import date

from services.extraction.drafts import extract
from services.extraction.linking import linked
from services.extraction.report import Report
from tests.extraction.made_up import made_up_ledger


FIRST = "Colonel Sponsz said on Friday that 61 Bordurian servicemen had been returned."
EDITED = (
    "Colonel Sponsz said on Friday that 63 Bordurian servicemen had been returned. "
    "Ottokar wrote that nearly 57 Syldavians had come home from Bordurian captivity."
)


def report(text: str, **more: str) -> Report:
    return Report(
        text=text,
        url="https://a.example/1",
        outlet="The Copy",
        published_at=date(2031, 5, 10),
        lang="en",
        **more,
    )


def test_an_edited_page_revises_what_it_said_before():
    before = extract(report(FIRST), made_up_ledger())
    now = report(EDITED, previous_text=FIRST)
    changed, added = linked(extract(now, made_up_ledger()), now, made_up_ledger())

    assert changed.data.revises is not None
    assert not isinstance(changed.data.revises, str)
    assert (changed.data.revises.source, changed.data.revises.id) == (
        before[0].source,
        before[0].id,
    )
    assert changed.data.reason == "correction"
    assert changed.source == before[0].source
    assert added.data.revises is None


def test_what_an_edited_page_says_again_is_no_new_draft():
    now = report(f"{FIRST} More soon.", previous_text=FIRST)

    assert extract(now, made_up_ledger())
    assert linked(extract(now, made_up_ledger()), now, made_up_ledger()) == []


def test_a_copy_names_the_outlet_that_it_copies():
    copy = report(FIRST, quoted_from="The Agency")

    (draft,) = linked(extract(copy, made_up_ledger()), copy, made_up_ledger())
    assert draft.data.quoted_from == "The Agency"
    own = report(FIRST, quoted_from="The Copy")
    (draft,) = linked(extract(own, made_up_ledger()), own, made_up_ledger())
    assert draft.data.quoted_from is None
