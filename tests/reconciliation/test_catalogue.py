"""The table of rules is whole: no code, flag or status is given that it does not list, and none is listed in vain."""

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_args

import pytest

from schemas.claim import Modality, Reason
from schemas.views import ReadModels
from schemas.vocabulary import ExchangeStatus, FigureStatus, Flag
from services.api.pages import phrases
from services.queries.replay import replay
from services.reconciliation.catalogue import RULES, rules_giving
from services.reconciliation.rule import Rule
from services.reconciliation.rules.explanations import (
    CODES,
    OLD_SPELLINGS,
    SUM_SLIPS,
    TOTAL_SLIPS,
    CodeKind,
    canonical_code,
)
from tests.reconciliation.labelled_sets import FIRST_PERIOD, LATER_PERIOD


ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "services" / "reconciliation").rglob("*.py"))
KINDS: tuple[CodeKind, ...] = get_args(CodeKind)
WORDS = {kind: {code.word for code in CODES if code.kind == kind} for kind in KINDS}
#: Flags of totals that nobody published are set where these are worked out.
SET_IN_PROJECTION = {"ledger_incomplete"}
#: Kept in the schema for readers; see the vocabulary.
NOT_GIVEN = {"derived_only"}


def beginnings(node: ast.expr, names: dict[str, set[str]]) -> set[str]:
    """The texts an expression may begin with, up to a colon; empty where it is not known from here."""
    match node:
        case ast.Constant(value=str() as text):
            return {text.partition(":")[0]}
        case ast.JoinedStr(values=[first, *_]):
            return beginnings(first, names)
        case ast.FormattedValue(value=value):
            return beginnings(value, names)
        case ast.Name(id=name):
            return names.get(name, set())
        case ast.IfExp(body=body, orelse=orelse):
            return beginnings(body, names) | beginnings(orelse, names)
    return set()


