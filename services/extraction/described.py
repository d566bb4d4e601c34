"""Whose people a clause behind them says they are: "whom Ruritania has freed", "whom it describes as farmers of Klow"."""

from services.extraction.joined_sides import BOTH, side_at
from services.extraction.marking import Mark
from services.extraction.told import SideReading, Told, other_side


_WHOM = frozenset(("whom", "that"))
#: What may stand between people and a clause that describes them.
_OWNERS = (["of", "theirs"], ["of", "its", "own"], ["of", "its"], ["of", "their", "own"])
_HELD_BY_IT = (["held", "by", "it"], ["held", "by", "them"])
_HAS = frozenset(("has", "have", "had", "already"))
_TROOPS = frozenset(("forces", "troops", "soldiers", "fighters"))
#: What whoever holds them has done to people, besides what `seize` names.
_TOOK = (["took"], ["jailed"], ["imprisoned"], ["holds"], ["hold"], ["held"])
_DESCRIBES = frozenset(("describes", "described", "describe", "calls", "called", "identified"))
#: How far behind "whom" it may be said as what somebody describes them, and how far whose they are.
_DESCRIBED_WORDS = 5
_WHOSE_WORDS = 2
_HELD = (["-", "held"], ["‑", "held"], ["–", "held"])
#: How far behind people a verb may stand, and how far behind "by" who did it.
_VERB_WORDS, _DOER_WORDS = 4, 5


def by_description(told: Told) -> SideReading | None:
    """Return whose people a clause behind a number says they are."""
    marked, end = told.marked, told.group.end
    if marked.language_code != "en" or told.group.side is not None or end == told.group.start:
        return None
    if (held := _held_by_it(told) or _held_by(told)) is not None:
        other = other_side(marked.ledger, held.value)
        return SideReading((other,), held) if other is not None else None
    if (both := _of_both(told)) is not None:
        return SideReading((BOTH,), both)
    for words in _OWNERS:
        if marked.words[end : end + len(words)] == words:
            end += len(words)
            break
    end += marked.words[end : end + 1] == [","]
    if not _WHOM & set(marked.words[end : end + 1]):
        return None
    own = _described(told, end)
    if own is not None:
        return SideReading((own.value,), own)
    captor = _captor(told, end + 1)
    other = other_side(marked.ledger, captor.value) if captor is not None else None
    return SideReading((other,), captor) if other is not None else None


def by_doer_behind(told: Told) -> SideReading | None:
    """Return the side by who is said behind a verb to have let so many go: "60 were handed over by the government of"."""
    marked, end = told.marked, told.group.end
    if marked.language_code != "en" or told.group.side is not None:
        return None
    stop = min(end + _VERB_WORDS, told.clause.stop)
    acts = [one for kind in ("free", "give") for one in marked.marks(kind, end, stop)]
    act = next((one for one in acts if marked.words[one.end : one.end + 1] == ["by"]), None)
    if act is None or not marked.is_small("were", end):
        return None
    near = range(act.end + 1, min(act.end + 1 + _DOER_WORDS, told.clause.stop))
    named = [one for one in _sides_named(told, near) if _is_led_to(told, act.end + 1, one.start)]
    if not named or {one.value for one in named} != {named[0].value}:
        return None
    other = other_side(marked.ledger, named[0].value)
    return SideReading((other,), named[0]) if other is not None else None


def _sides_named(told: Told, span: range) -> list[Mark]:
    found = [
        mark
        for kind in ("side_name", "side_owner")
        for mark in told.marked.marks(kind, span.start, span.stop)
    ]
    return sorted(found, key=lambda one: one.start)


def _is_led_to(told: Told, start: int, end: int) -> bool:
    """Return whether there is no more than an office before a side: "the government of"."""
    marked = told.marked
    return all(
        marked.words[at] in ("the", "of") or marked.at("office", at) is not None
        for at in range(start, end)
    )


def _held_by_it(told: Told) -> Mark | None:
    """Return the side that is named before people whom it holds: "Ruritania said it was freeing 40 held by it"."""
    marked, end = told.marked, told.group.end
    if marked.words[end : end + 3] not in _HELD_BY_IT:
        return None
    named = marked.marks("side_name", told.clause.start, told.said.start)
    return named[-1] if named else None


def _held_by(told: Told) -> Mark | None:
    """Return the side that holds those counted, joined to them by a hyphen: "90 Ruritanian-held captives"."""
    marked, after = told.marked, told.said.number.end
    for kind in ("side_owner", "side_name"):
        side = marked.at(kind, after)
        if side is not None and marked.words[side.end : side.end + 2] in _HELD:
            return side
    return None


def _of_both(told: Told) -> Mark | None:
    """Return the words for both sides whose people together are counted: "nearly 90 captives of both sides"."""
    marked, end = told.marked, told.group.end
    both = marked.at("both_sides", end + 1)
    is_of = both is not None and marked.words[end] == "of"
    is_summed = told.said.number.kind != "vague" and not told.marked.has("each", end, end + 6)
    return both if is_of and is_summed else None


def _described(told: Told, whom: int) -> Mark | None:
    """Return the words for whose people somebody says they are: "whom the group describes as Ruritanian guards"."""
    marked, stop = told.marked, told.sentence.stop
    near = range(whom + 1, min(whom + _DESCRIBED_WORDS, stop))
    verb = next((at for at in near if marked.words[at] in _DESCRIBES), None)
    if verb is None or marked.words[verb + 1 : verb + 2] != ["as"]:
        return None
    named = [
        mark
        for kind in ("side_owner", "side_people")
        for mark in marked.marks(kind, verb + 2, min(verb + 2 + _WHOSE_WORDS, stop))
    ]
    return min(named, key=lambda one: one.start, default=None)


def _captor(told: Told, start: int) -> Mark | None:
    """Return the side that is said to have let people go: "whom the Ruritanian government has set free"."""
    marked = told.marked
    start += marked.words[start : start + 1] == ["the"]
    side = side_at(marked, start) or marked.at("side_owner", start)
    if side is None:
        return None
    # "whom Ruritanian forces took"
    is_of_troops = _TROOPS & set(marked.words[side.end : side.end + 1])
    place = side.end + (bool(is_of_troops) or marked.at("office", side.end) is not None)
    while marked.words[place : place + 1] and marked.words[place] in _HAS:
        place += 1
    lets_go = any(marked.at(kind, place) is not None for kind in ("free", "give", "seize"))
    return side if lets_go or marked.words[place : place + 1] in _TOOK else None
