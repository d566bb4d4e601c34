"""What is common to claims of exchanges themselves: who says so, and of which day."""

from services.extraction.clauses import clause_at
from services.extraction.dates import is_since
from services.extraction.joined_sides import BOTH
from services.extraction.modality import modality_of
from services.extraction.proposals import (
    EvidencePlace,
    Proposal,
    place_of,
    place_of_mark,
    wording_of,
)
from services.extraction.setting import Setting
from services.extraction.statements import is_background


def base_of(
    setting: Setting, start: int, end: int, rule: str, *, told_at: int | None = None
) -> Proposal:
    """Return what is common to claims of a wording; `told_at` is where the clause is that tells it, if elsewhere."""
    marked = setting.marked
    at = start if told_at is None else told_at
    clause = clause_at(marked, at)
    speaker = setting.attribution.speaker_at(at, clause)
    modality = modality_of(marked, clause, start)
    day, place = _day_of(setting, start)
    if modality == "planned" and not _has_day(setting, start) and not _is_ahead(setting):
        day, place = None, ()  # what was on the day that a report tells of is no plan
    return Proposal(
        measure="exchange_ordinal",
        side=BOTH,
        category="unspecified",
        bound=None,
        value=None,
        speaker=speaker,
        modality=modality,
        wording=wording_of(marked, start, end),
        at=start,
        rule=rule,
        exchange_date=day,
        places=(
            place_of(marked, "quote", start, end),
            *place_of_mark(marked, "claimant", speaker.mark),
            *place,
        ),
    )


def _has_day(setting: Setting, start: int) -> bool:
    """Return whether the sentence of a wording names a day."""
    sentence = setting.marked.sentence_at(start)
    return any(day.start in sentence and not day.is_month for day in setting.days)


def _is_ahead(setting: Setting) -> bool:
    """Return whether a report is about an exchange on a day after its own."""
    main, published = setting.main_day, setting.published
    return main is not None and published is not None and main > published


def _day_of(setting: Setting, start: int) -> tuple[str | None, tuple[EvidencePlace, ...]]:
    marked, sentence = setting.marked, setting.marked.sentence_at(start)
    for day in setting.days:
        if marked.has("background", start, day.start):
            break  # "the second this year: the previous one was on 15 January"
        if day.start in sentence and not day.is_month and not is_since(marked, day):
            return day.written, (place_of(marked, "exchange.date", day.start, day.end),)
    if is_background(marked, sentence) or setting.main_day is None:
        return None, ()
    if marked.has("that", sentence.start, sentence.start + 1):
        before = [
            day
            for day in setting.days
            if marked.tokens[day.start].sentence == marked.tokens[start].sentence - 1
        ]
        if len(before) == 1 and not is_since(marked, before[0]):
            day = before[0]
            return day.written, (place_of(marked, "exchange.date", day.start, day.end),)
    place = (
        (place_of(marked, "exchange.date", setting.main.start, setting.main.end),)
        if setting.main
        else ()
    )
    return setting.main_day.isoformat(), place
