"""Decide whether the bytes a publisher sent can be recorded, and if not, what was expected instead.

Whatever the bytes are, the result is a value: `Accepted`, or `Rejected` with every reason found, each
with an RFC 6901 pointer to the place. Cheap checks come first: size, count, encoding, JSON, shape, and last
whether fields contradict each other and the checks against the ledger's configuration. Also refused
are names given twice in one object, numbers that JSON cannot represent again, and excessive nesting,
because different readers of the log would read them differently.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from operator import attrgetter
from typing import Any, NamedTuple, get_args

from pydantic import AwareDatetime, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from typing_extensions import TypedDict

from schemas.claim import (
    ALL_SIDES_TOGETHER,
    Claim,
    ClaimReported,
    ClaimTakenBack,
    Inbound,
    Retraction,
)
from schemas.events import RecordedClaim, RecordedRetraction
from schemas.ledger import LedgerConfiguration
from schemas.record import Received
from schemas.views import Rejection
from services.eventlog.port import NewEvent
from services.ingest.contradictions import A_COUNT, AN_ORDINAL, contradictions
from services.ingest.shown import shown, shown_text
from services.ingest.size import excess_of
from services.ingest.stated import stated_text
from services.log_events.envelope import Origin, recorded_id, seal_content, silent_parts
from services.log_events.trace_context import traceparent_in


#: How a claim for another ledger gets there.
NOT_SERVED = "another ledger is served where LEDGER_NAMES lists it and its file is shipped or in LEDGER_CONFIG_DIR"
#: Most reasons given for one event.
REASONS_MAX = 50
#: Deepest nesting of unknown fields. JSON parsers give up at 200 or more; the log adds one level.
NESTING_MAX = 64


class Accepted(NamedTuple):
    """What may be recorded.

    Attributes:
        event_id: The id of the event that records it.
        event: What the publisher sent.
        holds_unread: Whether it has fields that nobody reads. Of these alone the log may say something
            else than `data`: it leaves out nulls.
    """

    event_id: str
    event: ClaimReported | ClaimTakenBack
    holds_unread: bool

    @property
    def data(self) -> RecordedClaim | RecordedRetraction:
        """What is recorded."""
        event, said = self.event, self.event.data
        if isinstance(said, Claim):
            return RecordedClaim(id=event.id, source=event.source, time=event.time, claim=said)
        return RecordedRetraction(
            id=event.id, source=event.source, time=event.time, retraction=said
        )

    @property
    def traceparent(self) -> str | None:
        """The trace that the publisher named; null if it named none, or nothing that is one."""
        extensions = self.event.__pydantic_extra__
        return traceparent_in(extensions.get("traceparent")) if extensions else None

    @property
    def shape(self) -> type[RecordedClaim | RecordedRetraction]:
        """The class of `data`."""
        return RecordedClaim if isinstance(self.event, ClaimReported) else RecordedRetraction

    def sealed(self, *, ledger: str, origin: Origin) -> NewEvent:
        """Make the event that records it."""
        return seal_content(
            self.content(), self.shape, event_id=self.event_id, ledger=ledger, origin=origin
        )

    def content(self) -> bytes:
        """Write `data` as the log holds it, without making a record of it."""
        event, said = self.event, self.event.data
        if isinstance(said, Claim):
            claim = _WrittenClaim(id=event.id, source=event.source, time=event.time, claim=said)
            left_out = {"claim": silent_parts(said)}
            return _CLAIMS.serializer.to_json(claim, exclude_none=True, exclude=left_out)
        retraction = _WrittenRetraction(
            id=event.id, source=event.source, time=event.time, retraction=said
        )
        return _RETRACTIONS.serializer.to_json(retraction, exclude_none=True)


class Rejected(NamedTuple):
    """What cannot be recorded: every reason found, at least one."""

    reasons: tuple[Rejection, ...]


def read_inbound(
    raw: bytes, *, ledger: LedgerConfiguration, entry_bytes_max: int
) -> Accepted | Rejected:
    """Read one inbound event.

    Args:
        raw: Whatever arrived.
        ledger: The ledger it arrived at.
        entry_bytes_max: Largest accepted size.

    Returns:
        What to record, or why not. Nothing is raised for any bytes.
    """
    if (excess := excess_of(raw, entry_bytes_max=entry_bytes_max)) is not None:
        return Rejected((excess,))
    # RFC 8259 §8.1 lets readers ignore a byte order mark, and some editors write one.
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        found = f"byte 0x{raw[error.start]:02X} at offset {error.start}"
        return _rejected("", "UTF-8", found)
    try:
        event: ClaimReported | ClaimTakenBack = _INBOUND.validator.validate_json(raw)
    except ValidationError as error:
        reasons = _reasons_of(error.errors(include_url=False))
        return Rejected((*_other_subject(raw, reasons, ledger), *reasons)[:REASONS_MAX])
    names_read, holds_unread = _names_of(event)
    faults = [
        *_ambiguities(raw, event, names_read, holds_unread=holds_unread),
        *contradictions(event.data),
        *_misfits(event, ledger),
    ]
    if faults:
        return Rejected(tuple(faults[:REASONS_MAX]))
    return Accepted(recorded_id(source=event.source, id=event.id), event, holds_unread)


def refusal_of_other_content(position: int) -> Rejection:
    """Return the reason that this (source, id) was recorded before, with other content, at `position`."""
    return Rejection(
        pointer="/id",
        expected=f"the content recorded under this source and id at position {position}, "
        "or an id not used before",
        found="other content",
    )


def _other_subject(
    raw: bytes, reasons: Sequence[Rejection], ledger: LedgerConfiguration
) -> Iterator[Rejection]:
    """Yield a reason if the bytes, whose shape is refused already, also name another ledger."""
    subject = stated_text(raw, "subject")
    is_named = any(reason.pointer == "/subject" for reason in reasons)
    if subject is not None and subject != ledger.name and not is_named:
        yield _other_ledger(subject, ledger)


class _WrittenClaim(TypedDict):
    """A `RecordedClaim`'s fields: written as one, and cheaper to make."""

    id: str
    source: str
    time: AwareDatetime | None
    claim: Claim


