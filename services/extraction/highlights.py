"""Drafts beside the text they were read out of, as one page: each draft's words are marked in it.

Everything that comes from outside is escaped, and the page's policy lets no script run and nothing be fetched.
"""

from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise
from typing import NamedTuple

from schemas.draft import DraftEvent, EvidenceText
from services.extraction.report import Report


_HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Drafts of claims</title>
<style>
:root { color-scheme: light dark; }
body { font: 1rem/1.6 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; }
mark { background: #ffe28a; color: #1a1a1a; padding: 0 .1em; border-radius: .15em; }
mark.wrong { background: #ffb3a7; }
mark sup { font-size: .7em; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #8884; }
.fault { color: #b3261e; }
@media (prefers-color-scheme: dark) { .fault { color: #ffb4ab; } }
</style>
</head>
<body>
<h1>Drafts of claims</h1>
<p>Nothing here is published. Numbers in the text name the drafts below it.</p>
"""
#: Fields whose words are marked; those of a day may stand far off and belong to all drafts.
_MARKED = ("quote", "value", "bound", "side", "claimant", "category")


class _Stretch(NamedTuple):
    # Words of the text with the drafts that rest on them.
    start: int
    end: int
    numbers: tuple[int, ...]
    is_wrong: bool


def page_of_drafts(reports: Sequence[tuple[Report, Sequence[DraftEvent]]]) -> str:
    """Return reports with their drafts as one page."""
    parts = [_HEAD]
    for report, drafts in reports:
        parts += _report(report, drafts)
    parts.append("</body>\n</html>\n")
    return "".join(parts)


def marked_text(text: str, drafts: Sequence[DraftEvent]) -> str:
    """Return a text as HTML, escaped, with the words that drafts rest on marked by the drafts' numbers."""
    return "".join(_marked_text(text, _stretches(text, drafts)))


def _report(report: Report, drafts: Sequence[DraftEvent]) -> Iterator[str]:
    title = report.outlet or report.url or "A report"
    day = f", {report.published_at}" if report.published_at else ""
    yield f"<section>\n<h2>{escape(title)}{day}</h2>\n"
    if report.url:
        yield f"<p>{escape(report.url)}</p>\n"
    yield f'<div class="text" lang="{escape(report.language)}">'
    yield from _marked_text(report.text, _stretches(report.text, drafts))
    yield "</div>\n<table>\n<thead><tr><th>draft</th><th>claim</th><th>words</th><th>wrong</th></tr></thead>\n<tbody>\n"
    for number, draft in enumerate(drafts, start=1):
        yield _row(number, draft)
    yield "</tbody>\n</table>\n</section>\n"


def _row(number: int, draft: DraftEvent) -> str:
    claim, notes = draft.data, draft.draft
    quantity = claim.quantity
    count = ""
    if quantity is not None:
        value = (
            f"{quantity.low} to {quantity.high}" if quantity.bound == "range" else quantity.value
        )
        count = f" {quantity.bound} {'' if value is None else value}"
    says = (
        f"{claim.measure} {claim.side or '–'} {claim.category}{count}; {claim.exchange.date or '–'}; "
        f"{claim.claimant.name} ({claim.claimant.party}); {claim.modality}"
    )
    words = "<br>".join(f"{escape(one.field)}: “{escape(one.quote)}”" for one in notes.evidence)
    faults = "<br>".join(
        escape(f"{one.field}: expected {one.expected}, found {one.found}") for one in notes.faults
    )
    by = claim.extraction
    how = notes.rule or (by.method if by else "")
    if by is not None and by.fallback:
        how += f", instead of {by.fallback}"
    return (
        f'<tr id="{escape(draft.id)}"><td>{number}</td><td>{escape(says)}<br><small>{escape(how)}</small></td>'
        f'<td>{words}</td><td class="fault">{faults}</td></tr>\n'
    )


def _stretches(text: str, drafts: Sequence[DraftEvent]) -> list[_Stretch]:
    """Return the words that drafts rest on, none overlapping another, in order."""
    words = [
        (one, number, bool(draft.draft.faults))
        for number, draft in enumerate(drafts, start=1)
        for one in draft.draft.evidence
        if _stands(one, text)
    ]
    borders = sorted({place for one, _, _ in words for place in (one.start, one.end)})
    begins: dict[int, list[int]] = {}
    found: list[_Stretch] = []
    for index, (one, _, _) in enumerate(words):
        begins.setdefault(one.start, []).append(index)
    open_now: set[int] = set()
    for start, end in pairwise(borders):
        open_now = {index for index in open_now if words[index][0].end > start}
        open_now.update(begins.get(start, ()))
        if open_now:
            numbers = tuple(sorted({words[index][1] for index in open_now}))
            is_wrong = any(words[index][2] for index in open_now)
            here = _Stretch(start, end, numbers, is_wrong)
            if found and found[-1][1:] == (start, numbers, is_wrong):
                here = here._replace(start=found.pop().start)
            found.append(here)
    return found


def _stands(one: EvidenceText, text: str) -> bool:
    return one.field in _MARKED and bool(one.quote) and text[one.start : one.end] == one.quote


def _marked_text(text: str, stretches: Sequence[_Stretch]) -> Iterator[str]:
    place = 0
    for one in stretches:
        yield escape(text[place : one.start])
        kind = ' class="wrong"' if one.is_wrong else ""
        names = ", ".join(map(str, one.numbers))
        yield f"<mark{kind}>{escape(text[one.start : one.end])}<sup>{names}</sup></mark>"
        place = one.end
    yield escape(text[place:])
