"""The file of a new ledger: every field with a word on what belongs there."""

from collections.abc import Sequence
from datetime import date
from importlib.resources import files
from typing import NamedTuple

import tomlkit


class NewLedger(NamedTuple):
    """What is known of a new ledger.

    Attributes:
        name: As in a claim's `subject`.
        title: For people.
        sides: Code and name of each side.
        opened: The day the conflict began, null if it is to be filled in.
        time_zone: Where its days are days.
    """

    name: str
    title: str
    sides: Sequence[tuple[str, str]]
    opened: date | None
    time_zone: str


def write_new_ledger(ledger: NewLedger) -> str:
    """Return the text of a commented file."""
    opened = f"opened = {ledger.opened}" if ledger.opened else "# opened = 2030-01-31"
    sides = "\n".join(_side(code, name) for code, name in ledger.sides)
    text = files("services.ledgers").joinpath("new_ledger.template").read_text(encoding="utf-8")
    return (
        text.replace("@NAME@", _quoted(ledger.name))
        .replace("@TITLE@", _quoted(ledger.title))
        .replace("@OPENED@", opened)
        .replace("@ZONE@", _quoted(ledger.time_zone))
        .replace("@SIDES@", sides.rstrip())
        .replace("@CODE@", ledger.sides[0][0])
    )


def _side(code: str, name: str) -> str:
    return (
        f"[[sides]]\ncode = {_quoted(code)}\nname = {_quoted(name)}\n"
        f'competent_roles = ["mod", "ombudsman"]\n'
        f'# names = {{ en = ["a longer name"] }}\n'
        f'# demonyms = {{ en = ["Ruritanian"] }}\n'
        f'# mentions = {{ en = ["Capital City", "Ruritanian authorities"] }}\n'
        f'# people = {{ en = ["Ruritanian nationals"] }}\n'
        f'# forces = {{ en = ["Ruritanian Army"] }}\n'
        f'# captors = {{ en = ["Ruritanian jails"] }}\n'
    )


def _quoted(text: str) -> str:
    return tomlkit.item(text).as_string()
