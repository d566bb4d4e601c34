"""How a judgement is checked against the views, recorded, and followed to the figures it changes.

A claim is named as figures name it. The same judgement again, while it is in force, is not recorded
twice, nor is a second undoing.
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
from schemas.views import Exchange, Figure, Numbers
from schemas.vocabulary import exchange_day, figure_key
from services.cli.connect import LedgerConnection, connect_to_ledger
from services.cli.exit_code import CommandError
from services.cli.load import wait_until_shown
from services.cli.output import interval
from services.eventlog.port import EventLog
from services.log_events.envelope import Origin, identified, seal, undone_id
from services.projection.joined import claims_at
from services.projection.rows import ClaimRow
from services.projection.store import ViewStore
from services.queries.as_of import current_id, entries_of
from services.reconciliation.engine.judgements import Judgements
from services.reconciliation.rules.which_exchange import ABOUT_AN_EXCHANGE


#: Fewest characters by which a judgement may be named.
PREFIX_CHARACTERS_MIN = 6


class FigureDiff(Record):
    """A figure before and after; null where there was or is none."""

    figure: str
    old: Numbers | None
    new: Numbers | None


class JudgementResult(Record):
    """What became of a judgement.

    `is_new` is false if it was in force already, or undone already, and nothing was recorded;
    `position` is its position in the log. `changed` is null if the views were not waited for.
    """

    judgement: str
    position: int
    is_new: bool
    changed: tuple[FigureDiff, ...] | None


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

    def check_figure(self, figure: str) -> None:
        """Refuse an id that no figure of the ledger can have."""
        try:
            key = figure_key(figure)
        except ValueError as error:
            raise CommandError(f"{error}{_near(figure, (f.id for f in self._figures))}") from error
        of_both = key.measure == "exchanged_total"
        sides = ("both",) if of_both else self._configuration.side_codes
        if key.side not in sides:
            raise CommandError(
                f"expected a side of {key.measure} ({', '.join(sides)}), found {key.side!r}"
            )
        if of_both and key.category != "all":
            raise CommandError(f"expected category all for {key.measure}, found {key.category!r}")
        if key.exchange is not None and self.exchange(key.exchange) != key.exchange:
            raise CommandError(
                f"expected an exchange that was not merged, found {key.exchange!r} "
                f"(now {self.exchange(key.exchange)})"
            )

    def exchange(self, exchange: str) -> str:
        """Return an exchange's current id."""
        found = current_id(exchange, self._exchanges)
        known = [row.id for row in self._exchanges]
        if found is None or found not in known:
            raise CommandError(
                f"expected an exchange's id{_near(exchange, known)}, found {exchange!r}"
            )
        return found

    def new_exchange(self, exchange: str) -> str:
        """Refuse an id that is malformed, or already used."""
        try:
            exchange_day(exchange)
        except ValueError as error:
            raise CommandError(str(error)) from error
        taken = {row.id for row in self._exchanges}.union(*(row.aliases for row in self._exchanges))
        if exchange in taken:
            raise CommandError(
                f"expected the id of a new exchange, found {exchange!r}, a known one"
            )
        return exchange

    def claim(self, ref: str, *, at: str | None = None) -> JudgedClaim:
        """Return a claim's identity; refuse one that does not mean the exchange `at`, if given."""
        standing = self._standings.get(ref)
        if standing is None:
            raise CommandError(
                f"expected a claim as figures name it{_near(ref, self._standings)}, found {ref!r}"
            )
        meant = standing.assignment.exchange if standing.assignment else None
        if at is not None and meant != at:
            raise CommandError(
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
            raise CommandError(
                f"expected a claim about an exchange, found {standing.ref!r} about {measure}"
            )


def _near(name: str, known: Iterable[str]) -> str:
    shown = get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f" ({', '.join(shown)} …)" if shown else ""


#: Makes a judgement from its possible targets and its author.
JudgementBuilder = Callable[[JudgementTargets, Attribution], Judgement]


async def judge(
    build_judgement: JudgementBuilder, attribution: Attribution, ledger: str | None, wait: float
) -> JudgementResult:
    """Record a judgement, and wait until it is shown.

    Raises:
        CommandError: It is about something unknown, is not valid, or was not shown in time.
    """
    async with connect_to_ledger(ledger) as connection:
        known = await _targets(connection)
        try:
            judgement = identified(build_judgement(known, attribution))
        except ValidationError as error:
            raise _refused(error) from error
        if isinstance(judgement, Reassign):
            await known.check_movable(connection.log, judgement.claim)
        recorded = await _RecordedJudgements.read(connection)
        for same in recorded.events:
            if _content(same.data) == _content(judgement) and recorded.in_force(same.data.id):
                return JudgementResult(
                    judgement=same.data.id, position=same.position, is_new=False, changed=()
                )
        origin = Origin("operator", judgement.at, judgement.id, judgement.id)
        return await _append(connection, judgement, judgement.id, origin, wait)


async def undo(
    judgement: str, attribution: Attribution, ledger: str | None, wait: float
) -> JudgementResult:
    """Record that a judgement is taken back, and wait until that is shown.

    Raises:
        CommandError: There is no such judgement, or it was not shown in time.
    """
    async with connect_to_ledger(ledger) as connection:
        recorded = await _RecordedJudgements.read(connection)
        event = recorded.find(judgement)
        known = recorded.undone.get(event.data.id)
        if known is not None:
            return JudgementResult(
                judgement=event.data.id, position=known.position, is_new=False, changed=()
            )
        try:
            undone = UndoneJudgement(judgement=event.data.id, **attribution._asdict())
        except ValidationError as error:
            raise _refused(error) from error
        origin = Origin("operator", attribution.at, event.id, event.correlationid)
        return await _append(connection, undone, undone_id(event.data.id), origin, wait)


async def _append(
    connection: LedgerConnection,
    fact: Judgement | UndoneJudgement,
    event_id: str,
    origin: Origin,
    wait: float,
) -> JudgementResult:
    store = ViewStore(connection.client, connection.configuration.name)
    before = {figure.id: figure for figure in await store.figures()}
    event = seal(fact, event_id=event_id, ledger=connection.configuration.name, origin=origin)
    appended = await connection.log.append([event])
    position, is_new = appended.positions[0], appended.is_new[0]
    changed: tuple[FigureDiff, ...] | None = None
    if wait:
        await wait_until_shown(connection, position=position, seconds_max=wait)
        changed = _changed(before, {figure.id: figure for figure in await store.figures()})
    name = fact.judgement if isinstance(fact, UndoneJudgement) else fact.id
    return JudgementResult(judgement=name, position=position, is_new=is_new, changed=changed)


def _changed(before: Mapping[str, Figure], after: Mapping[str, Figure]) -> tuple[FigureDiff, ...]:
    found = (
        FigureDiff(figure=name, old=_numbers(before.get(name)), new=_numbers(after.get(name)))
        for name in sorted(before.keys() | after.keys())
    )
    return tuple(change for change in found if change.old != change.new)


def _numbers(figure: Figure | None) -> Numbers | None:
    if figure is None:
        return None
    return Numbers(low=figure.low, best=figure.best, high=figure.high, status=figure.status)


async def _targets(connection: LedgerConnection) -> JudgementTargets:
    rows = (await ViewStore(connection.client, connection.configuration.name).snapshot()).rows
    return JudgementTargets(connection.configuration, rows.figures, rows.exchanges, rows.claims)


class _RecordedJudgements:
    """The judgements in a log, in order, and what of them is in force."""

    def __init__(self) -> None:
        self.events: list[JudgementMade] = []
        self.undone: dict[str, JudgementUndone] = {}
        self._judgements = Judgements()

    @classmethod
    async def read(cls, connection: LedgerConnection) -> "_RecordedJudgements":
        """Find all judgements in the log."""
        recorded = cls()
        async for entry in entries_of(connection.log):
            if b'"type":"judgement.' in entry.body:
                recorded._take(EVENTS.validate_json(entry.body))
        return recorded

    def in_force(self, judgement: str) -> bool:
        """Return whether a judgement is in force."""
        return self._judgements.in_force(judgement)

    def find(self, name: str) -> JudgementMade:
        """Find the judgement that a name, or a beginning of one, means."""
        found = [event for event in self.events if event.data.id.startswith(name)]
        if len(name) < PREFIX_CHARACTERS_MIN or len(found) != 1:
            raise CommandError(
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


async def judgement_lines(ledger: str | None) -> list[JudgementLine]:
    """Return every judgement as it stands, in the order they were recorded."""
    async with connect_to_ledger(ledger) as connection:
        recorded = await _RecordedJudgements.read(connection)
        store = ViewStore(connection.client, connection.configuration.name)
        refs = {
            (standing.source, standing.id): standing.ref for standing in await store.standings()
        }
    return [_line(event, recorded, refs) for event in recorded.events]


def _line(
    event: JudgementMade, recorded: _RecordedJudgements, refs: Mapping[tuple[str, str], str]
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
            return judgement.figure, interval(judgement.low, judgement.best, judgement.high)
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


def _refused(error: ValidationError) -> CommandError:
    first = error.errors(include_url=False)[0]
    said = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return CommandError(said)
    return CommandError(f"{first['loc'][-1]}: {said}, found {first['input']!r}")