class _WrittenRetraction(TypedDict):
    """A `RecordedRetraction`'s fields."""

    id: str
    source: str
    time: AwareDatetime | None
    retraction: Retraction


_INBOUND: TypeAdapter[ClaimReported | ClaimTakenBack] = TypeAdapter(Inbound)
_CLAIMS = TypeAdapter(_WrittenClaim)
_RETRACTIONS = TypeAdapter(_WrittenRetraction)


def _rejected(pointer: str, expected: str, found: str) -> Rejected:
    return Rejected((Rejection(pointer=pointer, expected=expected, found=found),))


# Checks against the ledger's configuration.


def _misfits(
    event: ClaimReported | ClaimTakenBack, ledger: LedgerConfiguration
) -> Sequence[Rejection]:
    found: list[Rejection] = []
    if event.subject != ledger.name:
        found.append(_other_ledger(event.subject, ledger))
    if isinstance(event, ClaimTakenBack):
        return found
    codes, side, party = ledger.side_codes, event.data.side, event.data.claimant.party
    if side is not None and side not in codes and side not in ALL_SIDES_TOGETHER:
        found.append(_not_one_of("/data/side", (*codes, "both"), side))
    parties = ledger.party_codes
    if party not in parties:
        found.append(_not_one_of("/data/claimant/party", parties, party))
    role, known_roles = event.data.claimant.role, ledger.role_codes
    if role not in known_roles:
        found.append(_not_one_of("/data/claimant/role", known_roles, role))
    return found


def _other_ledger(subject: str, ledger: LedgerConfiguration) -> Rejection:
    expected = f"{ledger.name}; {NOT_SERVED}"
    return Rejection(pointer="/subject", expected=expected, found=shown(subject))


def _not_one_of(pointer: str, allowed: Sequence[str], found: str) -> Rejection:
    # A code has one spelling; whoever writes it in another case is told which.
    codes = {code.casefold(): code for code in allowed}
    near = get_close_matches(found.strip().casefold(), codes, n=1)
    expected = f"{_one_of(allowed)}; nearest: {codes[near[0]]}" if near else _one_of(allowed)
    return Rejection(pointer=pointer, expected=expected, found=shown(found))


def _one_of(allowed: Sequence[str]) -> str:
    return allowed[0] if len(allowed) == 1 else f"one of {', '.join(allowed)}"


# Checks for JSON that different readers of the log would read differently.


#: What stands after a name once white space is gone; it may stand in a text too, so there are never
#: fewer of it than names.
_NAME_END = b'":'
_WHITE_SPACE = b" \t\r\n"


def _kinds_in(annotation: Any) -> Iterator[type[Received]]:
    """Yield the records that a field of that type may hold."""
    if isinstance(annotation, type):
        if issubclass(annotation, Received):
            yield annotation
    else:
        for part in get_args(annotation):
            yield from _kinds_in(part)


