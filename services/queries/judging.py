"""Judgements: what each may be about, which there are, and which are in force.

A claim is named as figures name it. The same judgement again, while it is in force, is not recorded
twice, nor is a second undoing. The command line and the pages of editors make them here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import NamedTuple

from pydantic import AwareDatetime, ValidationError

from schemas.events import EVENTS, JudgementMade, JudgementUndone
from schemas.judgement import (
    Exclude,
    JudgedClaim,
    Judgement,
    Merge,
    Pin,
    Reassign,
    Split,
    UndoneJudgement,
)
from schemas.ledger import LedgerConfiguration
from schemas.record import Record
from schemas.views import Exchange, Figure
from schemas.vocabulary import exchange_day, figure_key
from services.eventlog.port import EventLog, NewEvent
from services.log_events.envelope import Origin, identified, seal, undone_id
from services.projection.joined import claims_at
from services.projection.rows import ClaimRow
from services.projection.store import ViewStore
from services.queries.as_of import current_id, entries_of
from services.reconciliation.engine.judgements import Judgements
from services.reconciliation.rules.which_exchange import ABOUT_AN_EXCHANGE


#: Fewest characters by which a judgement may be named.
PREFIX_CHARACTERS_MIN = 6


class JudgementError(Exception):
    """A judgement that cannot be made; the message says what was expected and found."""


class JudgementLine(Record):
    """One judgement as it stands: `overruled` by a later one on the same object, or `undone`."""

    id: str
    kind: str
    about: str
    says: str
    who: str
    why: str
    at: AwareDatetime
    position: int
    state: str
    undone_by: str | None
    undone_why: str | None


class Attribution(NamedTuple):
    """Who judges, why, and when."""

    who: str
    why: str
    at: datetime

    def fields(self) -> dict[str, object]:
        """Return the fields that every judgement has; its id is worked out when it is complete."""
        return {"id": "", **self._asdict()}


class JudgementTargets:
    """What a judgement may be about: the ledger's figures, exchanges and claims."""

    def __init__(
        self,
        configuration: LedgerConfiguration,
        figures: Sequence[Figure],
        exchanges: Sequence[Exchange],
        standings: Sequence[ClaimRow],
    ) -> None:
        self._configuration = configuration
        self._figures = figures
        self._exchanges = exchanges
        self._standings = {standing.ref: standing for standing in standings}

    @property
    def ledger(self) -> str:
        """The ledger's name."""
        return self._configuration.name

    def check_figure(self, figure: str) -> None:
        """Refuse an id that no figure of the ledger can have."""
        try:
            key = figure_key(figure)
        except ValueError as error:
            raise JudgementError(
                f"{error}{_near(figure, (f.id for f in self._figures))}"
            ) from error
        of_both = key.measure == "exchanged_total"
        sides = ("both",) if of_both else self._configuration.side_codes
        if key.side not in sides:
            raise JudgementError(
                f"expected a side of {key.measure} ({', '.join(sides)}), found {key.side!r}"
            )
        if of_both and key.category != "all":
            raise JudgementError(f"expected category all for {key.measure}, found {key.category!r}")
        if key.exchange is not None and self.exchange(key.exchange) != key.exchange:
            raise JudgementError(
                f"expected an exchange that was not merged, found {key.exchange!r} "
                f"(now {self.exchange(key.exchange)})"
            )

    def exchange(self, exchange: str) -> str:
        """Return an exchange's current id."""
        found = current_id(exchange, self._exchanges)
        known = [row.id for row in self._exchanges]
        if found is None or found not in known:
            raise JudgementError(
                f"expected an exchange's id{_near(exchange, known)}, found {exchange!r}"
            )
        return found

    def new_exchange(self, exchange: str) -> str:
        """Refuse an id that is malformed, or already used."""
        try:
            exchange_day(exchange)
        except ValueError as error:
            raise JudgementError(str(error)) from error
        taken = {row.id for row in self._exchanges}.union(*(row.aliases for row in self._exchanges))
        if exchange in taken:
            raise JudgementError(
                f"expected the id of a new exchange, found {exchange!r}, a known one"
            )
        return exchange

    def claim(self, ref: str, *, at: str | None = None) -> JudgedClaim:
        """Return a claim's identity; refuse one that does not mean the exchange `at`, if given."""
        standing = self._standings.get(ref)
        if standing is None:
            raise JudgementError(
                f"expected a claim as figures name it{_near(ref, self._standings)}, found {ref!r}"
            )
        meant = standing.assignment.exchange if standing.assignment else None
        if at is not None and meant != at:
            raise JudgementError(
                f"expected claims on exchange {at}, found {ref!r} on {meant or 'none'}"
            )
        return JudgedClaim(source=standing.source, id=standing.id)

    async def check_movable(self, log: EventLog, claim: JudgedClaim) -> None:
        """Refuse a claim that cannot be about an exchange, by its measure in the log."""
        [standing] = [
            standing
            for standing in self._standings.values()
            if (standing.source, standing.id) == (claim.source, claim.id)
        ]
        [recorded] = (await claims_at(log, [standing.position])).values()
        measure = recorded.data.claim.measure
        if measure not in ABOUT_AN_EXCHANGE | {"breakdown"}:
            raise JudgementError(
                f"expected a claim about an exchange, found {standing.ref!r} about {measure}"
            )


