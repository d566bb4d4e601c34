"""`adjudicate`: what operators judge, appended to the log as facts, listed, and undone.

Every judgement names who made it and why. A claim is named as figures name it. The same judgement
again, while it is in force, is not recorded twice. Every command waits until the views show what
follows, and says which figures changed.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import Annotated, NamedTuple

import typer
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
from services import clock
from services.cli.history import shown_numbers
from services.cli.options import LedgerName, OutputFormat
from services.cli.outcome import CommandError
from services.cli.output import Column, SummaryFormat, interval, write_records
from services.cli.reach import Reached, reach
from services.cli.reading import wait_until_shown
from services.envelope import Origin, identified, seal, undone_id
from services.projection.rows import Standing
from services.projection.store import ViewStore, claims_at
from services.reading import current_id, entries_of
from services.reconciliation.identify import ABOUT_AN_EXCHANGE
from services.reconciliation.judgements import Judgements


#: Fewest characters by which a judgement may be named.
PREFIX_CHARACTERS_MIN = 6

adjudicate = typer.Typer(
    no_args_is_help=True, help="Operators' judgements: make, list, undo. Each says who and why."
)

Who = Annotated[str, typer.Option("--who", metavar="NAME", help="Who judges.")]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="Why, for whoever reads it later.")]
Wait = Annotated[
    float,
    typer.Option(
        min=0, metavar="SECONDS", help="Longest wait for the views to show it; 0 for none."
    ),
]
SummaryForm = Annotated[
    SummaryFormat, typer.Option("--format", help="The outcome as text, or as JSON.")
]
ClaimName = Annotated[
    str, typer.Argument(metavar="CLAIM", help="A claim as figures name it: its id, or id@source.")
]
ExchangeName = Annotated[
    str, typer.Argument(metavar="EXCHANGE", help="An exchange's id, e.g. 2024-01-03.")
]
#: Longest wait for the views unless said otherwise, in seconds.
WAIT_SECONDS = 30.0


class ChangedFigure(Record):
    """A figure before and after; null where there was or is none."""

    figure: str
    old: Numbers | None
    new: Numbers | None


class Judged(Record):
    """What became of a judgement.

    `is_new` is false if it was in force already, or undone already, and nothing was recorded;
    `position` is where it stands. `changed` is empty if the views were not waited for.
    """

    judgement: str
    position: int
    is_new: bool
    changed: tuple[ChangedFigure, ...]


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


COLUMNS: Sequence[Column[JudgementLine]] = (
    Column("judgement", lambda line: line.id),
    Column("state", lambda line: line.state),
    Column("kind", lambda line: line.kind),
    Column("about", lambda line: line.about),
    Column("says", lambda line: line.says),
    Column("who", lambda line: line.who),
    Column("why", lambda line: line.why),
    Column("at", lambda line: line.at.isoformat(timespec="seconds")),
)


class _Signed(NamedTuple):
    """Who judges, why, and when."""

    who: str
    why: str
    at: datetime

    def fields(self) -> dict[str, object]:
        return {"id": "", **self._asdict()}


@adjudicate.command()
def pin(
    figure: Annotated[
        str,
        typer.Argument(metavar="FIGURE", help="A figure's id, e.g. 2024-01-03:returned:UA:all."),
    ],
    *,
    best: Annotated[int, typer.Option(min=0, help="The number.")],
    low: Annotated[
        int | None, typer.Option(min=0, help="At least; the number if not given.")
    ] = None,
    high: Annotated[
        int | None, typer.Option(min=0, help="At most; the number if not given.")
    ] = None,
    who: Who,
    why: Why,
    ledger: LedgerName = None,
    wait: Wait = WAIT_SECONDS,
    form: SummaryForm = SummaryFormat.TABLE,
) -> None:
    """Pin a figure to numbers, whatever the claims give; one nobody speaks of is made."""

    def judgement(known: _Known, signed: _Signed) -> Judgement:
        known.check_figure(figure)
        return Pin.model_validate(
            signed.fields()
            | {
                "figure": figure,
                "low": best if low is None else low,
                "best": best,
                "high": best if high is None else high,
            }
        )

    _make(judgement, (who, why), ledger, wait, form)


@adjudicate.command()
def exclude(
    claim: ClaimName,
    *,
    who: Who,
    why: Why,
    ledger: LedgerName = None,
    wait: Wait = WAIT_SECONDS,
    form: SummaryForm = SummaryFormat.TABLE,
) -> None:
    """Let a claim not count."""

    def judgement(known: _Known, signed: _Signed) -> Judgement:
        return Exclude.model_validate(signed.fields() | {"claim": known.claim(claim)})

    _make(judgement, (who, why), ledger, wait, form)


@adjudicate.command()
def reassign(
    claim: ClaimName,
    exchange: Annotated[
        str, typer.Argument(metavar="EXCHANGE|none", help="The exchange it means, or none.")
    ],
    *,
    who: Who,
    why: Why,
    ledger: LedgerName = None,
    wait: Wait = WAIT_SECONDS,
    form: SummaryForm = SummaryFormat.TABLE,
) -> None:
    """Say which exchange a claim means."""

    def judgement(known: _Known, signed: _Signed) -> Judgement:
        target = None if exchange == "none" else known.exchange(exchange)
        return Reassign.model_validate(
            signed.fields() | {"claim": known.claim(claim, on_exchange=True), "exchange": target}
        )

    _make(judgement, (who, why), ledger, wait, form)


@adjudicate.command()
def merge(
    exchange: ExchangeName,
    into: Annotated[str, typer.Argument(metavar="INTO", help="The exchange that stays.")],
    *,
    who: Who,
    why: Why,
    ledger: LedgerName = None,
    wait: Wait = WAIT_SECONDS,
    form: SummaryForm = SummaryFormat.TABLE,
) -> None:
    """Say that two exchanges are one; the first's id stays as an alias of the second."""

    def judgement(known: _Known, signed: _Signed) -> Judgement:
        merged = {"exchange": known.exchange(exchange), "into": known.exchange(into)}
        return Merge.model_validate(signed.fields() | merged)

    _make(judgement, (who, why), ledger, wait, form)


