"""What can be chosen in the fields of a claim."""

from collections.abc import Mapping, Sequence
from typing import get_args

from schemas.claim import Bound, Measure, Modality, Role
from schemas.ledger import LedgerConfiguration
from services.api.pages.editing_words import MEASURES, MODALITIES
from services.api.pages.language import gettext
from services.api.pages.names import DisplayNames
from services.api.pages.words import BOUNDS, CAMPS


#: A value and how it is shown.
Choice = tuple[str, str]


def claim_choices(
    ledger: LedgerConfiguration, names: DisplayNames
) -> Mapping[str, Sequence[Choice]]:
    """Return the choices of each field of a claim that has some."""
    parties = {**names.sides, **{party.code: names.called(party.name) for party in ledger.parties}}
    parties |= {code: CAMPS[code].label for code in ("mediator", "intl") if code in CAMPS}
    parties |= {"media": gettext("An outlet in its own words")}
    roles = [*get_args(Role), *(office.code for office in ledger.offices)]
    return {
        "measure": [(measure, MEASURES[measure]) for measure in get_args(Measure)],
        "side": [("", gettext("not stated")), *names.sides.items(), ("both", names.together)],
        "bound": [
            ("", gettext("no number")),
            *((bound, _bound(bound)) for bound in get_args(Bound)),
        ],
        "modality": [(modality, MODALITIES[modality]) for modality in get_args(Modality)],
        "claimant_party": [("", gettext("choose one")), *parties.items()],
        "claimant_role": [(role, names.office(role)) for role in dict.fromkeys(roles)],
    }


def _bound(bound: str) -> str:
    shown = next(words for name, words in BOUNDS.items() if name == bound)
    return shown % {"value": "N", "low": "N", "high": "M"}
