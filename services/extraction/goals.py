"""To which side people came back by the form of its name, in Ukrainian and Russian.

"В Сильдавию вернулись 213 человек", "Бордурия вернула Сильдавии 12", "за 45 пленных Бордурия получила одного".
"""

from services.extraction.acts import is_with_whom
from services.extraction.beside_another import of_side_beside
from services.extraction.marking import Mark, MarkedText
from services.extraction.told import SideReading, Told, other_side


#: How far from the verb a side may stand that people came to.
_VERB_WORDS = 2
#: How far behind the people let go for others a verb may stand.
_GOT_WORDS = 2
_INTO = frozenset(("до",))
_FOR = frozenset(("за",))
_INTO_ENDINGS = ("у", "ю")
#: How names end of whom something is given back to.
_TO_WHOM_ENDINGS = frozenset("іїеиую")
_GIVING_BACK = ("верну", "поверн", "возвра")
_GIVERS = frozenset(("стороны", "сторони", "боку"))


def by_goal(told: Told) -> SideReading | None:
    """Return the side that people came to, or were given back to, by the form of its name."""
    if told.marked.language_code == "en" or told.group.side is not None:
        return None
    # "Сілдавія повернула 84 військових, Бордурія – 91 військового"
    beside = of_side_beside(told.marked, told.said, told.sentence, told.group.end)
    if beside is not None and beside.side is not None:
        return SideReading((beside.side,), beside.evidence)
    goal = _into(told) or _given_back_to(told)
    if goal is not None:
        return SideReading((goal.value,), goal)
    giver = _giver(told) or _got_another(told) or _gave_back(told)
    giver = giver or _whence(told)
    other = other_side(told.marked.ledger, giver.value) if giver is not None else None
    return SideReading((other,), giver) if other is not None else None


def _into(told: Told) -> Mark | None:
    """Return the side that people came to: "вернулись в Сильдавию", "до Сілдавії повернулися"."""
    marked, clause = told.marked, told.clause
    for side in marked.marks("side_name", clause.start, clause.stop):
        place = side.start - 1
        if place < clause.start or marked.at("to_place", place) is None:
            continue
        is_goal = marked.words[place] in _INTO or (
            marked.words[side.end - 1].endswith(_INTO_ENDINGS)
            and not marked.quote(side.start, side.end).isupper()
        )
        if is_goal and _is_beside(marked, ("get", "back", "free"), range(place, side.end)):
            return side
    return None


def _given_back_to(told: Told) -> Mark | None:
    """Return the side that people were given back to: "Бордурия вернула Сильдавии"."""
    marked, clause = told.marked, told.clause
    for act in marked.marks("get", clause.start, clause.stop):
        side = marked.at("side_name", act.end)
        if (
            side is not None
            and marked.words[act.end - 1].startswith(_GIVING_BACK)
            and marked.words[side.end - 1][-1] in _TO_WHOM_ENDINGS
        ):
            return side
    return None


def _giver(told: Told) -> Mark | None:
    """Return the side from which people were handed over: "с бордурской стороны переданы 19"."""
    marked, clause = told.marked, told.clause
    for owner in marked.marks("side_owner", clause.start, told.said.start):
        is_from = owner.start > clause.start and marked.at("from_place", owner.start - 1)
        is_side = marked.words[owner.end] in _GIVERS
        if is_from and is_side and _is_beside(marked, ("give",), range(owner.start, owner.end + 1)):
            return owner
    return None


def _got_another(told: Told) -> Mark | None:
    """Return the side that got somebody for so many: "за 45 пленных Бордурия получила одного"."""
    marked, end, start = told.marked, told.group.end, told.said.start
    side = marked.at("side_name", end)
    is_for = start > told.sentence.start and marked.words[start - 1] in _FOR
    if side is None or not is_for:
        return None
    return side if marked.has("get", side.end, side.end + _GOT_WORDS) else None


def _whence(told: Told) -> Mark | None:
    """Return the side that people came back from, or were got from: "з Бордурії повернулися 90", "повернули 90"."""
    marked, clause = told.marked, told.clause
    for side in marked.marks("side_name", clause.start, told.said.start):
        is_from = side.start > clause.start and marked.at("from_place", side.start - 1) is not None
        is_back = any(
            one.end == told.said.start
            for kind in ("back", "get", "free")
            for one in marked.marks(kind, side.end, side.end + 1)
        )
        if is_from and is_back and not is_with_whom(marked, side):
            return side
    return None


def _gave_back(told: Told) -> Mark | None:
    """Return the side that the other one says to have given people back: "Klow вернул 20, добавили в" Szohod."""
    marked, start, party = told.marked, told.said.start, told.speaker.party
    act = next((one for one in marked.marks("get", start - 2, start) if one.end == start), None)
    if act is None or told.group.belongs is not None or party not in marked.ledger.side_codes:
        return None
    if not marked.words[act.start].startswith(_GIVING_BACK):
        return None
    sides = marked.marks("side_name", max(told.clause.start, act.start - 3), act.start)
    doer = next((one for one in sides if one.end == act.start), None)
    is_alone = len(marked.marks("side_name", told.clause.start, act.start)) == 1
    return doer if doer is not None and is_alone and doer.value != party else None


def _is_beside(marked: MarkedText, kinds: tuple[str, ...], span: range) -> bool:
    """Return whether words for what is done with people stand right beside others."""
    first = max(marked.sentence_at(span.start).start, span.start - _VERB_WORDS - 1)
    before = (one for kind in kinds for one in marked.marks(kind, first, span.start))
    behind = range(span.stop, span.stop + _VERB_WORDS)
    return any(span.start - one.end < _VERB_WORDS for one in before) or any(
        marked.has(kind, behind.start, behind.stop) for kind in kinds
    )
