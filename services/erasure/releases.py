"""Which of the releases that are kept hold words that were erased from the log since (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from schemas.erasure import ErasedWords
from schemas.kept_release import KeptRelease


def holding(releases: Iterable[KeptRelease], *, first: int, until: int | None) -> list[KeptRelease]:
    """Return the releases, withdrawn ones left out, that were built while the log held the words.

    Args:
        releases: What is kept.
        first: The first position that held them.
        until: The position at which they were erased, null if they are not yet.
    """
    return [
        release
        for release in releases
        if release.withdrawn is None
        and first <= release.position
        and (until is None or release.position < until)
    ]


def to_withdraw(
    releases: Sequence[KeptRelease], erasures: Mapping[int, ErasedWords]
) -> list[tuple[KeptRelease, ErasedWords]]:
    """Return the releases that hold erased words, each with the first erasure of some.

    Args:
        releases: What is kept.
        erasures: All erasures of the log, by position.
    """
    found: dict[date, tuple[KeptRelease, ErasedWords]] = {}
    for position, erased in sorted(erasures.items()):
        first = erased.events[0].position
        for release in holding(releases, first=first, until=position):
            found.setdefault(release.day, (release, erased))
    return list(found.values())
