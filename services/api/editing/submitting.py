"""How a submission is taken: checked, counted, and kept; the same for the page and for programs."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from fastapi import Request
from pydantic import ValidationError

from schemas.submission import SubmissionReceipt, Submitted
from services.api.http.problems import ProblemError
from services.api.http.state import LedgerState, state_of
from services.eventlog.submissions import SubmissionsFullError
from services.moderation.state import received
from services.runtime import clock


#: Most web addresses in the words of one submission: advertisements have more.
ADDRESS_COUNT_MAX = 3
_ADDRESS = re.compile(r"https?://|www\.", re.IGNORECASE)
#: What was expected, where the model's own words are for programmers.
_WORDS = {
    "missing": "expected words, found nothing",
    "string_too_short": "expected words, found nothing",
    "string_type": "expected text",
    "string_pattern_mismatch": "expected text without control characters",
    "int_parsing": "expected a whole number without words",
    "int_parsing_size": "expected a number of people",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "greater_than_equal": "expected 0 or more",
    "less_than_equal": "expected a number of people",
    "extra_forbidden": "expected no field of this name",
    "literal_error": "expected error or report",
}
#: When to try again where there is no room, in seconds: a person has to make some.
FULL_RETRY_AFTER_SECONDS = 3_600


class ReadSubmission(NamedTuple):
    """What was sent as a submission, or what is wrong with it, by field."""

    submitted: Submitted | None
    faults: Mapping[str, str]


def read_submission(fields: Mapping[str, Any]) -> ReadSubmission:
    """Read a submission; each fault says what was expected of a field."""
    try:
        submitted = Submitted.model_validate(dict(fields))
    except ValidationError as error:
        faults: dict[str, str] = {}
        for fault in error.errors(include_url=False, include_input=False):
            field, words = _fault(fault)
            faults.setdefault(field, words)
        return ReadSubmission(None, faults)
    if len(_ADDRESS.findall(submitted.words)) > ADDRESS_COUNT_MAX:
        words = f"expected at most {ADDRESS_COUNT_MAX} web addresses among the words"
        return ReadSubmission(None, {"words": words})
    return ReadSubmission(submitted, {})


def _fault(fault: Any) -> tuple[str, str]:
    said = _WORDS.get(fault["type"]) or fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "string_too_long":
        said = f"expected at most {fault['ctx']['max_length']:,} characters, found more"
    if fault["loc"]:
        return str(fault["loc"][0]), said
    # What is missing of a report is named by its message.
    named = re.search(r"expected (\w+) of a report", said)
    return (named[1], "expected, because a report needs it") if named else ("", said)


async def submit(
    request: Request, served: LedgerState, submitted: Submitted, *, counted: str
) -> SubmissionReceipt:
    """Keep a submission; the same again is the one there is.

    Args:
        request: The request.
        served: The ledger.
        submitted: What was sent.
        counted: Whose submissions are counted: an address, or a key.

    Raises:
        ProblemError: There were too many in this hour, or there is no room.
    """
    state = state_of(request)
    event = received(submitted, clock.now())
    if (await served.moderation.read()).submission(event.id) is not None:
        return SubmissionReceipt(ledger=served.name, id=event.id, is_new=False)
    seconds = await state.submission_limits.count(counted, now=clock.now().timestamp())
    if seconds is not None:
        raise ProblemError(
            HTTPStatus.TOO_MANY_REQUESTS,
            "too many submissions",
            f"expected at most {state.settings.submissions_per_hour} submissions an hour, found more: "
            "this one was not kept, send it again later",
            headers={"Retry-After": str(seconds)},
        )
    try:
        await served.moderation.stream.add(
            event.model_dump_json().encode(), limit=state.settings.submissions_max
        )
    except SubmissionsFullError as error:
        raise ProblemError(
            HTTPStatus.INSUFFICIENT_STORAGE,
            "too many submissions wait",
            f"{error}; this one was not kept",
            headers={"Retry-After": str(FULL_RETRY_AFTER_SECONDS)},
        ) from error
    return SubmissionReceipt(ledger=served.name, id=event.id, is_new=True)
