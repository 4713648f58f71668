"""Schemas of providers, reduced to what a plan is read by.

A cloud's provider prints some fifteen megabytes of schema, most of it descriptions of a thousand
kinds. Kept of each kind are types, nesting and what is sensitive, packed: only the few that a plan
has are made into shapes.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from trunkline.core.infra.planfile.unsure import Unsure

FORMAT = "1."

Packed = dict[str, bytes]
"""The schema of each kind of a provider, `managed.aws_vpc`, packed."""


class Attribute(Struct, omit_defaults=True):
    type: Any = None
    nested_type: Nested | None = None
    sensitive: bool = False


class Nested(Struct, omit_defaults=True):
    attributes: dict[str, Attribute] = {}
    nesting_mode: str = ""


class BlockType(Struct, omit_defaults=True):
    block: Block
    nesting_mode: str = ""


class Block(Struct, omit_defaults=True):
    attributes: dict[str, Attribute] = {}
    block_types: dict[str, BlockType] = {}


class Schema(Struct, omit_defaults=True):
    block: Block


class _Provider(Struct):
    resource_schemas: dict[str, Schema] = {}
    data_source_schemas: dict[str, Schema] = {}

    def packed(self) -> Packed:
        pack = msgspec.msgpack.Encoder().encode
        managed = {f"managed.{name}": pack(one) for name, one in self.resource_schemas.items()}
        return managed | {
            f"data.{name}": pack(one) for name, one in self.data_source_schemas.items()
        }


class _Printed(Struct):
    format_version: str
    provider_schemas: dict[str, _Provider] = {}


def schemas_in(printed: str) -> dict[str, Packed]:
    """What `providers schema -json` printed, by the provider's address. Raises Unsure."""
    try:
        found = msgspec.json.decode(printed, type=_Printed)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unsure(f"the schemas cannot be read: {error}") from error
    if not found.format_version.startswith(FORMAT):
        raise Unsure(f"the schemas have the version {found.format_version}")
    return {address: one.packed() for address, one in found.provider_schemas.items()}


def schema_in(packed: bytes) -> Schema:
    """The schema of a kind that was packed. Raises Unsure."""
    try:
        return msgspec.msgpack.decode(packed, type=Schema)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unsure(f"a schema cannot be read: {error}") from error
