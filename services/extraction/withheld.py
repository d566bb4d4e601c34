"""Numbers that are kept back, and are said to be: "the ministry did not say how many were freed"."""

from collections.abc import Sequence

from schemas.claim import Measure
from services.extraction.clauses import clause_at
from services.extraction.joined_sides import BOTH
from services.extraction.marking import Mark, MarkedText
from services.extraction.named_speakers import NamedSpeaker
from services.extraction.proposals import Proposal, place_of, place_of_mark, wording_of
from services.extraction.setting import Setting
from services.extraction.silence import silences
from services.extraction.told import other_side


_ACTS = ("exchange", "swap", "free", "freed", "give", "get", "back")
#: How many words there may be between "how many" and that this is not told.
_WORDS_APART_MAX = 9
_NEITHER = (
    ["neither", "side"],
    ["neither", "country"],
    ["neither", "party"],
    ["neither", "government"],
    ["neither", "of"],
)
_WERE = frozenset(("was", "were", "is", "are"))
_HAS = (["had"], ["has"], ["have"])
_KNOWN = frozenset(("known", "unknown"))
#: How far behind "how many" a word for a plan may stand.
_WORDS_AHEAD_MAX = 5


def withheld_in(setting: Setting) -> list[Proposal]:
    """Return the claims of a text that a number is kept back, one a speaker and side."""
    found: list[Proposal] = []
    for sentence in setting.marked.sentences:
        words = _withheld(setting.marked, sentence)
        if words is not None and _is_of_an_exchange(setting.marked, sentence):
            found += [
                _claim(setting, sentence, words, speaker)
                for speaker in _speakers(setting, sentence, words)
            ]
    return found


def _withheld(marked: MarkedText, sentence: range) -> range | None:
    """Return the words that say so, null where none do or a number follows all the same."""
    whole = next(iter(marked.marks("undisclosed", sentence.start, sentence.stop)), None)
    if whole is not None:
        return range(whole.start, whole.end)
    for asked in marked.marks("how_many", sentence.start, sentence.stop):
        for kept in silences(marked, sentence.start, sentence.stop):
            first, second = sorted((asked, kept), key=lambda one: one.start)
            between = range(first.end, second.start)
            has_number = any(
                one.start in between
                # "exchanged on the two sides"
                and marked.at("both_sides", one.start) is None
                and marked.at("both_sides", one.start - 1) is None
                for one in marked.numbers
            )
            # "how many are held on both sides is unknown" is nobody's silence
            is_known = (
                marked.words[second.end - 1] in _KNOWN or marked.words[first.end - 1] in _KNOWN
            )
            if is_known and not any(
                marked.has(kind, sentence.start, sentence.stop) for kind in _ACTS
            ):
                continue
            # "how many came back has been given by neither"
            is_by = bool(between) and marked.words[between.stop - 1] == "by"
            if len(between) <= (2 if is_by else 1) * _WORDS_APART_MAX and not has_number:
                return range(first.start, second.end)
    return None


def _is_of_an_exchange(marked: MarkedText, sentence: range) -> bool:
    """Return whether people who came back are meant: a sentence without any speaks of those told of."""
    if marked.has("deaths", sentence.start, sentence.stop):
        return False
    return any(marked.has(kind, sentence.start, sentence.stop) for kind in (*_ACTS, "people"))


def _claim(setting: Setting, sentence: range, words: range, speaker: NamedSpeaker) -> Proposal:
    marked = setting.marked
    side, evidence = _side(setting, sentence, speaker, words)
    is_of_exchange = any(
        marked.has(kind, sentence.start, sentence.stop) for kind in _ACTS
    ) and not _are_held_by(setting, sentence, words)
    # "how many hostages would be released"
    ahead = min(words.stop + _WORDS_AHEAD_MAX, sentence.stop)
    is_planned = is_of_exchange and marked.has("plan", words.stop, ahead)
    main = setting.main_day if is_of_exchange and not is_planned else None
    back: Measure = "exchanged_total" if side == BOTH else "returned"
    return Proposal(
        # "neither side tells how many there are" is of those who are held
        measure=back if is_of_exchange else "held",
        side=side,
        category="unspecified",
        bound="undisclosed",
        value=None,
        speaker=speaker,
        modality="planned" if is_planned else "asserted",
        wording=wording_of(marked, words.start, words.stop),
        at=words.start,
        rule="number-withheld",
        exchange_date=main.isoformat() if main else None,
        places=(
            place_of(marked, "quote", words.start, words.stop),
            place_of(marked, "bound", words.start, words.stop),
            *place_of_mark(marked, "claimant", speaker.mark),
            *place_of_mark(marked, "side", evidence),
        ),
    )


