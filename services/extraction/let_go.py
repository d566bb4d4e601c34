"""People let go besides those of whom a side has just told: "the rebels freed 20. They said 40 more had been let go"."""

from services.extraction.acts import agents_in
from services.extraction.told import Told, other_side


_HAVE_BEEN = (["have", "been"], ["had", "been"])


def were_let_go_too(told: Told, before: str | None) -> bool:
    """Return whether a side says that people have been let go, and let others go in the sentence before."""
    marked = told.marked
    party = marked.ledger.camp_of(told.speaker.party)
    number = marked.tokens[told.sentence.start].sentence
    if before is None or before != other_side(marked.ledger, party) or not number:
        return False
    last = marked.sentences[number - 1]
    acts = [one for kind in ("free", "give") for one in marked.marks(kind, last.start, last.stop)]
    doers = {one.value for act in acts for one in agents_in(marked, range(last.start, act.start))}
    return doers == {party} and _were_let_go(told)


def _were_let_go(told: Told) -> bool:
    """Return whether people are said to have been let go, and not by whom."""
    marked, end = told.marked, told.group.end
    near = marked.words[end : end + 2]
    act = marked.at("free", end + (2 if near in _HAVE_BEEN else 1))
    is_past = near in _HAVE_BEEN or near[:1] == ["were"]
    return is_past and act is not None and marked.words[act.end : act.end + 1] != ["by"]
