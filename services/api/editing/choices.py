"""What can be chosen in the fields of a claim."""

from collections.abc import Mapping, Sequence
from typing import get_args

from schemas.claim import Bound, Measure, Modality, Role
from schemas.ledger import LedgerConfiguration
from services.api.pages.names import DisplayNames
from services.api.pages.words import BOUNDS, CAMPS


#: A value and how it is shown.
Choice = tuple[str, str]
#: What forms call measures; the pages name them by what is counted.
_MEASURES: Mapping[str, str] = {
    "returned": "came back to a side",
    "exchanged_total": "exchanged, both sides together",
    "cumulative_returned": "came back to a side in all so far",
    "cumulative_exchanged_total": "exchanged in all so far",
    "exchange_ordinal": "which exchange it was, by number",
    "held": "held by the other side",
    "mediated_count": "brought back by a mediator",
    "superlative": "the largest or the smallest",
    "first_since": "the first since a day",
    "breakdown": "a part of a whole",
    "remains_returned": "bodies handed over",
    "cumulative_remains_returned": "bodies handed over in all so far",
}
_MODALITIES = {"asserted": "said to have happened", "planned": "planned", "denied": "denied"}


def claim_choices(
    ledger: LedgerConfiguration, names: DisplayNames
) -> Mapping[str, Sequence[Choice]]:
    """Return the choices of each field of a claim that has some."""
    parties = {**names.sides, **{party.code: party.name for party in ledger.parties}}
    parties |= {code: CAMPS[code].label for code in ("mediator", "intl") if code in CAMPS}
    parties |= {"media": "An outlet in its own words"}
    roles = [*get_args(Role), *(office.code for office in ledger.offices)]
    return {
        "measure": [(measure, _MEASURES[measure]) for measure in get_args(Measure)],
        "side": [("", "not stated"), *names.sides.items(), ("both", names.together)],
        "bound": [("", "no number"), *((bound, _bound(bound)) for bound in get_args(Bound))],
        "modality": [(modality, _MODALITIES[modality]) for modality in get_args(Modality)],
        "claimant_party": [("", "choose one"), *parties.items()],
        "claimant_role": [(role, names.office(role)) for role in dict.fromkeys(roles)],
    }


def _bound(bound: str) -> str:
    shown = next(words for name, words in BOUNDS.items() if name == bound)
    return shown % {"value": "N", "low": "N", "high": "M"}
