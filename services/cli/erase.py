"""`erase`: take words that could identify somebody out of the ledger, for good, by whom and why.

What goes is shown first. Positions, ids, the chain and every figure stay. No worker may run meanwhile.
"""

import asyncio
import secrets
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Annotated, Any, NamedTuple, get_args

import typer

from schemas.erasure import ErasableField
from schemas.events import ClaimRecorded
from schemas.ledger import LedgerConfiguration
from services.cli.connect import configuration_of, connect_or_start, settings_now
from services.cli.exit_code import CommandError, ExitCode
from services.cli.mending import refuse_running
from services.cli.options import LedgerName
from services.cli.output import print_line, print_note
from services.erasure.guard import decided, left_of
from services.erasure.plan import ErasurePlan, claims_named, plan_erasure
from services.erasure.releases import holding, to_withdraw
from services.eventlog.connection import Client
from services.eventlog.inputs import HeldInput, inputs_holding, take_out
from services.eventlog.port import Entry, LogMovedError
from services.eventlog.proof import Proof
from services.eventlog.redis_log import RedisEventLog
from services.eventlog.rewriting import NotRewrittenError, rewrite_now
from services.eventlog.segments import SealError, read_seals
from services.log_events.envelope import Origin, erased_id, seal
from services.projection.generations import ViewConflictError
from services.projection.rebuild import replace_untrue
from services.projection.store import ViewStore
from services.queries.as_of import entries_of
from services.queries.trimming import erasures_of, kept_words
from services.release.directory import PlaceError
from services.release.kept import KeptReleases
from services.runtime import clock
from services.scraping.state import HeldWords, ScrapeRunningError, ScrapeState, state_file


#: What goes unless said otherwise. An outlet's name, and whom a claim is quoted from, seldom are a person's,
#: and stand in many claims.
FIELDS: tuple[ErasableField, ...] = ("wording", "name", "url", "other")
#: How often other names are tried where those drawn would change what is decided.
TRIES_MAX = 4


class _Ledger(NamedTuple):
    """Where words are erased."""

    configuration: LedgerConfiguration
    client: Client
    log: RedisEventLog
    segments: Path
    kept: KeptReleases
    scraped: Path


