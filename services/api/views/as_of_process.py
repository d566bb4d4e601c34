"""The process that works out other times: a question a line in, an answer out.

It answers three kinds: what the views were at a cut, what changed between two places of the log, and what would
change if events were recorded that are not.

The API (`services.api.views.replayer`) starts it, and it runs until its stdin is closed. A computation takes
seconds of processor time, which in the API's own process every other request would wait for.

A question is a JSON object: the server's URL, the directory of the ledger's sealed segments, its configuration, the position of the log, and
the two times or places. An answer begins with a line of JSON: how many bytes of rows follow for each view
(for each part of what changed), one row a line; or why there are none (`unavailable`, `damaged` where the
log is not whole, `misplaced` where the places cannot be compared, `unmatched` where an event makes no sense).
"""

import asyncio
import json
import signal
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, BinaryIO, Literal

from pydantic import BaseModel, Field, TypeAdapter

from schemas.answers import PlaceReached
from schemas.ledger import LedgerConfiguration
from schemas.one_line import one_line
from schemas.record import Record
from schemas.views import ReadModels
from services.api.views.tables import ROW_TYPES
from services.eventlog.connection import connect
from services.eventlog.port import LogDamagedError, LogUnavailableError
from services.eventlog.redis_log import RedisEventLog
from services.queries.as_of import Cut, between, bodies_of, models_at
from services.queries.between import Place, PlaceOrderError
from services.queries.replay import replay
from services.queries.supposing import reaction_to
from services.queries.what_if import UnmatchedError


#: How long a lost connection is retried, in seconds.
RETRY_SECONDS = 0.5


class Question(Record):
    """A question about a ledger, by its log up to a position."""

    redis_url: str
    segments: Path
    ledger: LedgerConfiguration
    position: int


class CutQuestion(Question):
    """What the views of a ledger were at a cut."""

    kind: Literal["cut"] = "cut"
    asserted_by: datetime | None
    known_on: datetime | None


class BetweenQuestion(Question):
    """What changed between two places of the log."""

    kind: Literal["between"] = "between"
    start: Place
    end: Place


class SupposeQuestion(Question):
    """What would change if events were recorded: inbound events, or judgements by themselves."""

    kind: Literal["suppose"] = "suppose"
    additions: tuple[str, ...]
    supposed_ledger: LedgerConfiguration | None


AnyQuestion = CutQuestion | BetweenQuestion | SupposeQuestion
#: Reads a question from its JSON.
_QUESTIONS: TypeAdapter[AnyQuestion] = TypeAdapter(
    Annotated[AnyQuestion, Field(discriminator="kind")]
)


def answer(question: AnyQuestion) -> Mapping[str, bytes]:
    """Work out the views, or what changed; each row's JSON on a line."""
    bodies = asyncio.run(_bodies(question))
    if isinstance(question, CutQuestion):
        cut = Cut(question.asserted_by, question.known_on)
        models = models_at(bodies, ledger=question.ledger, cut=cut)
        return {view: _lines(getattr(models, view)) for view in ROW_TYPES}
    if isinstance(question, SupposeQuestion):
        additions = [addition.encode() for addition in question.additions]
        ledger = question.supposed_ledger or question.ledger
        told = reaction_to(additions, bodies, ledger=ledger, before=_before(question, bodies))
        return {
            "differences": _lines(told.differences),
            "claims": _lines(told.claims),
            "figures": _lines(told.figures),
            "rejections": _lines(told.rejections),
            "duplicates": b"%d" % told.duplicate_count,
        }
    found = between(bodies, ledger=question.ledger, start=question.start, end=question.end)
    reached = (PlaceReached(**found.start._asdict()), PlaceReached(**found.end._asdict()))
    return {
        "places": _lines(reached),
        "recorded": b"%d" % found.recorded_count,
        "differences": _lines(found.differences),
    }


#: What the last supposition was compared with: an editor looks several times at one log.
_baselines: dict[tuple[str, str, int], ReadModels] = {}


def _before(question: Question, bodies: Sequence[bytes]) -> ReadModels:
    """Return what today's rules make of a log as it is."""
    key = (question.redis_url, question.ledger.model_dump_json(), question.position)
    if key not in _baselines:
        _baselines.clear()
        _baselines[key] = replay(bodies, ledger=question.ledger).read_models
    return _baselines[key]


async def _bodies(question: Question) -> list[bytes]:
    client = connect(question.redis_url, retry_seconds=RETRY_SECONDS)
    try:
        log = RedisEventLog(client, question.ledger.name, sealed=question.segments)
        return await bodies_of(log, last=question.position)
    finally:
        await client.aclose()


def _lines(rows: tuple[BaseModel, ...]) -> bytes:
    return b"".join(b"%s\n" % one_line(row.model_dump_json()).encode() for row in rows)


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer questions until there are no more."""
    for line in questions:
        try:
            views = answer(_QUESTIONS.validate_json(line))
        except LogUnavailableError as error:
            answers.write(json.dumps({"unavailable": str(error)}).encode() + b"\n")
        except LogDamagedError as error:
            answers.write(json.dumps({"damaged": str(error)}).encode() + b"\n")
        except PlaceOrderError as error:
            misplaced = {"misplaced": [error.expected, error.found, error.is_end]}
            answers.write(json.dumps(misplaced).encode() + b"\n")
        except UnmatchedError as error:
            answers.write(json.dumps({"unmatched": str(error)}).encode() + b"\n")
        else:
            sizes = {view: len(rows) for view, rows in views.items()}
            answers.write(json.dumps(sizes).encode() + b"\n")
            answers.writelines(views.values())
        answers.flush()


if __name__ == "__main__":
    # Ctrl-C is for the API, which closes the pipe. In a session of its own it would not be put behind
    # the API: systems share the processor among sessions first.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve(sys.stdin.buffer, sys.stdout.buffer)
