"""One rule of the policy, as data."""

from collections.abc import Callable
from typing import Literal, NamedTuple

from schemas.vocabulary import CheckKind, ExchangeStatus, FigureStatus, Flag
from services.reconciliation.rules.explanations import CodeKind


#: What a rule may give: a code, or a word that a schema enumerates.
WordKind = Literal[CodeKind, "flag", "status"]


class Rule(NamedTuple):
    """One rule.

    Attributes:
        step: Its place in reconciliation.md: a step of §5, or another section.
        name: Its name, for commands and links.
        sentence: What it does, in one plain sentence.
        section: What that place is called.
        functions: What carries it out.
        explanations, reasons, evidence: The codes it may give, by kind.
        flags, statuses: The flags and statuses it may give a figure, a total or an exchange.
        check: The kind of check it makes, null for none.
    """

    step: str
    name: str
    sentence: str
    section: str
    functions: tuple[Callable[..., object], ...]
    explanations: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()
    statuses: tuple[FigureStatus | ExchangeStatus, ...] = ()
    check: CheckKind | None = None

    def gives(self, kind: WordKind) -> tuple[str, ...]:
        """Return the words of one kind that it may give."""
        by_kind: dict[WordKind, tuple[str, ...]] = {
            "explanation": self.explanations,
            "reason": self.reasons,
            "evidence": self.evidence,
            "flag": self.flags,
            "status": self.statuses,
        }
        return by_kind[kind]