def named_texts(tree: ast.AST) -> dict[str, set[str]]:
    """What each name in a module is assigned that is text, also where several are assigned at once."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                pairs = (
                    zip(target.elts, node.value.elts, strict=True)
                    if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
                    else [(target, node.value)]
                )
                for name, value in pairs:
                    if isinstance(name, ast.Name):
                        found.setdefault(name.id, set()).update(beginnings(value, {}))
    return found


def written(kind: CodeKind, call: str, argument: int | str) -> Iterator[tuple[str, str]]:
    """The codes that calls of a class are written with, and where each stands."""
    every = {name: texts for path in SOURCES for name, texts in named_texts(parsed(path)).items()}
    for path in SOURCES:
        names = every | named_texts(parsed(path))
        for node in ast.walk(parsed(path)):
            if not isinstance(node, ast.Call) or ast.unparse(node.func) != call:
                continue
            keywords = {keyword.arg: keyword.value for keyword in node.keywords}
            value = (
                keywords.get(argument)
                if isinstance(argument, str)
                else (node.args[argument] if len(node.args) > argument else keywords.get(kind))
            )
            where = f"{path.relative_to(ROOT)}:{node.lineno}"
            if value is not None:
                yield from ((text, where) for text in beginnings(value, names))


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("kind", "call", "argument", "least"),
    [
        ("explanation", "Explanation", "code", 25),
        ("reason", "Standing", 1, 10),
        ("evidence", "Meant", 1, 3),
    ],
)
def test_no_code_is_written_that_the_table_does_not_list(kind, call, argument, least):
    found = list(written(kind, call, argument))

    assert len({text for text, _ in found}) >= least - 5
    allowed = WORDS[kind] | set(get_args(Reason)) if kind == "reason" else WORDS[kind]
    for text, where in found:
        assert text in allowed, f"{where}: {text} is not in the table of codes"


@pytest.mark.parametrize("kind", KINDS)
def test_every_code_of_the_table_is_given_by_a_rule_and_the_other_way_round(kind):
    given = {word for rule in RULES for word in rule.gives(kind)}

    assert given == WORDS[kind]


def modules_of(rule: Rule) -> set[str]:
    """The sources of what carries a rule out, which hold its texts."""
    return {inspect.getsource(inspect.getmodule(function)) for function in rule.functions}  # type: ignore[arg-type]


def texts_in(source: str) -> set[str]:
    """All text in a source but for its documentation, each up to a colon."""
    tree = ast.parse(source)
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return {
        node.value.partition(":")[0].removeprefix("; ")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in documentation
    }


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_what_a_rule_may_give_stands_in_its_source(rule):
    texts = {text for source in modules_of(rule) for text in texts_in(source)}
    texts |= {"judged"} if any("; judged:" in source for source in modules_of(rule)) else set()
    # A plan's or denial's reason is the claim's own modality.
    elsewhere = set(get_args(Modality)) | SET_IN_PROJECTION

    for word in (*rule.explanations, *rule.reasons, *rule.evidence, *rule.flags, *rule.statuses):
        assert word in texts | elsewhere, f"{rule.name} lists {word}"


def test_every_flag_and_status_is_given_by_a_rule_but_for_those_kept_for_readers():
    flags = {flag for rule in RULES for flag in rule.flags}
    statuses = {status for rule in RULES for status in rule.statuses}

    assert flags == set(get_args(Flag))
    assert statuses == {*get_args(FigureStatus), *get_args(ExchangeStatus)} - NOT_GIVEN


def test_rules_have_names_of_their_own_and_one_sentence_each():
    names = [rule.name for rule in RULES]

    assert len(set(names)) == len(names)
    for rule in RULES:
        assert rule.sentence.endswith((".", "?")), rule.name
        assert all(isinstance(function, Callable) for function in rule.functions)  # type: ignore[arg-type]
        assert rule.functions, rule.name


def test_a_fixed_search_names_codes_of_its_rule_alone():
    for rule, slips in (("sum-check", SUM_SLIPS), ("running-total", TOTAL_SLIPS)):
        [found] = [known for known in RULES if known.name == rule]
        assert set(slips) <= set(found.explanations)


@pytest.fixture(scope="module", params=[FIRST_PERIOD, LATER_PERIOD], ids=lambda one: one.name)
def models(request) -> ReadModels:
    return replay(request.param.lines, ledger=request.param.ledger).read_models


def test_every_code_of_the_real_claims_is_listed_and_told_by_its_rule(models):
    seen: list[tuple[CodeKind, str, str | None]] = []
    seen += [("explanation", why.code, None) for row in models.figures for why in row.reasons]
    seen += [
        ("explanation", why.code, row.kind) for row in models.checks for why in row.explanations
    ]
    seen += [("reason", row.reason, None) for row in models.claims if row.reason is not None]
    seen += [
        ("evidence", part, None)
        for row in models.claims
        if row.evidence is not None
        for part in row.evidence.split("; ")
    ]

    assert len({word for _, word, _ in seen}) > 15
    for kind, text, check in seen:
        word = text.partition(":")[0]
        if kind == "reason" and word in get_args(Reason):
            continue
        assert word in WORDS[kind], (kind, text)
        rules = rules_giving(kind, text, check=check)
        assert rules, (kind, text)
        assert check is None or {rule.check for rule in rules} == {check}, (text, check)


@pytest.mark.parametrize(("kind", "slips"), [("sum", SUM_SLIPS), ("running_total", TOTAL_SLIPS)])
@pytest.mark.parametrize("claims", [FIRST_PERIOD, LATER_PERIOD], ids=lambda one: one.name)
def test_slips_are_told_in_the_order_in_which_they_are_searched(claims, kind, slips):
    found = [
        [why.code for why in row.explanations if why.code in slips]
        for row in replay(claims.lines, ledger=claims.ledger).read_models.checks
        if row.kind == kind
    ]

    assert any(found)
    for codes in found:
        assert codes == sorted(codes, key=slips.index)


def test_codes_of_an_earlier_policy_are_read_in_todays_spelling():
    log = (ROOT / "tests" / "golden" / "stored-events.jsonl").read_text(encoding="utf-8")
    [old] = re.findall(r'"reason":"(assumed[^"]*)"', log)

    assert old == "assumed_to_count_everybody"
    assert canonical_code(old) == "assumed-to-count-everybody"
    assert [rule.name for rule in rules_giving("reason", old)] == ["category-drift"]
    assert phrases.reason(old) == phrases.reason("assumed-to-count-everybody")
    assert "taken to mean everybody" in phrases.reason(old)


def test_an_old_spelling_is_none_of_todays():
    today = set().union(*WORDS.values())

    assert OLD_SPELLINGS.keys().isdisjoint(today)
    assert set(OLD_SPELLINGS.values()) <= today
    assert all("_" not in word for word in today)
