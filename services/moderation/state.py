"""What waits for editors and what they decided: a fold over the stream of submissions (pure)."""

import json
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from pydantic import TypeAdapter

from schemas.record import Record
from schemas.submission import (
    CaseDecided,
    CaseKind,
    DecisionUndone,
    ModerationEvent,
    SubmissionReceived,
    SubmissionsErased,
    SubmissionState,
    Submitted,
)


MODERATION_EVENTS: TypeAdapter[ModerationEvent] = TypeAdapter(ModerationEvent)
_ID_CHARACTERS = 16


def content_id(record: Record) -> str:
    """Return an id that follows from all that a record says but its `id`."""
    said = record.model_dump(mode="json", exclude={"id"})
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:_ID_CHARACTERS]


def received(submitted: Submitted, at: datetime) -> SubmissionReceived:
    """Return the event of a submission; the same words have the same id."""
    return SubmissionReceived(id=content_id(submitted), at=at, submitted=submitted)


def decided(decision: CaseDecided) -> CaseDecided:
    """Return a decision with its id."""
    return decision.model_copy(update={"id": content_id(decision)})


class DecisionMade(NamedTuple):
    """A decision, and who took it back, null while it is in force."""

    decision: CaseDecided
    undone: DecisionUndone | None


class Moderation:
    """What waits and what was decided, in the order of the stream."""

    def __init__(self) -> None:
        self._submissions: dict[str, SubmissionReceived] = {}
        self._decisions: dict[str, CaseDecided] = {}
        self._undone: dict[str, DecisionUndone] = {}
        self._in_force: dict[tuple[CaseKind, str], CaseDecided] = {}

    def take(self, event: ModerationEvent) -> None:
        """Take the next event in."""
        match event:
            case SubmissionReceived():
                self._submissions.setdefault(event.id, event)
            case CaseDecided():
                # What an erased submission left behind is of no use, and of two decisions that were made at
                # once the first is in force.
                if event.case != "submission" or event.about in self._submissions:
                    self._decisions[event.id] = event
                    self._in_force.setdefault((event.case, event.about), event)
            case DecisionUndone():
                self._undo(event)
            case SubmissionsErased():
                for submission in event.submissions:
                    self._erase(submission)

    def submission(self, submission: str) -> SubmissionState | None:
        """Return a submission as it stands, null if there is none of that id."""
        found = self._submissions.get(submission)
        return None if found is None else self._state_of(found)

    def submissions(self) -> Iterator[SubmissionState]:
        """Yield all submissions, in the order they arrived."""
        yield from map(self._state_of, self._submissions.values())

    def open(self) -> list[SubmissionState]:
        """Return the submissions that nobody decided about, in the order they arrived."""
        return [state for state in self.submissions() if state.decision is None]

    def decision_of(self, case: CaseKind, about: str) -> CaseDecided | None:
        """Return the decision in force about something, null while it is open."""
        return self._in_force.get((case, about))

    def decision(self, decision: str) -> DecisionMade | None:
        """Return a decision by its id, null if there is none."""
        found = self._decisions.get(decision)
        return None if found is None else DecisionMade(found, self._undone.get(decision))

    def decisions(self) -> list[DecisionMade]:
        """Return all decisions, the newest first."""
        made = reversed(self._decisions.values())
        return [DecisionMade(each, self._undone.get(each.id)) for each in made]

    def attempts(self, case: CaseKind, about: str) -> int:
        """Return how often something was decided about, what was undone included."""
        return sum((each.case, each.about) == (case, about) for each in self._decisions.values())

    def _state_of(self, found: SubmissionReceived) -> SubmissionState:
        return SubmissionState(
            id=found.id,
            at=found.at,
            submitted=found.submitted,
            decision=self.decision_of("submission", found.id),
        )

    def _undo(self, event: DecisionUndone) -> None:
        made = self._decisions.get(event.decision)
        if made is None:
            return
        self._undone.setdefault(event.decision, event)
        if self._in_force.get((made.case, made.about)) == made:
            del self._in_force[made.case, made.about]

    def _erase(self, submission: str) -> None:
        self._submissions.pop(submission, None)
        self._in_force.pop(("submission", submission), None)
        for made in list(self._decisions.values()):
            if (made.case, made.about) == ("submission", submission):
                del self._decisions[made.id]
                self._undone.pop(made.id, None)
