"""Another policy: what the log says is decided anew, once, and ends where the claims alone lead."""

import json

import pytest

from schemas.decisions import Decision
from schemas.events import EVENTS, ClaimRecorded
from schemas.ledger import LedgerConfiguration
from services.eventlog.port import NewEvent
from services.ledgers import LedgerConfigurationError, load_ledger, parse_ledger
from services.queries.history import changes_in
from services.queries.replay import canonical_json, replay
from services.reconciliation.engine.book import Book
from services.reconciliation.engine.sealing import Decided, seal_decision
from services.reconciliation.policy import PAST_VERSIONS, POLICIES, UnknownPolicyError, policy_of
from tests.reconciliation.given import LEDGER, MEDIATOR, given, said
from tests.test_stored_events import DECIDED_BEFORE


def book_of(lines: list[bytes]) -> Book:
    book = Book(LEDGER)
    for line in lines:
        book.take(line)
    return book


def decide(book: Book) -> list[Decided]:
    """What the book decides with nothing recorded since, as if it were appended."""
    decided = book.decide(after=book.position)
    for position, decision in enumerate(decided, start=book.position + 1):
        book.confirm(decision, position)
    return decided


def logged(book: Book, decided: list[Decided]) -> list[bytes]:
    sealed: list[NewEvent] = [seal_decision(decision, ledger=LEDGER) for decision in decided]
    return [
        b'{"position":%d,' % position + event.body[1:]
        for position, event in enumerate(sealed, start=book.position + 1)
    ]


def figures_in(lines: list[bytes]) -> dict[str, tuple[str, bool]]:
    """The last word of a log on each figure: its policy, and whether there still is one."""
    events = [EVENTS.validate_json(line) for line in lines]
    return {
        change.figure: (change.policy, change.new is not None)
        for event in events
        for change in changes_in(event)
    }


def test_a_log_decided_under_a_past_policy_is_decided_anew_without_a_claim_and_once():
    assert {policy for policy, _ in figures_in(DECIDED_BEFORE).values()} == {"2026.1"}
    book = book_of(DECIDED_BEFORE)

    decided = decide(book)

    assert figures_in([*DECIDED_BEFORE, *logged(book, decided)]) == {
        "2024-01-03:exchanged_total:both:all": ("2026.6", True),
        "2024-01-03:returned:RU:all": ("2026.6", True),
        "2024-01-03:returned:UA:all": ("2026.6", True),
        # No claim means that day any more, and what was said of it is taken back.
        "2024-01-04:returned:UA:all": ("2026.6", False),
    }
    assert [decision.data.forgotten for decision in decided if decision.data.forgotten] == [
        "2024-01-04"
    ]
    assert not decide(book)


def test_what_was_decided_anew_is_not_again_by_the_next_process():
    book = book_of(DECIDED_BEFORE)
    known = logged(book, decide(book))

    assert not decide(book_of([*DECIDED_BEFORE, *known]))


def test_an_exchange_that_another_policy_made_is_forgotten(monkeypatch):
    # With that tier an undated number of a mediator makes an exchange of its own.
    wider = policy_of(LEDGER.policy)._replace(version="2026.0", counting_tier=3)
    monkeypatch.setitem(POLICIES, wider.version, wider)
    undated = said("a", 230, exchange={"date": None}, claimant=MEDIATOR)
    other = replay([undated], ledger=LEDGER.model_copy(update={"policy": wider.version}))
    assert [exchange.id for exchange in other.read_models.exchanges] == ["2024-01-03"]
    book = book_of(other.log.bodies())

    last_words = figures_in([*other.log.bodies(), *logged(book, decide(book))])

    assert last_words == {"2024-01-03:returned:UA:all": ("2026.6", False)}
    assert not given(undated).models.exchanges
    assert not decide(book)


def test_a_replay_of_a_log_of_a_past_policy_says_what_its_claims_say():
    facts = [
        event
        for event in map(EVENTS.validate_json, DECIDED_BEFORE)
        if not isinstance(event, Decision)
    ]
    claims = [published(event) for event in facts if isinstance(event, ClaimRecorded)]

    replayed = replay(DECIDED_BEFORE, ledger=LEDGER).read_models

    assert len(claims) == len(facts)
    assert {figure.policy for figure in replayed.figures} == {"2026.6"}
    assert len(canonical_json(replayed)) > 1_000
    assert replayed.figures == replay(claims, ledger=LEDGER).read_models.figures


def published(event: ClaimRecorded) -> bytes:
    """The event by which the publisher said what was recorded."""
    data = event.model_dump(mode="json")["data"]
    return json.dumps(
        {
            "specversion": "1.0",
            "type": "exchange.claim.reported.v1",
            "id": data["id"],
            "source": data["source"],
            "subject": event.subject,
            "time": data["time"],
            "data": data["claim"],
        }
    ).encode()


@pytest.mark.parametrize("version", sorted(PAST_VERSIONS))
def test_a_past_policy_cannot_be_asked_for(version):
    with pytest.raises(UnknownPolicyError, match=r"2026\.6.* no longer has"):
        policy_of(version)


def own_ledger(policy: str) -> LedgerConfiguration:
    text = f'name = "own"\ntitle = "Own"\npolicy = "{policy}"\nsides = {_SIDES}\n'
    return parse_ledger(text, origin="own.toml")


def test_a_ledgers_file_that_names_a_policy_there_never_was_is_refused_by_name():
    with pytest.raises(LedgerConfigurationError, match=r"^own\.toml:3: policy: .* found '1999\.1'"):
        own_ledger("1999.1")


@pytest.mark.parametrize("named", ["latest", *sorted(PAST_VERSIONS)])
def test_a_ledgers_file_outlives_the_version_of_the_policy_that_it_names(named):
    found = own_ledger(named)

    assert (found.policy, found.policy_named) == (max(POLICIES), named)


def test_a_ledgers_file_that_names_the_policy_there_is_names_no_other():
    assert (own_ledger("2026.6").policy, own_ledger("2026.6").policy_named) == ("2026.6", None)


def test_the_shipped_ledger_is_decided_by_the_latest_policy():
    assert load_ledger("rus-ukr").policy == max(POLICIES)


_SIDES = '[{code = "AA", name = "A", competent_roles = []}, {code = "BB", name = "B", competent_roles = []}]'
