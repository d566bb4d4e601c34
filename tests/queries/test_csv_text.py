"""CSV, wherever it is written: no text is a formula, and every text can be had back."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from services.queries.csv_text import csv_text, guarded


@given(st.text())
def test_every_guarded_text_can_be_had_back(text):
    stands = guarded(text)

    assert stands.removeprefix("'") == text
    assert stands[:1] not in set("=+-@＝＋－＠\t\r\n") - {""}


def test_numbers_and_lists_stand_as_they_are():
    row = {"diff": -3, "texts": ["=1"], "none": None, "yes": True}

    assert list(csv.DictReader(io.StringIO(csv_text(list(row), [row])))) == [
        {"diff": "-3", "texts": '["=1"]', "none": "", "yes": "true"}
    ]
