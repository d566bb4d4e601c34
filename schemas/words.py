"""The words by which a ledger understands who is counted, and how a report speaks of an exchange.

Data, not rules: a default vocabulary comes with the program, and a ledger's file adds to it. Words are
compared whole, without case, accents and marks; a phrase is several words; a word that ends in `*`
stands for every word that begins so, for languages that bend their words.
"""

from collections.abc import Callable, Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from schemas.record import Record


#: Words by language (an ISO 639 code). The language says who keeps a list; all are looked up.
Words = Mapping[str, tuple[str, ...]]


def _in_rows_of(length: int) -> Callable[[Words], Words]:
    """Return a check that every language has its words in rows of one length."""

    def check(words: Words) -> Words:
        for language, names in words.items():
            if len(names) % length:
                raise ValueError(
                    f"expected {length} words, or so many for each way of writing them, found {len(names)} "
                    f"of {language!r}"
                )
        return words

    return check


Weekdays = Annotated[Words, AfterValidator(_in_rows_of(7))]
Months = Annotated[Words, AfterValidator(_in_rows_of(12))]


class LedgerVocabulary(Record, use_attribute_docstrings=True):
    """Words and phrases, by what they say; the longest phrase that fits is what is said."""

    everybody: Words = Field(default_factory=dict)
    """Everybody who came back: "all"."""
    unsaid: Words = Field(default_factory=dict)
    """People of whom it is left open who they are: "prisoners of war"."""
    military: Words = Field(default_factory=dict)
    """All who served: "soldiers"."""
    services: Words = Field(default_factory=dict)
    """Services that nobody is in two of, so that one speaker's counts of them may be added."""
    military_parts: Words = Field(default_factory=dict)
    """Some who served: ranks, units, trades."""
    civilian: Words = Field(default_factory=dict)
    """All who did not serve: "civilians"."""
    civilian_parts: Words = Field(default_factory=dict)
    """Some who did not serve: "journalists"."""
    cross_cut: Words = Field(default_factory=dict)
    """Some of all, who may have served or not: sex, health, places."""
    dead: Words = Field(default_factory=dict)
    """The dead: "bodies", "killed"."""
    not_dead: Words = Field(default_factory=dict)
    """Phrases that hold a word for the dead and mean the living: "law enforcement bodies"."""
    relatives: Words = Field(default_factory=dict)
    """Those whom the dead leave behind: "children of fallen soldiers" are alive."""
    joining: Words = Field(default_factory=dict)
    """Words that count two groups together: "and"."""
    belonging: Words = Field(default_factory=dict)
    """Words after which it is said whose, or where: "of"."""
    attached: Words = Field(default_factory=dict)
    """What some languages write onto the beginning of a word: the article, "and"."""
    fillers: Words = Field(default_factory=dict)
    """Words that change nothing about who is counted: "our"."""
    shares: Words = Field(default_factory=dict)
    """Words after which it is named by which way people came, of which there is one for each: "flown from"."""
    one_sided: Words = Field(default_factory=dict)
    """Words that say that people were let go and nobody was got for them."""
    let_go: Words = Field(default_factory=dict)
    """Words that say that whoever held people let them go, and leave open what for: "handed over"."""
    exchanged: Words = Field(default_factory=dict)
    """Words that say that people were exchanged: "swapped"."""
    hedges: Words = Field(default_factory=dict)
    """Words that turn a superlative into a compliment: "one of the largest"."""
    windows: Words = Field(default_factory=dict)
    """Words that limit a superlative to a time: "the largest since"."""
    weekdays: Weekdays = Field(default_factory=dict)
    """The weekdays from Monday on, seven for each way in which they are written."""
    months: Months = Field(default_factory=dict)
    """The months from January on, twelve for each way in which they are written beside the day."""
    today: Words = Field(default_factory=dict)
    """Words for the day on which something is said."""
    yesterday: Words = Field(default_factory=dict)
    """Words for the day before."""
    before_yesterday: Words = Field(default_factory=dict)
    """Words for the day before that: "two days ago"."""
    tomorrow: Words = Field(default_factory=dict)
    """Words for the day after."""
    last_week: Words = Field(default_factory=dict)
    """Words for the week before."""
    last_month: Words = Field(default_factory=dict)
    """Words for the month before."""
    last_year: Words = Field(default_factory=dict)
    """Words for the year before."""
    earlier_this_month: Words = Field(default_factory=dict)
    """Words for the days of the same month before."""
    time_bounds: Words = Field(default_factory=dict)
    """Words before a day with which a time begins or ends: "since", "starting"."""
    taken: Words = Field(default_factory=dict)
    """Words before a day, or a month, on which somebody was taken and not let go: "captured in May"."""


#: The kinds of words that say who is counted; a word is of one of them.
CATEGORY_KINDS = (
    "everybody",
    "unsaid",
    "military",
    "services",
    "military_parts",
    "civilian",
    "civilian_parts",
    "cross_cut",
    "dead",
    "not_dead",
    "relatives",
    "joining",
    "belonging",
    "fillers",
)


#: The kinds of words that say how people came back; where a text says several, the first holds.
RELEASE_KINDS = ("one_sided", "exchanged", "let_go")
