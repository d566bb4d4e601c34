"""What is wrong with a ledger's file: every fault at once, each with its line.

A fault says what was expected at a field and what was found there, and names the nearest word that would
be right. The shape is asked of the model; what fields say of each other, here.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple, get_args
from zoneinfo import available_timezones

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from schemas.claim import Measure, Role
from schemas.ledger import LedgerConfiguration
from services.reconciliation.policy import LATEST, PAST_VERSIONS, POLICIES


#: A place in a file: names of fields, and numbers in lists from 0.
FieldPath = tuple[str | int, ...]

#: Whom a claimant may speak for in every ledger.
OUTSIDE = ("mediator", "intl", "media")
_RESERVED = frozenset({*OUTSIDE, "both", "all_sides", "outlets", "*"})
_FOUND_CHARACTERS_MAX = 80
_QUOTED = re.compile(r"'([^']*)'")
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")


class FileFault(NamedTuple):
    """One thing that is wrong with a file.

    Attributes:
        path: Where; empty for the file as a whole.
        expected: What would be right.
        found: What is there.
        nearest: The word that was likely meant, null if none is near.
    """

    path: FieldPath
    expected: str
    found: str
    nearest: str | None = None


def find_faults(document: Mapping[str, Any]) -> list[FileFault]:
    """Return all that is wrong with a ledger's file, in the order of its fields."""
    faults: list[FileFault] = []
    try:
        LedgerConfiguration.model_validate(document)
    except ValidationError as error:
        faults += map(_fault_of, error.errors(include_url=False))
        # What is wrong in itself is missing in its list too, and told once.
        faults = [one for one in faults if not any(_is_within(other, one) for other in faults)]
    known = {fault.path for fault in faults}
    faults += (fault for fault in _contradictions(document) if fault.path not in known)
    return faults


def shown_faults(faults: Sequence[FileFault], text: str, *, origin: str) -> str:
    """Write faults, a line each: file, line, field, expected, found, and the nearest word."""
    # A file without faults, as every process reads one, needs no second parser.
    from services.ledgers.lines import line_of  # noqa: PLC0415

    lines = sorted((line_of(fault.path, text), fault) for fault in faults)
    return "\n".join(
        f"{origin}:{line}: {_shown_path(fault.path)}: expected {fault.expected}, found {fault.found}"
        f"{f'; nearest: {fault.nearest}' if fault.nearest else ''}"
        for line, fault in lines
    )


def shown_syntax_error(error: tomllib.TOMLDecodeError, *, origin: str) -> str:
    """Write what makes a text no TOML."""
    at = _AT_LINE.search(str(error))
    line = at[1] if at else "1"
    return f"{origin}:{line}: expected TOML, {_AT_LINE.sub('', str(error)).strip().lower()}"


# The shape.


#: What a field holds, in the words of a TOML file, where the model's are those of Python.
_PLAIN_WORDS = {
    "string_type": "a text",
    "tuple_type": "a list, in brackets",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}


def _fault_of(error: ErrorDetails) -> FileFault:
    path = tuple(error["loc"])
    found = _shown(error["input"])
    nearest: str | None = None
    match error["type"]:
        case "missing":
            expected, found = "a value", "nothing"
        case "extra_forbidden":
            fields = _fields_at(path[:-1])
            expected, found = f"a field that there is ({', '.join(fields)})", str(path[-1])
            nearest = _nearest(found, fields)
        case "literal_error":
            return _not_one_of(path, _QUOTED.findall(str(error["ctx"]["expected"])), error["input"])
        case "value_error":
            stated = str(error["ctx"]["error"])
            expected = stated.partition(", found ")[0].removeprefix("expected ")
            if path[-1:] == ("time_zone",):
                nearest = _nearest(str(error["input"]), sorted(available_timezones()))
        case "string_pattern_mismatch":
            expected = f"a text of the form {error['ctx']['pattern']}"
        case "too_short":
            expected, found = f"at least {error['ctx']['min_length']}", "fewer"
        case _:
            expected = _PLAIN_WORDS.get(error["type"]) or error["msg"].removeprefix(
                "Input should be "
            )
    return FileFault(path, expected, found, nearest)


