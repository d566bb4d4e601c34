"""A column of a view is described once, and a missing part of a new one is found."""

import pytest

from schemas.decisions import FigureResult
from schemas.views import Figure
from services.projection import encoding
from services.projection.encoding import stored_columns, unpack
from tests.builders import LEDGER, figure_reconciled, recorded_claim
from tests.projection.test_fold import folded


#: What rows of form 2 hold in their place. A new column is a new form: name it in `encoding.ADDED`.
FORM_2 = {
    "exchanges": (
        "date status ordinals mediators aliases phases claim_count position"
    ),
    "figures": (
        "low best high claimed_low claimed_high status credibility flags obs_status voices camps "
        "reasons checks adjudication policy position revision cause as_known_on"
    ),
    "totals": "side category as_of since low best high status flags claims checks position",
    "checks": (
        "kind claim exchange side category as_of expected expected_low expected_high got diff "
        "tolerance result explanations radius position"
    ),
}  # fmt: skip


@pytest.mark.parametrize("table", FORM_2)
def test_a_form_keeps_its_columns_and_their_order(table):
    assert " ".join(stored_columns(table, 2)) == FORM_2[table]


def test_all_that_is_decided_on_a_figure_is_shown():
    # The claims of the figures it was worked out from are shown in the place of those.
    assert set(FigureResult.__struct_fields__) - set(Figure.model_fields) == {"basis"}


def test_a_row_of_an_earlier_form_is_read_with_null_for_a_column_it_has_not(monkeypatch):
    model = folded(recorded_claim(1), figure_reconciled(2, adjudication="j1"))
    [row] = model.rows().figures
    whole = model.take_changes().rows["figures"][row.id]
    monkeypatch.setattr(encoding, "ADDED", {3: {"figures": ("adjudication",)}})
    stored_columns.cache_clear()
    assert whole is not None
    values = encoding._decode(whole)
    place = 3 + stored_columns("figures", 3).index("adjudication")
    earlier = encoding._encode([*values[:place], *values[place + 1 :]])

    [read] = unpack("figures", row.id, earlier, ledger=LEDGER, form=2)
    stored_columns.cache_clear()

    assert row.adjudication == "j1"
    assert read == row.model_copy(update={"adjudication": None})
