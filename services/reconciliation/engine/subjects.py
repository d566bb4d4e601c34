"""The claims of a ledger by subject: what is reconciled as one."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date

from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.claims.voices import said_of
from services.reconciliation.engine.index.reported_days import ReportedDays
from services.reconciliation.engine.index.statements import Statements
from services.reconciliation.figures import Figured
from services.reconciliation.procedure import ExchangeClaims, Member, subject_of
from services.reconciliation.rules.which_exchange import Meant
from services.runtime.lazy_dict import LazyDict


#: Most claims on an exchange that are all shown to the rules; of more, those that matter are.
WHOLE_COUNT_MAX = 100


class Subjects:
    """Which claims are in which subject, and what of them the rules need to see."""

    def __init__(self, side_codes: Collection[str]) -> None:
        self._side_codes = side_codes
        self._subject_of: dict[ClaimKey, str] = {}
        self._members: LazyDict[str, dict[ClaimKey, Member]] = LazyDict(4)
        self._statements: LazyDict[str, Statements] = LazyDict(1)
        self._other_days: dict[str, Counter[str]] = {}
        self._reported = ReportedDays()

    def __contains__(self, key: ClaimKey) -> bool:
        """Return whether a claim is in any subject."""
        return key in self._subject_of

    def member(self, key: ClaimKey) -> Member | None:
        """Return a claim with what it means, null for one that is not known."""
        subject = self._subject_of.get(key)
        return None if subject is None else self._members[subject][key]

    def is_elsewhere(self, member: Member) -> bool:
        """Return whether a claim that is known is in another subject than it belongs to now."""
        known = self._subject_of.get(member.reading.key)
        return known is not None and known != subject_of(
            member.reading, member.meant, self._side_codes
        )

    def names(self) -> list[str]:
        """Return the name of every subject there is."""
        return sorted(self._members)

    def members(self, subject: str) -> Mapping[ClaimKey, Member]:
        """Return the claims of a subject."""
        return self._members.get(subject, {})

    def add(self, subject: str) -> None:
        """Add a subject without claims, if there is none of that name."""
        self._members.setdefault(subject, {})

    def put(self, member: Member) -> str:
        """Put a claim into its subject; return the subject."""
        key = member.reading.key
        subject = subject_of(member.reading, member.meant, self._side_codes)
        members = self._members.get(subject)
        if members is None:
            # Of all totals few are asked for at a time; of another subject's claims all are.
            is_of_totals = subject.startswith("totals:")
            members = self._members[subject] = LazyDict(8) if is_of_totals else {}
        before = members.get(key)
        if before is not None:
            self._note(subject, before, -1)
        self._subject_of[key] = subject
        members[key] = member
        self._note(subject, member, 1)
        if member.meant.exchange == subject:
            self._state(subject, member)
        return subject

    def remove(self, member: Member) -> str:
        """Take a claim out of its subject; return the subject."""
        key = member.reading.key
        subject = subject_of(member.reading, member.meant, self._side_codes)
        self._subject_of.pop(key, None)
        if self._members[subject].pop(key, None) is not None:
            self._note(subject, member, -1)
        if subject in self._statements:
            self._statements[subject].remove(key)
        return subject

    def is_large(self, subject: str) -> bool:
        """Return whether the rules see only those claims of a subject that matter."""
        return subject in self._statements

    def large(self) -> list[str]:
        """Return the names of the large subjects."""
        return list(self._statements)

    def counting(self, subject: str) -> list[Reading]:
        """Return the claims that count and that the rules need to see, in order of speech."""
        if subject in self._statements:
            return self._statements[subject].witnesses()
        members = self.members(subject).values()
        return sorted((member.reading for member in members if member.counts), key=said_of)

    def of_exchange(self, exchange: str) -> ExchangeClaims:
        """Return the claims that mean an exchange, as the rules need them."""
        other_days = self._other_days.get(exchange) or Counter[str]()
        return ExchangeClaims(
            counting=self.counting(exchange),
            other_days={day for day, count in other_days.items() if count > 0},
            spoken_of=self._reported.latest_of(exchange),
        )

    @property
    def latest(self) -> date | None:
        """The latest day on which a report of a claim that counts came out, null if none is known."""
        return self._reported.latest

    def complete(self, exchange: str, figured: Figured, claims: set[ClaimKey]) -> None:
        """Add to what became of a large exchange's witnesses what became of its other claims.

        Args:
            exchange: The exchange.
            figured: What became of the witnesses; added to in place.
            claims: The claims that were changed; those that stand otherwise because of it are added.
        """
        statements = self._statements[exchange]
        claims |= statements.update(figured)
        statements.complete(figured, claims)

    def _note(self, exchange: str, member: Member, times: int) -> None:
        """Count the claims that date an exchange a day off, and the days of their reports."""
        meant: Meant = member.meant
        if member.counts and member.reading.published_on is not None:
            self._reported.note(meant.exchange, member.reading.published_on, times)
        if meant.other_day is not None:
            dates = self._other_days.setdefault(exchange, Counter())
            dates[meant.other_day.isoformat()] += times

    def _state(self, exchange: str, member: Member) -> None:
        """Count what a large exchange's claims say, from the claim on that makes it large."""
        members = [member]
        if exchange not in self._statements:
            if len(self._members[exchange]) <= WHOLE_COUNT_MAX:
                return
            self._statements[exchange] = Statements()
            members = list(self._members[exchange].values())
        for known in members:
            if known.counts:
                self._statements[exchange].put(known.reading)
            else:
                self._statements[exchange].remove(known.reading.key)