def _near(name: str, known: Iterable[str]) -> str:
    shown = get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f" ({', '.join(shown)} …)" if shown else ""


#: Makes a judgement from its possible targets and its author.
JudgementBuilder = Callable[[JudgementTargets, Attribution], Judgement]


class RecordedJudgements:
    """The judgements in a log, in order, and what of them is in force."""

    def __init__(self) -> None:
        self.events: list[JudgementMade] = []
        self.undone: dict[str, JudgementUndone] = {}
        self._judgements = Judgements()
        self._position = 0

    @classmethod
    async def read(cls, log: EventLog) -> "RecordedJudgements":
        """Find all judgements in the log."""
        recorded = cls()
        await recorded.read_on(log)
        return recorded

    async def read_on(self, log: EventLog) -> None:
        """Take in what was appended since."""
        async for entry in entries_of(log, after=self._position):
            if b'"type":"judgement.' in entry.body:
                self._take(EVENTS.validate_json(entry.body))
            self._position = entry.position

    def in_force(self, judgement: str) -> bool:
        """Return whether a judgement is in force."""
        return self._judgements.in_force(judgement)

    def find(self, name: str) -> JudgementMade:
        """Find the judgement that a name, or a beginning of one, means."""
        found = [event for event in self.events if event.data.id.startswith(name)]
        if len(name) < PREFIX_CHARACTERS_MIN or len(found) != 1:
            raise JudgementError(
                f"expected the id of a judgement as `adjudicate list` shows it, found {name!r}, "
                f"which names {len(found)}"
            )
        return found[0]

    def _take(self, event: object) -> None:
        if isinstance(event, JudgementMade):
            self.events.append(event)
            self._judgements.take(event.data)
        elif isinstance(event, JudgementUndone):
            self.undone.setdefault(event.data.judgement, event)
            self._judgements.take(event.data)


class PreparedJudgement(NamedTuple):
    """A judgement or an undoing on its way into the log.

    Attributes:
        judgement: The id of the judgement.
        event: The event; null if what it says is in force already.
        position: Where what is in force already stands.
    """

    judgement: str
    event: NewEvent | None
    position: int | None = None


async def targets_of(store: ViewStore, configuration: LedgerConfiguration) -> JudgementTargets:
    """Return what a judgement may be about now."""
    rows = (await store.snapshot()).rows
    return JudgementTargets(configuration, rows.figures, rows.exchanges, rows.claims)


