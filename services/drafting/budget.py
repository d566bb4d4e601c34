"""What a process has used of a language model, and whether it may use more."""

from typing import NamedTuple


#: Characters that a token stands for at least, where a model does not count for itself: in Cyrillic it is
#: about two, in English four.
CHARACTERS_A_TOKEN = 2
_MILLION = 1_000_000


class ModelLimits(NamedTuple):
    """How much of a model may be used; 0 sets no limit.

    Attributes:
        tokens_max: Tokens in all.
        cost_max: Cost in all.
        price_in: Cost of a million tokens asked.
        price_out: Cost of a million tokens answered.
    """

    tokens_max: int = 0
    cost_max: float = 0.0
    price_in: float = 0.0
    price_out: float = 0.0

    def cost_of(self, asked: int, answered: int) -> float:
        """Return what some tokens cost."""
        return (asked * self.price_in + answered * self.price_out) / _MILLION


class ModelBudget:
    """What was used, within limits.

    Attributes:
        tokens: Tokens used.
        cost: What they cost.
    """

    def __init__(self, limits: ModelLimits) -> None:
        self._limits = limits
        self.tokens = 0
        self.cost = 0.0

    def refusal(self, *, characters: int, answer_tokens: int) -> str | None:
        """Return why a question may not be asked, null if it may: at its most it must fit what is left.

        >>> budget = ModelBudget(ModelLimits(tokens_max=1_000))
        >>> budget.refusal(characters=400, answer_tokens=500)
        >>> budget.note(asked=200, answered=400)
        >>> budget.refusal(characters=400, answer_tokens=500)
        'limit of 1,000 tokens (LEDGER_LLM_TOKENS_MAX): 600 used'
        """
        limits, asked = self._limits, -(-characters // CHARACTERS_A_TOKEN)
        if limits.tokens_max and self.tokens + asked + answer_tokens > limits.tokens_max:
            return (
                f"limit of {limits.tokens_max:,} tokens (LEDGER_LLM_TOKENS_MAX): "
                f"{self.tokens:,} used"
            )
        if limits.cost_max and self.cost + limits.cost_of(asked, answer_tokens) > limits.cost_max:
            return f"limit of cost {limits.cost_max:g} (LEDGER_LLM_COST_MAX): {self.cost:g} spent"
        return None

    def note(self, *, asked: int, answered: int) -> None:
        """Add what a question used."""
        self.tokens += asked + answered
        self.cost += self._limits.cost_of(asked, answered)
