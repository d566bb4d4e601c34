"""The book of one ledger: what was recorded, what was decided, and what is to be decided now.

    take     takes in an event from the log; never decides
    decide   works out what must be said because of what was recorded since; changes nothing
    confirm  notes that a decision was appended

The book is rebuilt by evolving the log from its first event. What it decides is a function of the set
of recorded events, the ledger's configuration and the policy, as `services.reconciliation.reference`
has it: arrival order is never an input. A decision is made only where the result differs from the last
one in the log.
"""

from collections import ChainMap
from collections.abc import Iterable, Mapping

from schemas.decisions import Decision, DecisionEvent, Decisions
from schemas.events import ClaimRetracted, JudgementMade, JudgementUndone, WordsErased
from schemas.ledger import LedgerConfiguration
from services.log_events.facts import ClaimFact, Fact, decode_fact
from services.reconciliation.claims.reading import ClaimKey, ClaimReader, Reading
from services.reconciliation.claims.voices import Standing
from services.reconciliation.engine.already_decided import AlreadyDecided
from services.reconciliation.engine.judgements import Judgements
from services.reconciliation.engine.matching import Matching
from services.reconciliation.engine.quotations import Quotations
from services.reconciliation.engine.reconciler import Reconciler
from services.reconciliation.engine.sealing import Decided, cut
from services.reconciliation.engine.withdrawals import Withdrawals
from services.reconciliation.policy import policy_of
from services.reconciliation.procedure import Member
from services.reconciliation.reference import Answer
from services.reconciliation.rules.which_exchange import Meant


