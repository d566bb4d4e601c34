"""A figure's history: each change with the claims, retraction or judgement behind it."""

from schemas.events import EVENTS
from schemas.views import Numbers, Revision
from services.cli.history import shown_facts
from services.queries.history import history
from services.queries.replay import replay
from services.reconciliation.engine.book import Book
from services.reconciliation.engine.sealing import seal_decision
from tests.builders import judged, reported, taken_back, undone
from tests.reconciliation.given import HEADQUARTERS, LEDGER, MEDIATOR, said
from tests.test_stored_events import DECIDED_BEFORE


UA_ALL = "2024-01-03:returned:UA:all"


def told(*lines: bytes, figure: str = UA_ALL, batch_count: int = 1) -> tuple[Revision, ...]:
    log = replay(lines, ledger=LEDGER, batch_count=batch_count).log
    return history((EVENTS.validate_json(body) for body in log.bodies()), figure)


def bests(revisions: tuple[Revision, ...]) -> list[tuple[int | None, int | None]]:
    def best(numbers: Numbers | None) -> int | None:
        return numbers.best if numbers else None

    return [(best(row.old), best(row.new)) for row in revisions]


def test_every_change_is_told_with_the_claim_behind_it():
    found = told(said("a", 230), said("b", 200, claimant=MEDIATOR, reported_by="An outlet"))

    assert bests(found) == [(None, 230), (230, 230)]
    assert [row.new and row.new.status for row in found] == ["single_source", "disputed"]
    fact = found[1].fact
    assert (fact.kind, fact.name, fact.who, fact.outlet, fact.words) == (
        "claim",
        "b",
        MEDIATOR["name"],
        "An outlet",
        "200 of our people",
    )
    assert [claim.name for claim in found[1].claims] == ["b"]


def test_claims_decided_on_together_are_told_apart_by_their_figure():
    [row] = told(
        said("a", 230),
        reported("m", measure="breakdown", category="military", value=224),
        batch_count=9,
    )

    assert row.fact.name == "m"
    assert [claim.name for claim in row.claims] == ["a"]


def test_a_retraction_takes_the_figure_away():
    found = told(said("a", 230), taken_back("a"))

    assert bests(found) == [(None, 230), (230, None)]
    assert (found[1].fact.kind, found[1].fact.name, found[1].cause) == ("retraction", "a", None)


def test_what_another_policy_changed_is_told_as_that_and_by_no_fact_that_did_not():
    book = Book(LEDGER)
    for line in DECIDED_BEFORE:
        book.take(line)
    sealed = [seal_decision(decided, ledger=LEDGER) for decided in book.decide(after=book.position)]
    anew = [
        b'{"position":%d,' % position + event.body[1:]
        for position, event in enumerate(sealed, start=book.position + 1)
    ]
    events = [EVENTS.validate_json(line) for line in (*DECIDED_BEFORE, *anew)]

    first, second = history(events, UA_ALL)

    assert (first.policy, first.decided_anew) == ("2026.1", False)
    assert (second.policy, second.decided_anew) == (LEDGER.policy, True)
    # The report of the day after is about this exchange by the rules of now.
    assert [claim.name for claim in second.claims] == ["c4"]
    assert shown_facts(second) == [
        f"all was decided anew under policy {LEDGER.policy}",
        "claim c4 by An outlet: “230 of our people”",
    ]
    assert [row.new for row in history(events, "2024-01-04:returned:UA:all")][1:] == [None]


def test_a_judgement_and_its_undoing_are_told_with_who_and_why():
    pin = judged("pin", figure=UA_ALL, low=1, best=1, high=1)

    found = told(said("a", 230), pin, undone(pin))

    assert bests(found) == [(None, 230), (230, 1), (1, 230)]
    assert [row.fact.kind for row in found] == ["claim", "judgement", "undoing"]
    assert (found[2].fact.who, found[2].fact.words) == ("An operator", "it was wrong")


def test_claims_of_two_publishers_with_one_id_are_told_apart():
    found = told(said("a", 230), said("a", 231, source="urn:other", claimant=HEADQUARTERS))

    assert found[-1].fact.name == "a@urn:other"


def test_a_figure_that_never_was_has_no_history():
    assert told(said("a", 230), figure="2024-01-04:returned:UA:all") == ()
