"""docs/guarantees.md: every sentence of the promise names tests that are there, and the table has every fault."""

import ast
import re
from functools import cache
from pathlib import Path

from tests.failure.failure_table import BEGIN, END, HEADINGS, all_runs
from tests.failure.faults import FAULTS


DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "guarantees.md").read_text(encoding="utf-8")


@cache
def functions_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_every_sentence_of_the_promise_names_tests_that_are_there():
    promise = TEXT.partition("## The promise\n")[2].partition("\n## ")[0]
    sentences = re.split(r"^- ", promise, flags=re.MULTILINE)[1:]

    assert len(sentences) > 10
    for sentence in sentences:
        links = re.findall(r"\[(\w+)\]\((\.\./tests/[\w/]+\.py)\)", sentence)
        assert links, f"no test tries to break: {sentence}"
        for function, path in links:
            assert function in functions_of((DOCS / path).resolve()), f"{path} has no {function}"


def test_every_fault_of_the_table_is_part_of_the_promise():
    named = set(re.findall(r"\[(\w+)\]\(\.\./tests/failure/faults\.py\)", TEXT))

    assert named == {fault.put.__name__ for fault in FAULTS.values()}


def test_the_table_has_every_fault_with_each_server_and_nothing_that_was_promised_otherwise():
    lines = TEXT.partition(BEGIN)[2].partition(END)[0].strip().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]

    assert tuple(rows[0]) == HEADINGS
    found = {(fault, server.split()[0], fsync) for fault, server, fsync, *_ in rows[2:]}
    assert found == {(FAULTS[run.fault].words, run.kind, run.fsync) for run in all_runs(1)}
    copies = FAULTS["older-copy"].words
    for fault, _, fsync, acknowledged, survived, doubled, detected, healed, equal in rows[2:]:
        assert (doubled, healed, equal) == ("0", "yes", "yes"), fault
        assert "NOT" not in detected, fault
        assert survived == acknowledged or fsync != "always" or fault == copies, fault


def test_every_fault_of_which_it_is_told_what_is_seen_names_tests_that_are_there():
    told = TEXT.partition("## What is seen of each fault\n")[2].partition("\n## ")[0]
    rows = [line for line in told.splitlines() if line.startswith("| ")][2:]

    assert len(rows) > 20
    for row in rows:
        links = re.findall(r"\[(\w+)(?:\.py)?\]\((\.\./tests/[\w/]+\.py)\)", row)
        assert links, f"no test tries: {row}"
        for function, path in links:
            known = {*functions_of((DOCS / path).resolve()), Path(path).stem}
            assert function in known, f"{path} has no {function}"
