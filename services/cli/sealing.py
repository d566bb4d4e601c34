"""Sealing the log into files outside of the server, and proving it against them."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import NamedTuple

from schemas.seal import Seal
from services.cli.connect import configuration_of, connect_to_ledger, settings_now
from services.cli.exit_code import CommandError, ExitCode
from services.eventlog.port import Entry, EventLog
from services.eventlog.proof import Fault, Proof
from services.eventlog.segment_files import Form
from services.eventlog.segments import (
    SealError,
    Sealing,
    check_seals,
    compare,
    hash_of,
    is_same_event,
    read_seals,
    sealed_entries,
    sealing,
)
from services.eventlog.signatures import (
    SignatureError,
    SigningKey,
    check_signatures,
    read_public_key,
    read_signing_key,
    write_signature,
)
from services.queries.as_of import entries_of
from services.queries.trimming import kept_words
from services.runtime import clock


class Sealed(NamedTuple):
    """What was sealed.

    Attributes:
        new: The new seals.
        last: The last of all, null if there is none.
        kept: Where segments still hold words that were erased from the log: position, and file.
    """

    new: tuple[Seal, ...]
    last: Seal | None
    kept: Sequence[tuple[int, str]]


class Proven(NamedTuple):
    """What a proof against sealed segments found, and where they hold words that were erased since."""

    event_count: int
    last: Seal | None
    faults: tuple[Fault, ...]
    kept: Sequence[tuple[int, str]] = ()


class SealOptions(NamedTuple):
    """How a log is sealed.

    Attributes:
        size: Most events in one segment.
        sign: The file of the key to sign with, null for no signature.
        form: How segments are written.
        anew: Write all of them once more, in the place of those there are.
    """

    size: int
    sign: Path | None = None
    form: Form = Form.LINES
    anew: bool = False


async def seal_log(directory: Path | None, ledger: str | None, options: SealOptions) -> Sealed:
    """Seal what is not sealed yet of a log, as far as it is now, and sign the last seal.

    Args:
        directory: Where the segments are, or are to be; null means where the settings say.
        ledger: The ledger's name; null means the first of the settings.
        options: How.

    Raises:
        CommandError: The directory cannot be written, or was sealed from another log; or the key cannot
            be used.
    """
    try:
        key = None if options.sign is None else read_signing_key(options.sign)
    except SignatureError as error:
        raise CommandError(str(error)) from error
    async with connect_to_ledger(ledger) as connection:
        log, name = connection.log, connection.configuration.name
        if directory is None:
            directory = connection.segments
            directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with sealing(directory, name, form=options.form, anew=options.anew) as continued:
                await _check_same(log, continued)
                before = len(continued.seals)
                await _write(log, continued, options.size)
                continued.finish()
                seals = continued.seals
                if key is not None and seals:
                    _sign(directory, seals, key)
        except (SealError, SignatureError) as error:
            raise CommandError(str(error)) from error
        kept = await kept_words(connection.client, log, directory, seals)
    return Sealed(tuple(seals[before:]), seals[-1] if seals else None, kept)


def _sign(directory: Path, seals: Sequence[Seal], key: SigningKey) -> None:
    """Sign the last seal, unless it is."""
    if check_signatures(directory, seals, key.public):
        write_signature(directory, key.sign(seals[-1], at=clock.now()))


async def _write(log: EventLog, continued: Sealing, size: int) -> None:
    last = await log.last_position()
    async for entry in entries_of(log, after=continued.last):
        if entry.position > last:
            break
        continued.write(entry)
        if continued.count == size:
            continued.seal()
    continued.seal()


async def _check_same(log: EventLog, continued: Sealing) -> None:
    sealed = continued.last_entry()
    if continued.last == 0:
        return
    found = await log.read(after=continued.last - 1, limit=1)
    if not found or sealed is None or not is_same_event(sealed, found[0]):
        raise CommandError(
            f"expected the log that was sealed up to position {continued.last}, found another event "
            "there, or none (`log verify --sealed` tells more)",
            ExitCode.FAILED,
        )


async def prove_sealed(
    directory: Path,
    ledger: str | None,
    *,
    expected: str | None,
    public_key: Path | None = None,
    is_offline: bool,
) -> Proven:
    """Prove the segments whole, and the log equal to them, or, offline, what is in them alone.

    Args:
        directory: The segments.
        ledger: The ledger's name; null means the first of the settings.
        expected: The hash of a seal that must be among them.
        public_key: The file of the key that the last seal must be signed with; null asks for none.
        is_offline: Whether to look at no server.

    Raises:
        CommandError: The seals cannot be read.
    """
    name = configuration_of(ledger, settings_now()).name
    try:
        key = None if public_key is None else read_public_key(public_key)
        seals = read_seals(directory, name)
        faults = check_seals(directory, seals)
        faults += check_signatures(directory, seals, key) if key is not None else ()
    except (SealError, SignatureError) as error:
        raise CommandError(str(error)) from error
    if expected is not None and expected not in {hash_of(seal) for seal in seals}:
        faults.append(Fault(1, f"expected seal {expected}, found none of that hash"))
    proof = Proof(name, chained=not is_offline)
    sealed, kept = sealed_entries(directory, seals), list[tuple[int, str]]()
    if is_offline:
        for entry in sealed:
            proof.check(entry)
        proof.finish()
    else:
        async with connect_to_ledger(ledger) as connection:
            entries = _checked(entries_of(connection.log), proof)
            faults += await compare(sealed, entries)
            proof.finish()
            kept = await kept_words(connection.client, connection.log, directory, seals)
    return Proven(proof.count, seals[-1] if seals else None, (*faults, *proof.faults), kept)


async def _checked(entries: AsyncIterator[Entry], proof: Proof) -> AsyncIterator[Entry]:
    async for entry in entries:
        proof.check(entry)
        yield entry
