"""`rules`: how figures are made, rule by rule, with an example of each from the ledger's own data."""

import asyncio
import shutil
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from textwrap import wrap
from typing import Annotated

import typer

from schemas.record import Record
from services.cli.exit_code import CommandError
from services.cli.load import load
from services.cli.options import AsAssertedBy, AsKnownOn, LedgerName, OutputFormat
from services.cli.output import (
    Format,
    TableColumn,
    choose_format,
    print_json,
    print_line,
    print_note,
    write_csv,
    write_records,
)
from services.queries.as_of import Cut
from services.reconciliation.catalogue import RULES, rules_giving
from services.reconciliation.rule import Rule, WordKind
from services.reconciliation.rule_examples import RuleExample, find_examples
from services.reconciliation.rules.explanations import CODES


#: Widest line of text about one rule, in characters.
LINE_WIDTH_MAX = 100
#: Narrowest, on a terminal of hardly any width.
LINE_WIDTH_MIN = 20


class CodeTold(Record):
    """A code that a rule may give; `kind` says where it stands."""

    code: str
    kind: str
    meaning: str


class RuleTold(Record):
    """A rule, with everything it may give, and the functions that carry it out."""

    step: str
    rule: str
    sentence: str
    section: str
    check: str | None
    codes: tuple[CodeTold, ...]
    flags: tuple[str, ...]
    statuses: tuple[str, ...]
    functions: tuple[str, ...]


class RuleWithExample(RuleTold):
    """A rule with an example from the ledger, null if there is none yet."""

    example: RuleExample | None


class RuleBehind(Record):
    """The rule behind one sentence of a figure, check or claim: `about` names the row, `claims` who said it."""

    about: str
    code: str
    rule: str
    step: str
    sentence: str
    claims: tuple[str, ...] = ()


COLUMNS: Sequence[TableColumn[RuleTold]] = (
    TableColumn("step", lambda row: row.step),
    TableColumn("rule", lambda row: row.rule),
    TableColumn("what it does", lambda row: row.sentence),
    TableColumn("section", lambda row: row.section),
)


def rules(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="One rule: its codes and an example.")
    ] = None,
    *,
    ledger: LedgerName = None,
    form: OutputFormat = None,
    as_asserted_by: AsAssertedBy = None,
    as_known_on: AsKnownOn = None,
) -> None:
    """List the rules by which figures are made, in order; or show one, with an example."""
    if name is None:
        write_records(RuleTold, [told(rule) for rule in RULES], COLUMNS, form)
        return
    rule = _named(name)
    shown_example = _example_of(rule, ledger, Cut(as_asserted_by, as_known_on))
    shown = RuleWithExample(**dict(told(rule)), example=shown_example)
    match choose_format(form):
        case Format.TABLE:
            for line in _text_of(shown):
                print_line(line)
        case Format.JSON | Format.JSONL:
            print_json(shown.model_dump_json())
        case Format.CSV:
            write_csv(list(RuleWithExample.model_fields), [shown.model_dump(mode="json")])


def told(rule: Rule) -> RuleTold:
    """Return a rule as it is written out."""
    return RuleTold(
        step=rule.step,
        rule=rule.name,
        sentence=rule.sentence,
        section=rule.section,
        check=rule.check,
        codes=tuple(
            CodeTold(code=code.word, kind=code.kind, meaning=code.meaning)
            for code in CODES
            if code.word in rule.gives(code.kind)
        ),
        flags=rule.flags,
        statuses=rule.statuses,
        functions=tuple(
            f"{function.__module__}.{function.__qualname__}" for function in rule.functions
        ),
    )


def behind(
    kind: WordKind, code: str, *, about: str, check: str | None = None, claims: Sequence[str] = ()
) -> list[RuleBehind]:
    """Return the rules behind a code, none for a word that no rule gives."""
    return [
        behind_rule(rule, code, about=about, claims=claims)
        for rule in rules_giving(kind, code, check=check)
    ]


def behind_rule(rule: Rule, code: str, *, about: str, claims: Sequence[str] = ()) -> RuleBehind:
    """Return a rule as what stands behind a code, flag or status of a row."""
    return RuleBehind(
        about=about,
        code=code,
        rule=rule.name,
        step=rule.step,
        sentence=rule.sentence,
        claims=tuple(claims),
    )


def _example_of(rule: Rule, ledger: str | None, cut: Cut) -> RuleExample | None:
    """Return an example from the ledger; a rule can be read without one, where no server is reached."""
    try:
        _, models = asyncio.run(load(ledger, cut, with_claims=True))
    except CommandError as error:
        if ledger is not None or cut != Cut(None, None):
            raise
        print_note(f"no example: {error}")
        return None
    examples = find_examples(
        exchanges=models.exchanges,
        figures=models.figures,
        cumulative=models.cumulative,
        checks=models.checks,
        claims=models.claims,
    )
    return examples.get(rule.name)


def _named(name: str) -> Rule:
    known = {rule.name: rule for rule in RULES}
    if name in known:
        return known[name]
    near = get_close_matches(name, known) or list(known)[:3]
    raise CommandError(f"expected a rule's name, e.g. {', '.join(near)}, found {name!r}")


def _text_of(shown: RuleWithExample) -> Iterator[str]:
    width = max(LINE_WIDTH_MIN, min(LINE_WIDTH_MAX, shutil.get_terminal_size().columns))
    yield f"{shown.rule}   {shown.step} {shown.section}"
    yield from wrap(shown.sentence, width)
    if shown.codes:
        yield ""
        yield "Codes"
    for code in shown.codes:
        yield from wrap(
            f"{code.code} ({code.kind}): {code.meaning}",
            width,
            initial_indent="  ",
            subsequent_indent="    ",
        )
    for title, words in (("Flags", shown.flags), ("Statuses", shown.statuses)):
        if words:
            yield ""
            yield title
            yield from wrap(", ".join(words), width, initial_indent="  ", subsequent_indent="  ")
    yield ""
    yield "Example"
    yield from (f"  {line}" for line in _example_lines(shown, width - 2))
    yield ""
    yield "Carried out by"
    yield from (f"  {function}" for function in shown.functions)


def _example_lines(shown: RuleWithExample, width: int) -> list[str]:
    example = shown.example
    if example is not None:
        return [
            *wrap(example.text, width),
            *wrap(f"{example.kind} {example.id} ({example.code})", width),
        ]
    if shown.codes or shown.flags or shown.statuses:
        return ["no example in this ledger yet"]
    return wrap("it leaves no code: whatever is read and figured goes by it", width)
