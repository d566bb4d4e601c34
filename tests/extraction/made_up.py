"""Reports that were made up, with the claims that a reader finds in them, read from `reports.txt` and `few_words.txt`."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

from schemas.draft import DraftEvent
from schemas.ledger import LedgerConfiguration
from services.extraction.report import Report
from services.ledgers import read_ledger_file


HERE = Path(__file__).parent


class MadeUpReport(NamedTuple):
    """A report, what it shows, and its claims, a line each."""

    shows: str
    report: Report
    claims: list[str]


@cache
def made_up_ledger() -> LedgerConfiguration:
    """Return the ledger of the made-up conflict."""
    return read_ledger_file(HERE / "syl-bor.toml")


@cache
def ledger_of_few_words() -> LedgerConfiguration:
    """Return the ledger of a made-up conflict of which a first file alone was written."""
    return read_ledger_file(HERE / "san-tap.toml")


def made_up_reports(name: str = "reports.txt") -> list[MadeUpReport]:
    """Return all made-up reports of a file."""
    blocks = (HERE / name).read_text(encoding="utf-8").split("\n@ ")[1:]
    return [_read(block) for block in blocks]


def _read(block: str) -> MadeUpReport:
    heading, *lines = block.splitlines()
    language, day, shows = heading.split(" ", 2)
    text = "\n".join(line for line in lines if line and not line.startswith("= "))
    report = Report(text=text, published_at=date.fromisoformat(day), lang=language)
    return MadeUpReport(
        f"{language}: {shows}", report, [line[2:] for line in lines if line.startswith("= ")]
    )


def told(draft: DraftEvent) -> str:
    """Return a draft as a line of `reports.txt` has it."""
    claim = draft.data
    quantity = claim.quantity
    parts = [
        claim.measure,
        claim.side or "-",
        quantity.bound if quantity else "-",
        str(quantity.value) if quantity else "-",
        f"{claim.claimant.party}/{claim.claimant.role}",
        str(claim.exchange.date or "-"),
    ]
    return " ".join([*parts, *([claim.modality] if claim.modality != "asserted" else [])])
