"""Every code that a figure, a check or a claim may bear to say why, with what it means.

A code is one of three kinds:

* explanation: a sentence at a figure or a check bears it (`Explanation.code`);
* reason: why a claim does not count, or is read otherwise than it was said (`reason` of a claim);
* evidence: why a claim means its exchange (`evidence` of a claim).

Codes are written in kebab-case. What a schema enumerates (statuses, flags, causes, results, modalities)
is written in snake_case and described where it is enumerated. A code may carry something after a colon,
as in `misquote:140`. Codes written before policy 2026.3 are read as `canonical_code` says.

Which rule gives which code stands in `services.reconciliation.catalogue`.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple


CodeKind = Literal["explanation", "reason", "evidence"]


class Code(NamedTuple):
    """One code.

    Attributes:
        word: The code, without what follows its colon.
        kind: Where it appears.
        meaning: What it means, as a clause that can follow "it" or "the claim".
        carries: What follows the colon, null if nothing does.
    """

    word: str
    kind: CodeKind
    meaning: str
    carries: str | None = None


#: What is searched, in this order, when a claimed total of both sides leaves the two sides' numbers;
#: the first that fits is the likeliest.
SUM_SLIPS = (
    "floor-taken-as-exact",
    "other-number-used",
    "equal-numbers-assumed",
    "one-side-taken-for-both",
    "digits-transposed",
)
#: Likewise when a running total leaves the total before it and the exchanges since.
TOTAL_SLIPS = (
    "exchange-left-out",
    "stale-total",
    "digits-transposed",
    "later-total-leaves-less",
    "rounded",
)

_EXPLANATIONS: Mapping[str, str] = {
    "adjudicated": "an operator fixed the number",
    "withheld": "the number was withheld",
    "category-gap": "a narrower count gives the wider figure a lower bound",
    "disagrees": "a speaker's number cannot be true together with the best number",
    "floor-met": "a speaker's least number holds for the best number",
    "self-contradicted": "one speaker is quoted with numbers that cannot all be true",
    "scope-explained": "another camp counts fewer people, and the difference is named",
    "sum": "both sides' numbers are added",
    "told-by-total": "the total of all sides says that a group came beside the soldiers",
    "side-not-spoken-of": "the sum leaves out sides of whose people nobody speaks",
    "sum-of-days": "the number is the sum of several days' counts",
    "arithmetic": "the sum or difference that the test rests on is written out",
    "part-above-whole": "a part is counted with more people than the whole",
    "list-incomplete": "the parts that were listed leave somebody out",
    "arithmetic-slip": "the parts make more than the whole that was given",
    "floor-taken-as-exact": "the total holds if a least or rounded number is taken as exact",
    "other-number-used": "the total holds with another number that was said for one side",
    "equal-numbers-assumed": "the total is twice one side's number",
    "one-side-taken-for-both": "the total is one side's number alone",
    "digits-transposed": "two digits stand in each other's place",
    "rest-of-operation": "the operation's total leaves another number for the day than its sides' counts make",
    "exchanges-exceed-total": "the exchanges since the last sound total make more than the total says",
    "ledger-incomplete": "more is counted than the exchanges listed here give",
    "counter-leaves-out": "less is counted than the exchanges listed here give",
    "phases-of-one-exchange": "days close together bear the same number",
    "ordinal-used-twice": "two exchanges bear the same number",
    "ordinals-out-of-order": "a later exchange bears the smaller number",
    "nothing-to-compare": "the ledger holds nothing that it could be compared with",
    "hedged": "the wording is a compliment and constrains nothing",
    "window-not-stated": "the wording limits itself to a time that is not stated",
    "compared": "what was compared is written out",
    "gap": "the days since the exchange before are written out",
    "exchange-left-out": "the total holds without one exchange of the time between",
    "stale-total": "the total is that of an earlier day",
    "later-total-leaves-less": "the next sound total leaves less room",
    "rounded": "a round number is a little off",
}
_REASONS: Mapping[str, tuple[str, str | None]] = {
    "sum-of-both-sides": (
        "adds both sides' numbers together, so it tests them and is no count",
        None,
    ),
    "derived-from-other-claims": ("is worked out from other claims, so it tests them", None),
    "sum-of-days": ("adds several days together, so it tests them and is no count", "the days"),
    "one-of-several-that-day": ("is added to the numbers of the day's other exchanges", None),
    "means-no-known-exchange": ("names no day, and means none that is known", None),
    "no-day": ("is a running total of no known day", None),
    "derived": ("is worked out from other totals", None),
    "bodies-are-not-counted": ("counts the dead, who are not counted here", None),
    "planned": ("speaks of a plan", None),
    "denied": ("is a denial", None),
    "counted-since-another-day": (
        "counts remains from another day than the beginning, so it is no total so far",
        None,
    ),
    "no-day-stated": ("states a month, a year or many days, so it counts for no day", None),
    "category-not-known": (
        "no word of its category is known to the ledger; it is part of everybody and added to nothing",
        None,
    ),
    "category-drift": ("counts people under the name of another group", None),
    "assumed-to-count-everybody": ("does not say who is counted; taken to mean everybody", None),
    "counts-the-dead": ("counts the dead too, who are left out", "how many they were"),
    "misquote": (
        "misquotes its speaker, whom other reports quote with another number",
        "that other number",
    ),
    "rounded": ("rounds a greater number that its speaker gave", "that number"),
    "revised-by": ("its speaker or publisher corrected it", "the correcting claim's id"),
    "part-above": ("others count more people in a part alone, and in all", None),
    "later-part-above": ("its speaker later counted more people in a part alone", None),
    "restated-by-later": ("its speaker gave another number later", "the later claim's id"),
    "revises-other-publisher": (
        "says that it revises what another publisher reported, which changes nothing there",
        "the other claim's id",
    ),
    "revises-other-speaker": (
        "says that it revises what another speaker said, which changes nothing there",
        "the other claim's id",
    ),
    "revises-unknown": (
        "says that it revises a claim that is not known, and waits for it",
        "the other claim's id",
    ),
    "revises-in-a-circle": (
        "revises a claim that revises it, directly or through others; it was said last and stands",
        "the ids of all of them",
    ),
    "retracted-by-other": (
        "is taken back by another publisher than its own, which changes nothing",
        "the other publisher",
    ),
    "day-impossible": ("states a day on which no exchange can have been", "the day"),
    "day-before-opened": ("states a day before the ledger opens", "the day"),
    "day-after-report": (
        "says that something took place on a day that had not come when it was reported",
        "the day",
    ),
    "quotes-unknown": ("is quoted from what no known claim says", "what it is quoted from"),
    "quotes-in-a-circle": ("is quoted from a claim that is quoted from it", None),
    "judged": ("set aside by an editor", "the judgement's id"),
}
#: Reasons that are to be said of a claim in force and explain no difference of its number.
NOTES = frozenset(
    {
        "revises-other-publisher",
        "revises-other-speaker",
        "revises-unknown",
        "revises-in-a-circle",
        "retracted-by-other",
        "quotes-unknown",
        "quotes-in-a-circle",
        "category-not-known",
    }
)
_EVIDENCE: Mapping[str, tuple[str, str | None]] = {
    "stated-date": ("states the day", None),
    "named-day": ("names the day in its words", None),
    "stated-neighbouring-date": ("states the day beside it, which is the same exchange", None),
    "stated-ordinal": ("states the number that a counter gave the exchange", None),
    "equal-figure": ("gives that exchange's number", None),
    "stated-month-or-year": ("states a month, a year or many days, and no day", None),
    "stated-days": ("states the first and the last day of the operation", None),
    "same-report": ("its report names that exchange with its day", None),
    "sum-of-days": (
        "gives what was counted on several days together, the operation's as a whole",
        None,
    ),
    "number-of-several-days": (
        "gives a number that is none of its day's and that the days of the operation allow together",
        None,
    ),
    "planned-figure": ("plans the number that an exchange of the next days has", None),
    "agreed-number": ("tells the number again that was agreed that day", None),
    "agreed-that-day": ("tells of a plan that was announced that day or the day before", None),
    "published-that-day": ("was published that day", None),
    "published-next-day": ("was published the day after", None),
    "published-later": ("was published two to seven days after", None),
    "judged": ("an editor put it there", "the judgement's id"),
}

CODES: tuple[Code, ...] = (
    *(Code(word, "explanation", meaning) for word, meaning in _EXPLANATIONS.items()),
    *(Code(word, "reason", *rest) for word, rest in _REASONS.items()),
    *(Code(word, "evidence", *rest) for word, rest in _EVIDENCE.items()),
)

#: How codes were spelled until policy 2026.2, where they were spelled otherwise.
OLD_SPELLINGS: Mapping[str, str] = {
    word.replace("-", "_"): word
    for word in (
        "assumed-to-count-everybody",
        "arithmetic-slip",
        "category-drift",
        "counter-leaves-out",
        "digits-transposed",
        "equal-numbers-assumed",
        "exchange-left-out",
        "floor-taken-as-exact",
        "later-total-leaves-less",
        "ledger-incomplete",
        "list-incomplete",
        "nothing-to-compare",
        "one-side-taken-for-both",
        "ordinal-used-twice",
        "ordinals-out-of-order",
        "other-number-used",
        "phases-of-one-exchange",
        "stale-total",
        "sum-of-days",
        "window-not-stated",
    )
}


def canonical_code(text: str) -> str:
    """Return a code without what it carries, spelled as it is today; another word as it is.

    >>> [canonical_code(text) for text in ("category_drift", "misquote:140", "stated-date", "withdrawn")]
    ['category-drift', 'misquote', 'stated-date', 'withdrawn']
    """
    word = text.partition(":")[0]
    return OLD_SPELLINGS.get(word, word)
