"""How one ledger's sides, camps, groups of people and speakers are called on its pages."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from schemas.ledger import LedgerConfiguration
from schemas.views import ClaimView, Exchange, Figure
from schemas.vocabulary import FigureKey, figure_key, first_day
from services.api.pages.language import TranslatedTexts, gettext, spoken
from services.api.pages.phrases import allowed, day, ordinal
from services.api.pages.sentences import (
    translated_example,
    translated_remark,
    translated_sentence,
)
from services.api.pages.words import CAMPS, CATEGORIES, MEASURES, MEDIATORS, office
from services.reconciliation.claims.canonical_text import canonical_text


#: The camp of outlets.
OUTLETS = "outlets"


class Speaker(NamedTuple):
    """A voice that gives a number, its camps, and how many reports carry it."""

    voice: str
    camps: tuple[str, ...]
    reports: int


class Saying(NamedTuple):
    """One number about one figure, and whose word it is.

    Attributes:
        text: What is allowed, as a number.
        speakers: Who gives it, those nearest to the count first.
        wording: The words of the first.
        low: The least it allows, null if no number was said.
        high: The most it allows, null if it is open.
    """

    text: str
    speakers: tuple[Speaker, ...]
    wording: str | None
    low: int | None
    high: int | None


#: A figure's id in a sentence: its group goes on to the end, or to a colon that more follows.
_FIGURE_ID = re.compile(r"\d{4}-\d{2}-\d{2}[-.a-z\d]*:[a-z_]+:[^:\s]+:.+?(?=: |$)")
#: What a figure or a claim is about, by its measure.
_ABOUT: Mapping[str, str] = TranslatedTexts(
    {
        "returned": "to %(side)s, %(group)s",
        "breakdown": "to %(side)s, %(group)s",
        "held": "%(side)s’s people held, %(group)s",
        "exchanged_total": "%(together)s together, %(group)s",
        "freed_to_third": "set free to %(third)s, %(group)s",
        "cumulative_returned": "to %(side)s in all so far, %(group)s",
        "remains_returned": "bodies of the dead handed over to %(side)s, %(group)s",
        "cumulative_remains_returned": "bodies of the dead handed over to %(side)s in all so far, "
        "%(group)s",
    }
)


class DisplayNames:
    """The words of one ledger's configuration."""

    def __init__(self, ledger: LedgerConfiguration) -> None:
        #: The ledger's own words in the language of the page, by its words.
        self._own = ledger.translations.get(spoken().language, {})
        self.title = self.called(ledger.title)
        #: How all sides are called together.
        self.together = (
            gettext("both sides") if len(ledger.sides) == 2 else gettext("all sides")  # noqa: PLR2004
        )
        self.sides = {side.code: self.called(side.name) for side in ledger.sides}
        self._parties = {party.code: self.called(party.name) for party in ledger.parties}
        self._codes = re.compile(rf"\b(?:{'|'.join(map(re.escape, self.sides))})\b")
        self._offices = {declared.code: self.called(declared.name) for declared in ledger.offices}
        self.counted_by = {
            self.called(side.name): gettext(" and ").join(map(self.office, bodies))
            for side in ledger.sides
            if (bodies := ledger.competent_offices(side.code))
        }

    def called(self, text: str) -> str:
        """Return what a word of the ledger's own is called in the language of the page."""
        return self._own.get(text, text)

    def office(self, role: str) -> str:
        """Return what an office is called."""
        return self._offices.get(role) or office(role)

    def side(self, code: str | None) -> str:
        """Return a side's name."""
        if code == "both":
            return self.together
        return self.sides.get(code or "", code or gettext("no side named"))

    def camp(self, camp: str | None) -> str:
        """Return a camp's name."""
        if not camp:
            return gettext("Nobody named")
        if camp in CAMPS:
            return CAMPS[camp].label
        return self._parties.get(camp) or self.side(camp)

    def category(self, category: str) -> str:
        """Return the name of a group of people."""
        own = self.called(category)
        return CATEGORIES.get(category, own) if own == category else own

    def about(self, row: Figure | ClaimView | FigureKey) -> str:
        """Return what a figure or a claim is about, without its exchange."""
        phrase = _ABOUT.get(row.measure)
        if phrase is None:
            named = (words for name, words in MEASURES.items() if name == row.measure)
            return next(named, row.measure)
        return phrase % {
            "side": self.side(row.side),
            "third": MEDIATORS.get(row.side or "", row.side or ""),
            "group": self.category(row.category),
            "together": self.together,
        }

    def about_figure(self, figure: str) -> str:
        """Return what a figure is about, by its id."""
        return self.about(figure_key(figure))

    def ordinals(self, exchange: Exchange) -> str:
        """Return an exchange's ordinals, and who counts so."""
        return "; ".join(
            gettext(
                "%(ordinal)s by the count of %(counter)s",
                ordinal=ordinal(given.ordinal),
                counter=self.camp(given.counter),
            )
            for given in exchange.ordinals
        )

    def sayings(self, claims: Iterable[ClaimView]) -> tuple[Saying, ...]:
        """Put claims together by number, then by voice; what is nearest to the count comes first."""
        ordered = sorted(claims, key=lambda claim: (claim.tier or 0, claim.position))
        groups: dict[tuple[int | None, int | None], dict[str, list[ClaimView]]] = {}
        for claim in ordered:
            voices = groups.setdefault((claim.low, claim.high), {})
            voices.setdefault(voice_of(claim), []).append(claim)
        return tuple(
            Saying(
                text=allowed(low, high),
                speakers=tuple(
                    Speaker(self.called(voice), self._camps(found), len(found))
                    for voice, found in voices.items()
                ),
                wording=next((one.wording for one in next(iter(voices.values()))), None),
                low=low,
                high=high,
            )
            for (low, high), voices in groups.items()
        )

    def spelled(self, text: str) -> str:
        """Write a rule's sentence in the language of the page, with the sides' names for their codes."""
        return self._codes.sub(
            lambda found: self.sides[found[0]], translated_sentence(text, self._named)
        )

    def radius(self, numbers: Sequence[str]) -> str:
        """Write with which numbers a test would hold: "UA = 130", "total = 5"."""
        written = gettext(" or ").join(one.replace("total", gettext("total")) for one in numbers)
        return self._codes.sub(lambda found: self.sides[found[0]], written)

    def example(self, kind: str, text: str) -> str:
        """Write the example of a rule in the language of the page."""
        if kind in ("figure", "check"):
            return self.spelled(text)
        return translated_example(text, self._named)

    def with_figures(self, text: str) -> str:
        """Write what became of a claim, with what figures are about for their ids."""
        return _FIGURE_ID.sub(self._figure_named, translated_remark(text, self._named))

    def _named(self, text: str) -> str:
        # A speaker of the ledger's own words, a group of people, or a side's code, which is left.
        own = self.called(text)
        return own if own != text else self.category(text)

    def _figure_named(self, found: re.Match[str]) -> str:
        try:
            key = figure_key(found[0])
            when = day(first_day(key.exchange) if key.exchange else key.day)
        except ValueError:
            return found[0]
        return f"{self.about(key)}, {when}"

    def _camps(self, claims: Sequence[ClaimView]) -> tuple[str, ...]:
        own = [claim for claim in claims if claim.camp != OUTLETS]
        if own:
            return tuple(dict.fromkeys(self.camp(claim.camp) for claim in own))
        is_echo = any(is_repeated(claim) for claim in claims)
        return (gettext("as outlets repeat it") if is_echo else self.camp(OUTLETS),)


def voice_of(claim: ClaimView) -> str:
    """Return the voice of a claim; until that is decided, the claimant."""
    return claim.voice or claim.claimant.name


def is_repeated(claim: ClaimView) -> bool:
    """Return whether an outlet's own words are taken to repeat somebody else's number."""
    own = canonical_text(claim.claimant.name).startswith(canonical_text(voice_of(claim)))
    return claim.camp == OUTLETS and not own


def claims_of(refs: Sequence[str], claims: Mapping[str, ClaimView]) -> list[ClaimView]:
    """Return the claims of the given refs; refs that no longer exist are left out."""
    return [claims[ref] for ref in refs if ref in claims]
