"""What the ledger is least sure of: which exchange a claim means, and which names are one speaker's."""

from collections import Counter
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import Response

from schemas.submission import NAME_CHARACTERS_MAX, CaseDecided, Outcome
from schemas.views import ClaimView
from services.api.editing.forms import read_form
from services.api.editing.page import go_to, show, signed_form, signed_in, tables_now
from services.api.editing.reaction import reaction_shown
from services.api.editing.recording import keep
from services.api.editing.sessions import Editor
from services.api.http.problems import unknown
from services.api.http.state import LedgerState, state_of
from services.api.pages.tables import ledger_of
from services.moderation.speakers import SpeakerPair, aliases_as_toml, possible_duplicates
from services.reconciliation.claims.speakers import speaker_name
from services.reconciliation.rules.explanations import CODES, canonical_code
from services.runtime import clock


router = APIRouter(include_in_schema=False)
#: Claims, or pairs, on one page.
SHOWN_MAX = 100
#: Reasons for which a claim means no exchange though it may speak of one, and the evidence that is weak, the
#: weakest first.
_UNMATCHED = ("means-no-known-exchange", "no-day-stated", "no-day")
_WEAK = (
    *(
        "published-later",
        "published-next-day",
        "published-that-day",
        "agreed-that-day",
        "equal-figure",
    ),
    *("number-of-several-days", "planned-figure", "agreed-number", "stated-neighbouring-date"),
)
_DOUBTS = (*_UNMATCHED, *_WEAK)
_MEANINGS = {code.word: code.meaning for code in CODES}


@router.api_route("/editors/matches", methods=["GET", "HEAD"])
async def show_matches(request: Request) -> Response:
    """Show the claims whose exchange is doubtful, the most doubtful first."""
    editor = await signed_in(request)
    claims = (await tables_now(ledger_of(request))).claims.values()
    doubtful = [(doubt, claim) for claim in claims if (doubt := _doubt_of(claim))]
    doubtful.sort(key=lambda one: (_DOUBTS.index(one[0]), one[1].position))
    shown = [(_MEANINGS[doubt], claim) for doubt, claim in doubtful[:SHOWN_MAX]]
    return await show(request, "matches.html", editor=editor, doubtful=shown, count=len(doubtful))


def _doubt_of(claim: ClaimView) -> str | None:
    if claim.state == "active" or claim.exchange is None:
        for code in filter(None, (claim.reason, claim.evidence)):
            if (word := canonical_code(code)) in _DOUBTS:
                return word
    return None


@router.api_route("/editors/speakers", methods=["GET", "HEAD"])
async def show_speakers(request: Request) -> Response:
    """Show names that may be one speaker's."""
    editor = await signed_in(request)
    served = ledger_of(request)
    moderation = await served.moderation.read()
    pairs = [
        pair
        for pair in possible_duplicates(await _names(served))
        if moderation.decision_of("speakers", _about(pair.name, pair.other)) is None
    ]
    kept = [
        made.decision.about
        for made in moderation.decisions()
        if (made.decision.case, made.decision.outcome) == ("speakers", "accepted")
        and made.undone is None
    ]
    one_speaker = [(one, other) for one, _, other in (about.partition(" = ") for about in kept)]
    return await show(
        request,
        "speakers.html",
        editor=editor,
        pairs=pairs[:SHOWN_MAX],
        count=len(pairs),
        aliases=aliases_as_toml(one_speaker) if one_speaker else "",
    )


@router.api_route("/editors/speakers/pair", methods=["GET", "HEAD"])
async def show_pair(request: Request) -> Response:
    """Show what would change if two names were one speaker's."""
    editor = await signed_in(request)
    asked = request.query_params
    pair = await _pair(ledger_of(request), asked.get("name", ""), asked.get("other", ""))
    return await _pair_page(request, editor, pair)


@router.post("/editors/speakers/pair")
async def decide_pair(request: Request) -> Response:
    """Note that two names are one speaker's, or two."""
    form = await read_form(request, state_of(request).settings)
    editor = await signed_form(request, form)
    served = ledger_of(request)
    pair = await _pair(served, form.get("name", ""), form.get("other", ""))
    if not form.get("why"):
        faults = {"why": "expected words for whoever reads it later"}
        return await _pair_page(request, editor, pair, faults)
    outcome: Outcome = "accepted" if form.get("step") == "one" else "rejected"
    decision = CaseDecided(
        id="",
        case="speakers",
        about=_about(pair.name, pair.other),
        outcome=outcome,
        who=editor.name,
        why=form["why"][:1_000],
        at=clock.now(),
    )
    await keep(served.moderation.stream, decision)
    return go_to(request, "/editors/speakers")


async def _names(served: LedgerState) -> Mapping[str, int]:
    """Return under how many claims each speaker's name stands."""
    claims = (await tables_now(served)).claims.values()
    return Counter(
        speaker_name(claim.claimant.name, served.configuration).shown for claim in claims
    )


async def _pair(served: LedgerState, name: str, other: str) -> SpeakerPair:
    counts = await _names(served)
    if name not in counts or other not in counts or name == other:
        raise unknown("pair of speakers", f"{name} = {other}")
    return SpeakerPair(name, other, counts[name], counts[other])


def _about(name: str, other: str) -> str:
    return f"{name} = {other}"[:NAME_CHARACTERS_MAX]


async def _pair_page(
    request: Request, editor: Editor, pair: SpeakerPair, faults: Mapping[str, str] | None = None
) -> Response:
    served = ledger_of(request)
    aliases = {**served.configuration.claimant_aliases, pair.other: pair.name}
    changed = served.configuration.model_copy(update={"claimant_aliases": aliases})
    return await show(
        request,
        "pair.html",
        status=HTTPStatus.BAD_REQUEST if faults else HTTPStatus.OK,
        editor=editor,
        pair=pair,
        faults=faults or {},
        given={"why": ""},
        reaction=await reaction_shown(request, served, [], ledger=changed),
    )