class Book:
    """One ledger's recorded claims and the decisions about them.

    Attributes:
        position: The last log position taken in.
    """

    def __init__(self, ledger: LedgerConfiguration) -> None:
        self.position = 0
        self._ledger = ledger
        policy = policy_of(ledger.policy)
        self._reader = ClaimReader(ledger, policy)
        self._judgements = Judgements()
        self._matching = Matching(self._judgements, policy, ledger.side_codes)
        self._reconciler = Reconciler(ledger, policy, self._judgements)
        self._subjects = self._reconciler.subjects
        self._quotations = Quotations(self._subjects, ledger)
        self._withdrawals = Withdrawals(
            self._judgements.excluded, ledger.trusted_publishers, self._quotations.own_claim
        )
        self._decided = AlreadyDecided()
        #: By subject that is affected: the last fact in the log that affected it.
        self._affected: dict[str, Fact] = {}
        self._last: Fact | None = None

    @property
    def is_of_other_policy(self) -> bool:
        """Whether a figure in the log was decided under another policy: all is to be decided anew."""
        return self._decided.is_of_other_policy(self._ledger.policy)

    def answer(self) -> Answer:
        """Return what the log says now, all decisions taken together."""
        return self._decided.answer()

    def take(self, body: bytes) -> None:
        """Take in the next event of the log, as the log holds it.

        Raises:
            msgspec.ValidationError, pydantic.ValidationError: It is none.
        """
        self.evolve(decode_fact(body))

    def pass_over(self, position: int) -> None:
        """Take in a decision of our own that was confirmed when it was appended."""
        self.position = max(self.position, position)

    def evolve(self, event: Fact | Decision) -> None:
        """Take in the next event of the log, decoded."""
        self.position = max(self.position, event.position)
        match event:
            case ClaimFact():
                self._record(event)
            case ClaimRetracted():
                self._retract(event)
            case JudgementMade() | JudgementUndone():
                self._judge(event)
            case WordsErased():
                pass  # What is left of a claim means what the claim did.
            case DecisionEvent():
                self._decided.read(event.data, event.position)

    def decide(self, *, after: int) -> list[Decided]:
        """Return what follows from the events recorded at positions above `after`.

        Returns:
            Decisions in a fixed order: by subject, and what is tested across subjects last. The same
            call gives the same answer until an event is evolved or a decision confirmed.
        """
        self._affected = {
            subject: cause for subject, cause in self._affected.items() if cause.position > after
        }
        if self.is_of_other_policy and self._last is not None:
            # What nothing means any more by these rules is to be taken back, so it is asked for too.
            subjects = {*self._subjects.names(), *self._decided.subjects()}
            self._affected |= dict.fromkeys(sorted(subjects), self._last)
        if not self._affected:
            return []
        causes = dict(self._affected)
        last = max(causes.values(), key=lambda cause: cause.position)
        return [
            Decided(data, f"{subject}#{number}", causes.get(subject, last))
            for subject, decisions in self._differences(causes)
            for number, data in enumerate(decisions)
        ]

    def settle(self) -> None:
        """Work out ahead what the next decision rests on, where all that was recorded is decided.

        After the log was read that is every exchange; whoever speaks next would wait for it.
        """
        self._affected.clear()
        # What comes of it stands in the log, which is seen, and not asked again, by comparing.
        self._differences(())

    def confirm(self, decided: Decided, position: int) -> None:
        """Note that a decision stands in the log at `position`."""
        self._decided.note(decided.data, position)

    def _differences(self, subjects: Iterable[str]) -> list[tuple[str, list[Decisions]]]:
        """Return, by subject, what the log does not say yet of some subjects and across all."""
        log = self._decided.take_read()
        if log is not None:
            self._reconciler.compare_again(log)
        found = []
        withdrawn = self._withdrawn()
        for outcome in self._reconciler.reconcile(subjects):
            difference = self._decided.difference(outcome, withdrawn, self._ledger.policy)
            if difference.pending is not None:
                self._reconciler.keep_pending(outcome.subject, difference.pending)
            decisions = list(cut(difference.decisions))
            if not decisions:
                self._reconciler.settle(outcome.subject)
            found.append((outcome.subject, decisions))
        return found

    def _withdrawn(self) -> Mapping[ClaimKey, Standing]:
        # What an operator says of a claim comes before what its publisher does.
        excluded = self._judgements.excluded
        standings = self._withdrawals.standings
        return ChainMap(excluded, standings) if excluded else standings

    def _record(self, event: ClaimFact) -> None:
        key = (event.data.source, event.data.id)
        if key in self._subjects:
            return
        reading = self._reader.read(event.data, position=event.position)
        self._note_last(event)
        revised = self._withdrawals.put(reading)
        self._place(self._quotations.put(reading), event)
        for known in sorted(revised):
            self._place_anew(known, event)
        for quoting in self._quotations.renewed(key):
            self._move(quoting, self._meant_by(quoting), event)

    def _retract(self, event: ClaimRetracted) -> None:
        self._note_last(event)
        retraction = event.data.retraction
        target = (retraction.retracts.source, retraction.retracts.id)
        for known in sorted(
            self._withdrawals.retract(event.data.source, target, retraction.reason)
        ):
            self._place_anew(known, event)

    def _judge(self, event: JudgementMade | JudgementUndone) -> None:
        self._note_last(event)
        affected = self._judgements.take(event.data)
        for key in sorted(affected.claims):
            for known in sorted({key, *self._withdrawals.renew(key)}):
                self._place_anew(known, event)
        for subject in sorted(affected.subjects):
            for reading in self._reconciler.touch(subject):
                self._move(reading, self._meant_by(reading), event)
            self._affect(subject, event)

    def _note_last(self, event: Fact) -> None:
        if self._last is None or event.position > self._last.position:
            self._last = event

    def _affect(self, subject: str, event: Fact) -> None:
        """Note that a subject is to be decided because of an event, or of a later one that came first.

        Claims are evolved before what stands between them: were a subject put down to the last one evolved,
        a claim behind the checkpoint would be passed over with a retraction before it.
        """
        cause = self._affected.get(subject)
        if cause is None or event.position > cause.position:
            self._affected[subject] = event

    def _place_anew(self, key: ClaimKey, event: Fact) -> None:
        """Put a claim that stands otherwise where it belongs now, if it is known."""
        known = self._subjects.member(key)
        if known is not None:
            self._place(known.reading, event)

    def _place(self, reading: Reading, event: Fact) -> None:
        """Put a claim where it belongs, and whatever moves because of it."""
        affected = self._matching.update(
            self._quotations.own_words(reading),
            in_force=self._is_in_force(reading),
            is_known=reading.key in self._subjects,
        )
        self._move(reading, self._meant_by(reading), event)
        for key in sorted(affected):
            known = self._subjects.member(key)
            assert known is not None, f"claim {key} is asked for again"
            meant = self._meant_by(known.reading)
            # Most claims that were asked again mean what they meant: nothing follows from that.
            if meant != known.meant:
                self._move(known.reading, meant, event)

    def _move(self, reading: Reading, meant: Meant, event: Fact) -> None:
        before = self._subjects.member(reading.key)
        spoken = self._withdrawals.as_it_revises(reading)
        member = Member(spoken, meant, in_force=self._is_in_force(reading))
        is_moved = before is not None and (
            before.meant.exchange != meant.exchange
            or before.meant.operation != meant.operation
            # Whom a claim quotes decides whose count of the dead it is.
            or self._subjects.is_elsewhere(member)
        )
        if before is not None and is_moved:
            left = self._reconciler.remove(before)
            self._affect(left, event)
            if event.position < reading.position:
                # Evolved ahead of the event that moves it: it is undecided where it comes to as well.
                event = self._affected[left]
        self._affect(self._reconciler.put(member), event)

    def _meant_by(self, reading: Reading) -> Meant:
        # Whom a claim quotes decides whose voice it is, not which exchange it means.
        return self._matching.meant_by(self._quotations.own_words(reading))

    def _is_in_force(self, reading: Reading) -> bool:
        return not (
            reading.key in self._withdrawals.standings or reading.key in self._judgements.excluded
        )
