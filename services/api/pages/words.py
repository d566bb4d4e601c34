"""The words of the pages: the ledger's whole vocabulary in plain language.

Nobody should need a tooltip to read a figure. Each word has a short label and a sentence that says
what it means; the sentences of the words that a page uses stand on that page.
"""

from collections.abc import Mapping
from typing import Literal

from schemas.claim import Bound, Counterpart, Measure, Modality, Role
from schemas.views import CumulativePoint, Figure
from schemas.vocabulary import (
    Cause,
    CheckKind,
    CheckResult,
    ClaimState,
    ExchangeStatus,
    FigureStatus,
    Flag,
)
from services.api.pages.language import TranslatedTexts, gettext
from services.reconciliation.rules.explanations import CODES


class Word:
    """How a word is shown, and what it means, as a sentence; both in the language of the page."""

    def __init__(self, label: str, meaning: str) -> None:
        self.english = (label, meaning)

    @property
    def label(self) -> str:
        """How it is shown."""
        return gettext(self.english[0])

    @property
    def meaning(self) -> str:
        """What it means."""
        return gettext(self.english[1])


#: What a reader wants to know first: do they agree?
Verdict = Literal["agreed", "unopposed", "disputed", "estimated"]
VERDICTS: Mapping[Verdict, Word] = {
    "agreed": Word(
        "Agreed",
        "Two or more camps give numbers that can be true together, or a person who keeps the ledger "
        "has decided.",
    ),
    "unopposed": Word(
        "One side’s word",
        "One camp alone gives this number, and no other camp that counts contradicts it.",
    ),
    "disputed": Word(
        "Disputed", "Numbers were given that cannot all be true. Who says what is shown beside it."
    ),
    "estimated": Word(
        "Estimate",
        "Nobody gave an exact count. The number is a bound, is rounded, or is worked out from others.",
    ),
}
VERDICT_OF: Mapping[FigureStatus, Verdict] = {
    "adjudicated": "agreed",
    "contradicted": "disputed",
    "disputed": "disputed",
    "self_contradicted": "disputed",
    "corroborated": "agreed",
    "consistent": "unopposed",
    "single_source": "unopposed",
    "approximate": "estimated",
    "floor_only": "estimated",
    "computed": "estimated",
    "derived_only": "estimated",
    "undisclosed": "estimated",
    "no_data": "estimated",
}
#: What is said beside a verdict that others do not share.
OTHERWISE = Word(
    "some say otherwise",
    "A number that cannot be true beside this one was given too, by voices that do not outweigh it, such "
    "as an outlet that stands alone. It is shown, and does not make the figure disputed.",
)


def verdict_of(row: Figure | CumulativePoint) -> Verdict:
    """Return whether those who speak of a number agree; a bound alone is an estimate, whoever gives it."""
    verdict = VERDICT_OF[row.status]
    is_bound = row.high is None and verdict in ("agreed", "unopposed")
    return "estimated" if is_bound else verdict


def is_contested(figure: Figure) -> bool:
    """Return whether a figure that is not disputed has numbers against it nevertheless."""
    return VERDICT_OF[figure.status] != "disputed" and bool(figure.claims.disagreeing)


