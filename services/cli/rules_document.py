"""docs/rules.md: the table of rules as a document, made from `services.reconciliation.catalogue`.

`make schemas` writes it; `python -m services.cli.rules_document --check` fails if another lies there.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from schemas.generated_file import write_or_check
from services.cli.rules import told
from services.reconciliation.catalogue import GROUPS
from services.reconciliation.rule import Rule


PATH = Path(__file__).parents[2] / "docs" / "rules.md"

_HEAD = """\
# How figures are made

Every rule of reconciliation, in the order of application.
This page is made from the table that the program itself goes by (`make schemas`), as is `exchange-ledger rules`, which adds an example from the ledger's own data: `exchange-ledger rules NAME`.
A step names the paragraph of the rules' design; codes are what figures, checks and claims bear to say why.
"""


def document_text() -> str:
    """Return the document."""
    return _HEAD + "".join(
        f"\n## {title}\n\n" + "\n".join(line for rule in rules for line in _lines(rule))
        for title, rules in GROUPS
    )


def _lines(rule: Rule) -> Iterator[str]:
    shown = told(rule)
    yield f"### {shown.rule}"
    yield ""
    yield f"{shown.step}, {shown.section}."
    yield shown.sentence
    given = [f"- `{code.code}` ({code.kind}): {code.meaning}." for code in shown.codes]
    given += [f"- `{flag}` (flag)." for flag in shown.flags]
    given += [f"- `{status}` (status)." for status in shown.statuses]
    if given:
        yield ""
        yield from given
    yield ""


def main() -> int:
    """Write the file, or compare it with `--check`; return 1 if it differs."""
    return write_or_check(PATH, document_text, source="the rules")


if __name__ == "__main__":
    sys.exit(main())
