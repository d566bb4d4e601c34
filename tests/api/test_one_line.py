"""What a consumer reads line by line has an end of a line only where a record ends."""

import json

import pytest

from schemas.one_line import one_line
from services.api.views.feed import write_event
from services.api.views.tables import held_row
from services.cli.output import json_array
from tests.reconciliation.given import given, said


SEPARATORS = ["\u2028", "\u2029", "\x85"]


@pytest.mark.parametrize("separator", SEPARATORS)
def test_a_change_is_one_line_whatever_a_name_holds(separator):
    told = write_event(
        None, "figure", json.dumps({"name": f"A{separator}B"}, ensure_ascii=False).encode()
    )

    head, data, *rest = told.decode().splitlines()
    assert (head, rest) == ("event: figure", [""])
    assert json.loads(data.removeprefix("data: ")) == {"name": f"A{separator}B"}


@pytest.mark.parametrize("separator", SEPARATORS[:2])
def test_a_claim_is_one_line_in_answers_and_on_the_command_line(separator):
    ledger = given(said("a", 100, wording=f"a hundred{separator}people"))
    [claim] = ledger.models.claims

    for written in (held_row("claims", claim).json.decode(), "".join(json_array([claim]))):
        assert separator not in written
    assert json.loads("".join(json_array([claim])))[0]["wording"] == f"a hundred{separator}people"


def test_json_without_such_a_character_stays_as_it_is():
    text = json.dumps({"name": "Дмитро ‘A’", "n": 1}, ensure_ascii=False)

    assert one_line(text) == text