STATUSES: Mapping[FigureStatus, Word] = {
    "adjudicated": Word("decided by an editor", "A person who keeps the ledger fixed this number."),
    "contradicted": Word(
        "contradicted", "Exact numbers from bodies that count cannot all be true."
    ),
    "disputed": Word("disputed", "Two camps or more give numbers that cannot all be true."),
    "self_contradicted": Word(
        "self-contradicted", "One speaker is quoted with numbers that cannot all be true."
    ),
    "corroborated": Word("corroborated", "Two camps or more agree, at least one with a count."),
    "consistent": Word("consistent", "Two voices or more agree, all from one camp."),
    "single_source": Word("single source", "One voice gives this number."),
    "approximate": Word("approximate", "Only a rounded number was given."),
    "floor_only": Word("at least", "Only a least number was given, such as “more than 200”."),
    "computed": Word("worked out", "Nobody gave this number; it follows from others."),
    "derived_only": Word("sum only", "The only number given is itself a sum of others."),
    "undisclosed": Word("withheld", "Those who know said that they do not tell."),
    "no_data": Word("no number", "Nobody gave a number that can be used."),
}
FLAGS: Mapping[Flag, Word] = {
    "category_gap": Word("category gap", "The numbers count different groups of people."),
    "scope_explained": Word(
        "difference explained", "The camps differ only because they count different groups."
    ),
    "stale": Word("out of date", "The number repeats an earlier day’s total."),
    "ledger_incomplete": Word(
        "exchanges may be missing", "Exchanges that nobody reported may come on top."
    ),
    "series_break": Word(
        "break in the series",
        "The exchanges since the total before it make more than it says, so one of them is in doubt.",
    ),
    "assumption_used": Word("assumption used", "The number rests on an assumption that is named."),
}
EXCHANGE_STATUSES: Mapping[ExchangeStatus, Word] = {
    "completed": Word("took place", "People came back."),
    "planned": Word("planned", "Announced; nobody has said yet that it took place."),
    "cancelled": Word(
        "did not take place", "Planned, then called off or not spoken of again; it counts nobody."
    ),
    "unilateral": Word("one side released", "One side let people go without an exchange."),
    "unconfirmed": Word("unconfirmed", "Mentioned, but nobody says how many came back."),
}
RESULTS: Mapping[CheckResult, Word] = {
    "pass": Word("adds up", "The number said is one of those that can be."),
    "within": Word("adds up, roughly", "The difference is smaller than how roughly it was said."),
    "fail": Word("does not add up", "The number said cannot be, if the others are right."),
    "untestable": Word(
        "cannot be tested", "The ledger does not hold what it would be tested with."
    ),
}
CHECKS: Mapping[CheckKind, Word] = {
    "running_total": Word(
        "running total",
        "A total said for a day, beside the total before it and the exchanges since.",
    ),
    "ordinal": Word("number of the exchange", "“The 49th exchange”, beside those listed."),
    "superlative": Word("superlative", "“The largest so far”, beside those before it."),
    "first_since": Word("first since", "“The first in months”, beside the gap before it."),
    "sum": Word("all sides together", "A total of an exchange, beside the sides’ numbers."),
    "breakdown": Word("parts and whole", "The parts that a speaker lists, beside its whole."),
    "mediated_count": Word("count by mediation", "A mediator’s own count of its exchanges."),
}
CAUSES: Mapping[Cause, Word] = {
    "first_report": Word("first report", "The first number was reported."),
    "further_report": Word("further report", "Another report came in."),
    "later_count": Word("later count", "A count replaced a first, rougher number."),
    "correction": Word("correction", "The speaker or its publisher corrected a number."),
    "scope_change": Word("other scope", "It was made clear who is counted."),
    "arithmetic_slip": Word("slip of arithmetic", "A sum had been printed wrongly."),
    "translation": Word("translation", "A translation was corrected."),
    "misattribution": Word("wrong speaker", "The number had been put in the wrong mouth."),
    "withdrawn": Word("taken back", "A report was taken back."),
    "reassigned": Word("other exchange", "A report turned out to mean another exchange."),
    "adjudicated": Word("decided by an editor", "A person who keeps the ledger decided."),
}
STATES: Mapping[ClaimState, Word] = {
    "active": Word("counts", "The claim is one of those the figure is made of."),
    "superseded": Word("replaced", "The same voice gave a later number."),
    "retracted": Word("taken back", "Its publisher took it back."),
    "derived": Word("a sum, so a check", "It is worked out from others, and so tests them."),
    "excluded": Word("does not count", "It is set aside, for the reason given."),
}
#: Why a claim is set aside or read otherwise, by the first part of its reason.
REASONS: Mapping[str, str] = TranslatedTexts(
    {code.word: code.meaning for code in CODES if code.kind == "reason"}
)
PARTS: Mapping[str, Word] = {
    "best": Word("gives the number", "The best number is this claim’s."),
    "agreeing": Word("agrees", "It can be true together with the best number."),
    "disagreeing": Word("disagrees", "It cannot be true together with the best number."),
    "explained": Word("differs, explained", "It differs, and the reason is known."),
    "excluded": Word("set aside", "It does not count, for the reason given."),
}
BOUNDS: Mapping[Bound, str] = TranslatedTexts(
    {
        "exact": "exactly %(value)s",
        "at_least": "at least %(value)s",
        "more_than": "more than %(value)s",
        "at_most": "at most %(value)s",
        "less_than": "fewer than %(value)s",
        "about": "about %(value)s",
        "nearly": "nearly %(value)s",
        "range": "%(low)s to %(high)s",
        "vague": "no number, in words",
        "undisclosed": "number withheld",
    }
)
MEASURES: Mapping[Measure, str] = TranslatedTexts(
    {
        "returned": "came back",
        "exchanged_total": "exchanged, all sides together",
        "cumulative_returned": "came back in all so far",
        "cumulative_exchanged_total": "exchanged in all so far, all sides together",
        "exchange_ordinal": "which exchange it is, counted from the first",
        "held": "held by the other side",
        "mediated_count": "exchanges mediated",
        "superlative": "how it ranks among exchanges",
        "first_since": "the first since when",
        "breakdown": "came back, a part of the whole",
        "remains_returned": "bodies of the dead handed over",
        "cumulative_remains_returned": "bodies of the dead handed over in all so far",
    }
)
MODALITIES: Mapping[Modality, str] = TranslatedTexts(
    {
        "asserted": "",
        "planned": "a plan, not a count",
        "denied": "a denial",
    }
)
COUNTERPARTS: Mapping[Counterpart, str] = TranslatedTexts(
    {
        "persons": "people were got in return",
        "none": "nobody was got in return",
        "things": "things were got in return, and no people",
    }
)
ROLES: Mapping[Role, Word] = {
    "mod": Word("ministry of defence", "Runs the armed forces; announces who of them came back."),
    "president": Word("president", "The head of state and the office around it."),
    "ombudsman": Word(
        "human rights commissioner",
        "The parliament’s or state’s commissioner, who keeps lists of prisoners and meets them.",
    ),
    "coordination_hq": Word(
        "coordination headquarters",
        "The state body that prepares exchanges and speaks with prisoners’ families.",
    ),
    "foreign_ministry": Word("foreign ministry", "Speaks for a state abroad."),
    "mediator": Word("mediator", "A third state or body that brought the sides together."),
    "outlet": Word("news outlet", "A medium that gives a number of its own, and quotes nobody."),
    "other": Word("other official or source", "Speaks for its party without one of these offices."),
}


