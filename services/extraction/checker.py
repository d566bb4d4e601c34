"""Whether a draft stands: the same questions whoever made it, rules, a model or a person.

Its quote stands in the text, found again whatever the offsets; the number in the quote is its value, and the
words there bound it so; its side and its speaker have words of their own; its days can be; a part is no more
than its whole, and parts of one kind no more together. What is wrong is said on the draft; nothing is mended.
Two drafts that say the same are one.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from schemas.claim import Claim
from schemas.draft import DraftFault, EvidenceText
from schemas.ledger import LedgerConfiguration
from services.extraction.bounds import said_number
from services.extraction.context import ReportContext, faults_in_context
from services.extraction.drafted import Drafted
from services.extraction.marking import MarkedText
from services.extraction.proposals import WORDING_WORDS_MAX
from services.extraction.report import Report


#: Measures that are of both sides unless the text says otherwise: no words need to say so.
_OF_BOTH = frozenset(("exchange_ordinal", "superlative", "first_since", "held"))
#: How a whole is said that may be any number above.
_WITHOUT_LIMIT = frozenset(("more_than", "at_least", "vague"))


def checked(
    drafts: Sequence[Drafted], report: Report, ledger: LedgerConfiguration
) -> list[Drafted]:
    """Return drafts with what is wrong with each; those that say the same are one."""
    kept: dict[str, Drafted] = {}
    for one in drafts:
        said = one.claim.model_dump_json(exclude={"extraction", "wording"})
        kept.setdefault(said, _with_evidence_found(one, report.text))
    single = list(kept.values())
    if not single:
        return []
    together = _faults_together([one.claim for one in single])
    context = ReportContext(report, ledger)
    return [
        _with_faults(
            one,
            (
                *faults_alone(one, report, ledger),
                *faults_in_context(one, context),
                *together.get(number, ()),
            ),
        )
        for number, one in enumerate(single)
    ]


def faults_alone(
    drafted: Drafted, report: Report, ledger: LedgerConfiguration
) -> Iterator[DraftFault]:
    """Return what is wrong with a draft by itself."""
    claim = drafted.claim
    evidence = {one.field: one for one in drafted.notes.evidence}
    yield from _quote_faults(claim, evidence, report, ledger)
    yield from _side_faults(claim, evidence, ledger)
    yield from _claimant_faults(claim, evidence)
    yield from _date_faults(claim, report, ledger)


def _fault(field: str, expected: str, found: object) -> DraftFault:
    return DraftFault(field=field, expected=expected, found=str(found))


# The words in the text.


def _with_evidence_found(one: Drafted, text: str) -> Drafted:
    """Return a draft whose evidence stands where its words are; where they are not, it stays as it is."""
    if all(text[some.start : some.end] == some.quote for some in one.notes.evidence):
        return one
    evidence = tuple(_found_again(some, text) for some in one.notes.evidence)
    return one._replace(notes=one.notes.model_copy(update={"evidence": evidence}))


def _found_again(one: EvidenceText, text: str) -> EvidenceText:
    """Return words where they stand nearest to where they were said to be."""
    if not one.quote:
        return one
    places = []
    start = text.find(one.quote)
    while start >= 0:
        places.append(start)
        start = text.find(one.quote, start + 1)
    if not places:
        return one
    nearest = min(places, key=lambda place: abs(place - one.start))
    return one.model_copy(update={"start": nearest, "end": nearest + len(one.quote)})


def _quote_faults(
    claim: Claim, evidence: Mapping[str, EvidenceText], report: Report, ledger: LedgerConfiguration
) -> Iterator[DraftFault]:
    for one in evidence.values():
        if report.text[one.start : one.end] != one.quote:
            yield _fault(one.field, "words that stand in the text", one.quote)
    wording = claim.wording or ""
    if len(wording.split()) > WORDING_WORDS_MAX:
        yield _fault("wording", f"at most {WORDING_WORDS_MAX} words", wording)
    quote = evidence.get("quote")
    if quote is None:
        yield _fault("quote", "the words that carry the figure", "nothing")
    elif claim.quantity is not None and claim.quantity.bound != "undisclosed":
        yield from _number_faults(claim, quote.quote, report, ledger)


def _number_faults(
    claim: Claim, quote: str, report: Report, ledger: LedgerConfiguration
) -> Iterator[DraftFault]:
    """Return what is wrong with a number and its bound, read again from the quote alone."""
    assert claim.quantity is not None, "only a claim with a number has one to read again"
    quantity = claim.quantity
    marked = MarkedText(quote, ledger=ledger, language=report.language)
    said = [said_number(marked, number) for number in marked.numbers]
    if quantity.bound == "range":
        if (quantity.low, quantity.high) not in [(one.low, one.high) for one in said]:
            yield _fault("quantity", f"{quantity.low} to {quantity.high} in the quote", quote)
        return
    same = [one for one in said if one.number.value == quantity.value]
    if not same:
        yield _fault("quantity.value", f"{quantity.value} in the quote", quote)
    elif quantity.bound not in [one.bound for one in same]:
        yield _fault("quantity.bound", f"{same[0].bound}, as the quote says", quantity.bound)


# Who.


def _side_faults(
    claim: Claim, evidence: Mapping[str, EvidenceText], ledger: LedgerConfiguration
) -> Iterator[DraftFault]:
    if claim.measure == "mediated_count":
        return
    if claim.side is None:
        yield _fault("side", "the side that people came back to", "nothing")
    elif claim.side not in (*ledger.side_codes, "both", "all_sides"):
        yield _fault("side", f"one of {', '.join(ledger.side_codes)}, both", claim.side)
    elif not _says_side(claim, evidence, ledger):
        yield _fault("side", "words that say whose people came back", "none")


def _says_side(
    claim: Claim, evidence: Mapping[str, EvidenceText], ledger: LedgerConfiguration
) -> bool:
    """Return whether words say the side, or it is the speaker's own, or both unless said otherwise."""
    is_own = ledger.camp_of(claim.claimant.party) == claim.side
    return "side" in evidence or claim.measure in _OF_BOTH or is_own


