"""How figures are made: every rule in order, with an example from the ledger's own views."""

from datetime import date
from typing import NamedTuple

from schemas.vocabulary import first_day
from services.api.pages.overview import Tables
from services.api.pages.words import EXCHANGE_STATUSES, FLAGS, STATUSES, Word
from services.reconciliation.catalogue import GROUPS
from services.reconciliation.rule import Rule
from services.reconciliation.rule_examples import RuleExample, find_examples
from services.reconciliation.rules.explanations import CODES, Code


class RuleShown(NamedTuple):
    """A rule as the page shows it.

    Attributes:
        rule: The rule.
        codes: What it may leave at figures, checks and claims.
        words: The statuses and remarks it may give, as people call them.
        example: A row that bears one of these, null if there is none yet.
    """

    rule: Rule
    codes: tuple[Code, ...]
    words: tuple[Word, ...]
    example: RuleExample | None

    @property
    def day(self) -> date | None:
        """The day of the exchange that the example is about, null without one."""
        about = self.example.exchange if self.example else None
        return first_day(about) if about else None

    @property
    def leaves_something(self) -> bool:
        """Whether a row can show that the rule was at work."""
        return bool(self.codes or self.words)


class RuleGroup(NamedTuple):
    """Rules about one thing, and where on the page they stand."""

    title: str
    anchor: str
    rules: tuple[RuleShown, ...]


def rule_groups(tables: Tables) -> tuple[RuleGroup, ...]:
    """Put the page together."""
    examples = find_examples(
        exchanges=tables.exchanges,
        figures=tables.figures.values(),
        cumulative=tables.cumulative,
        checks=tables.checks,
        claims=tables.claims.values(),
    )
    return tuple(
        RuleGroup(
            title,
            rules[0].name + "-and-on",
            tuple(_shown(rule, examples.get(rule.name)) for rule in rules),
        )
        for title, rules in GROUPS
    )


def _shown(rule: Rule, example: RuleExample | None) -> RuleShown:
    known = {str(word): told for word, told in (*STATUSES.items(), *EXCHANGE_STATUSES.items())}
    return RuleShown(
        rule,
        tuple(code for code in CODES if code.word in rule.gives(code.kind)),
        (*(known[status] for status in rule.statuses), *(FLAGS[flag] for flag in rule.flags)),
        example,
    )