def office(role: str) -> str:
    """Return what an office is called; one that a ledger declares is named by its own word.

    >>> office("mod"), office("prison_service")
    ('ministry of defence', 'prison service')
    """
    known = next((word for name, word in ROLES.items() if name == role), None)
    return known.label if known else role.replace("_", " ")


#: Camps that are no side of a ledger.
CAMPS: Mapping[str, Word] = {
    "mediator": Word("Mediators", "Third states and bodies that brought the sides together."),
    "intl": Word(
        "International bodies", "The UN, the Red Cross, research institutes and the like."
    ),
    "outlets": Word(
        "News outlets",
        "Numbers that outlets give as their own. A report that quotes an official is the official’s.",
    ),
}
#: Those who mediate, by the codes that claims use; another code is shown as it is.
MEDIATORS: Mapping[str, str] = TranslatedTexts(
    {
        "AE": "the United Arab Emirates",
        "BY": "Belarus",
        "CH": "Switzerland",
        "HU": "Hungary",
        "ICRC": "the International Committee of the Red Cross",
        "IL": "Israel",
        "OSCE": "the OSCE",
        "QA": "Qatar",
        "SA": "Saudi Arabia",
        "TR": "Türkiye",
        "UN": "the United Nations",
        "US": "the United States",
        "VA": "the Holy See",
    }
)
TIERS: Mapping[int, str] = TranslatedTexts(
    {
        0: "decided by an editor",
        1: "counts heads for the side that people came back to",
        2: "other officials of that side",
        3: "mediators and international bodies",
        4: "the other side",
        5: "an outlet’s own count",
        6: "nobody named",
    }
)
CREDIBILITIES: Mapping[int, str] = TranslatedTexts(
    {
        1: "confirmed by another camp",
        2: "one camp, and the arithmetic holds",
        3: "one camp, untested",
        4: "another camp disagrees",
        5: "fails the arithmetic",
        6: "cannot be judged",
    }
)
UNITS: Mapping[str, str] = TranslatedTexts(
    {"persons": "persons", "bodies": "bodies", "exchanges": "exchanges", "lists": "lists"}
)
#: What a rule's example is a row of, and what a code stands at.
KINDS: Mapping[str, str] = TranslatedTexts(
    {
        kind: kind
        for kind in (
            *("figure", "check", "claim", "exchange", "total"),
            *("explanation", "reason", "evidence"),
        )
    }
)
CATEGORIES: Mapping[str, str] = TranslatedTexts(
    {
        "all": "everybody",
        "military": "military",
        "civilian": "civilians",
        "unspecified": "not said who",
        # In English these are called by their own words.
        **{
            group: group
            for group in (
                "bodies",
                "armed forces",
                "national guard",
                "border guards",
                "territorial defence",
                "navy",
                "marines",
                "ground forces",
                "air force",
                "air assault forces",
                "airborne forces",
                "unmanned systems forces",
                "interior ministry personnel",
                "emergency service",
                "police",
                "sailors",
                "pilots",
                "commanders",
                "sergeants",
                "privates",
                "officers",
                "privates and sergeants",
                "soldiers and sergeants",
                "conscripts",
                "prisoners of war",
                "prisoners",
                "captives",
                "women",
                "men",
                "children",
                "wounded",
                "seriously wounded",
                "seriously wounded or ill",
                "seriously ill",
                "illegally convicted",
                "wounded military",
                "civilian sailors",
                "truck drivers",
                "priests",
                "foreign nationals",
                "female servicemembers",
                "under 25",
                "previously missing",
                "returned outside exchange",
            )
        },
    }
)
