"""Operations of several days: a table of their own, beside the exchanges that are their days."""

from typing import Any

from tests.reconciliation.given import HEADQUARTERS, MINISTRY, PRESIDENT, given, said


def on(day: str, **more: Any) -> dict[str, Any]:
    """A report of a day that states it."""
    return {"exchange": {"date": day} | more, "published_at": day, "time": f"{day}T18:00:00Z"}


TWO_DAYS = (
    said("first", 704, **on("2023-10-15"), claimant=PRESIDENT),
    said("second", 352, **on("2023-10-16"), claimant=PRESIDENT),
    said("whole", 1056, **on("2023-10-15", until="2023-10-16"), claimant=HEADQUARTERS),
)
WHOLE = "2023-10-15..2023-10-16"


def test_an_operation_names_its_days_its_figures_and_how_many_claims_are_at_them():
    models = given(*TWO_DAYS).models

    [operation] = models.operations
    assert operation.id == WHOLE
    assert (str(operation.first_day), str(operation.last_day)) == ("2023-10-15", "2023-10-16")
    assert operation.status == "completed"
    assert operation.phases == ("2023-10-15", "2023-10-16")
    assert f"{WHOLE}:returned:UA:all" in operation.figures
    assert set(operation.figures) <= {figure.id for figure in models.figures}
    assert operation.claim_count == 1


def test_an_operation_is_no_exchange_and_adds_to_no_total():
    without, whole = (given(*lines).models for lines in (TWO_DAYS[:2], TWO_DAYS))

    assert [row.id for row in whole.exchanges] == ["2023-10-15", "2023-10-16"]
    assert [row.best for row in whole.headline] == [row.best for row in without.headline]
    assert [row.best for row in whole.cumulative] == [row.best for row in without.cumulative]
    assert without.operations == ()


def test_a_number_that_is_the_sum_of_days_makes_an_operation_without_a_stated_period():
    told = said("sum", 1056, **on("2023-10-16"), claimant=HEADQUARTERS)

    [operation] = given(*TWO_DAYS[:2], told).models.operations

    assert (operation.id, operation.claim_count) == (WHOLE, 1)


def test_an_operation_of_whose_days_nobody_speaks_happened_if_somebody_counts_it():
    [operation] = given(TWO_DAYS[2]).models.operations

    assert (operation.status, operation.phases) == ("completed", ())


def test_days_of_which_only_the_other_sides_people_are_told_are_phases_too():
    other = said("other", 200, side="RU", **on("2023-10-16"), claimant=MINISTRY)

    [operation] = given(TWO_DAYS[0], other, TWO_DAYS[2]).models.operations

    assert operation.phases == ("2023-10-15", "2023-10-16")


def test_a_ledger_without_operations_has_an_empty_table():
    assert given(*TWO_DAYS[:2]).models.operations == ()
