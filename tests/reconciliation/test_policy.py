"""Another policy: what the log says is decided anew, once, and ends where the claims alone lead."""

import json
import re

import pytest

from schemas.decisions import Decision
from schemas.events import EVENTS, ClaimRecorded
from schemas.ledger import LedgerConfiguration
from services.eventlog.port import NewEvent
from services.ledgers import LedgerConfigurationError, load_ledger, parse_ledger
from services.queries.history import changes_in
from services.queries.policies_held import policies_held
from services.queries.replay import canonical_json, replay
from services.reconciliation.engine.book import Book
from services.reconciliation.engine.sealing import Decided, seal_decision
from services.reconciliation.policy import (
    LATEST_POLICY,
    PAST_VERSIONS,
    POLICIES,
    UnknownPolicyError,
    policy_of,
)
from tests.reconciliation.given import LEDGER, given, said
from tests.test_stored_events import DECIDED_BEFORE


OBSERVER = {"name": "An observer", "party": "intl", "role": "other"}


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
        "2024-01-03:exchanged_total:both:all": (LATEST_POLICY.version, True),
        "2024-01-03:returned:RU:all": (LATEST_POLICY.version, True),
        "2024-01-03:returned:UA:all": (LATEST_POLICY.version, True),
        # No claim means that day any more, and what was said of it is taken back.
        "2024-01-04:returned:UA:all": (LATEST_POLICY.version, False),
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
    # With that tier an undated number of an observer makes an exchange of its own.
    wider = policy_of(LEDGER.policy)._replace(version="2026.0", counting_tier=3)
    monkeypatch.setitem(POLICIES, wider.version, wider)
    undated = said("a", 230, exchange={"date": None}, claimant=OBSERVER)
    other = replay([undated], ledger=LEDGER.model_copy(update={"policy": wider.version}))
    assert [exchange.id for exchange in other.read_models.exchanges] == ["2024-01-03"]
    book = book_of(other.log.bodies())

    last_words = figures_in([*other.log.bodies(), *logged(book, decide(book))])

    assert last_words == {"2024-01-03:returned:UA:all": (LATEST_POLICY.version, False)}
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
    assert {figure.policy for figure in replayed.figures} == {LATEST_POLICY.version}
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
    with pytest.raises(
        UnknownPolicyError, match=rf"{re.escape(LATEST_POLICY.version)}.* no longer has"
    ):
        policy_of(version)


def test_a_policy_with_other_constants_is_run_beside_the_ledgers_own():
    vague = [said("a", 230, quantity={"value": 230, "bound": "about"})]

    own = replay(vague, ledger=LEDGER).read_models
    wider = LEDGER.model_copy(update={"policy": f"{LEDGER.policy}+about_percent=20"})
    other = replay(vague, ledger=wider).read_models

    [figure], [widened] = own.figures, other.figures
    assert (figure.policy, widened.policy) == (LEDGER.policy, wider.policy)
    assert (widened.low, widened.high) == (184, 276)
    assert 184 < figure.low <= 230 <= (figure.high or 0) < 276
    assert replay(vague, ledger=LEDGER).read_models == own


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ("about=2", "expected a constant of the policy (about_percent, vague_floors"),
        ("version=1", "expected a constant of the policy (about_percent"),
        ("about_percent=0", "expected a number of 1 to 9999 for about_percent, found '0'"),
        ("grace_days=99999", "expected a number of 1 to 9999 for grace_days, found '99999'"),
        ("grace_days", "for grace_days, found ''"),
        ("vague_floors=1,2", "expected four numbers with commas between for vague_floors"),
        ("inexact_weight=-1", "expected a number of 0 to 9 for inexact_weight"),
        ("", "expected a constant of the policy"),
    ],
)
def test_a_constant_that_is_none_is_refused_with_those_there_are(changed, expected):
    with pytest.raises(UnknownPolicyError, match=re.escape(expected)):
        policy_of(f"{LEDGER.policy}+{changed}")


def test_other_constants_are_for_suppositions_and_not_for_a_ledgers_file():
    with pytest.raises(LedgerConfigurationError, match="policy: expected one of latest"):
        own_ledger(f"{LATEST_POLICY.version}+grace_days=5")


def test_a_log_says_which_policies_decided_it_and_which_can_be_run():
    book = book_of(DECIDED_BEFORE)
    bodies = [*DECIDED_BEFORE, *logged(book, decide(book))]

    held = policies_held(bodies)

    assert [(row.policy, row.can_be_run) for row in held][-1] == (LEDGER.policy, True)
    assert not held[0].can_be_run
    last = max(place for place, body in enumerate(bodies, 1) if b'"policy":' in body)
    assert held[0].last <= len(DECIDED_BEFORE) < held[-1].first <= held[-1].last == last
    assert sum(row.decisions for row in held) == sum(b'"policy":' in body for body in bodies)


def own_ledger(policy: str) -> LedgerConfiguration:
    text = f'name = "own"\ntitle = "Own"\npolicy = "{policy}"\nsides = {_SIDES}\n'
    return parse_ledger(text, origin="own.toml")


def test_a_ledgers_file_that_names_a_policy_there_never_was_is_refused_by_name():
    with pytest.raises(LedgerConfigurationError, match=r"^own\.toml:3: policy: .* found '1999\.1'"):
        own_ledger("1999.1")


@pytest.mark.parametrize("named", ["latest", *sorted(PAST_VERSIONS)])
def test_a_ledgers_file_outlives_the_version_of_the_policy_that_it_names(named):
    found = own_ledger(named)

    assert (found.policy, found.policy_named) == (LATEST_POLICY.version, named)


def test_a_ledgers_file_that_names_the_policy_there_is_names_no_other():
    latest = LATEST_POLICY.version

    assert (own_ledger(latest).policy, own_ledger(latest).policy_named) == (latest, None)


def test_the_shipped_ledger_is_decided_by_the_latest_policy():
    assert load_ledger("rus-ukr").policy == LATEST_POLICY.version


_SIDES = '[{code = "AA", name = "A", competent_roles = []}, {code = "BB", name = "B", competent_roles = []}]'
