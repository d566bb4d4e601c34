"""Sentences made up by chance: a number in digits or words, a bound, people, and who says so.

`python -m tests.extraction.made_up_sentences --count 20000` reads so many and holds each draft to its text:
`make test-extraction`.
"""

import argparse
import random
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from schemas.draft import DraftEvent
from services.extraction.bounds import said_number
from services.extraction.drafts import extract
from services.extraction.marking import MarkedText
from services.extraction.report import Report
from tests.extraction.made_up import made_up_ledger


ONES = {
    "en": "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen",
    "uk": "один два три чотири п'ять шість сім вісім дев'ять десять одинадцять дванадцять тринадцять "
    "чотирнадцять п'ятнадцять шістнадцять сімнадцять вісімнадцять дев'ятнадцять",
    "ru": "один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать "
    "четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать",
}
TENS = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    "uk": "двадцять тридцять сорок п'ятдесят шістдесят сімдесят вісімдесят дев'яносто",
    "ru": "двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто",
}
HUNDREDS = {
    "uk": "сто двісті триста чотириста п'ятсот шістсот сімсот вісімсот дев'ятсот",
    "ru": "сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот",
}
BOUNDS = {
    "en": [
        "",
        "at least",
        "more than",
        "over",
        "nearly",
        "almost",
        "about",
        "some",
        "fewer than",
        "up to",
    ],
    "uk": ["", "щонайменше", "понад", "більше ніж", "майже", "близько", "не більше", "менше ніж"],
    "ru": ["", "как минимум", "более", "свыше", "почти", "около", "не более", "менее"],
}
SENTENCES = {
    "en": [
        "{N} Syldavian soldiers came home on Friday, Ottokar said.",
        "The Bordurian Defence Ministry said {N} Bordurian servicemen had been returned.",
        "Syldavia and Borduria exchanged {N} prisoners each on Monday.",
        "Halambique wrote that {N} of our people are home; among them are {n} officers.",
        "{N} captives were swapped by Syldavia and Borduria, and {n} remain in Bordurian captivity.",
        "Since the start of the Bordurian invasion {N} Syldavians have returned, Halambique said.",
        "In exchange, {N} prisoners were handed over to Borduria, while {n} civilians were freed.",
    ],
    "uk": [
        "Додому повернулися {N} сілдавських військових, повідомив Оттокар.",
        "З бордурського полону звільнили {N} осіб. Серед них {n} офіцерів.",
        "Сторони обмінялися: по {N} полонених, заявило міноборони Бордурії.",
        "Від початку війни вдалося повернути {N} сілдавців, сказала Халамбік.",
    ],
    "ru": [
        "Домой вернулись {N} сильдавских военных, сообщил Оттокар.",
        "Из бордурского плена освободили {N} человек. Среди них {n} офицеров.",
        "Возвращены {N} бордурских военнослужащих, сообщило минобороны, взамен переданы {n} пленных.",
        "С начала войны удалось вернуть {N} сильдавцев, сказала Халамбик.",
    ],
}


class MadeUpSentence(NamedTuple):
    """A sentence and the first number in it."""

    language: str
    text: str
    number: int


def in_words(number: int, language: str) -> str:
    """Return a number below 1,000 in words."""
    ones, tens = ONES[language].split(), TENS[language].split()
    parts = []
    if number >= 100:
        hundreds = number // 100
        parts.append(
            f"{ones[hundreds - 1]} hundred"
            if language == "en"
            else HUNDREDS[language].split()[hundreds - 1]
        )
    rest = number % 100
    if rest >= 20:
        joint = "-" if language == "en" else " "
        parts.append(
            joint.join([tens[rest // 10 - 2], *([ones[rest % 10 - 1]] if rest % 10 else [])])
        )
    elif rest:
        parts.append(ones[rest - 1])
    return (" and " if language == "en" else " ").join(parts)


def written(number: int, language: str, chance: random.Random) -> str:
    """Return a number as somebody may write it."""
    if number < 1000 and chance.random() < 0.4:
        return in_words(number, language)
    if number < 1000:
        return str(number)
    separator = chance.choice(["", ",", "\u00a0", " "] if language == "en" else ["", "\u00a0", " "])
    return f"{number:,}".replace(",", separator)


def made_up_sentences(count: int, seed: int) -> Iterator[MadeUpSentence]:
    """Return sentences by chance; a seed makes the same ones again."""
    chance = random.Random(seed)
    for _ in range(count):
        language = chance.choice(("en", "uk", "ru"))
        number, other = (
            chance.choice((chance.randint(2, 999), chance.randint(1000, 9999))),
            chance.randint(2, 99),
        )
        bound = chance.choice(BOUNDS[language])
        said = f"{bound} {written(number, language, chance)}".strip()
        sentence = chance.choice(SENTENCES[language])
        text = sentence.replace("{N}", said).replace("{n}", written(other, language, chance))
        yield MadeUpSentence(language, text[0].upper() + text[1:], number)


def read(sentence: MadeUpSentence) -> list[DraftEvent]:
    """Return the drafts of a sentence."""
    report = Report(text=sentence.text, published_at=date(2031, 5, 10), lang=sentence.language)
    return extract(report, made_up_ledger())


def what_is_wrong(sentence: MadeUpSentence, drafts: Sequence[DraftEvent]) -> list[str]:
    """Return what of some drafts does not stand in their sentence."""
    wrong = []
    if not any(_value(draft) == sentence.number for draft in drafts):
        wrong.append(f"{sentence.number} was not found")
    for draft in drafts:
        for one in draft.draft.evidence:
            if sentence.text[one.start : one.end] != one.quote:
                wrong.append(f"{one.field}: {one.quote!r} does not stand at {one.start}")
            if (
                one.field == "quote"
                and draft.data.quantity
                and not _is_read_again(one.quote, draft, sentence)
            ):
                wrong.append(f"{one.quote!r} is not {_value(draft)}")
        wrong += [
            f"fault at {fault.field}" for fault in draft.draft.faults if "quantity" in fault.field
        ]
    return wrong


def _value(draft: DraftEvent) -> int | None:
    return draft.data.quantity.value if draft.data.quantity else None


def _is_read_again(quote: str, draft: DraftEvent, sentence: MadeUpSentence) -> bool:
    """Return whether a quote alone says the number of a draft, and bounds it so."""
    marked = MarkedText(quote, ledger=made_up_ledger(), language=sentence.language)
    quantity = draft.data.quantity
    assert quantity is not None
    said = [said_number(marked, number) for number in marked.numbers]
    return (quantity.value, quantity.bound) in [(one.number.value, one.bound) for one in said]


def main() -> None:
    """Read sentences and print what is wrong with any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    wrong = drafted = 0
    for sentence in made_up_sentences(arguments.count, arguments.seed):
        drafts = read(sentence)
        drafted += len(drafts)
        if found := what_is_wrong(sentence, drafts):
            wrong += 1
            print(f"{sentence.language}: {sentence.text}\n   {'; '.join(found)}")  # noqa: T201  # a program of its own
    print(f"{arguments.count} sentences, {drafted} drafts, {wrong} sentences with something wrong")  # noqa: T201  # a program of its own
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