@adjudicate.command()
def split(
    exchange: ExchangeName,
    new_id: Annotated[
        str, typer.Argument(metavar="NEW_ID", help="Id of the new exchange, e.g. 2024-01-03-b.")
    ],
    claims: Annotated[
        list[str], typer.Argument(metavar="CLAIM...", help="The claims that mean the new one.")
    ],
    *,
    who: Who,
    why: Why,
    ledger: LedgerName = None,
    wait: Wait = WAIT_SECONDS,
    form: SummaryForm = SummaryFormat.TABLE,
) -> None:
    """Say that some claims on an exchange mean another one; the first points to it."""

    def judgement(known: _Known, signed: _Signed) -> Judgement:
        old = known.exchange(exchange)
        named = {
            "exchange": old,
            "into": known.new_exchange(new_id),
            "claims": tuple(known.claim(claim, at=old) for claim in claims),
        }
        return Split.model_validate(signed.fields() | named)

    _make(judgement, (who, why), ledger, wait, form)


@adjudicate.command("list")
def list_(*, ledger: LedgerName = None, form: OutputFormat = None) -> None:
    """List judgements in the order they were recorded: in force, overruled or undone."""
    write_records(JudgementLine, asyncio.run(_lines(ledger)), COLUMNS, form)


@adjudicate.command()
def undo(
    judgement: Annotated[
        str,
        typer.Argument(metavar="ID", help="As `adjudicate list` shows it, or how it begins."),
    ],
    *,
    who: Who,
    why: Why,
    ledger: LedgerName = None,
    wait: Wait = WAIT_SECONDS,
    form: SummaryForm = SummaryFormat.TABLE,
) -> None:
    """Take a judgement back: everything is as if it had never been made."""
    judged = asyncio.run(_undo(judgement, _Signed(who, why, clock.now()), ledger, wait))
    _show(judged, form, "undone", "undone already")


class _Known:
    """What there is to be judged."""

    def __init__(
        self,
        configuration: LedgerConfiguration,
        figures: Sequence[Figure],
        exchanges: Sequence[Exchange],
        standings: Sequence[Standing],
        measures: Mapping[int, str],
    ) -> None:
        self._configuration = configuration
        self._figures = figures
        self._exchanges = exchanges
        self._standings = {standing.ref: standing for standing in standings}
        self._measures = measures

    def check_figure(self, figure: str) -> None:
        """Refuse what no figure of the ledger can be called."""
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
        """Give the id an exchange goes by now."""
        found = current_id(exchange, self._exchanges)
        known = [row.id for row in self._exchanges]
        if found is None or found not in known:
            raise CommandError(
                f"expected an exchange's id{_near(exchange, known)}, found {exchange!r}"
            )
        return found

    def new_exchange(self, exchange: str) -> str:
        """Refuse an id that is none, or is taken."""
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

    def claim(self, ref: str, *, at: str | None = None, on_exchange: bool = False) -> JudgedClaim:
        """Give a claim's identity; refuse one that does not mean `at`, or cannot mean any."""
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
        measure = self._measures[standing.position]
        if on_exchange and measure not in ABOUT_AN_EXCHANGE | {"breakdown"}:
            raise CommandError(f"expected a claim about an exchange, found {ref!r} about {measure}")
        return JudgedClaim(source=standing.source, id=standing.id)


def _near(name: str, known: object) -> str:
    assert not isinstance(known, str), "names, not one name"
    shown = get_close_matches(name, list(known), n=3, cutoff=0.5)  # type: ignore[call-overload]
    return f" ({', '.join(shown)} …)" if shown else ""


Making = Callable[[_Known, _Signed], Judgement]


def _make(
    making: Making,
    signed: tuple[str, str],
    ledger: str | None,
    wait: float,
    form: SummaryFormat,
) -> None:
    judged = asyncio.run(_judge(making, _Signed(*signed, clock.now()), ledger, wait))
    _show(judged, form, "recorded", "in force already")