def erase(
    claim: Annotated[str, typer.Argument(metavar="CLAIM", help="A claim's id, or id@source.")],
    *,
    who: Annotated[str, typer.Option("--who", "--by", help="Who erases it.")],
    why: Annotated[str, typer.Option("--why", help="Why; without the words that are to go.")],
    field: Annotated[
        list[str] | None,
        typer.Option(
            help=f"What of it goes: {', '.join(get_args(ErasableField))}. Again for more; unless given "
            f"{', '.join(FIELDS)}."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Show what would go, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    ledger: LedgerName = None,
) -> int:
    """Erase a claim's words from the log, the views, and whatever waits or was refused, for good.

    Stop the workers before. A name goes wherever it stands, because figures are decided by who speaks;
    an address, too. Once more finishes what was interrupted. Exits 1 if words are left somewhere.
    """
    fields = _fields(field)
    return asyncio.run(_erase(claim, fields, (who, why), ledger, dry_run=dry_run, is_sure=yes))


def _fields(named: Sequence[str] | None) -> tuple[ErasableField, ...]:
    known: tuple[ErasableField, ...] = get_args(ErasableField)
    for name in named or ():
        if name not in known:
            raise CommandError(f"expected --field {', '.join(known)}, found {name}")
    return tuple(name for name in known if name in (named or FIELDS))


async def _erase(
    name: str,
    fields: Sequence[ErasableField],
    attribution: tuple[str, str],
    ledger: str | None,
    *,
    dry_run: bool,
    is_sure: bool,
) -> int:
    async with _connected(ledger) as at:
        if not dry_run:
            await refuse_running(at.client, at.configuration.name)
        entries = await _proven(at)
        claim = _claim(entries, name)
        plan = await asyncio.to_thread(_planned, entries, claim, fields, at.configuration)
        if plan is None:
            print_line(f"{name}: nothing left to erase")
            if dry_run:
                return ExitCode.DONE
            await take_out(at.client, at.configuration.name, [])
            return await _finish(at, [])
        inputs = await inputs_holding(at.client, at.configuration.name, plan.is_in)
        repeats, waiting = _sorted_inputs(entries, inputs)
        with _scraped(at.scraped) as seen:
            held = seen.holding(plan.is_in) if seen is not None else HeldWords((), ())
            _show(plan, repeats, waiting, held)
            for release in holding(at.kept.all(), first=min(plan.left), until=None):
                print_line(f"  the release of {release.day} holds these words, and is withdrawn")
            if dry_run:
                print_line("nothing was changed")
                return ExitCode.DONE
            _ask(is_sure=is_sure)
            await take_out(at.client, at.configuration.name, repeats)
            if seen is not None:
                seen.erase(held)
        position = await _erase_from_log(at, plan, attribution)
        print_line(f"erased from {len(plan.left)} events, by the event at position {position}")
        return await _finish(at, waiting)


@asynccontextmanager
async def _connected(ledger: str | None) -> AsyncIterator[_Ledger]:
    """Connect to the server, the embedded one if none is named."""
    settings = settings_now()
    configuration = configuration_of(ledger, settings)
    async with connect_or_start(settings) as client:
        segments = settings.segments_of(configuration.name)
        log = RedisEventLog(client, configuration.name, sealed=segments)
        kept = KeptReleases(settings.releases_of(configuration.name), configuration.name)
        scraped = state_file(settings.data_dir, configuration.name)
        yield _Ledger(configuration, client, log, segments, kept, scraped)


@contextmanager
def _scraped(path: Path) -> Iterator[ScrapeState | None]:
    """Open what `scrape` has seen, null for nothing; no run may read pages meanwhile."""
    if not path.exists():
        yield None
        return
    try:
        state = ScrapeState(path)
    except ScrapeRunningError as error:
        raise CommandError(f"{error}: stop `scrape` first; nothing was changed") from error
    with state:
        yield state


async def _proven(at: _Ledger) -> list[Entry]:
    """Read a log whole; what is wrong with it would never be found behind an erasure."""
    proof, entries = Proof(at.configuration.name), []
    async for entry in entries_of(at.log):
        proof.check(entry)
        entries.append(entry)
    # Words that an old copy brought back are to be erased again.
    if proof.faults:
        fault = proof.faults[0]
        raise CommandError(
            f"position {fault.position}: {fault.text} (`exchange-ledger log verify` names all that is "
            "wrong; nothing was erased)",
            ExitCode.FAILED,
        )
    return entries


def _claim(entries: Sequence[Entry], name: str) -> ClaimRecorded:
    found = claims_named(entries, name)
    if len(found) != 1:
        names = ", ".join(f"{each.data.id}@{each.data.source}" for each in found) or "none"
        raise CommandError(
            f"expected a claim's id, or id@source, found {name}, which names {names}"
        )
    return found[0]


def _planned(
    entries: Sequence[Entry],
    claim: ClaimRecorded,
    fields: Sequence[ErasableField],
    configuration: LedgerConfiguration,
) -> ErasurePlan | None:
    """Plan it so that all that is decided stays as it is."""
    before: list[Any] | None = None
    for _ in range(TRIES_MAX):
        token = secrets.token_hex(4)
        plan = plan_erasure(entries, claim, fields, token=token, ledger=configuration)
        if plan is None:
            return None
        before = before or decided((entry.body for entry in entries), configuration)
        if decided(left_of(entries, plan), configuration) == before:
            return plan
    raise CommandError(
        "expected the same figures without these words, found others: give fewer of them by --field",
        ExitCode.FAILED,
    )


def _sorted_inputs(
    entries: Sequence[Entry], inputs: Sequence[HeldInput]
) -> tuple[list[HeldInput], list[HeldInput]]:
    """Part inputs that can be taken out from those that wait and are recorded nowhere."""
    known = {(each.data.source, each.data.id) for each in claims_named(entries, None)}
    # A report is nobody's claim yet: whoever has it may send it again without these words.
    taken = [
        each for each in inputs if each.kind != "waiting" or (each.names and each.names <= known)
    ]
    return taken, [each for each in inputs if each not in taken]


def _show(
    plan: ErasurePlan,
    repeats: Sequence[HeldInput],
    waiting: Sequence[HeldInput],
    held: HeldWords,
) -> None:
    print_line(f"claim {plan.claim.id} of {plan.claim.source}")
    for going in plan.going:
        print_line(f"  {going.field}: {going.text!r} becomes {going.left!r}")
    for field, text in plan.kept.items():
        print_line(f"  {field}: {text!r} stays (--field {field} erases it, too)")
    for kind, count in sorted(plan.counts.items()):
        print_line(f"  {count} events {kind} hold these words")
    thrown = Counter(each.kind for each in repeats)
    print_line(
        f"  {thrown['parked']} parked inputs, {thrown['waiting']} waiting repeats and "
        f"{thrown['report']} reports are thrown away"
    )
    if held.urls or held.numbers:
        print_line(
            f"  {len(held.urls)} pages that `scrape` has seen, and {len(held.numbers)} reports that it "
            "has not handed on, are forgotten, and read no second time"
        )
    if waiting:
        print_line(f"  {len(waiting)} waiting inputs are not recorded yet, and stay")
    for position, key in plan.still:
        print_line(f"  position {position}: {key!r} holds these words, and stays")


def _ask(*, is_sure: bool) -> None:
    if is_sure:
        return
    if not sys.stdin.isatty():
        raise CommandError(
            "expected --yes where nobody can be asked, found none; nothing was changed"
        )
    if not typer.confirm("This cannot be undone. Erase them?"):
        raise CommandError("nothing was changed", ExitCode.FAILED)


async def _erase_from_log(at: _Ledger, plan: ErasurePlan, attribution: tuple[str, str]) -> int:
    who, why = attribution
    event = plan.event(who=who, why=why, at=clock.now())
    event_id = erased_id(event)
    origin = Origin("operator", event.at, event_id, event_id)
    sealed = seal(event, event_id=event_id, ledger=at.configuration.name, origin=origin)
    try:
        return await at.log.erase(sealed, plan.left, last=plan.last)
    except LogMovedError as error:
        raise CommandError(str(error), ExitCode.FAILED) from error


async def _kept_in_segments(at: _Ledger) -> list[tuple[int, str]]:
    """Return where sealed segments hold words that were erased, as far as they can be read."""
    try:
        seals = read_seals(at.segments, at.configuration.name)
        return await kept_words(at.client, at.log, at.segments, seals)
    except SealError as error:
        print_line(str(error))
        return []


async def _withdraw_releases(at: _Ledger) -> bool:
    """Withdraw the releases that hold words that were erased; return whether all of them are."""
    is_done = True
    erasures = await erasures_of(at.log)
    for release, erased in to_withdraw(at.kept.all(), erasures):
        why = f"words were erased: {erased.why}"
        try:
            at.kept.withdraw(release, who=erased.who, why=why, at=clock.now())
        except PlaceError as error:
            is_done = False
            print_line(f"the release of {release.day} holds words that were erased: {error}")
        else:
            print_line(f"the release of {release.day} was withdrawn")
    return is_done


async def _finish(at: _Ledger, waiting: Sequence[HeldInput]) -> int:
    """Erase the words from the views, and have the server's files written anew."""
    store = ViewStore(at.client, at.configuration.name)
    current = await store.current()
    if current is not None and await store.holds_erased(current):
        untrue_to = await store.position(current) or 0
        try:
            await replace_untrue(at.log, store, ledger=at.configuration.name, untrue_to=untrue_to)
        except ViewConflictError as error:
            raise CommandError(f"{error}: once more finishes it", ExitCode.FAILED) from error
        print_line("the views were made anew")
    await store.drop_erased()
    is_done = not waiting
    if waiting:
        print_line(
            f"{len(waiting)} waiting inputs hold these words: let ingest take them, then erase them by "
            "their own ids"
        )
    try:
        await rewrite_now(at.client)
    except NotRewrittenError as error:
        is_done = False
        print_line(
            f"the server's files may still hold these words ({error}): BGREWRITEAOF, and BGSAVE"
        )
    else:
        print_line("the server's files were written anew")
    is_done = await _withdraw_releases(at) and is_done
    for position, file in await _kept_in_segments(at):
        print_line(f"position {position}: {at.segments / file} holds words that were erased")
    print_note(
        "note: sealed segments, exports, copies of releases, backups, replicas' files and lines of logs made before still "
        "hold these words: docs/operations.md says what to do with each"
    )
    return ExitCode.DONE if is_done else ExitCode.FAILED
