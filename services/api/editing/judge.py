"""Judgements of editors: filled in, looked at, and recorded in the log as those of the command line are."""

from collections.abc import Mapping
from hashlib import sha256
from http import HTTPStatus
from typing import NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import Response

from schemas.claim import TEXT_CHARACTERS_MAX
from schemas.judgement import Exclude, Judgement, Merge, Pin, Reassign, Split
from schemas.submission import CaseDecided
from services.api.editing.forms import read_form
from services.api.editing.page import go_to, show, signed_form, signed_in
from services.api.editing.reaction import ReactionShown, reaction_shown
from services.api.editing.recording import append, keep
from services.api.editing.sessions import Editor
from services.api.http.state import LedgerState, state_of
from services.api.pages.tables import ledger_of
from services.queries.judging import (
    Attribution,
    JudgementError,
    JudgementTargets,
    built,
    prepare,
    targets_of,
)
from services.queries.what_if import UnmatchedError
from services.runtime import clock


router = APIRouter(include_in_schema=False)
#: The kinds of judgements, and which fields each has.
KINDS: Mapping[str, tuple[str, ...]] = {
    "pin": ("figure", "best", "low", "high"),
    "exclude": ("claim",),
    "reassign": ("claim", "exchange"),
    "merge": ("exchange", "into"),
    "split": ("exchange", "into", "claims"),
}
FIELDS = ("kind", "figure", "best", "low", "high", "claim", "exchange", "into", "claims")
#: What stands for a reason that is still to be given.
_LATER = "not said yet"


class JudgementForm(NamedTuple):
    """A judgement as an editor fills it in, and the submission that led to it, if one did."""

    editor: Editor
    given: Mapping[str, str]
    submission: str


@router.api_route("/editors/judge", methods=["GET", "HEAD"])
async def show_judge(request: Request) -> Response:
    """Show the form of a judgement, filled in as its address says."""
    editor = await signed_in(request)
    asked = request.query_params
    given = {name: asked.get(name, "")[:TEXT_CHARACTERS_MAX] for name in (*FIELDS, "why")}
    if given["kind"] not in KINDS:
        given["kind"] = ""
    return await _page(request, JudgementForm(editor, given, asked.get("submission", "")[:40]))


@router.post("/editors/judge")
async def judge(request: Request) -> Response:
    """Show how the figures would react to a judgement, or record it."""
    fields = await read_form(request, state_of(request).settings)
    editor = await signed_form(request, fields)
    served = ledger_of(request)
    given = {name: fields.get(name, "") for name in (*FIELDS, "why")}
    form = JudgementForm(editor, given, fields.get("submission", "")[:40])
    if given["kind"] not in KINDS:
        return await _page(request, form._replace(given=given | {"kind": ""}))
    is_saving = fields.get("step") == "save"
    if is_saving and not given["why"]:
        return await _refused(request, form, "why: expected words for whoever reads it later")
    attribution = Attribution(editor.name, given["why"] or _LATER, clock.now())
    try:
        targets = await targets_of(served.store, served.configuration)
        judgement = built(lambda known, by: _judgement(given, known, by), targets, attribution)
        looked = _digest_of(judgement)
        if not is_saving or fields.get("looked") != looked:
            reaction = await reaction_shown(request, served, [judgement.model_dump_json().encode()])
            return await _page(request, form, reaction=reaction, looked=looked)
        return await _save(request, served, form, judgement, targets)
    except (JudgementError, UnmatchedError) as error:
        return await _refused(request, form, str(error))


async def _save(
    request: Request,
    served: LedgerState,
    form: JudgementForm,
    judgement: Judgement,
    targets: JudgementTargets,
) -> Response:
    log = served.fresh_log()
    prepared = await prepare(judgement, targets, log, await served.judgements.read())
    if prepared.event is not None:
        await append(served, log, prepared.event)
    if form.submission:
        found = (await served.moderation.read()).submission(form.submission)
        if found is not None and found.decision is None:
            decision = CaseDecided(
                id="",
                case="submission",
                about=found.id,
                outcome="accepted",
                who=form.editor.name,
                why=form.given["why"],
                at=judgement.at,
                judgement=prepared.judgement,
            )
            await keep(served.moderation.stream, decision)
    return go_to(request, f"/editors/decisions#{prepared.judgement}")


def _judgement(
    given: Mapping[str, str], known: JudgementTargets, attribution: Attribution
) -> Judgement:
    """Return the judgement that a form says.

    Raises:
        JudgementError: It is about something unknown.
        ValidationError: A number or a name is none.
    """
    base = attribution.fields()
    match given["kind"]:
        case "pin":
            known.check_figure(given["figure"])
            best = given["best"]
            numbers = {"best": best, "low": given["low"] or best, "high": given["high"] or best}
            return Pin.model_validate(base | {"figure": given["figure"], **numbers})
        case "exclude":
            return Exclude.model_validate(base | {"claim": known.claim(given["claim"])})
        case "reassign":
            is_none = given["exchange"] in ("", "none")
            target = None if is_none else known.exchange(given["exchange"])
            claim = known.claim(given["claim"])
            return Reassign.model_validate(base | {"claim": claim, "exchange": target})
        case "merge":
            merged = {name: known.exchange(given[name]) for name in ("exchange", "into")}
            return Merge.model_validate(base | merged)
        case _:
            old = known.exchange(given["exchange"])
            claims = tuple(known.claim(ref, at=old) for ref in given["claims"].split())
            into = known.new_exchange(given["into"])
            return Split.model_validate(base | {"exchange": old, "into": into, "claims": claims})


def _digest_of(judgement: Judgement) -> str:
    said = judgement.model_dump_json(exclude={"id", "at", "who", "why"})
    return sha256(said.encode()).hexdigest()[:32]


async def _refused(request: Request, form: JudgementForm, fault: str) -> Response:
    name, _, words = fault.partition(": ")
    is_named = name in (*FIELDS, "why")
    faults = {name: words} if is_named else {"": fault}
    return await _page(request, form, faults=faults)


async def _page(
    request: Request,
    form: JudgementForm,
    *,
    faults: Mapping[str, str] | None = None,
    reaction: ReactionShown | None = None,
    looked: str = "",
) -> Response:
    return await show(
        request,
        "judge.html",
        status=HTTPStatus.BAD_REQUEST if faults else HTTPStatus.OK,
        **form._asdict(),
        kinds=KINDS,
        faults=faults or {},
        reaction=reaction,
        looked=looked,
    )
