"""The claims on one large exchange, of which the rules need only see a few.

Claims of one speaker that are alike in all that rules look at say the same. Where a speaker says the
same over and over, what comes out hangs on the first and the last of these claims, on the first ones
after each other thing the speaker says that cannot be true with it, and on which outlets carried it.
These are its witnesses. Any other claim stands as the last witness before it does; only which later
word replaced it is its own.

Where somebody says how many of a side's people were dead, other numbers are read without these
(`rules.dead_within`), and what cannot be true together is not known before: every claim on that side is a
witness.

So an exchange with ten thousand claims costs what its different statements cost, and what is new. The
answers are those of figuring all claims; a rule that looks at a further field of a reading has to have
it named in `Signature`.
"""

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import combinations, pairwise
from operator import attrgetter
from typing import NamedTuple, TypeVar

from typing_extensions import override

from schemas.claim import Counterpart
from services.reconciliation.claims.categories import Place
from services.reconciliation.claims.interval import Interval, meet
from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.claims.voices import ACTIVE, Standing
from services.reconciliation.figures import Figured
from services.reconciliation.rules.dead_within import are_dead
from services.reconciliation.rules.exchange_status import Lateness, lateness
from services.reconciliation.rules.supersede import REPLACED, SaidNumber, replaces


Said = tuple[datetime, ClaimKey]
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
Value = TypeVar("Value")


class Signature(NamedTuple):
    """What claims that say the same have in common: all that rules look at but who carried it, and when."""

    voice: str
    measure: str
    side: str
    category: str
    place: Place
    stated_category: str
    scope: str
    interval: Interval | None
    tested: Interval | None
    bound: str | None
    value: int | None
    camp: str
    tier: int
    modality: str
    is_derived: bool
    is_breakdown: bool
    is_so_far: bool
    counterpart: Counterpart | None
    third: str | None
    stated_ordinal: int | None
    counter: str
    mediators: tuple[str, ...]
    release_said: str | None
    lateness: Lateness


#: What one speaker says of one side.
Group = tuple[str, str, str]
#: From when on claims of a statement stand how: standing, figure and voice.
StandingOverTime = list[tuple[Said, tuple[object, object, object, object]]]


