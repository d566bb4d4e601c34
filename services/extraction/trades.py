"""People who are traded or handed to a side: "Borduria trades 90 prisoners to Syldavia for 40 men"."""

from services.extraction.groups import group_after
from services.extraction.joined_sides import side_at
from services.extraction.marking import Mark, MarkedText
from services.extraction.numbers import Number
from services.extraction.told import SideReading, Told, other_side


#: How far before a number the verb may stand.
_VERB_WORDS = 2
#: How far before a number the verb may stand where whom people are given to is named between.
_GIVEN_WORDS = 6


def traded_to(told: Told) -> SideReading | None:
    """Return the side that so many are traded to."""
    goal = goal_of_trade(told.marked, told.said.number)
    return SideReading((goal.value,), goal) if goal is not None else None


def goal_of_trade(marked: MarkedText, number: Number) -> Mark | None:
    """Return the side that the people of a number are traded to, null where they are not."""
    acts = marked.marks("swap", max(0, number.start - _VERB_WORDS - 1), number.start)
    if not any(number.start - one.end <= _VERB_WORDS - 1 for one in acts):
        return None
    group = group_after(marked, number)
    goal = marked.at("to_place", group.end) if group is not None and group.side is None else None
    return side_at(marked, goal.end) if goal is not None else None


def handed_to(told: Told) -> SideReading | None:
    """Return the side that so many are handed to: "handed over 11 people to the Bordurian side and 38 people to"."""
    marked, end = told.marked, told.group.end
    if (whom := _given_to(told)) is not None:
        return SideReading((whom.value,), whom)
    goal = marked.at("to_place", end) if told.group.side is None and end > told.said.end else None
    if goal is None or not marked.has("give", told.sentence.start, told.said.start):
        return None
    owner = marked.at("side_owner", goal.end + (marked.words[goal.end : goal.end + 1] == ["the"]))
    is_side = owner is not None and marked.words[owner.end : owner.end + 1] == ["side"]
    return SideReading((owner.value,), owner) if owner is not None and is_side else None


def _given_to(told: Told) -> Mark | None:
    """Return the side between a verb and a number, whom so many are given: "we sent the Bordurians nine sailors"."""
    marked, start = told.marked, told.said.start
    if marked.language_code != "en" or told.group.side is not None:
        return None
    for give in marked.marks("give", max(told.sentence.start, start - _GIVEN_WORDS), start):
        # "we have given them 70 of theirs"
        if marked.words[give.end : start] == ["them"] and (them := _others_of_speaker(told)):
            return them
        place = give.end + (marked.words[give.end : give.end + 1] == ["the"])
        for kind in ("side_people", "side_name"):
            whom = marked.at(kind, place)
            if whom is not None and whom.end == start:
                return whom
    return None


def _others_of_speaker(told: Told) -> Mark | None:
    """Return "them", whom a side that speaks has given so many, where it tells of what "we" did."""
    marked, start, speaker = told.marked, told.said.start, told.speaker
    other = other_side(marked.ledger, marked.ledger.camp_of(speaker.party) or "")
    is_ours = marked.has("our", told.sentence.start, start)
    mark = speaker.mark or Mark("side_name", "", start - 1, start)
    return mark._replace(value=other) if other is not None and is_ours else None
