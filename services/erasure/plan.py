"""Which events of a log hold the words of a claim that are to be erased, and what is left of them (pure)."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from schemas.claim import Claim
from schemas.erasure import ErasableField, ErasedEvent, ErasedWords
from schemas.events import ClaimRecorded
from schemas.judgement import JudgedClaim
from schemas.ledger import LedgerConfiguration
from schemas.record import Received
from services.erasure.words import (
    NAME_BEGINS,
    NAME_FIELDS,
    URL_BEGINS,
    Substitution,
    drop_other,
    erased_name,
    has_other,
    is_erased,
    texts_of,
    wording_left,
)
from services.eventlog.chain import Head, chain_of, split
from services.eventlog.port import Entry


#: Shortest wording that is looked for within other texts: "230" stands in many that do not quote it.
_QUOTED_CHARACTERS_MIN = 12
_CLAIM = b'"type":"claim.recorded"'
#: Keys of decisions, retractions and judgements under which sentences or names stand.
_SENTENCES = frozenset({"text", "voice", "radius", "note", "why"})
#: Keys under which whoever is named is all of the text.
_NAMES = frozenset({"name", "reported_by", "quoted_from"})


class Going(NamedTuple):
    """One text that goes: its field, itself, and what takes its place."""

    field: ErasableField
    text: str
    left: str


class ErasurePlan(NamedTuple):
    """What an erasure does to a log.

    Attributes:
        claim: The claim.
        going: The texts that go.
        kept: Texts of the claim that stay, by field.
        left: Position to what is left of the content there.
        counts: How many events of each type hold words that go.
        still: Where words that go still stand, because ids and sources stay: position and key.
        words: What takes their places.
        last: Where the log ends.
    """

    claim: JudgedClaim
    going: tuple[Going, ...]
    kept: Mapping[str, str]
    left: Mapping[int, bytes]
    counts: Mapping[str, int]
    still: tuple[tuple[int, str], ...]
    words: Substitution
    last: Head

    def is_in(self, text: str) -> bool:
        """Return whether a text of an input is one of those that go, or holds one of them.

        A report's text holds a wording among others, its lines broken as they are there.
        """
        plain = _plain(text)
        worded = [_plain(going.text) for going in self.going if going.field == "wording"]
        is_worded = any(
            words == plain or (len(words) >= _QUOTED_CHARACTERS_MIN and words in plain)
            for words in worded
        )
        return is_worded or self.words.url(text) != text or self.words.holds(text)

    def event(self, *, who: str, why: str, at: datetime) -> ErasedWords:
        """Return what the log is told of it."""
        return ErasedWords(
            claim=self.claim,
            fields=tuple(dict.fromkeys(going.field for going in self.going)),
            events=tuple(
                ErasedEvent(position=position, sha256=sha256(content).hexdigest())
                for position, content in sorted(self.left.items())
            ),
            who=who,
            why=why,
            at=at,
        )


def _plain(text: str) -> str:
    return " ".join(text.split())


def claims_named(entries: Iterable[Entry], name: str | None) -> list[ClaimRecorded]:
    """Return the claims of a log that a name means, `id` or `id@source`; all for null."""
    recorded = (
        ClaimRecorded.model_validate_json(entry.body) for entry in entries if _CLAIM in entry.body
    )
    return [
        claim
        for claim in recorded
        if name in (None, claim.data.id, f"{claim.data.id}@{claim.data.source}")
    ]


def plan_erasure(
    entries: Sequence[Entry],
    claim: ClaimRecorded,
    fields: Iterable[ErasableField],
    *,
    token: str,
    ledger: LedgerConfiguration,
) -> ErasurePlan | None:
    """Return what is to be done so that some fields of a claim are gone; null if they are.

    Args:
        entries: The whole log.
        claim: The claim, as the log holds it.
        fields: Which of its fields.
        token: Random digits for what takes the place of names and addresses.
        ledger: Which names are one, and which words rules look at.
    """
    said, shapes = claim.data.claim, [_shape_of(entry) for entry in entries]
    words = Substitution(ledger, token)
    going = list(_going(said, set(fields), _names_in(shapes), words))
    if not going:
        return None
    gone = {each.field for each in going}
    rewriting = _Rewriting(words, _claim_names(shapes))
    left: dict[int, bytes] = {}
    counts: Counter[str] = Counter()
    for entry, shape in zip(entries, shapes, strict=True):
        if entry.position == claim.position:
            _erase_own(shape["data"]["claim"], said, going)
        rewriting.begin(entry.position)
        data = rewriting.part(shape["data"], shape["data"].get("source"), "")
        if data != shape["data"] or entry.position == claim.position:
            counts[shape["type"]] += 1
            left[entry.position] = _content(shape | {"data": data})
    named = JudgedClaim(source=claim.data.source, id=claim.data.id)
    kept = {field: text for field, text in texts_of(said).items() if field not in gone}
    kept = {field: text for field, text in kept.items() if not is_erased(field, text)}
    last = Head(entries[-1].position, chain_of(entries[-1].body) or "")
    still = tuple(rewriting.still)
    return ErasurePlan(named, tuple(going), kept, left, counts, still, words, last)


def _going(
    claim: Claim, fields: set[ErasableField], names: Sequence[str], words: Substitution
) -> Iterator[Going]:
    """Yield what goes, and note what takes its place."""
    texts = texts_of(claim)
    for field in NAME_FIELDS:
        if field in fields and field in texts and not is_erased(field, texts[field]):
            named = erased_name(texts[field], names, NAME_BEGINS[field] + words.token, words.ledger)
            if not words.holds(texts[field]):
                words.add_name(named)
            yield Going(field, texts[field], words.name(texts[field]))
    if "url" in fields and "url" in texts and not is_erased("url", texts["url"]):
        words.add_url(texts["url"], URL_BEGINS + words.token)
        yield Going("url", texts["url"], URL_BEGINS + words.token)
    if "wording" in fields and "wording" in texts and not is_erased("wording", texts["wording"]):
        left = wording_left(texts["wording"], claim.measure, words.ledger)
        words.add_quotation(texts["wording"], left)
        yield Going("wording", texts["wording"], left)
    if "other" in fields and has_other(claim):
        yield Going("other", "reviewer and further fields", "nothing")


def _erase_own(shape: dict[str, Any], claim: Claim, going: Iterable[Going]) -> None:
    """Erase what stands in the claim alone; names and addresses go from all events."""
    for each in going:
        if each.field == "wording":
            shape["wording"] = each.left
        elif each.field == "other":
            drop_other(shape, claim)


class _Rewriting:
    """Puts other words in the places of erased ones, in one event after the other.

    Attributes:
        still: Where erased words stand that stay.
    """

    def __init__(self, words: Substitution, claims: set[tuple[str, str]]) -> None:
        self.still: list[tuple[int, str]] = []
        self._words, self._claims, self._position = words, claims, 0

    def begin(self, position: int) -> None:
        """Go on with the event at a position."""
        self._position = position

    def part(self, value: Any, source: str | None, key: str) -> Any:
        """Return a part of an event as it is left; it stands under `key` and is of a publisher."""
        if isinstance(value, dict):
            return {name: self.part(each, source, name) for name, each in value.items()}
        if isinstance(value, list):
            return [self.part(each, source, key) for each in value]
        return self._text(value, source, key) if isinstance(value, str) else value

    def _text(self, text: str, source: str | None, key: str) -> str:
        words = self._words
        if key in _NAMES and (key != "quoted_from" or (source, text) not in self._claims):
            return words.name(text)
        if key == "url":
            return words.url(text)
        if key == "reason" and ":" in text:
            code, _, about = text.partition(":")
            return f"{code}:{words.name(about)}" if words.holds(about) else text
        if key in _SENTENCES or key in _FREE or key not in _KNOWN:
            return words.sentence(text)
        if words.holds(text):
            self.still.append((self._position, key))
        return text


def _field_names() -> set[str]:
    """Return the keys of claims, retractions, judgements and decisions whose texts are no sentences."""
    known = {"id", "source", "type", "claim", "retraction", "who", "at", "kind", "figure", "into"}
    known |= {"exchange", "assignments", "figures", "checks", "withdrawn", "totals", "forgotten"}
    known |= {"camp", "status", "state", "evidence", "flags", "basis", "cause", "code", "counter"}
    known |= {"aliases", "phases", "policy", "result", "retracts", "adjudication", "obs_status"}
    known |= {"thirds", "judgement", "claims", "side", "category", "as_of", "time", "listed"}
    known |= {"date", "since", "lapsed_on", "fields", "sha256", "measure"}
    todo: list[type[Received]] = [Claim]
    while todo:
        shape = todo.pop()
        known |= set(shape.model_fields)
        for field in shape.model_fields.values():
            kinds = [field.annotation, *getattr(field.annotation, "__args__", ())]
            todo += [
                kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Received)
            ]
    return known


#: Keys whose texts may hold a name among other words.
_FREE = frozenset({"wording", "reviewer", "method"})
_KNOWN = frozenset(_field_names())


def _shape_of(entry: Entry) -> dict[str, Any]:
    stored = split(entry.body)
    assert stored is not None, "the log was proven"
    shape: dict[str, Any] = json.loads(stored.content)
    return shape


def _content(shape: Mapping[str, Any]) -> bytes:
    return json.dumps(shape, ensure_ascii=False, separators=(",", ":")).encode()


def _claim_names(shapes: Iterable[Mapping[str, Any]]) -> set[tuple[str, str]]:
    recorded = (shape["data"] for shape in shapes if shape["type"] == "claim.recorded")
    return {(data["source"], data["id"]) for data in recorded}


def _names_in(shapes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return all names that claims have, in the order they came."""
    known = _claim_names(shapes)
    names: dict[str, None] = {}
    for shape in shapes:
        if shape["type"] != "claim.recorded":
            continue
        claim, source = shape["data"]["claim"], shape["data"]["source"]
        quoted = claim.get("quoted_from")
        found = (
            claim["claimant"]["name"],
            claim.get("reported_by"),
            None if (source, quoted) in known else quoted,
        )
        names |= dict.fromkeys(name for name in found if name is not None)
    return list(names)
