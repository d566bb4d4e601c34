"""The ten worked questions of docs/asking.md: asked, and their answers written anew (`make golden`)."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager

from services.asking.database import LedgerDatabase, database_of
from services.queries.csv_text import csv_text
from services.queries.replay import Replayed, replay
from tests.release.making import LEDGER, content_of
from tests.test_docs import ROOT


PAGE = ROOT / "docs" / "asking.md"
CLAIMS = ROOT / "tests" / "data" / "rus-ukr-2022-2024.claims.jsonl"
WORKED = re.compile(r"```sql\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)


def replayed_claims() -> Replayed:
    return replay(CLAIMS.read_bytes().splitlines(), ledger=LEDGER)


@contextmanager
def database_made(replayed: Replayed) -> Iterator[LedgerDatabase]:
    with asyncio.run(database_of(content_of(replayed))) as database:
        yield database


def printed(database: LedgerDatabase, question: str) -> str:
    found = database.ask(question)
    return csv_text(found.columns, found.rows)


def main() -> None:
    with database_made(replayed_claims()) as database:
        page = WORKED.sub(
            lambda found: f"```sql\n{found[1]}```\n\n```text\n{printed(database, found[1])}```",
            PAGE.read_text(encoding="utf-8"),
        )
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
