"""A language model behind OpenAI's interface, asked once a report, within limits of time, size and cost.

Every fault of it is one error with one line: whoever asked goes on without it.
"""

import asyncio
import json
from contextlib import suppress
from typing import Any, NamedTuple

from schemas.ledger import LedgerConfiguration
from schemas.printable import printable
from services.drafting.budget import CHARACTERS_A_TOKEN, ModelBudget, ModelLimits
from services.extraction.model_answer import ModelAnswerError, ReadAnswer, read_answer
from services.extraction.model_prompt import answer_format, method_of, question_of
from services.extraction.report import Report
from services.runtime.optional import optional
from services.runtime.settings import Settings


#: Largest answer that is taken in, in bytes.
ANSWER_BYTES_MAX = 2_000_000
#: Longest part of a refusal's own words that is told.
REFUSAL_CHARACTERS_MAX = 200
OK = 200


class ModelFaultError(Exception):
    """The model gave no drafts; the message says why, in a line."""


class NoModelError(Exception):
    """A model is asked for, and none is set."""


class ModelAddress(NamedTuple):
    """Which model is asked, and within which limits.

    Attributes:
        base_url: Where it answers.
        name: Its name there.
        api_key: The key that it wants, null for none.
        seconds: How long an answer may take in all.
        answer_tokens: Most tokens of an answer.
    """

    base_url: str
    name: str
    api_key: str | None
    seconds: float
    answer_tokens: int


class LanguageModel:
    """One model, and what was used of it so far."""

    def __init__(self, address: ModelAddress, budget: ModelBudget) -> None:
        self._address = address
        self._httpx = optional("httpx", extra="model")
        self.budget = budget
        self.method = method_of(address.name)

    async def drafts(self, report: Report, ledger: LedgerConfiguration) -> ReadAnswer:
        """Return what the model reads out of a report, not checked.

        Raises:
            ModelFaultError: It does not answer, or its answer cannot be read.
        """
        body = {
            "model": self._address.name,
            "messages": question_of(report, ledger),
            "temperature": 0,
            "max_tokens": self._address.answer_tokens,
            "response_format": answer_format(),
        }
        sent = json.dumps(body, ensure_ascii=False).encode(errors="replace")
        refusal = self.budget.refusal(
            characters=len(sent.decode()), answer_tokens=self._address.answer_tokens
        )
        if refusal is not None:
            raise ModelFaultError(refusal)
        answered = await self._answer(sent)
        try:
            text = self._content(answered, len(sent))
            return read_answer(text, report, method=self.method)
        except ModelAnswerError as error:
            raise ModelFaultError(f"answer: {error}") from None

    async def _answer(self, sent: bytes) -> bytes:
        """Ask, and return the body of the answer."""
        address, httpx = self._address, self._httpx
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        if address.api_key:
            headers["Authorization"] = f"Bearer {address.api_key}"
        url = f"{address.base_url.rstrip('/')}/chat/completions"
        try:
            # In all: an answer that trickles in never lets a pause between two pieces run out.
            async with (
                asyncio.timeout(address.seconds),
                httpx.AsyncClient(timeout=address.seconds, trust_env=False) as client,
                client.stream("POST", url, content=sent, headers=headers) as response,
            ):
                read = bytearray()
                async for chunk in response.aiter_raw():
                    read += chunk
                    if len(read) > ANSWER_BYTES_MAX:
                        raise ModelFaultError(f"answer: more than {ANSWER_BYTES_MAX:,} bytes")
                status = response.status_code
        except (TimeoutError, httpx.TimeoutException):
            raise ModelFaultError(f"no whole answer within {address.seconds:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            raise ModelFaultError(f"out of reach: {type(error).__name__}") from None
        if status != OK:
            raise ModelFaultError(_refused(status, bytes(read), address.api_key))
        return bytes(read)

    def _content(self, answered: bytes, sent_bytes: int) -> str:
        """Return what the model wrote, and count what it took.

        Raises:
            ModelAnswerError: It wrote nothing, or was cut short.
        """
        try:
            answer = json.loads(answered)
            choice = answer["choices"][0]
            content = choice["message"]["content"]
        except (ValueError, RecursionError, LookupError, TypeError):
            raise ModelAnswerError("expected a chat completion, found none") from None
        finally:
            # Counted at the most where the model does not say: an answer that cannot be read costs as well.
            self.budget.note(**_usage(answered, sent_bytes))
        if not isinstance(content, str):
            raise ModelAnswerError("expected text, found none")
        if choice.get("finish_reason") == "length":
            raise ModelAnswerError(
                f"cut short at {self._address.answer_tokens:,} tokens (LEDGER_LLM_ANSWER_TOKENS)"
            )
        return content


def model_of(settings: Settings) -> LanguageModel:
    """Return the model that the settings name.

    Raises:
        NoModelError: They name none.
    """
    if settings.llm_base_url is None or not settings.llm_model:
        missing = "LEDGER_LLM_MODEL" if settings.llm_base_url else "LEDGER_LLM_BASE_URL"
        raise NoModelError(f"expected a model to ask, found {missing} not set")
    key = settings.llm_api_key
    address = ModelAddress(
        settings.llm_base_url,
        settings.llm_model,
        key.get_secret_value() if key else None,
        settings.llm_seconds,
        settings.llm_answer_tokens,
    )
    limits = ModelLimits(
        settings.llm_tokens_max,
        settings.llm_cost_max,
        settings.llm_price_in,
        settings.llm_price_out,
    )
    return LanguageModel(address, ModelBudget(limits))


def _refused(status: int, body: bytes, api_key: str | None) -> str:
    """Return a refusal in a line: the status, and what the server says of it, without our key."""
    try:
        error = json.loads(body)["error"]
        words = error["message"] if isinstance(error, dict) else error
    except (ValueError, RecursionError, LookupError, TypeError):
        return f"answered {status}"
    said = " ".join(str(words).split())
    if api_key:
        said = said.replace(api_key, "…")
    return f"answered {status}: {printable(said[:REFUSAL_CHARACTERS_MAX])}"


def _usage(answered: bytes, sent_bytes: int) -> dict[str, int]:
    """Return how many tokens were asked and answered, as the model says or by length."""
    stated: Any = None
    with suppress(ValueError, RecursionError, AttributeError):
        stated = json.loads(answered).get("usage")
    stated = stated if isinstance(stated, dict) else {}
    asked, written = stated.get("prompt_tokens"), stated.get("completion_tokens")
    return {
        "asked": asked if _is_count(asked) else sent_bytes // CHARACTERS_A_TOKEN,
        "answered": written if _is_count(written) else len(answered) // CHARACTERS_A_TOKEN,
    }


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9
