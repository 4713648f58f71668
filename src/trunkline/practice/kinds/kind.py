"""A kind as data: its fields, and the few functions that say what follows from them.

Named tuples rather than dataclasses, which load a parser of Python first: that is half of the time
in which the provider starts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from zlib import crc32

Values = Mapping[str, Any]

STRING: Any = "string"
NUMBER: Any = "number"
BOOL: Any = "bool"
STRINGS: Any = ["list", "string"]
TAGS: Any = ["map", "string"]


class Field(NamedTuple):
    """One attribute, or with `fields` a list of blocks.

    What is neither `required` nor `given` is the cloud's to say. `replaces`: a change makes the
    object anew. `follows`: the fields whose change changes this one of the cloud's. `among`: the
    only values there are.
    """

    name: str
    type: Any = STRING
    required: bool = False
    given: bool = True
    default: Any = None
    replaces: bool = False
    sensitive: bool = False
    follows: tuple[str, ...] = ()
    among: tuple[str, ...] = ()
    says: str = ""
    fields: tuple[Field, ...] = ()

    @property
    def computed(self) -> bool:
        """The cloud fills it in, where nobody gives it."""
        return not self.required and (not self.given or self.default is not None)


def required(name: str, type: Any = STRING, **more: Any) -> Field:
    return Field(name, type, required=True, **more)


def optional(name: str, type: Any = STRING, default: Any = None, **more: Any) -> Field:
    return Field(name, type, default=default, **more)


def computed(name: str, type: Any = STRING, **more: Any) -> Field:
    return Field(name, type, given=False, **more)


def _nothing(before: Values, after: Values) -> str:
    return ""


def _no_more(before: Values, after: Values) -> tuple[str, ...]:
    return ()


def _free(found: Values) -> str:
    return ""


class Kind(NamedTuple):
    """`made` gives the cloud's own fields of an object from its id and what is given.

    `refusal` says why an update is not possible, `also_replaces` which fields force a replacement
    because of their values, `held` why an object must not be deleted. `unique`: no two objects of
    the cloud may have the same name, else no two of a region.
    """

    name: str
    prefix: str
    fields: tuple[Field, ...]
    made: Callable[[str, Values], dict[str, Any]]
    refusal: Callable[[Values, Values], str] = _nothing
    also_replaces: Callable[[Values, Values], tuple[str, ...]] = _no_more
    held: Callable[[Values], str] = _free
    unique: bool = False
    says: str = ""

    @property
    def attributes(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if not field.fields)

    @property
    def blocks(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.fields)

    @property
    def own(self) -> tuple[Field, ...]:
        """What nobody but the cloud says."""
        return tuple(field for field in self.attributes if not field.given)


# What every kind has.
ID = computed("id", says="What the cloud calls it.")
ADDRESS = computed("address", says="Its full name: prn:practice:<region>:<kind>/<id>.")
REGION = optional("region", default="", replaces=True, says="Else the provider's.")
TAGS_FIELD = optional("tags", TAGS, says="Labels of any kind.")
EVERY = (ID, ADDRESS, REGION, TAGS_FIELD)


def address(kind: str, id: str, values: Values) -> str:
    return f"prn:practice:{values['region']}:{kind}/{id}"


def derived(*parts: str, length: int = 8) -> str:
    """A text that looks random and is always the same for the same parts."""
    text = "/".join(parts)
    pieces = (crc32(f"{at}/{text}".encode()) for at in range(0, length, 8))
    return "".join(f"{piece:08x}" for piece in pieces)[:length]