def _shapes(record: type[Received]) -> Iterator[type[Received]]:
    for shape in record.__subclasses__():
        yield shape
        yield from _shapes(shape)


#: For each shape, the fields that may hold another: the others need not be looked at, and there are
#: many times more of them.
_RECORDS_IN: Mapping[type, tuple[str, ...]] = {
    shape: tuple(
        name for name, field in shape.model_fields.items() if any(_kinds_in(field.annotation))
    )
    for shape in _shapes(Received)
}


def _ambiguities(
    raw: bytes, event: ClaimReported | ClaimTakenBack, names_read: int, *, holds_unread: bool
) -> Sequence[Rejection]:
    found: list[Rejection] = []
    if holds_unread:
        for pointer, field in _unread(event, ""):
            found += _unfit_values(field, pointer)
            names_read += _inner_name_count(field)
    # Counting is cheap and parsing again is not: the JSON is parsed again only if there is a surplus.
    if raw.translate(None, _WHITE_SPACE).count(_NAME_END) != names_read:
        found += _repeated_names(json.loads(raw, object_pairs_hook=_Pairs), "")
    return found


def _names_of(event: ClaimReported | ClaimTakenBack) -> tuple[int, bool]:
    """Count the names read in an event and its records; return also whether it has unknown ones."""
    said = event.data
    count = len(event.__pydantic_fields_set__) + len(said.__pydantic_fields_set__)
    holds_unread = bool(event.__pydantic_extra__ or said.__pydantic_extra__)
    for part in _PARTS[type(said)](said):
        # Most parts are left out, and a reference to another claim may be its id alone.
        if part is not None and type(part) is not str:
            count += len(part.__pydantic_fields_set__)
            holds_unread = holds_unread or bool(part.__pydantic_extra__)
    return count, holds_unread


def _parts_of(shape: type[Received]) -> Callable[[Any], tuple[Any, ...]]:
    """Return a getter of the fields of a shape that may hold records, which hold none in turn."""
    first, *others = names = _RECORDS_IN[shape]
    within = {
        kind
        for name in names
        for kind in _kinds_in(shape.model_fields[name].annotation)
        if _RECORDS_IN[kind]
    }
    assert not within, f"records of {shape.__name__} hold others: {within}"
    # An `attrgetter` of one name gives no tuple.
    return attrgetter(*names) if others else lambda said: (getattr(said, first),)


_PARTS = {shape: _parts_of(shape) for shape in (Claim, Retraction)}


def _unread(record: Received, pointer: str) -> Iterator[tuple[str, Any]]:
    """Yield the unread fields of a record and its records, with their pointers."""
    for name in _RECORDS_IN[type(record)]:
        field = record.__dict__[name]
        if type(field) in _RECORDS_IN:
            yield from _unread(field, f"{pointer}/{name}")
    for name, field in (record.model_extra or {}).items():
        yield f"{pointer}/{_escaped(name)}", field


def _inner_name_count(field: object) -> int:
    if isinstance(field, dict):
        return len(field) + sum(map(_inner_name_count, field.values()))
    return sum(map(_inner_name_count, field)) if isinstance(field, list) else 0


def _unfit_values(field: object, pointer: str, depth: int = 1) -> Iterator[Rejection]:
    if depth > NESTING_MAX and isinstance(field, dict | list):
        yield Rejection(
            pointer=pointer,
            expected=f"at most {NESTING_MAX} levels of objects and arrays",
            found="more",
        )
        return
    match field:
        case float() if not math.isfinite(field):
            yield Rejection(
                pointer=pointer, expected="a number that fits 64 bits", found=shown(field)
            )
        case dict():
            for name, inner in field.items():
                yield from _unfit_values(inner, f"{pointer}/{_escaped(name)}", depth + 1)
        case list():
            for index, inner in enumerate(field):
                yield from _unfit_values(inner, f"{pointer}/{index}", depth + 1)
        case _:
            return


class _Pairs(list[tuple[str, Any]]):
    """An object as names and values in the order sent, repeated names included."""


def _repeated_names(field: Any, pointer: str) -> Iterator[Rejection]:
    if isinstance(field, _Pairs):
        counts: dict[str, int] = {}
        for name, inner in field:
            counts[name] = counts.get(name, 0) + 1
            yield from _repeated_names(inner, f"{pointer}/{_escaped(name)}")
        for name, count in counts.items():
            if count > 1:
                yield Rejection(
                    pointer=f"{pointer}/{_escaped(name)}",
                    expected="a name given once in its object",
                    found=f"given {count} times",
                )
    elif isinstance(field, list):
        for index, inner in enumerate(field):
            yield from _repeated_names(inner, f"{pointer}/{index}")


