"""Credibility, reconciliation.md §6: computed from what a figure came to, never typed in.

    1  confirmed by another camp
    2  one camp, and an identity over separately published numbers holds
    3  one camp, untested
    4  a comparable voice of another camp disagrees
    5  fails an identity, or its own speaker contradicts it
    6  cannot be judged

It follows from the figure's status, and is raised from 3 to 2 where a complete list adds up to the
figure, or two running totals close around it. A pinned figure keeps what its claims make one believe.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from schemas.decisions import FigureResult
from schemas.vocabulary import FigureStatus


#: One camp, and an identity over separate numbers holds.
IDENTITY_HOLDS = 2
#: One camp, untested.
UNTESTED = 3
#: Nothing to judge by: nobody gave the number, or it was worked out from others.
CANNOT_BE_JUDGED = 6

_OF_STATUS: Mapping[FigureStatus, int] = {
    "corroborated": 1,
    "consistent": UNTESTED,
    "single_source": UNTESTED,
    "approximate": UNTESTED,
    "floor_only": UNTESTED,
    "disputed": 4,
    "self_contradicted": 5,
    "contradicted": 5,
}


def credibility_of(status: FigureStatus) -> int:
    """Return the credibility that a status gives, before any identity is looked at.

    >>> [credibility_of(status) for status in ("corroborated", "single_source", "computed")]
    [1, 3, 6]
    """
    return _OF_STATUS.get(status, CANNOT_BE_JUDGED)


def confirm(result: FigureResult) -> FigureResult:
    """Return a figure for which an identity over separately published numbers holds.

    Only what one camp says and nothing else tests gains by it.
    """
    if result.credibility != UNTESTED:
        return result
    return replace(result, credibility=IDENTITY_HOLDS)