def built(
    build_judgement: JudgementBuilder, targets: JudgementTargets, attribution: Attribution
) -> Judgement:
    """Return a judgement with its id.

    Raises:
        JudgementError: It is about something unknown, or is not valid.
    """
    try:
        return identified(build_judgement(targets, attribution))
    except ValidationError as error:
        raise _refused(error) from error


async def prepare(
    judgement: Judgement, targets: JudgementTargets, log: EventLog, recorded: RecordedJudgements
) -> PreparedJudgement:
    """Return a judgement as an event, unless it is in force already.

    Raises:
        JudgementError: It is about a claim that cannot be moved.
    """
    if isinstance(judgement, Reassign):
        await targets.check_movable(log, judgement.claim)
    for same in recorded.events:
        if _content(same.data) == _content(judgement) and recorded.in_force(same.data.id):
            return PreparedJudgement(same.data.id, None, same.position)
    origin = Origin("operator", judgement.at, judgement.id, judgement.id)
    event = seal(judgement, event_id=judgement.id, ledger=targets.ledger, origin=origin)
    return PreparedJudgement(judgement.id, event)


def prepare_undoing(
    name: str, attribution: Attribution, recorded: RecordedJudgements, ledger: str
) -> PreparedJudgement:
    """Return the event that takes a judgement back, unless that was done.

    Raises:
        JudgementError: There is no such judgement.
    """
    made = recorded.find(name)
    known = recorded.undone.get(made.data.id)
    if known is not None:
        return PreparedJudgement(made.data.id, None, known.position)
    try:
        undone = UndoneJudgement(judgement=made.data.id, **attribution._asdict())
    except ValidationError as error:
        raise _refused(error) from error
    origin = Origin("operator", attribution.at, made.id, made.correlationid)
    event = seal(undone, event_id=undone_id(made.data.id), ledger=ledger, origin=origin)
    return PreparedJudgement(made.data.id, event)


def lines_of(recorded: RecordedJudgements, standings: Iterable[ClaimRow]) -> list[JudgementLine]:
    """Return every judgement as it stands, in the order they were recorded."""
    refs = {(standing.source, standing.id): standing.ref for standing in standings}
    return [_line(event, recorded, refs) for event in recorded.events]


def _line(
    event: JudgementMade, recorded: RecordedJudgements, refs: Mapping[tuple[str, str], str]
) -> JudgementLine:
    judgement = event.data
    about, says = _words(judgement, refs)
    undone = recorded.undone.get(judgement.id)
    in_force = "in force" if recorded.in_force(judgement.id) else "overruled"
    return JudgementLine(
        id=judgement.id,
        kind=judgement.kind,
        about=about,
        says=says,
        who=judgement.who,
        why=judgement.why,
        at=judgement.at,
        position=event.position,
        state="undone" if undone else in_force,
        undone_by=undone.data.who if undone else None,
        undone_why=undone.data.why if undone else None,
    )


def _words(judgement: Judgement, refs: Mapping[tuple[str, str], str]) -> tuple[str, str]:
    """Return what a judgement is about, and what it says of it."""

    def ref(claim: JudgedClaim) -> str:
        return refs.get((claim.source, claim.id), f"{claim.id}@{claim.source}")

    match judgement:
        case Pin():
            return judgement.figure, f"{judgement.low} / {judgement.best} / {judgement.high}"
        case Exclude():
            return ref(judgement.claim), "does not count"
        case Reassign():
            return ref(judgement.claim), f"means {judgement.exchange or 'none'}"
        case Merge():
            return judgement.exchange, f"is {judgement.into}"
        case Split():
            claims = ", ".join(map(ref, judgement.claims))
            return judgement.exchange, f"{judgement.into} is another: {claims}"


def _content(judgement: Judgement) -> str:
    """Return what a judgement says, whenever it was made."""
    return judgement.model_dump_json(exclude={"id", "at"})


def _refused(error: ValidationError) -> JudgementError:
    first = error.errors(include_url=False)[0]
    said = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return JudgementError(said)
    return JudgementError(f"{first['loc'][-1]}: {said}, found {first['input']!r}")
