"""What waits for editors, and what is in force, by the order of the stream alone."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from schemas.submission import (
    CaseDecided,
    DecisionUndone,
    SubmissionReceived,
    SubmissionsErased,
    Submitted,
)
from services.moderation.state import Moderation, decided, received


AT = datetime(2024, 1, 4, 8, tzinfo=UTC)
ERROR = Submitted(kind="error", words="It was 231.", about="2024-01-03:returned:UA:all")


def decision(about: str, **more: object) -> CaseDecided:
    fields = {"case": "submission", "outcome": "rejected", "who": "an editor", "why": "no source"}
    return decided(CaseDecided.model_validate(fields | {"id": "", "about": about, "at": AT} | more))


def state_of(*events: object) -> Moderation:
    state = Moderation()
    for event in events:
        state.take(event)  # type: ignore[arg-type]  # each is an event
    return state


@pytest.fixture
def sent() -> SubmissionReceived:
    return received(ERROR, AT)


def test_the_same_words_are_the_same_submission(sent):
    again = received(ERROR, AT.replace(hour=9))

    assert again.id == sent.id
    assert [one.at for one in state_of(sent, again).open()] == [AT]


def test_a_decision_closes_a_submission_and_undoing_it_opens_it_again(sent):
    made = decision(sent.id)
    undone = DecisionUndone(decision=made.id, who="another", why="there is one", at=AT)

    assert state_of(sent, made).open() == []
    state = state_of(sent, made, undone)
    assert [one.id for one in state.open()] == [sent.id]
    assert [(one.decision.who, one.undone) for one in state.decisions()] == [("an editor", undone)]
    assert state.attempts("submission", sent.id) == 1


def test_of_two_decisions_the_first_is_in_force_until_it_is_undone(sent):
    first, second = decision(sent.id), decision(sent.id, who="another", outcome="accepted")

    found = state_of(sent, first, second).submission(sent.id)

    assert found is not None
    assert found.decision == first


def test_nothing_is_left_of_what_was_erased(sent):
    made = decision(sent.id)
    erased = SubmissionsErased(submissions=(sent.id,), who="an operator", why="asked", at=AT)

    state = state_of(sent, made, erased)

    assert (list(state.submissions()), state.decisions()) == ([], [])


def test_a_report_says_where_it_is_and_who_is_quoted():
    with pytest.raises(ValidationError, match="expected link of a report"):
        Submitted(kind="report", words="230 came home.", speaker="Somebody")
    with pytest.raises(ValidationError, match="web address"):
        Submitted(kind="error", words="Wrong.", link="javascript:alert(1)")
    with pytest.raises(ValidationError):
        Submitted(kind="error", words="a\x1b[31mb")