class _Statement:
    """Claims that say the same, in order of speech.

    Attributes:
        conflicts: What else the speaker says that cannot be true with it or that one replaces the other
            by, and whether it replaces this one.
        is_whole: Whether every claim is a witness.
    """

    __slots__ = (
        "carriers",
        "conflicts",
        "is_whole",
        "order",
        "readings",
        "signature",
        "standing_over_time",
        "witnesses",
    )

    def __init__(self, signature: Signature) -> None:
        self.signature = signature
        self.conflicts: dict[_Statement, bool] = {}
        self.is_whole = False
        self.order: list[Said] = []
        self.readings: dict[Said, Reading] = {}
        self.carriers: dict[str, list[Said]] = {}
        self.witnesses: list[Said] = []
        self.standing_over_time: StandingOverTime = []

    @override
    def __getstate__(self) -> dict[str, object]:
        """Be kept without what bears on it, which would nest as deep as there are statements."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "conflicts"}

    def __setstate__(self, state: Mapping[str, object]) -> None:
        self.conflicts = {}
        for name, kept in state.items():
            setattr(self, name, kept)

    def put(self, reading: Reading) -> None:
        insort(self.order, reading.said)
        insort(self.carriers.setdefault(reading.carrier, []), reading.said)
        self.readings[reading.said] = reading

    def remove(self, reading: Reading) -> None:
        del self.order[bisect_left(self.order, reading.said)]
        carried = self.carriers[reading.carrier]
        del carried[bisect_left(carried, reading.said)]
        if not carried:
            del self.carriers[reading.carrier]
        del self.readings[reading.said]

    def first_from(self, instant: datetime) -> int:
        """Return the place of the first claim at or after an instant."""
        return bisect_left(self.order, instant, key=_instant_of)

    def cannot_be_true_with(self, other: "_Statement") -> bool:
        one, another = self.signature.tested, other.signature.tested
        return one is not None and another is not None and meet(one, another) is None

    def is_replaced_by(self, other: "_Statement") -> bool:
        one, another = _word_of(self.signature), _word_of(other.signature)
        return one is not None and another is not None and replaces(another, one)

    def note_conflict_with(self, other: "_Statement") -> None:
        """Note what bears on either of two things that one speaker says."""
        is_replaced, replaces_other = self.is_replaced_by(other), other.is_replaced_by(self)
        # What replaces a count so far can be true with it.
        if is_replaced or replaces_other or self.cannot_be_true_with(other):
            self.conflicts[other] = is_replaced
            other.conflicts[self] = replaces_other

    def forget_conflicts(self) -> None:
        """Be said no longer."""
        for other in self.conflicts:
            del other.conflicts[self]

    def choose(self, sides_with_dead: Container[str]) -> None:
        """Choose its witnesses beside the other things the speaker says."""
        self.is_whole = self.signature.side in sides_with_dead
        # Each total of both sides is tested by itself.
        if self.is_whole or self.signature.measure == "exchanged_total":
            self.witnesses = list(self.order)
            return
        chosen = {self.order[0], self.order[-1]}
        for other in self.conflicts:
            chosen.update(self.order[self.first_from(other.order[-1][0]) :][:1])
        if self.signature.tested is not None and self.signature.tested.is_exact:
            start = self._contested_from()
            if start is not None:
                carried_last = (carried[-1] for carried in self.carriers.values())
                chosen.update(said for said in carried_last if said[0] >= start)
        self.witnesses = sorted(chosen)

    def _contested_from(self) -> datetime | None:
        """Return from when on it matters which outlets carried it; null if it never does.

        It matters beside something that stands with it and cannot be true with it. What replaces it
        leaves only later claims standing; what it replaces does not stand once it was said again.
        """
        last = self.order[-1][0]
        starts = [
            other.order[-1][0] if replaces_this else _BEFORE_ALL
            for other, replaces_this in self.conflicts.items()
            if replaces_this or not other.conflicts[self] or other.order[-1][0] >= last
        ]
        return min(starts, default=None)


def _instant_of(said: Said) -> datetime:
    return said[0]


class Statements:
    """All claims in force on one exchange, by what they say."""

    def __init__(self) -> None:
        self._statements: dict[Signature, _Statement] = {}
        self._groups: dict[Group, dict[Signature, _Statement]] = {}
        self._of: dict[ClaimKey, Reading] = {}
        self._statement_of: dict[ClaimKey, _Statement] = {}
        self._touched: set[Group] = set()
        #: How many claims there are on the dead among a side's people.
        self._dead: Counter[str] = Counter()
        self._moved: set[tuple[Signature, Said]] = set()

    def __setstate__(self, state: Mapping[str, object]) -> None:
        """Come back from where it was kept, what bears on what found anew."""
        vars(self).update(state)
        for group in self._groups.values():
            for statement, other in combinations(group.values(), 2):
                statement.note_conflict_with(other)

    def put(self, reading: Reading) -> None:
        """Take in a claim in force."""
        known = self._of.get(reading.key)
        if known is reading:
            return
        if known is not None:
            self.remove(reading.key)
        signature = _signature_of(reading)
        statement = self._statements.get(signature)
        if statement is None:
            statement = self._statements[signature] = _Statement(signature)
            group = self._groups.setdefault(_group_of(signature), {})
            for other in group.values():
                statement.note_conflict_with(other)
            group[signature] = statement
        statement.put(reading)
        self._of[reading.key] = reading
        self._statement_of[reading.key] = statement
        self._touched.add(_group_of(signature))
        self._count_dead(reading, 1)
        self._moved.add((signature, reading.said))

    def remove(self, key: ClaimKey) -> None:
        """Remove a claim, if it is known."""
        reading = self._of.pop(key, None)
        if reading is None:
            return
        statement = self._statement_of.pop(key)
        signature = statement.signature
        group = _group_of(signature)
        statement.remove(reading)
        if not statement.order:
            statement.forget_conflicts()
            del self._statements[signature]
            del self._groups[group][signature]
        self._touched.add(group)
        self._moved.add((signature, reading.said))
        self._count_dead(reading, -1)

    def _count_dead(self, reading: Reading, times: int) -> None:
        if not are_dead(reading):
            return
        self._dead[reading.side] += times
        self._dead = +self._dead
        self._touched.update(group for group in self._groups if group[1] == reading.side)

    def witnesses(self) -> list[Reading]:
        """Return the claims that the rules need to see, in order of speech."""
        for group in self._touched:
            for statement in self._groups[group].values():
                statement.choose(self._dead)
        self._touched.clear()
        heard = [
            (said, statement)
            for statement in self._statements.values()
            for said in statement.witnesses
        ]
        heard.sort(key=_said_of)
        return [statement.readings[said] for said, statement in heard]

    def update(self, figured: Figured) -> set[ClaimKey]:
        """Return the claims that may stand otherwise than before, after the witnesses were figured."""
        changed: set[ClaimKey] = set()
        for statement in self._statements.values():
            found = _standing_over_time(statement, figured)
            if found == statement.standing_over_time:
                continue
            changed.update(_differing(statement, found))
            if statement.standing_over_time and _level_of(
                statement.standing_over_time
            ) != _level_of(found):
                # What it replaces is now replaced by something else, or the other way round.
                for other in statement.conflicts:
                    if other.conflicts[statement]:
                        changed.update(key for _, key in other.order)
            statement.standing_over_time = found
        for signature, said in self._moved:
            changed.update(self._replaced_near(signature, said))
        self._moved.clear()
        return changed

    def complete(self, figured: Figured, claims: Iterable[ClaimKey]) -> None:
        """Add to what became of the witnesses what became of these claims."""
        for key in claims:
            reading = self._of.get(key)
            if reading is None:
                continue
            statement = self._statement_of[key]
            before = bisect_right(statement.witnesses, reading.said) - 1
            witness = statement.readings[statement.witnesses[before]].key
            standing = figured.standings[witness]
            if standing.state == "superseded" and not statement.is_whole:
                standing = self._replaced(reading, statement, figured)
            _copy(figured.figure_of, witness, key)
            _copy(figured.voice_of, witness, key)
            figured.standings[key] = standing

    def _replaced(self, reading: Reading, statement: _Statement, figured: Figured) -> Standing:
        """Return which later word replaced a claim: the first that could."""
        level = figured.figure_of.get(statement.readings[statement.witnesses[0]].key)
        later: list[Said] = []
        for other, replaces_this in statement.conflicts.items():
            if not replaces_this:
                continue
            if figured.figure_of.get(other.readings[other.witnesses[0]].key) == level:
                later += other.order[bisect_right(other.order, reading.said[0], key=_instant_of) :][
                    :1
                ]
        assert later, f"claim {reading.key} is replaced by a later one"
        return Standing("superseded", f"{REPLACED}{min(later)[1][1]}")

    def _replaced_near(self, signature: Signature, said: Said) -> Iterator[ClaimKey]:
        """Return the claims between a claim that came or went and the one before that says the same."""
        moved = self._statements.get(signature)
        start = datetime.min.replace(tzinfo=said[0].tzinfo)
        if moved is not None:
            before = bisect_left(moved.order, said[0], key=_instant_of)
            start = moved.order[before - 1][0] if before else start
        for other in self._groups[_group_of(signature)].values():
            word, moving = _word_of(other.signature), _word_of(signature)
            if word and moving and replaces(moving, word):
                span = slice(other.first_from(start), other.first_from(said[0]))
                yield from (key for _, key in other.order[span])


def _word_of(signature: Signature) -> SaidNumber | None:
    if signature.tested is None:
        return None
    return SaidNumber(
        signature.tested, signature.counter, signature.stated_ordinal, signature.is_so_far
    )


def _signature_of(reading: Reading) -> Signature:
    return Signature._make((*_signed(reading), lateness(reading)))


_signed = attrgetter(*Signature._fields[:-1])


def _group_of(signature: Signature) -> Group:
    # Totals of both sides are one figure, whatever side a claim names.
    side = "both" if signature.measure == "exchanged_total" else signature.side
    return signature.measure, side, signature.voice


def _said_of(heard: tuple[Said, _Statement]) -> Said:
    return heard[0]


def _standing_over_time(statement: _Statement, figured: Figured) -> StandingOverTime:
    found: StandingOverTime = []
    for said in statement.witnesses:
        key = said[1]
        standing = figured.standings.get(key, ACTIVE)
        # Which later word replaced a claim is each claim's own.
        is_own = standing.state == "superseded" and not statement.is_whole
        reason = None if is_own else standing.reason
        stands = (
            standing.state,
            reason,
            figured.figure_of.get(key),
            figured.voice_of.get(key),
        )
        if not found or found[-1][1] != stands:
            found.append((said, stands))
    return found


def _level_of(found: StandingOverTime) -> object:
    _, (_, _, figure, _) = found[0]
    return figure


def _differing(statement: _Statement, found: StandingOverTime) -> Iterator[ClaimKey]:
    """Return the claims of a statement that stand otherwise."""
    if not statement.standing_over_time:
        yield from (key for _, key in statement.order)
        return
    starts = sorted({said for said, _ in (*statement.standing_over_time, *found)})
    for start, end in pairwise((*starts, None)):
        assert start is not None, "only the end is open"
        if _at(statement.standing_over_time, start) != _at(found, start):
            until = len(statement.order) if end is None else bisect_left(statement.order, end)
            yield from (
                key for _, key in statement.order[bisect_left(statement.order, start) : until]
            )


def _at(found: StandingOverTime, said: Said) -> tuple[object, object, object, object] | None:
    index = bisect_right(found, said, key=lambda piece: piece[0]) - 1
    return found[index][1] if index >= 0 else None


def _copy(table: dict[ClaimKey, Value], witness: ClaimKey, key: ClaimKey) -> None:
    if witness in table:
        table[key] = table[witness]