def _fields_at(path: FieldPath) -> Sequence[str]:
    """Return the names of the fields that there are at a place."""
    model: type[BaseModel] = LedgerConfiguration
    for name in path:
        if isinstance(name, int):
            continue
        kinds = [model.model_fields[name].annotation]
        while kinds:
            kind = kinds.pop()
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                model = kind
            kinds += get_args(kind)
    return tuple(name for name in model.model_fields if name != "policy_named")


def _is_within(other: FileFault, one: FileFault) -> bool:
    return len(other.path) > len(one.path) and other.path[: len(one.path)] == one.path


# What fields say of each other; a part of another shape is a fault already.


def _contradictions(document: Mapping[str, Any]) -> Iterator[FileFault]:
    sides = _texts(document, "sides", "code")
    parties = _texts(document, "parties", "code")
    offices = _texts(document, "offices", "code")
    yield from _policy_faults(document)
    yield from _codes_taken((*sides, *parties))
    codes = [code for _, code in sides]
    for path, code in (
        *_texts(document, "parties", "counts_for"),
        *_texts(document, "offices", "competent_for"),
    ):
        if code not in codes:
            yield _not_one_of(path, codes, code)
    roles = (*get_args(Role), *(code for _, code in offices))
    roles += tuple(role for _, role in _texts(document, "scopes", "role") if role != "*")
    for number, side in enumerate(_tables(document, "sides")):
        for place, role in enumerate(_listed(side.get("competent_roles"))):
            if role not in roles:
                yield _not_one_of(("sides", number, "competent_roles", place), roles, role)
    allowed = ("*", *codes, *(code for _, code in parties), *OUTSIDE)
    for path, party in _texts(document, "scopes", "party"):
        if party not in allowed:
            yield _not_one_of(path, allowed, party)
    for path, measure in _texts(document, "scopes", "measure"):
        if measure not in ("*", *get_args(Measure)):
            yield _not_one_of(path, ("*", *get_args(Measure)), measure)


def _policy_faults(document: Mapping[str, Any]) -> Iterator[FileFault]:
    policy = document.get("policy")
    versions = (LATEST, *sorted(POLICIES))
    if isinstance(policy, str) and policy not in {*versions, *PAST_VERSIONS}:
        yield _not_one_of(("policy",), versions, policy)
    if "policy_named" in document:
        found = _shown(document["policy_named"])
        yield FileFault(("policy_named",), "nothing, since it follows from policy", found)


def _codes_taken(codes: Sequence[tuple[FieldPath, str]]) -> Iterator[FileFault]:
    seen: set[str] = set()
    for path, code in codes:
        if code in _RESERVED or code in seen:
            yield FileFault(path, "a code that nothing else has", repr(code))
        seen.add(code)


def _tables(document: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = document.get(name)
    return [table for table in _listed(found) if isinstance(table, dict)]


def _texts(document: Mapping[str, Any], name: str, field: str) -> list[tuple[FieldPath, str]]:
    return [
        ((name, number, field), table[field])
        for number, table in enumerate(_tables(document, name))
        if isinstance(table.get(field), str)
    ]


def _listed(found: object) -> list[Any]:
    return found if isinstance(found, list) else []


def _not_one_of(path: FieldPath, allowed: Sequence[str], found: object) -> FileFault:
    return FileFault(
        path, f"one of {', '.join(allowed)}", _shown(found), _nearest(str(found), allowed)
    )


def _nearest(found: str, words: Sequence[str]) -> str | None:
    plain = {word.casefold(): word for word in words}
    near = get_close_matches(found.casefold(), plain, n=1)
    return plain[near[0]] if near else None


def _shown(found: object) -> str:
    text = repr(found)
    return text if len(text) <= _FOUND_CHARACTERS_MAX else f"{text[: _FOUND_CHARACTERS_MAX - 1]}…"


def _shown_path(path: FieldPath) -> str:
    shown = ""
    for part in path:
        shown += f"[{part}]" if isinstance(part, int) else f".{part}" if shown else part
    return shown or "the file"
