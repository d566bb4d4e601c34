"""What would be otherwise if claims were left out or added: a replay of the lines without them, or with."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from schemas.comparison import OperationState
from schemas.views import Numbers, ReadModels
from services.ledgers import load_ledger
from services.queries.as_of import Cut
from services.queries.comparison import differences
from services.queries.replay import Replayed, canonical_json, replay
from services.queries.what_if import Exclusions, Supposed, UnmatchedError, read_additions, suppose
from tests.builders import FIGURE, judged, reported, taken_back
from tests.normal import without_arrival


LEDGER = load_ledger("rus-ukr")
SEED = Path(__file__).parents[1].joinpath("data", "seed.claims.jsonl").read_bytes().splitlines()
PRESIDENT = {"name": "Volodymyr Zelensky (in a post)", "party": "UA", "role": "president"}
PIN = {
    "kind": "pin",
    "figure": FIGURE,
    **dict.fromkeys(("low", "best", "high"), 231),
    "who": "An operator",
    "why": "the list says so",
    "at": "2024-02-01T10:00:00Z",
}


def supposed(
    *lines: bytes, additions: tuple[bytes, ...] = (), cut: Cut | None = None, **without: Any
) -> Supposed:
    return suppose(
        lines,
        ledger=LEDGER,
        without=Exclusions(**without),
        additions=read_additions(additions, LEDGER),
        cut=cut or Cut(),
    )


def replayed(*lines: bytes) -> Replayed:
    return replay(lines, ledger=LEDGER)


def refusal(*lines: bytes, **without: Any) -> str:
    with pytest.raises(UnmatchedError) as refused:
        supposed(*lines, **without)
    return str(refused.value)


def models(*lines: bytes) -> ReadModels:
    return replayed(*lines).read_models


@pytest.mark.parametrize(
    ("without", "goes"),
    [
        (
            {"claimants": ["dmytro  lubinets"]},
            lambda event: event["data"]["claimant"]["name"] == "Dmytro Lubinets",
        ),
        (
            {"outlets": ["Seed article"]},
            lambda event: event["data"]["reported_by"] == "seed article",
        ),
        (
            {"sources": ["urn:report:seed-article"]},
            lambda event: event["source"] == "urn:report:seed-article",
        ),
        ({"claims": ["seed-01", "seed-05"]}, lambda event: event["id"] in ("seed-01", "seed-05")),
        ({"camps": ["ua"]}, lambda event: event["data"]["claimant"]["party"] == "UA"),
        ({"camps": ["outlets"]}, lambda event: event["data"]["claimant"]["party"] == "media"),
        (
            {"bounds": ["more_than", "about"]},
            lambda event: (
                (event["data"].get("quantity") or {}).get("bound") in ("more_than", "about")
            ),
        ),
        ({"tiers": ["5"]}, lambda event: event["data"]["claimant"]["party"] == "media"),
    ],
    ids=["claimant", "outlet", "source", "claims", "camp", "outlets", "bounds", "tier"],
)
def test_what_is_left_out_is_as_if_it_had_not_been_said(without, goes):
    kept = [line for line in SEED if not goes(json.loads(line))]
    assert len(kept) < len(SEED)

    found = supposed(*SEED, **without)

    assert found.left_out_count == len(SEED) - len(kept)
    assert canonical_json(found.replayed.read_models) == canonical_json(models(*kept))


def test_a_log_answers_as_the_claims_that_it_was_made_of():
    log = replayed(*SEED).log.bodies()

    of_log = supposed(*log, claimants=["Dmytro Lubinets"]).replayed.read_models
    of_claims = supposed(*SEED, claimants=["Dmytro Lubinets"]).replayed.read_models

    assert without_arrival(of_log) == without_arrival(of_claims)


def test_a_claimant_is_found_by_the_name_in_the_report_and_the_one_known():
    lines = (reported("c1"), reported("c2", value=231, claimant=PRESIDENT))

    for name in ("Volodymyr Zelensky", "Volodymyr Zelensky (in a post)"):
        assert supposed(*lines, claimants=[name]).left_out_count == 1


def test_what_is_said_about_a_claim_that_is_left_out_does_no_harm():
    lines = (
        reported("c1"),
        reported("c2", value=231, claimant=PRESIDENT),
        taken_back("c2"),
        judged("exclude", claim="c2"),
    )

    found = supposed(*lines, claims=["c2"])

    assert found.left_out_count == 1
    [figure] = found.replayed.read_models.figures
    assert (figure.low, figure.best, figure.high) == (230, 230, 230)


def test_a_publisher_goes_with_what_it_took_back():
    lines = (reported("c1"), reported("c1", source="urn:other"), taken_back("c1"))

    found = supposed(*lines, sources=["urn:test:reports"])

    assert found.left_out_count == 2
    assert [claim.state for claim in found.replayed.read_models.claims] == ["active"]


def test_what_is_added_counts_even_in_the_place_of_what_is_left_out():
    found = supposed(
        reported("c1"), claims=["c1"], additions=(reported("c1", value=231), b"", reported("c2"))
    )

    assert (found.left_out_count, found.replayed.recorded_count) == (1, 2)
    assert [claim.low for claim in found.replayed.read_models.claims] == [231, 230]


def test_a_judgement_may_be_added_by_itself():
    found = supposed(reported("c1"), additions=(json.dumps(PIN).encode(),))

    [figure] = found.replayed.read_models.figures
    assert (figure.best, figure.status) == (231, "adjudicated")
    assert differences(models(reported("c1")), found.replayed.read_models)[0].new == Numbers(
        low=231, best=231, high=231, status="adjudicated"
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"best": 1}, "at / expected low <= best <= high"),
        ({"why": ""}, "at /why "),
        ({"kind": "x"}, "'x'"),
    ],
)
def test_a_judgement_without_sense_is_refused(change, said):
    with pytest.raises(UnmatchedError, match=said):
        read_additions([b"", json.dumps(PIN | change).encode()], LEDGER)


def test_an_added_line_that_cannot_be_accepted_is_rejected():
    found = supposed(reported("c1"), additions=(b"nonsense", b'{"kind": 1, "type": "x"}'))

    assert [line.number for line in found.replayed.rejections] == [2, 3]


def test_a_name_that_answers_to_nothing_is_refused_with_its_neighbours():
    assert "Dmytro Lubinets" in refusal(*SEED, claimants=["Dmitro Lubinetz"])
    assert "seed-01" in refusal(*SEED, claims=["seed-1"])
    assert "1 sources: urn:" in refusal(*SEED, sources=["x"])
    assert "0 outlets, found 'x'" in refusal(outlets=["x"])


def test_an_id_that_two_publishers_use_must_name_one():
    lines = (reported("c1"), reported("c1", source="urn:other"))

    assert "c1@urn:other, c1@urn:test:reports" in refusal(*lines, claims=["c1"])
    assert supposed(*lines, claims=["c1@urn:other"]).left_out_count == 1


def test_a_cut_holds_for_what_is_supposed():
    lines = (
        reported("c1", time="2024-01-03T18:46:00Z"),
        reported("c2", time="2024-01-05T09:00:00Z", value=231, claimant=PRESIDENT),
    )
    cut = Cut(asserted_by=datetime(2024, 1, 4, tzinfo=UTC))

    found = supposed(*lines, additions=(reported("c3"),), cut=cut)

    assert [claim.ref for claim in found.replayed.read_models.claims] == ["c1", "c3"]


def test_the_same_read_models_have_no_difference():
    assert differences(models(*SEED), models(*SEED)) == ()


def test_order_of_arrival_makes_no_difference():
    assert differences(models(*SEED), models(*reversed(SEED))) == ()


def test_every_difference_is_told_both_ways():
    whole, part = models(*SEED), models(*SEED[:3])
    forth, back = differences(part, whole), differences(whole, part)

    assert {found.view for found in forth} == {"exchanges", "figures", "cumulative", "checks"} - (
        {"exchanges"} if part.exchanges == whole.exchanges else set()
    )
    opposite = {"appears": "vanishes", "vanishes": "appears", "changes": "changes"}
    assert [(row.view, row.id, opposite[row.kind], row.new, row.old) for row in back] == [
        (row.view, row.id, row.kind, row.old, row.new) for row in forth
    ]
    for row in forth:
        assert (row.old is None, row.new is None) == (row.kind == "appears", row.kind == "vanishes")


def test_an_operation_that_only_the_left_out_claim_speaks_of_vanishes():
    whole = {"date": "2024-01-03", "until": "2024-01-05"}
    lines = (reported("day"), reported("whole", value=900, exchange=whole))

    found = differences(models(*lines), supposed(*lines, claims=["whole"]).replayed.read_models)

    [difference] = [one for one in found if one.view == "operations"]
    assert (difference.id, difference.kind) == ("2024-01-03..2024-01-05", "vanishes")
    assert isinstance(difference.old, OperationState)
    assert (difference.old.status, difference.old.phases) == ("completed", ("2024-01-03",))
