"""The base of every stored or exchanged shape.

Three stances, told apart by class:

* `Record` is what this project writes. It forbids unknown fields, so that a slip in a name is found
  at once.
* `StructRecord` is the same for what is made, kept and compared by the hundred thousand: a msgspec
  struct, a tenth of the cost of a model. Pydantic reads, writes and describes it like a `Record`,
  by the model that `model_of` derives from it.
* `Received` is what others send. It keeps fields it does not know, so that a publisher may say more
  than we read and the log still holds every word.
"""

from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal, TypeAlias, get_args, get_origin, get_type_hints

import msgspec
from msgspec import structs
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    ValidatorFunctionWrapHandler,
    create_model,
)
from pydantic_core import CoreSchema, core_schema


class Record(BaseModel):
    """A shape this project writes: frozen, strict about names."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Received(BaseModel):
    """A shape others send: frozen, strict about types, tolerant of unknown fields."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)


class StructRecord(
    msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True
):
    """A shape this project writes very often: frozen, strict about names.

    None holds another that holds it, so none is watched for circles.
    """

    @classmethod
    def __get_pydantic_core_schema__(
        cls, _source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Let pydantic read it by the model derived from it, and then make it a struct."""
        names = cls.__struct_fields__

        def read(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
            if isinstance(value, cls):
                return value
            model = validate(value)
            return cls(**{name: getattr(model, name) for name in names})

        return core_schema.no_info_wrap_validator_function(
            read,
            handler.generate_schema(model_of(cls)),
            serialization=core_schema.plain_serializer_function_ser_schema(structs.asdict),
        )


#: A time with its offset, for msgspec and pydantic alike.
Instant: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True), AwareDatetime]


@cache
def model_of(kind: type[StructRecord]) -> type[Record]:
    """Derive the pydantic model that has a struct's name, docstring, fields, types and defaults.

    A struct that is told apart by a tag has the tag as a field, before the fields of its own.
    """
    hints = get_type_hints(kind, include_extras=True)
    fields: dict[str, Any] = {
        field.name: (_described(hints[field.name]), ... if field.required else field.default)
        for field in structs.fields(kind)
    }
    if tag := kind.__struct_config__.tag:
        own = {name: fields.pop(name) for name in kind.__annotations__}
        fields |= {kind.__struct_config__.tag_field or "type": (Literal[tag], ...)} | own
    return create_model(kind.__name__, __base__=Record, __doc__=kind.__doc__, **fields)


def _described(hint: Any) -> Any:
    """Return a type with what msgspec knows of its bounds and meaning said to pydantic too."""
    if get_origin(hint) is not Annotated:
        return hint
    known = [part for part in get_args(hint) if isinstance(part, msgspec.Meta)]
    for meta in known:
        hint = Annotated[hint, Field(ge=meta.ge, description=meta.description)]
    return hint
