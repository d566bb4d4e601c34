"""What changed between two places of a log: each row from what to what, why, and by whose words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.comparison import ExplainedDifference
from schemas.views import Numbers
from services.queries.as_of import Cut, models_at, read_place
from services.queries.between import Between, Place, PlaceOrderError, changes_between
from services.queries.comparison import differences
from services.queries.replay import replay
from tests.builders import judged, reported, taken_back
from tests.reconciliation.given import LEDGER, MEDIATOR, said
from tests.test_stored_events import DECIDED_BEFORE


UA_ALL = "2024-01-03:returned:UA:all"


def bodies_of(*lines: bytes) -> list[bytes]:
    return list(replay(lines, ledger=LEDGER, batch_count=1).log.bodies())


def between(bodies: list[bytes], start: int, end: int | None = None) -> Between:
    return changes_between(bodies, ledger=LEDGER, start=Place(start), end=Place(end))


def row_of(found: Between, row: str) -> ExplainedDifference:
    [difference] = [difference for difference in found.differences if difference.id == row]
    return difference


def numbers(row: ExplainedDifference) -> list[tuple[int, int | None] | None]:
    return [
        (side.low, side.best) if isinstance(side, Numbers) else None for side in (row.old, row.new)
    ]


def test_a_further_claim_is_told_with_its_words_its_speaker_and_its_address():
    bodies = bodies_of(
        said("a", 230), said("b", 200, claimant=MEDIATOR, url="https://an.example/report")
    )

    row = row_of(between(bodies, 2), UA_ALL)

    assert (row.view, row.kind, row.cause) == ("figures", "changes", "further_report")
    assert numbers(row) == [(230, 230), (200, 230)]
    [fact] = row.facts
    assert (fact.kind, fact.name, fact.who) == ("claim", "b", MEDIATOR["name"])
    assert (fact.words, fact.url) == ("200 of our people", "https://an.example/report")
    assert fact.standing == "new"
    assert "disagrees" in {reason.code for reason in row.reasons}


def test_a_running_total_names_the_figures_it_follows_from():
    bodies = bodies_of(said("a", 230))

    assert row_of(between(bodies, 0), "UA:all:2024-01-03").follows == (UA_ALL,)


def test_a_retraction_takes_a_figure_away_and_is_named():
    bodies = bodies_of(said("a", 230), taken_back("a"))

    row = row_of(between(bodies, 2), UA_ALL)

    assert (row.kind, row.cause, numbers(row)) == ("vanishes", "withdrawn", [(230, 230), None])
    assert [(fact.kind, fact.name) for fact in row.facts] == [("claim", "a"), ("retraction", "a")]
    assert "retracted" in str(row.facts[0].standing)


def test_a_judgement_is_named_with_who_judged_and_why():
    bodies = bodies_of(said("a", 230), judged("pin", figure=UA_ALL, low=7, best=7, high=7))

    row = row_of(between(bodies, 2), UA_ALL)

    assert numbers(row) == [(230, 230), (7, 7)]
    assert [(fact.kind, fact.position) for fact in row.facts] == [("judgement", 3)]
    assert row.facts[0].words


def test_a_place_and_itself_differ_in_nothing():
    bodies = bodies_of(said("a", 230), said("b", 200, claimant=MEDIATOR))

    assert between(bodies, 2, 2).differences == ()
    assert between(bodies, 4).differences == ()


def test_a_log_of_earlier_versions_is_read():
    found = between(DECIDED_BEFORE, 0)

    assert all(row.facts or row.follows for row in found.differences if row.view == "figures")
    assert {row.view for row in found.differences} >= {"exchanges", "figures", "checks"}


@settings(max_examples=20, deadline=None)
@given(places=st.lists(st.integers(0, 8), min_size=2, max_size=2).map(sorted))
def test_the_rows_are_those_by_which_the_two_places_differ(places):
    bodies = bodies_of(
        said("a", 230),
        said("b", 200, claimant=MEDIATOR),
        reported("m", measure="breakdown", category="military", value=224),
        taken_back("b"),
    )
    start, end = places

    found = between(bodies, start, end)

    # `replay` of a part decides the same at the same positions, one line at a time.
    old, new = (replayed_to(bodies, place) for place in places)
    assert [(row.view, row.id, row.old, row.new) for row in found.differences] == [
        (row.view, row.id, row.old, row.new) for row in differences(old, new)
    ]


def replayed_to(bodies: list[bytes], position: int):
    last = Cut(known_on=read_place("9999-12-31").time)
    return models_at(bodies[:position], ledger=LEDGER, cut=last)


@pytest.mark.parametrize(
    ("start", "end", "named"),
    [
        (Place(3), Place(2), "expected a place before position 2, found position 3"),
        (Place(99), Place(), "expected a position up to 4, the log's last, found 99"),
    ],
)
def test_places_that_cannot_be_compared_are_refused(start, end, named):
    bodies = bodies_of(said("a", 230), said("b", 200, claimant=MEDIATOR))

    with pytest.raises(PlaceOrderError, match=named):
        changes_between(bodies, ledger=LEDGER, start=start, end=end)


@pytest.mark.parametrize("text", ["soon", "-1", "2024-13-01", "2024-01-03T10:00:00"])
def test_what_is_no_place_is_refused(text):
    with pytest.raises(ValueError, match="expected a log position, or a time"):
        read_place(text)