async def _judge(making: Making, signed: _Signed, ledger: str | None, wait: float) -> Judged:
    async with reach(ledger) as reached:
        known = await _known(reached)
        try:
            judgement = identified(making(known, signed))
        except ValidationError as error:
            raise _refused(error) from error
        made = await _Made.read(reached)
        for same in made.events:
            if _content(same.data) == _content(judgement) and made.in_force(same.data.id):
                return Judged(
                    judgement=same.data.id, position=same.position, is_new=False, changed=()
                )
        origin = Origin("operator", judgement.at, judgement.id, judgement.id)
        return await _append(reached, judgement, judgement.id, origin, wait)


async def _undo(judgement: str, signed: _Signed, ledger: str | None, wait: float) -> Judged:
    async with reach(ledger) as reached:
        made = await _Made.read(reached)
        event = made.find(judgement)
        known = made.undone.get(event.data.id)
        if known is not None:
            return Judged(
                judgement=event.data.id, position=known.position, is_new=False, changed=()
            )
        try:
            undone = UndoneJudgement(judgement=event.data.id, **signed._asdict())
        except ValidationError as error:
            raise _refused(error) from error
        origin = Origin("operator", signed.at, event.id, event.correlationid)
        return await _append(reached, undone, undone_id(event.data.id), origin, wait)


async def _append(
    reached: Reached,
    fact: Judgement | UndoneJudgement,
    event_id: str,
    origin: Origin,
    wait: float,
) -> Judged:
    store = ViewStore(reached.client, reached.configuration.name)
    before = {figure.id: figure for figure in await store.figures()}
    event = seal(fact, event_id=event_id, ledger=reached.configuration.name, origin=origin)
    appended = await reached.log.append([event])
    position, is_new = appended.positions[0], appended.is_new[0]
    changed: tuple[ChangedFigure, ...] = ()
    if wait:
        await wait_until_shown(reached, position=position, seconds_max=wait)
        changed = _changed(before, {figure.id: figure for figure in await store.figures()})
    name = fact.judgement if isinstance(fact, UndoneJudgement) else fact.id
    return Judged(judgement=name, position=position, is_new=is_new, changed=changed)


def _changed(
    before: Mapping[str, Figure], after: Mapping[str, Figure]
) -> tuple[ChangedFigure, ...]:
    found = (
        ChangedFigure(figure=name, old=_numbers(before.get(name)), new=_numbers(after.get(name)))
        for name in sorted(before.keys() | after.keys())
    )
    return tuple(change for change in found if change.old != change.new)


def _numbers(figure: Figure | None) -> Numbers | None:
    if figure is None:
        return None
    return Numbers(low=figure.low, best=figure.best, high=figure.high, status=figure.status)


async def _known(reached: Reached) -> _Known:
    snapshot = await ViewStore(reached.client, reached.configuration.name).snapshot()
    rows = snapshot.rows
    claims = await claims_at(reached.log, [standing.position for standing in rows.claims])
    return _Known(
        reached.configuration,
        rows.figures,
        rows.exchanges,
        rows.claims,
        {position: claim.data.claim.measure for position, claim in claims.items()},
    )


class _Made:
    """The judgements in a log, in order, and what of them is in force."""

    def __init__(self) -> None:
        self.events: list[JudgementMade] = []
        self.undone: dict[str, JudgementUndone] = {}
        self._judgements = Judgements()

    @classmethod
    async def read(cls, reached: Reached) -> "_Made":
        """Find all judgements in the log."""
        made = cls()
        async for entry in entries_of(reached.log):
            if b'"type":"judgement.' in entry.body:
                made._take(EVENTS.validate_json(entry.body))
        return made

    def in_force(self, judgement: str) -> bool:
        """Say whether a judgement is in force."""
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


async def _lines(ledger: str | None) -> list[JudgementLine]:
    async with reach(ledger) as reached:
        made = await _Made.read(reached)
        store = ViewStore(reached.client, reached.configuration.name)
        refs = {
            (standing.source, standing.id): standing.ref for standing in await store.standings()
        }
    return [_line(event, made, refs) for event in made.events]


def _line(event: JudgementMade, made: _Made, refs: Mapping[tuple[str, str], str]) -> JudgementLine:
    judgement = event.data
    about, says = _words(judgement, refs)
    undone = made.undone.get(judgement.id)
    in_force = "in force" if made.in_force(judgement.id) else "overruled"
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
    """Say what a judgement is about, and what it says of it."""

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
    """Give what a judgement says, whenever it was made."""
    return judgement.model_dump_json(exclude={"id", "at"})


def _refused(error: ValidationError) -> CommandError:
    first = error.errors(include_url=False)[0]
    said = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return CommandError(said)
    return CommandError(f"{first['loc'][-1]}: {said}, found {first['input']!r}")


def _show(judged: Judged, form: SummaryFormat, done: str, known: str) -> None:
    if form is SummaryFormat.JSON:
        print(judged.model_dump_json())
        return
    what = done if judged.is_new else known
    print(f"judgement {judged.judgement} {what}, position {judged.position}")
    for change in judged.changed:
        print(f"  {change.figure}: {shown_numbers(change.old)} → {shown_numbers(change.new)}")
    if judged.is_new and not judged.changed:
        print("  no figure changed")