def _claimant_faults(claim: Claim, evidence: Mapping[str, EvidenceText]) -> Iterator[DraftFault]:
    # A body that publishes the report itself speaks in it and need not be named there.
    is_publisher = claim.claimant.name == claim.reported_by
    if claim.claimant.party != "media" and not is_publisher and "claimant" not in evidence:
        yield _fault("claimant", "words that name who says so", "none")


# When.


def _date_faults(claim: Claim, report: Report, ledger: LedgerConfiguration) -> Iterator[DraftFault]:
    stated = claim.exchange.date
    day = stated if isinstance(stated, date) else None
    if day is not None and ledger.opened is not None and day < ledger.opened:
        yield _fault("exchange.date", f"no day before {ledger.opened}, when it began", stated)
    limit = report.published_at
    if day is not None and limit is not None and claim.modality == "asserted" and day > limit:
        yield _fault("exchange.date", f"no day after the report's own, {limit}", stated)
    elif day is not None and limit is not None and day > limit + timedelta(days=366):
        yield _fault("exchange.date", f"a day within a year of {limit}", stated)
    since, as_of = claim.period.since, claim.period.as_of
    if since is not None and as_of is not None and since > as_of:
        yield _fault("period", f"a first day up to {as_of}", since)
    if report.published_at is None and claim.measure == "returned" and stated is None:
        yield _fault("exchange.date", "a day, or a day of publication to tell it by", "neither")


# Together.


def _faults_together(claims: Sequence[Claim]) -> dict[int, list[DraftFault]]:
    """Return what is wrong with claims beside each other, by their numbers."""
    wholes: dict[tuple[str | None, str | None], int] = {}
    for claim in claims:
        if claim.measure in ("returned", "exchanged_total") and claim.quantity:
            key = (claim.side, _written(claim))
            most = claim.quantity.value or claim.quantity.high or 0
            most = sys.maxsize if claim.quantity.bound in _WITHOUT_LIMIT else most
            wholes[key] = max(wholes.get(key, 0), most)
    found: dict[int, list[DraftFault]] = {}
    for number, claim in enumerate(claims):
        if claim.measure != "breakdown" or claim.quantity is None or claim.quantity.value is None:
            continue
        whole = wholes.get((claim.side, _written(claim)), wholes.get(("both", _written(claim)), 0))
        if whole and claim.quantity.value > whole:
            found[number] = [
                _fault("quantity.value", f"at most its whole, {whole}", claim.quantity.value)
            ]
    return found


def _written(claim: Claim) -> str | None:
    return str(claim.exchange.date) if claim.exchange.date is not None else None


def _with_faults(one: Drafted, faults: Sequence[DraftFault]) -> Drafted:
    return one._replace(notes=one.notes.model_copy(update={"faults": tuple(faults)}))
