"""The dead who were handed over are a series of their own."""

from typing import Any

from services.queries.remains import remains_days, series_of_remains
from tests.reconciliation.given import MINISTRY, given, said


def remains(claim_id: str, value: int, day: str, **more: Any) -> bytes:
    """A report that so many of the dead were handed over to Ukraine on a day."""
    about = {"measure": "remains_returned", "category": "bodies", "unit": "bodies"}
    return said(claim_id, value, exchange={"date": day}, published_at=day, **(about | more))


def in_all(claim_id: str, value: int, day: str) -> bytes:
    """A report of how many of the dead were handed over in all by a day."""
    measure = "cumulative_remains_returned"
    return remains(claim_id, value, day, measure=measure, period={"as_of": day})


def test_hand_overs_are_added_up_beside_what_was_published():
    models = given(
        remains("one", 1_212, "2025-06-11"),
        remains("two", 1_200, "2025-06-13", quantity={"bound": "at_least", "value": 1_200}),
        in_all("all", 2_500, "2025-06-12"),
        remains("other", 27, "2025-06-11", side="RU", claimant=MINISTRY),
        said("people", 230, exchange={"date": "2025-06-11"}),
    ).models

    found = [
        (
            str(row.day),
            row.handed_over and row.handed_over.best,
            row.in_all and row.in_all.best,
            (row.low, row.best, row.high),
            row.unlisted,
        )
        for row in series_of_remains(models.figures, "UA")
    ]

    assert found == [
        ("2025-06-11", 1_212, None, (1_212, 1_212, 1_212), None),
        ("2025-06-12", None, 2_500, (1_212, 1_212, 1_212), 1_288),
        ("2025-06-13", 1_200, None, (2_412, 2_412, None), None),
    ]
    assert [row.best for row in series_of_remains(models.figures, "RU")] == [27]
    rows = remains_days(models.figures)
    assert [(row.side, row.handed_over, row.in_all, row.best, row.unlisted) for row in rows] == [
        ("RU", 27, None, 27, None),
        ("UA", 1_212, None, 1_212, None),
        ("UA", None, 2_500, 1_212, 1_288),
        ("UA", 1_200, None, 2_412, None),
    ]
    assert rows[2].in_all_figure == "2025-06-12:cumulative_remains_returned:UA:all"


def test_where_nobody_speaks_of_the_dead_there_is_no_series():
    models = given(said("people", 230)).models

    assert series_of_remains(models.figures, "UA") == []
    assert remains_days(models.figures) == ()