# From pydantic's errors to sentences.


#: Fields that take one of two shapes; pydantic reports each shape's failures apart.
_EITHER = {
    "revises": "an id, or an object with source and id",
    "date": "a date (YYYY-MM-DD), a month (YYYY-MM) or a year (YYYY)",
}
#: Fields whose every fault has the same remedy.
_REMEDIES = {
    "value": A_COUNT,
    "low": A_COUNT,
    "high": A_COUNT,
    "ordinal": AN_ORDINAL,
    "confidence": "a number from 0 to 1",
    "role": "an office in small letters, digits and underscores (prison_service)",
}
_PLAIN_WORDS = {
    "json_invalid": "JSON",
    "missing": "present",
    "union_tag_not_found": "present",
    "string_type": "a text",
    "string_too_short": "at least 1 character",
    "string_pattern_mismatch": "printable text",
    "dict_type": "a JSON object",
    "model_type": "a JSON object",
    "model_attributes_type": "a JSON object",
    "tuple_type": "a JSON array",
    "timezone_aware": "a date and time with a time zone (RFC 3339)",
    "datetime_from_date_parsing": "a date and time with a time zone (RFC 3339)",
    "datetime_parsing": "a date and time with a time zone (RFC 3339)",
    "date_from_datetime_parsing": "a date (YYYY-MM-DD)",
    "date_parsing": "a date (YYYY-MM-DD)",
}


_QUOTED = re.compile(r"'([^']*)'")


def _reasons_of(errors: Sequence[ErrorDetails]) -> tuple[Rejection, ...]:
    by_pointer: dict[tuple[str, str], Rejection] = {}
    for error in errors:
        reason = _reason_of(error)
        by_pointer.setdefault((reason.pointer, reason.expected), reason)
    return tuple(by_pointer.values())[:REASONS_MAX]


def _reason_of(error: ErrorDetails) -> Rejection:
    place = list(error["loc"][1:])  # The first part is the event type, which is no field.
    for field, expected in _EITHER.items():
        if field in place[:-1]:
            pointer = _pointer(place[: place.index(field) + 1])
            return Rejection(pointer=pointer, expected=expected, found=shown(error["input"]))
    kind, context = error["type"], error.get("ctx", {})
    if kind in {"union_tag_not_found", "union_tag_invalid"}:
        place = ["type"]
    if kind == "misfit":
        place.append(context["field"])
    expected, found = _expected_and_found(error, context)
    if kind not in {"misfit", "missing"} and place and place[-1] in _REMEDIES:
        expected = _REMEDIES[str(place[-1])]
    return Rejection(pointer=_pointer(place), expected=expected, found=found)


def _expected_and_found(error: ErrorDetails, context: Mapping[str, Any]) -> tuple[str, str]:
    expected, found = _PLAIN_WORDS.get(error["type"], ""), ""
    match error["type"]:
        case "json_invalid":
            found = shown_text(context["error"])
        case "missing" | "union_tag_not_found":
            found = "nothing"
        case "union_tag_invalid":
            expected = _one_of(_QUOTED.findall(context["expected_tags"]))
            found = shown(error["input"]["type"])
        case "literal_error":
            expected = _one_of(_QUOTED.findall(context["expected"]))
        case "value_error" | "misfit":
            message = str(context.get("message") or context["error"])
            expected, _, found = message.removeprefix("expected ").partition(", found ")
        case "string_pattern_mismatch":
            found = _control_character(error["input"]) or ""
        case "string_too_long":
            expected = f"at most {context['max_length']} characters"
            found = f"{len(error['input'])} characters: {shown(error['input'])}"
        case "too_long":
            expected = f"at most {context['max_length']} items"
        case _:
            expected = expected or error["msg"].removeprefix("Input should be ")
    return expected, found or shown(error["input"])


def _control_character(text: str) -> str | None:
    """Return a description of the first control character of a text, null if there is none."""
    found = (
        f"control character U+{ord(character):04X} at index {index}"
        for index, character in enumerate(text)
        if character < " " or "\x7f" <= character <= "\x9f"
    )
    return next(found, None)


def _pointer(place: Sequence[str | int]) -> str:
    return "".join(f"/{_escaped(str(part))}" for part in place)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
