"""Track records: what each voice said, beside what the ledger ended up with."""

from datetime import date
from typing import Any

from schemas.views import TrackRecord
from services.queries.track_records import track_records
from tests.builders import taken_back
from tests.reconciliation.given import (
    HEADQUARTERS,
    MEDIATOR,
    MINISTRY,
    PRESIDENT,
    given,
    said,
    total,
)


def records(*lines: bytes) -> dict[str, TrackRecord]:
    return {record.voice: record for record in track_records("rus-ukr", given(*lines).models)}


def later(day: str, claim_id: str, value: int, **more: Any) -> bytes:
    return said(
        claim_id,
        value,
        exchange={"date": day},
        published_at=day,
        time=f"{day}T12:00:00Z",
        **more,
    )


def test_a_voice_is_measured_by_its_exact_figures():
    found = records(
        said("a", 230),
        later("2024-01-31", "b", 207),
        later("2024-01-31", "c", 195, claimant=MINISTRY),
        said("d", 200, bound="more_than", claimant=PRESIDENT),
    )

    assert found["Dmytro Lubinets"].model_dump(exclude={"ledger", "voice", "camp"}) == {
        "figures": 2,
        "inside": 2,
        "alone": 0,
        "share": 1.0,
        "mean_difference": 0.0,
        "first": date(2024, 1, 3),
        "last": date(2024, 1, 31),
    }
    assert found[MINISTRY["name"]].mean_difference == -12
    assert PRESIDENT["name"] not in found


def test_a_quote_in_ten_outlets_is_one_figure_and_nobody_else_speaks():
    found = records(*(said(f"c{n}", 230, reported_by=f"Outlet {n}") for n in range(10)))

    assert (found["Dmytro Lubinets"].figures, found["Dmytro Lubinets"].alone) == (1, 1)


def test_what_was_taken_back_is_no_figure_and_what_was_corrected_is():
    assert records(said("a", 230), taken_back("a")) == {}
    corrected = records(
        said("a", 206, claimant=HEADQUARTERS),
        said("b", 207, claimant=HEADQUARTERS, revises="a"),
        said("c", 207, claimant=MEDIATOR),
    )

    assert corrected["Coordination HQ"].figures == 2
    assert corrected["Coordination HQ"].inside == 1
    assert corrected["Coordination HQ"].mean_difference == -0.5


def test_running_totals_count_and_open_ranges_do_not():
    found = records(
        total("t", 2828, "2024-01-03", claimant=HEADQUARTERS),
        said("d", 200, bound="more_than", claimant=PRESIDENT),
    )

    assert {voice: record.figures for voice, record in found.items()} == {"Coordination HQ": 1}
