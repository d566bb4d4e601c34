"""A ledger of three sides: figures, totals, pages and what is refused."""

from pathlib import Path
from typing import Any

import pytest

from services.ledgers import parse_ledger
from services.queries.replay import Replayed, canonical_json, replay
from tests.builders import reported


FILE = Path(__file__).parents[1] / "data" / "three-sides.toml"
LEDGER = parse_ledger(FILE.read_text(encoding="utf-8"), origin=FILE.name)
DAY = "2031-05-10"
MINISTRY = {"name": "Ministry of Arland", "party": "AA", "role": "mod"}
OMBUDSMAN = {"name": "Ombudsman of Berland", "party": "BB", "role": "ombudsman"}
PRISONS = {"name": "Prison service of Cedria", "party": "CC", "role": "prison_service"}
ALLY = {"name": "Government of Doria", "party": "DD", "role": "president"}
OUTLET = {"name": "An outlet", "party": "media", "role": "outlet"}


def came_back(
    claim_id: str, came_to: str | None, value: int, claimant: dict[str, str], **more: Any
) -> bytes:
    line = reported(
        claim_id,
        time=f"{DAY}T18:00:00Z",
        **{
            "side": came_to,
            "value": value,
            "claimant": claimant,
            "exchange": {"date": DAY},
            "published_at": DAY,
            **more,
        },
    )
    return line.replace(b'"subject": "rus-ukr"', b'"subject": "three-sides"')


SWAP = (
    came_back("a", "AA", 8, MINISTRY),
    came_back("b", "BB", 16, OMBUDSMAN),
    came_back("c", "CC", 2, PRISONS),
)


def replayed(*lines: bytes) -> Replayed:
    return replay(lines, ledger=LEDGER)


def figures(*lines: bytes) -> dict[str, tuple[int, int | None, int | None]]:
    found = replayed(*lines)
    assert not found.rejections, found.rejections
    return {
        figure.id.removeprefix(f"{DAY}:"): (figure.low, figure.best, figure.high)
        for figure in found.read_models.figures
    }


def test_each_side_has_its_figures_and_all_together_are_their_sum():
    found = figures(*SWAP)

    assert found["returned:AA:all"] == (8, 8, 8)
    assert found["returned:BB:all"] == (16, 16, 16)
    assert found["returned:CC:all"] == (2, 2, 2)
    assert found["exchanged_total:both:all"] == (26, 26, 26)


def test_each_side_has_a_series_of_its_own():
    models = replayed(*SWAP).read_models

    assert {(point.side, point.best) for point in models.cumulative if point.category == "all"} == {
        ("AA", 8),
        ("BB", 16),
        ("CC", 2),
    }


@pytest.mark.parametrize("side", ["both", "all_sides", None])
def test_a_total_of_all_sides_is_tested_against_the_three(side):
    said = came_back("t", side, 26, OUTLET, measure="exchanged_total")
    models = replayed(*SWAP, said).read_models

    [check] = [check for check in models.checks if check.kind == "sum"]
    assert (check.result, check.expected, check.got) == ("pass", 26, 26)


def test_a_wrong_total_is_explained_by_what_each_side_would_have_to_be():
    said = came_back("t", "both", 24, OUTLET, measure="exchanged_total")
    [check] = [check for check in replayed(*SWAP, said).read_models.checks if check.kind == "sum"]

    assert (check.result, check.diff) == ("fail", -2)
    assert set(check.radius) == {"AA = 6", "BB = 14", "CC = 0"}


def test_an_exchange_of_two_of_the_three_is_whole_without_the_third():
    found = figures(*SWAP[:2])

    assert found["exchanged_total:both:all"] == (24, 24, 24)
    assert "returned:CC:all" not in found


def test_a_side_that_is_spoken_of_without_a_number_leaves_the_sum_open():
    withheld = came_back("c", "CC", 0, PRISONS, quantity={"bound": "undisclosed"})

    assert "exchanged_total:both:all" not in figures(*SWAP[:2], withheld)


def test_an_ally_speaks_in_the_camp_of_its_side_and_an_office_counts_heads_where_the_file_says():
    found = replayed(*SWAP, came_back("d", "BB", 16, ALLY)).read_models
    claims = {claim.ref: claim for claim in found.claims}

    assert (claims["d"].camp, claims["d"].tier) == ("BB", 2)
    assert (claims["c"].camp, claims["c"].tier) == ("CC", 1)
    assert claims["d"].claimant.party == "DD"


@pytest.mark.parametrize(
    ("said", "pointer", "expected"),
    [
        ({"came_to": "DD"}, "/data/side", "one of AA, BB, CC, both"),
        (
            {"claimant": {"name": "x", "party": "EE", "role": "mod"}},
            "/data/claimant/party",
            "one of AA, BB, CC, DD, mediator, intl, media",
        ),
    ],
)
def test_a_fourth_side_is_refused_with_the_three_that_there_are(said, pointer, expected):
    given = {"came_to": "AA", "claimant": MINISTRY} | said
    found = replayed(*SWAP, came_back("x", value=8, **given))

    [rejection] = found.rejections
    [reason] = rejection.reasons
    assert (reason.pointer, reason.expected) == (pointer, expected)
    assert canonical_json(found.read_models) == canonical_json(replayed(*SWAP).read_models)


def test_the_order_of_claims_of_three_sides_changes_nothing():
    later = (*SWAP, came_back("t", "both", 24, OUTLET, measure="exchanged_total"))
    forwards, backwards = replayed(*later), replayed(*reversed(later))

    for view in ("exchanges", "figures"):
        ours, theirs = (getattr(run.read_models, view) for run in (forwards, backwards))
        assert [row.id for row in ours] == [row.id for row in theirs]
    assert [(row.id, row.low, row.best, row.high) for row in forwards.read_models.figures] == [
        (row.id, row.low, row.best, row.high) for row in backwards.read_models.figures
    ]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (SWAP, None),
        (SWAP[:2], "nobody speaks of people who came back to CC"),
        (SWAP[1:], "nobody speaks of people who came back to AA"),
    ],
)
def test_a_sum_names_the_sides_of_whose_people_nobody_speaks(
    lines: tuple[bytes, ...], said: str | None
) -> None:
    figure_id = f"{DAY}:exchanged_total:both:all"
    [total] = [one for one in replayed(*lines).read_models.figures if one.id == figure_id]

    told = [reason.text for reason in total.reasons if reason.code == "side-not-spoken-of"]
    assert told == ([said] if said else [])


LETS_GO = {"name": "Prison Service of Arland", "party": "AA", "role": "prison_service"}


@pytest.mark.parametrize(
    ("speakers", "expected"),
    [((LETS_GO,), "unilateral"), ((LETS_GO, PRISONS), "unilateral"), ((PRISONS,), "completed")],
    ids=["who lets go", "both", "who receives"],
)
def test_an_office_that_counts_whom_it_lets_go_does_not_receive_them(
    speakers: tuple[dict[str, str], ...], expected: str
) -> None:
    counted = [
        came_back(str(number), "CC", 20, speaker, wording="twenty people")
        for number, speaker in enumerate(speakers)
    ]

    [found] = replayed(*counted).read_models.exchanges

    assert found.status == expected
