"""What one subject amounts to now, as far as it is compared with what the log says already."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter

import msgspec

from schemas.decisions import CheckResultDetail, FigureResult, IdentifiedExchange, PublishedTotal
from schemas.vocabulary import FigureKey
from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.claims.voices import ACTIVE, Standing
from services.reconciliation.procedure import Member, Stand, figure_spoken_of, stand_of


#: A point of the running totals: its side, category and day.
PointKey = tuple[str, str, date]


@dataclass(slots=True)
class Pending:
    """What changed in a large subject and is not known to stand in the log yet; null is gone."""

    claims: set[ClaimKey] = field(default_factory=set)
    checks: dict[str, CheckResultDetail | None] = field(default_factory=dict)
    totals: dict[PointKey, PublishedTotal | None] = field(default_factory=dict)


class Outcome(msgspec.Struct, gc=False):
    """What one subject amounts to now; null parts are not this subject's to say.

    Where `pending` is given, it alone tells which claims, checks and totals are to be compared with
    the log; where it is null, all are.
    `standings`, `figure_of` and `voice_of` default to: counts, speaks of no figure, is its own voice.
    """

    subject: str
    exchange_id: str | None = None
    exchange: IdentifiedExchange | None = None
    forgotten: str | None = None
    figures: Mapping[FigureKey, FigureResult] | None = None
    checks: tuple[CheckResultDetail, ...] | None = None
    pending: Pending | None = None
    members: Mapping[ClaimKey, Member] = msgspec.field(default_factory=dict)
    standings: Mapping[ClaimKey, Standing] = msgspec.field(default_factory=dict)
    figure_of: Mapping[ClaimKey, FigureKey] = msgspec.field(default_factory=dict)
    voice_of: Mapping[ClaimKey, str] = msgspec.field(default_factory=dict)

    def stands(self, withdrawn: Mapping[ClaimKey, Standing]) -> list[tuple[Reading, Stand]]:
        """Return where each of the claims to be compared stands, in order of speech."""
        members: Iterable[Member] = self.members.values()
        if self.pending is not None:
            members = (self.members[key] for key in self.pending.claims if key in self.members)
        ordered = sorted(members, key=_spoken_at)
        named: dict[FigureKey, str] = {}
        return [(member.reading, self._stand(member, withdrawn, named)) for member in ordered]

    def _stand(
        self, member: Member, withdrawn: Mapping[ClaimKey, Standing], named: dict[FigureKey, str]
    ) -> Stand:
        reading = member.reading
        standing = withdrawn.get(reading.key) or self.standings.get(reading.key, ACTIVE)
        key = self.figure_of.get(reading.key) or figure_spoken_of(reading, self.exchange_id)
        figure = None
        if key is not None:
            figure = named.get(key) or named.setdefault(key, str(key))
        return stand_of(
            member,
            self.exchange_id,
            standing=standing,
            figure=figure,
            voice=self.voice_of.get(reading.key),
        )


_spoken_at = attrgetter("reading.said")