def _speakers(setting: Setting, sentence: range, words: range) -> list[NamedSpeaker]:
    """Return who keeps it back: who is named in the sentence ("neither the one nor the other"), else who spoke."""
    marked, attribution = setting.marked, setting.attribution
    number = marked.tokens[words.start].sentence
    named = attribution.named_in(number)
    if _is_of_neither(marked, words.start):
        return [attribution.outlet]  # it is the outlet that says so of both
    if marked.words[words.stop - 2 : words.stop] == ["by", "neither"]:
        return [attribution.outlet]
    is_known = marked.words[words.stop - 1] in _KNOWN  # "how many there are is not known"
    is_known = is_known or _is_passive(marked, words, named)
    if is_known or _are_held_by(setting, sentence, words):
        return [attribution.outlet]  # it is the outlet that says so of who is silent
    if named:
        return named if marked.words[words.start] == "neither" else named[:1]
    said = attribution.speaker_at(words.start, clause_at(marked, words.start))
    is_outlet = said.party == "media"
    if not any(marked.has(kind, sentence.start, sentence.stop) for kind in _ACTS):
        return [said]
    paragraph = marked.tokens[sentence.start].paragraph
    before = [
        one.speaker
        for some in attribution.statements[:number]
        for one in some
        if marked.tokens[one.place].paragraph == paragraph
    ]
    return [before[-1] if is_outlet and before else said]


def _is_passive(marked: MarkedText, words: range, named: Sequence[NamedSpeaker]) -> bool:
    """Return whether it is not told who keeps a number back: "how many was not disclosed, and Klow did not comment"."""
    mark = named[0].mark if named else None
    behind = range(words.stop, mark.start) if mark is not None else range(0)
    is_by_nobody = _WERE & set(marked.words[max(words.start, words.stop - 4) : words.stop])
    return bool(is_by_nobody) and any(marked.at("and", at) is not None for at in behind)


def _is_of_neither(marked: MarkedText, place: int) -> bool:
    """Return whether both sides keep a number back: "neither side said", "neither Ruritania nor Borduria gave"."""
    if marked.words[place : place + 2] in _NEITHER:
        return True
    side = marked.at("side_name", place + 1) if marked.words[place] == "neither" else None
    return side is not None and marked.words[side.end : side.end + 1] == ["nor"]


def _counted(setting: Setting, sentence: range) -> tuple[str, Mark] | None:
    """Return whose people are not counted, if it is said beside them, or by who freed them."""
    marked = setting.marked
    asked = marked.marks("how_many", sentence.start, sentence.stop)
    # "how many Ruritanians had been let go"
    people = (marked.at("side_people", one.end) for one in asked)
    for owner in (
        *filter(None, people),
        *marked.marks("side_owner", sentence.start, sentence.stop),
    ):
        if owner.kind == "side_people" or marked.at("people", owner.end) is not None:
            return owner.value, owner  # "the number of Ruritanian soldiers held by" others
        captors = other_side(marked.ledger, owner.value)
        if captors is not None and marked.at("captivity", owner.end) is not None:
            return captors, owner  # "how many remain in Ruritanian prisons"
    for held in marked.marks("territory", sentence.start, sentence.stop):
        captor = marked.at("side_name", held.end)
        if captor is not None and (other := other_side(marked.ledger, captor.value)) is not None:
            return other, captor  # "the number of prisoners held by Ruritania"
    where = _held_in(marked, sentence)
    if where is not None and (other := other_side(marked.ledger, where.value)) is not None:
        return other, where
    for side in marked.marks("side_name", sentence.start, sentence.stop):
        act = side.end + (marked.words[side.end : side.end + 1] in _HAS)
        acts = (marked.at(kind, act) for kind in ("free", "give"))
        other = other_side(marked.ledger, side.value)
        if other is not None and any(act is not None for act in acts):
            return other, side  # "how many prisoners Ruritania freed"
    return None


def _are_held_by(setting: Setting, sentence: range, words: range) -> bool:
    """Return whether the number of those held somewhere is kept back: "has not given the number of its men held in Klow"."""
    marked, stop = setting.marked, sentence.stop
    acts = any(marked.has(kind, words.stop, stop) for kind in _ACTS)
    return not acts and _held_in(marked, range(words.stop, stop)) is not None


def _held_in(marked: MarkedText, span: range) -> Mark | None:
    """Return the side where people are said to be held: "held in Ruritania"."""
    return next(
        (
            side
            for side in marked.marks("side_name", span.start, span.stop)
            if side.start - 2 >= span.start
            and marked.words[side.start - 2 : side.start] == ["held", "in"]
        ),
        None,
    )


def _side(
    setting: Setting, sentence: range, speaker: NamedSpeaker, words: range
) -> tuple[str | None, Mark | None]:
    marked, codes = setting.marked, setting.marked.ledger.side_codes
    named = {
        one.value: one
        for kind in ("side_owner", "side_people", "side_force", "side_name")
        for one in marked.marks(kind, sentence.start, sentence.stop)
        if speaker.mark is None or one.start not in range(speaker.mark.start, speaker.mark.end)
    }
    is_of_neither = _is_of_neither(marked, words.start)
    if not is_of_neither and (counted := _counted(setting, sentence)) is not None:
        return counted
    swap = next(iter(marked.marks("swap", sentence.start, sentence.stop)), None)
    if is_of_neither:
        # whatever one of them says besides
        return BOTH, swap or Mark("both_sides", BOTH, words.start, words.start + 2)
    if len(named) == 1:
        return next(iter(named.items()))
    if swap is not None or len(named) > 1:
        return BOTH, swap or next(iter(named.values()))
    return (speaker.party, speaker.mark) if speaker.party in codes else (BOTH, None)
