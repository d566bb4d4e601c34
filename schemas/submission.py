"""What anybody reports of a ledger: an error, or a report that is missing; and what editors decide of it.

A submission is no claim and is not in the log: strangers wrote it, nobody has read it, and it must be possible
to remove it. It waits in a stream of its own, in which what editors decide stands beside it. A claim that comes
of it is published like any other.
"""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, Discriminator, Field, model_validator

from schemas.claim import ACCEPTED_COUNT_MAX, PRINTABLE, URL_CHARACTERS_MAX, Day
from schemas.judgement import JudgedClaim, Words
from schemas.record import Record


#: Longest text of a submission, and longest name or id in it, in characters.
WORDS_CHARACTERS_MAX = 4_000
NAME_CHARACTERS_MAX = 300
#: No control characters but line breaks and tabs.
_LINES = r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$"
_WEB_ADDRESS = re.compile(r"https?://[^\s/?#@]+\.?[^\s]*", re.IGNORECASE)

SubmissionKind = Literal["error", "report"]
#: What an editor decides about: a submission, a parked claim, a draft of a report, a pair of speakers.
CaseKind = Literal["submission", "parked", "draft", "speakers"]
Outcome = Literal["accepted", "corrected", "rejected", "resubmitted", "set_aside"]


def _web_address(text: str) -> str:
    if not _WEB_ADDRESS.fullmatch(text):
        raise ValueError("expected a web address that begins with http:// or https://")
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("expected words, found blanks")
    return text


Lines = Annotated[
    str,
    Field(min_length=1, max_length=WORDS_CHARACTERS_MAX, pattern=_LINES),
    AfterValidator(_not_blank),
]
Name = Annotated[str, Field(min_length=1, max_length=NAME_CHARACTERS_MAX, pattern=PRINTABLE)]
WebAddress = Annotated[
    str,
    Field(min_length=1, max_length=URL_CHARACTERS_MAX, pattern=PRINTABLE),
    AfterValidator(_web_address),
]


class Submitted(Record, use_attribute_docstrings=True):
    """An error in the ledger, or a report that it lacks, as anybody sends it."""

    kind: SubmissionKind
    """`error`: something in the ledger is wrong. `report`: a report is missing."""
    words: Lines
    """What is wrong; of a report, the words that carry the number."""
    about: Name | None = None
    """The figure, exchange or claim that it is about, by its id."""
    link: WebAddress | None = None
    """Where the report is found; a report needs one."""
    number: Annotated[int, Field(ge=0, le=ACCEPTED_COUNT_MAX)] | None = None
    """The number that was said."""
    speaker: Name | None = None
    """Who said it; a report needs one."""
    outlet: Name | None = None
    """Who reported it."""
    day: Day | None = None
    """The day the report came out."""

    @model_validator(mode="after")
    def _reports_say_where_and_who(self) -> Self:
        if self.kind == "report":
            for name in ("link", "speaker"):
                if getattr(self, name) is None:
                    raise ValueError(f"expected {name} of a report, found nothing")
        return self


class SubmissionReceived(Record):
    """A submission arrived.

    Attributes:
        id: Content hash of what was submitted: the same again is the same submission.
        at: When.
        submitted: What was sent.
    """

    type: Literal["submission.received"] = "submission.received"
    id: str
    at: AwareDatetime
    submitted: Submitted


class CaseDecided(Record):
    """An editor decided about a submission, a parked claim or a draft.

    Attributes:
        id: Content hash of everything else it says.
        case: Which kind of thing it is about.
        about: Its id.
        outcome: What was decided.
        who: Who decided: the name of the editor's key.
        why: Why, in words.
        at: When.
        claim: The claim that was published, null for none.
        judgement: The judgement that was recorded, null for none.
        rule: The rule that made the draft, null for none.
    """

    type: Literal["case.decided"] = "case.decided"
    id: str
    case: CaseKind
    about: Name
    outcome: Outcome
    who: Words
    why: Words
    at: AwareDatetime
    claim: JudgedClaim | None = None
    judgement: str | None = None
    rule: str | None = None


class DecisionUndone(Record):
    """A decision is taken back: what it was about is open again."""

    type: Literal["decision.undone"] = "decision.undone"
    decision: str
    who: Words
    why: Words
    at: AwareDatetime


class SubmissionsErased(Record):
    """Submissions were removed from the stream, with what was decided of them."""

    type: Literal["submissions.erased"] = "submissions.erased"
    submissions: tuple[str, ...]
    who: Words
    why: Words
    at: AwareDatetime


ModerationEvent = Annotated[
    SubmissionReceived | CaseDecided | DecisionUndone | SubmissionsErased, Discriminator("type")
]


class SubmissionState(Record):
    """A submission as editors see it: what was sent, and what is decided of it, null while it is open."""

    id: str
    at: AwareDatetime
    submitted: Submitted
    decision: CaseDecided | None = None


class SubmissionReceipt(Record):
    """What whoever submits is told.

    Attributes:
        ledger: The ledger.
        id: The submission, to be named in questions about it.
        is_new: Whether it had not been submitted before in the same words.
    """

    ledger: str
    id: str
    is_new: bool
