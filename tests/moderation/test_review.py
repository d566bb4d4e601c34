"""What the ledger says of a draft, and how right each rule was, by what editors decided."""

from datetime import UTC, date, datetime

import pytest

from schemas.submission import CaseDecided, DecisionUndone
from services.extraction.drafts import extract
from services.extraction.report import Report
from services.ledgers import load_ledger
from services.moderation.review import precision_by_rule, reaction_of
from services.moderation.state import Moderation, decided
from services.queries.replay import replay
from tests.cli.running import seed_of


AT = datetime(2024, 1, 4, 8, tzinfo=UTC)
LEDGER = load_ledger("rus-ukr")


@pytest.fixture(scope="module")
def claims():
    """The claims of the seed, as readers see them."""
    return replay([line.encode() for line in seed_of("rus-ukr")], ledger=LEDGER).read_models.claims


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ombudsman Dmytro Lubinets said 230 Ukrainian soldiers had come home on 3 January.", "same"),
        ("The Coordination Headquarters said 230 Ukrainian soldiers had come home on 3 January.", "agreeing"),
        ("The Coordination Headquarters said 229 Ukrainian soldiers had come home on 3 January.", "differing"),
        ("The Coordination Headquarters said 12 Ukrainians had come home on 5 March.", "is_new"),
    ],
)  # fmt: skip
def test_a_draft_meets_what_was_said_of_the_same(claims, text, expected):
    report = Report(text=text, published_at=date(2024, 1, 3))
    [draft] = [one for one in extract(report, LEDGER) if one.data.measure == "returned"]
    found = reaction_of(draft, claims, LEDGER)

    told = {name for name in ("same", "agreeing", "differing", "is_new") if getattr(found, name)}
    assert expected in told
    assert ("is_new" in told) is (told == {"is_new"})


def test_precision_counts_what_is_in_force():
    state = Moderation()
    made = [
        decided(
            CaseDecided.model_validate(
                {"id": "", "case": "draft", "about": f"d{number}", "outcome": outcome}
                | {"who": "an editor", "why": "so", "at": AT, "rule": "passive"}
            )
        )
        for number, outcome in enumerate(
            ("accepted", "accepted", "corrected", "rejected", "set_aside", "rejected")
        )
    ]
    for one in made:
        state.take(one)
    state.take(DecisionUndone(decision=made[-1].id, who="an editor", why="a slip", at=AT))

    [found] = precision_by_rule(state)
    assert (found.rule, found.accepted, found.corrected, found.rejected) == ("passive", 2, 1, 1)
    assert found.precision == 0.5
