"""A report under review: one that was pasted or fetched, or one that the drafting worker has read.

A pasted one is not kept: its text goes back and forth with the form, and is read anew each time, which gives
the same drafts. One that was read waits in its stream, with the drafts of whoever read it, and the form names it.
"""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

from fastapi import Request
from pydantic import ValidationError

from schemas.draft import DraftEvent
from schemas.report import ReportForReview
from services.api.editing.sessions import Editor
from services.api.http.state import state_of
from services.api.pages.language import gettext
from services.api.pages.tables import ledger_of
from services.api.resources.extract import CHARACTERS_MAX
from services.extraction.drafts import METHOD, extract
from services.extraction.report import Report, first_fault
from services.fetching.page import NoTextError
from services.fetching.reports import fetched_report
from services.fetching.web import FetchError, limits_of
from services.runtime.optional import MissingExtraError


#: What forms say of a report, in fields whose names begin so: those of a claim have some of the same names.
PREFIX = "report_"
REPORT_FIELDS = tuple(f"{PREFIX}{name}" for name in ("text", "url", "outlet", "published_at"))
#: What names a report that waits in its stream.
ENTRY = "report_entry"


class Review(NamedTuple):
    """A report under review.

    Attributes:
        editor: Who reviews it.
        given: What forms say of it.
        report: It.
        drafts: What it claims, as far as somebody read it.
        entry: Its id among those that wait, empty for one that was pasted.
        notes: What is to be known beside the drafts.
    """

    editor: Editor
    given: Mapping[str, str]
    report: Report
    drafts: tuple[DraftEvent, ...]
    entry: str = ""
    notes: tuple[str, ...] = ()

    def draft(self, name: str) -> DraftEvent | None:
        """Return the draft of an id, null for none."""
        return next((draft for draft in self.drafts if draft.id == name), None)


class NotReviewedError(Exception):
    """There is no report to be reviewed.

    Attributes:
        faults: Why, by field of the form.
    """

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(faults.values()))
        self.faults = faults


async def review_of(request: Request, editor: Editor, form: Mapping[str, str]) -> Review:
    """Return the report that a form names or holds.

    Raises:
        NotReviewedError: There is none.
    """
    if form.get(ENTRY):
        return await waiting_review(request, editor, form[ENTRY])
    given = given_of(form)
    if len(given["report_text"]) > CHARACTERS_MAX:
        raise NotReviewedError(
            {"report_text": f"expected at most {CHARACTERS_MAX:,} characters, found more"}
        )
    said = {name.removeprefix(PREFIX): text for name, text in given.items() if text}
    try:
        report = Report.model_validate({"text": "", **said})
    except ValidationError as error:
        raise NotReviewedError({"": first_fault(error)}) from error
    notes: tuple[str, ...] = ()
    if not report.text and report.url:
        report = await _fetched(request, report)
        if len(report.text) > CHARACTERS_MAX:
            notes = (f"of {len(report.text):,} characters the first {CHARACTERS_MAX:,} are read",)
            report = report.model_copy(update={"text": report.text[:CHARACTERS_MAX]})
        given = _given_by(report)
    if not report.text:
        raise NotReviewedError({"report_text": "expected a text or a link, found neither"})
    drafts = await asyncio.to_thread(extract, report, ledger_of(request).configuration)
    return Review(editor, given, report, tuple(drafts), notes=notes)


async def waiting_review(request: Request, editor: Editor, entry: str) -> Review:
    """Return a report that waits in its stream.

    Raises:
        NotReviewedError: None of that id does.
    """
    found = await ledger_of(request).reports.one_for_review(entry[:40])
    if found is None:
        raise NotReviewedError(
            {"": "expected a report that waits, found none of that id: it was reviewed meanwhile"}
        )
    return review_of_waiting(editor, found)


def review_of_waiting(editor: Editor, found: ReportForReview) -> Review:
    """Return a report that waits, as it is reviewed."""
    report = Report.model_validate(found.report.model_dump())
    given = dict.fromkeys(REPORT_FIELDS, "") | {ENTRY: found.id}
    return Review(editor, given, report, found.drafts, found.id, found.notes)


def given_of(form: Mapping[str, str]) -> dict[str, str]:
    """Return what a form says of a report."""
    return {name: form.get(name, "") for name in (*REPORT_FIELDS, ENTRY)}


def origin_of(draft: DraftEvent) -> str:
    """Return who made a draft, in words: a rule, a model, both, or a person."""
    by, rule = draft.data.extraction, draft.draft.rule
    methods = by.method.split(", ") if by else []
    models = [one for one in methods if one not in (METHOD, "hand")]
    makers = [gettext("rule %(name)s", name=rule)] if rule else []
    makers += [gettext("the model %(name)s", name=one) for one in models]
    told = gettext(" and ").join(makers) or gettext("a person")
    if by and by.fallback:
        return gettext("%(who)s, instead of %(other)s", who=told, other=by.fallback)
    return told


async def _fetched(request: Request, known: Report) -> Report:
    """Return the report at its address, its text and day found there.

    Raises:
        NotReviewedError: There is none.
    """
    assert known.url is not None, "asked for by its address"
    try:
        return await fetched_report(known.url, known, limits_of(state_of(request).settings))
    except (FetchError, NoTextError, MissingExtraError, ValueError) as error:
        raise NotReviewedError({"report_url": str(error)}) from error


def _given_by(report: Report) -> dict[str, str]:
    return {
        "report_text": report.text,
        "report_url": report.url or "",
        "report_outlet": report.outlet or "",
        "report_published_at": report.published_at.isoformat() if report.published_at else "",
        ENTRY: "",
    }
