"""The words of the pages with forms: what is decided, about what, and what judgements say."""

from collections.abc import Mapping

from services.api.pages.language import TranslatedTexts, gettext


#: What was decided.
OUTCOMES: Mapping[str, str] = TranslatedTexts(
    {
        "accepted": "Accepted",
        "corrected": "Corrected",
        "rejected": "Rejected",
        "resubmitted": "Sent again",
        "set_aside": "Set aside",
    }
)
#: What it was decided about.
CASES: Mapping[str, str] = TranslatedTexts(
    {
        "submission": "submission",
        "parked": "parked claim",
        "draft": "draft",
        "speakers": "speakers",
    }
)
#: The kinds of judgements, as what an editor does.
KINDS: Mapping[str, str] = TranslatedTexts(
    {
        "pin": "Give a figure its numbers",
        "exclude": "Leave a claim out",
        "reassign": "Say which exchange a claim means",
        "merge": "Make two exchanges one",
        "split": "Make one exchange two",
    }
)
#: How a judgement stands.
STATES: Mapping[str, str] = TranslatedTexts(
    {"in force": "in force", "overruled": "overruled", "undone": "undone"}
)
#: The fields of the form of a judgement.
JUDGED: Mapping[str, str] = TranslatedTexts(
    {
        "figure": "Figure",
        "best": "Number",
        "low": "At least",
        "high": "At most",
        "claim": "Claim",
        "exchange": "Exchange",
        "into": "The other exchange",
        "claims": "Claims",
        "why": "Why",
    }
)
#: What forms call measures; the pages name them by what is counted.
MEASURES: Mapping[str, str] = TranslatedTexts(
    {
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
)
MODALITIES: Mapping[str, str] = TranslatedTexts(
    {"asserted": "said to have happened", "planned": "planned", "denied": "denied"}
)
#: Fields of forms that faults are told of by name.
FIELDS: Mapping[str, str] = TranslatedTexts(
    {
        "value": "Number",
        "claimant_party": "Whom they speak for",
        "claimant_name": "Who said it",
        "report_text": "The text",
        "report_url": "Link",
        "tasks": "Label Studio JSON",
        "event": "The event",
        "why": "Why",
    }
)
#: The pages of editors: each one's path, its label and its key.
PAGES = (
    ("/editors", "Queue", "q"),
    ("/review", "Review a report", "v"),
    ("/editors/parked", "Parked claims", "p"),
    ("/editors/matches", "Doubtful matches", "m"),
    ("/editors/speakers", "Speakers", "s"),
    ("/editors/judge", "Judge", "g"),
    ("/editors/decisions", "Decisions", "d"),
)
#: What an editor does with a draft: the step, its label, what it is called aloud, and its key.
STEPS = (
    ("accept", "Accept", "Accept draft %(number)s", "a"),
    ("edit", "Edit", "Edit draft %(number)s", "e"),
    ("reject", "Reject", "Reject draft %(number)s", "r"),
    ("aside", "Put aside", "Put draft %(number)s aside", "s"),
)
#: The reasons that are kept where an editor gives none: one key decides.
REASONS: Mapping[str, str] = {
    "accepted": "the report says so",
    "corrected": "the report says so, otherwise than it was read",
    "rejected": "the report does not say so",
    "set_aside": "left for later",
}


def reason(why: str) -> str:
    """Return why something was decided: in an editor's own words, or in ours in the language of the page."""
    return gettext(why) if why in REASONS.values() else why


def messages() -> tuple[str, ...]:
    """Return what of this is no table of texts, for the catalogues."""
    steps = (text for _, label, aloud, _ in STEPS for text in (label, aloud))
    return (*REASONS.values(), *(label for _, label, _ in PAGES), *steps)
