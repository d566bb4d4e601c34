"""An example of each rule from a ledger's own views: the first row that bears one of the rule's codes.

Nothing is written down in advance: a ledger in which a rule gave no code yet has no example of it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from schemas.record import Record
from schemas.views import Check, ClaimView, CumulativePoint, Exchange, Figure
from services.reconciliation.catalogue import RULES
from services.reconciliation.rule import Rule
from services.reconciliation.rules.explanations import CODES, canonical_code


class RuleExample(Record):
    """A row of the views that bears a code of a rule.

    `id` is the row's, of a running total its side, category and day; `exchange` is null for a row that
    is about none; `text` says what was decided there.
    """

    kind: Literal["figure", "total", "check", "claim", "exchange"]
    id: str
    exchange: str | None
    code: str
    text: str


#: What an example is found by: a kind of code, the code, and the kind of check that bears it.
_Mark = tuple[str, str, str | None]
_MEANINGS: dict[tuple[str, str], str] = {(code.kind, code.word): code.meaning for code in CODES}


def find_examples(
    *,
    exchanges: Iterable[Exchange],
    figures: Iterable[Figure],
    cumulative: Iterable[CumulativePoint],
    checks: Iterable[Check],
    claims: Iterable[ClaimView],
) -> dict[str, RuleExample]:
    """Return an example of each rule that has one, by the rule's name."""
    found: dict[_Mark, RuleExample] = {}
    for marked in (
        *(_of_figure(row) for row in figures),
        *(_of_check(row) for row in checks),
        *(_of_claim(row) for row in claims),
        *(_of_exchange(row) for row in exchanges),
        *(_of_total(row) for row in cumulative),
    ):
        for mark, example in marked:
            found.setdefault(mark, example)
    named = ((rule.name, _example_of(rule, found)) for rule in RULES)
    return {name: example for name, example in named if example is not None}


def _example_of(rule: Rule, found: Mapping[_Mark, RuleExample]) -> RuleExample | None:
    marks: list[_Mark] = [("explanation", code, rule.check) for code in rule.explanations]
    marks += [("reason", code, None) for code in rule.reasons]
    marks += [("evidence", code, None) for code in rule.evidence]
    marks += [("status", status, None) for status in rule.statuses]
    marks += [("flag", flag, None) for flag in rule.flags]
    return next((found[mark] for mark in marks if mark in found), None)


def _of_figure(row: Figure) -> Iterator[tuple[_Mark, RuleExample]]:
    for why in row.reasons:
        example = RuleExample(
            kind="figure", id=row.id, exchange=row.exchange, code=why.code, text=why.text
        )
        yield ("explanation", canonical_code(why.code), None), example
    shown = f"{row.low} / {'–' if row.best is None else row.best} / {'open' if row.high is None else row.high}"
    for kind, word in (("status", row.status), *(("flag", flag) for flag in row.flags)):
        example = RuleExample(
            kind="figure", id=row.id, exchange=row.exchange, code=word, text=f"{shown}: {word}"
        )
        yield (kind, word, None), example


def _of_check(row: Check) -> Iterator[tuple[_Mark, RuleExample]]:
    for why in row.explanations:
        example = RuleExample(
            kind="check", id=row.id, exchange=row.exchange, code=why.code, text=why.text
        )
        yield ("explanation", canonical_code(why.code), row.kind), example


def _of_claim(row: ClaimView) -> Iterator[tuple[_Mark, RuleExample]]:
    said = f"{row.claimant.name}: “{row.wording}”" if row.wording else row.claimant.name
    evidence = (row.evidence or "").split("; ")
    for kind, text in (("reason", row.reason), *(("evidence", part) for part in evidence)):
        if text:
            code = canonical_code(text)
            meaning = _MEANINGS.get((kind, code), code)
            example = RuleExample(
                kind="claim",
                id=row.ref,
                exchange=row.exchange,
                code=text,
                text=f"{said} – {meaning}",
            )
            yield (kind, code, None), example


def _of_exchange(row: Exchange) -> Iterator[tuple[_Mark, RuleExample]]:
    example = RuleExample(
        kind="exchange",
        id=row.id,
        exchange=row.id,
        code=row.status,
        text=f"its status is {row.status}",
    )
    yield ("status", row.status, None), example


def _of_total(row: CumulativePoint) -> Iterator[tuple[_Mark, RuleExample]]:
    about = f"{row.side} {row.category} {row.as_of.isoformat()}"
    for kind, word in (("status", row.status), *(("flag", flag) for flag in row.flags)):
        example = RuleExample(
            kind="total", id=about, exchange=None, code=word, text=f"{about}: {word}"
        )
        yield (kind, word, None), example
