"""A ledger's configuration: what a file may say, and what is refused."""

import pytest

from schemas.ledger import Party
from services.ledgers import LedgerConfigurationError, parse_ledger, read_ledger_file
from services.reconciliation.claims.speakers import tier_of


SMALL = """\
name = "a-b"
title = "Exchanges between A and B"
policy = "latest"
{more}
[[sides]]
code = "A"
name = "Side A"
competent_roles = ["mod"]

[[sides]]
code = "B"
name = "Side B"
competent_roles = ["ombudsman"]
"""


def test_a_file_may_say_in_which_time_zone_its_days_are_days():
    written = parse_ledger(SMALL.format(more='time_zone = "Asia/Aden"'), origin="a-b.toml")
    silent = parse_ledger(SMALL.format(more=""), origin="a-b.toml")

    assert (written.time_zone, silent.time_zone) == ("Asia/Aden", "UTC")


@pytest.mark.parametrize("zone", ["Asia/Adenn", "../etc/passwd", "", "+03:00"])
def test_a_time_zone_that_nobody_knows_is_refused(zone):
    with pytest.raises(LedgerConfigurationError, match=r"time_zone.*IANA time zone"):
        parse_ledger(SMALL.format(more=f'time_zone = "{zone}"'), origin="a-b.toml")


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        (
            'shown_time_zones = "Asia/Aden"',
            "shown_time_zones: expected a list, in brackets, found 'Asia/Aden'",
        ),
        ("vocabulary = 3", "vocabulary: expected a table, found 3"),
        ("data_licence = 4", "data_licence: expected a text, found 4"),
    ],
)
def test_what_a_field_holds_is_said_in_the_words_of_the_file(more, fault):
    with pytest.raises(LedgerConfigurationError) as refused:
        parse_ledger(SMALL.format(more=more), origin="a-b.toml")

    assert str(refused.value) == f"a-b.toml:4: {fault}"


def test_a_file_may_trust_publishers_with_the_words_of_others():
    trusting = parse_ledger(
        SMALL.format(more='trusted_publishers = ["urn:archive"]'), origin="a-b.toml"
    )

    assert trusting.trusted_publishers == ("urn:archive",)


def test_a_changed_copy_of_a_ledger_keeps_nothing_that_was_worked_out_of_the_first():
    ledger = parse_ledger(SMALL.format(more=""), origin="a-b.toml")
    same = parse_ledger(SMALL.format(more=""), origin="a-b.toml")
    assert ledger == same
    assert "C" not in ledger.party_codes

    wider = ledger.model_copy(update={"parties": (Party(code="C", name="Side C"),)})

    assert "C" in wider.party_codes
    assert wider != ledger
    assert wider.model_copy(update={"parties": ()}) == same


def test_an_office_may_count_those_whom_it_lets_go():
    offices = '[[offices]]\ncode = "prison_service"\nname = "Prison service"\ncompetent_for = "B"\n'
    ledger = parse_ledger(SMALL.format(more="") + offices, origin="a-b.toml")

    def tier(side: str, *, is_held: bool = False) -> int:
        return tier_of("A", "prison_service", side=side, ledger=ledger, is_held=is_held)

    assert (tier("B"), tier("A"), tier("B", is_held=True)) == (1, 2, 2)
    assert tier_of("A", "mod", side="B", ledger=ledger, is_held=False) == 4


def test_a_file_that_cannot_be_read_is_refused_with_what_was_found(tmp_path):
    letters = tmp_path / "letters.toml"
    letters.write_bytes(b'name = "a-b"\ntitle = "\xe9changes"\n')
    expected_of = {
        tmp_path / "nothing.toml": "expected a ledger's file, found no such file or directory",
        tmp_path: "expected a ledger's file, found a directory",
        letters: "letters.toml:2: expected UTF-8, found byte 0xe9",
    }

    for file, expected in expected_of.items():
        with pytest.raises(LedgerConfigurationError) as refused:
            read_ledger_file(file)
        assert str(refused.value).startswith(str(file))
        assert str(refused.value).endswith(expected)
