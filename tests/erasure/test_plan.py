"""What is erased with a claim's words, what takes its place, and that nothing else is decided because of it."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from schemas.erasure import ErasableField
from services.erasure.guard import decided, left_of
from services.erasure.plan import ErasurePlan, claims_named, plan_erasure
from services.erasure.words import Substitution, erased_name
from services.eventlog.port import Entry
from services.ledgers import load_ledger
from services.queries.replay import replay
from tests.reconciliation.labelled_sets import FIRST_PERIOD


LEDGER = load_ledger("rus-ukr")
ALL: tuple[ErasableField, ...] = (
    "wording",
    "name",
    "url",
    "reported_by",
    "quoted_from",
    "other",
)


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    """The log of some months of real claims, and of three that quote and name each other."""
    lines = [json.loads(line) for line in list(FIRST_PERIOD.lines)[:80]]
    said = lines[-1]
    for number, changes in enumerate(
        (
            {
                "claimant": {"name": "Ann Example", "party": "UA", "role": "other"},
                "mood": {"deep": "x"},
            },
            {
                "wording": "ann example said 7",
                "quoted_from": "told-0",
                "reported_by": "Ann  Example",
            },
            {
                "quoted_from": "Ann Example (by phone)",
                "url": "http://www.a.example/1/?utm_source=x",
            },
        )
    ):
        data = said["data"] | {"url": "https://a.example/1", "reported_by": "An Outlet"} | changes
        lines.append(said | {"id": f"told-{number}", "data": data})
    replayed = replay((json.dumps(line).encode() for line in lines), ledger=LEDGER)
    assert not replayed.rejections
    return [Entry(position, body) for position, body in enumerate(replayed.log.bodies(), 1)]


def planned(entries: list[Entry], name: str, *fields: ErasableField) -> ErasurePlan:
    [claim] = claims_named(entries, name)
    plan = plan_erasure(entries, claim, fields or ALL, token="1a2b3c4d", ledger=LEDGER)
    assert plan is not None
    return plan


def claim_left(entries: list[Entry], plan: ErasurePlan, name: str) -> Mapping[str, Any]:
    [claim] = claims_named(entries, name)
    content: dict[str, Any] = json.loads(plan.left[claim.position])
    claim_content: dict[str, Any] = content["data"]["claim"]
    return claim_content


def test_whoever_is_erased_nothing_else_is_decided(entries):
    before = decided((entry.body for entry in entries), LEDGER)
    names = [claim.data.id for claim in claims_named(entries, None)][::30]

    for name in (*names, "told-0"):
        plan = planned(entries, name)
        assert decided(left_of(entries, plan), LEDGER) == before


def test_a_name_goes_wherever_it_stands_in_whatever_spelling(entries):
    plan = planned(entries, "told-0", "name")

    assert claim_left(entries, plan, "told-0")["claimant"]["name"] == "speaker-1a2b3c4d"
    second = claim_left(entries, plan, "told-1")
    assert second["reported_by"] == "speaker-1a2b3c4d"
    assert second["wording"] == "speaker-1a2b3c4d said 7"
    assert claim_left(entries, plan, "told-2")["quoted_from"] == "speaker-1a2b3c4d (2)"
    assert b"Ann Example" not in b"".join(left_of(entries, plan))


def test_an_address_goes_however_it_is_written_and_names_of_claims_stay(entries):
    plan = planned(entries, "told-0", "url", "quoted_from")

    for name in ("told-0", "told-1", "told-2"):
        assert claim_left(entries, plan, name)["url"] == "https://erased.invalid/1a2b3c4d"
    assert claim_left(entries, plan, "told-1")["quoted_from"] == "told-0"
    assert dict(plan.kept).keys() == {"wording", "name", "reported_by"}


def test_what_a_publisher_sent_besides_goes_whole(entries):
    assert "mood" not in claim_left(entries, planned(entries, "told-0", "other"), "told-0")


def test_what_is_erased_is_not_erased_again(entries):
    plan = planned(entries, "told-0")
    left = [Entry(at, body) for at, body in enumerate(left_of(entries, plan), 1)]
    [claim] = claims_named(left, "told-0")

    assert plan_erasure(left, claim, ALL, token="9", ledger=LEDGER) is None


def test_a_short_name_is_no_part_of_other_words():
    words = Substitution(LEDGER, "1")
    words.add_name(erased_name("Al", ["Al"], "speaker-1", LEDGER))

    assert (
        words.sentence("Al says 7, Also Alma; AL's 8")
        == "speaker-1 says 7, Also Alma; speaker-1's 8"
    )
