"""The base of every stored or exchanged shape: a frozen pydantic model.

Two stances, told apart by class:

* `Record` is what this project writes. It forbids unknown fields, so that a slip in a name is found
  at once.
* `Received` is what others send. It keeps fields it does not know, so that a publisher may say more
  than we read and the log still holds every word.
"""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A shape this project writes: frozen, strict about names."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Received(BaseModel):
    """A shape others send: frozen, strict about types, tolerant of unknown fields."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)
