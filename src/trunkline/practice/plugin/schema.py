"""What the provider says of itself: the schema of its settings and of each kind."""

from __future__ import annotations

import json
from typing import Any

from trunkline.practice.kinds import KINDS
from trunkline.practice.kinds.kind import Field, Kind, optional
from trunkline.practice.plugin.messages import LIST

PREFIX = "practice_"

SETTINGS = (
    optional("cloud", says="The cloud's file; else the variable PRACTICE_CLOUD."),
    optional("region", says="The region of what names none; else PRACTICE_REGION, else eu."),
    optional("token", sensitive=True, says="The credential; any will do."),
)


def schemas() -> dict[str, Any]:
    """The answer to GetProviderSchema."""
    return {
        "provider": _schema(SETTINGS),
        "resource_schemas": {PREFIX + name: _schema(kind.fields) for name, kind in KINDS.items()},
        "data_source_schemas": {PREFIX + name: _lookup(kind) for name, kind in KINDS.items()},
        "server_capabilities": {"get_provider_schema_optional": True},
    }


def _schema(fields: tuple[Field, ...]) -> dict[str, Any]:
    return {"block": _block(fields)}


def _block(fields: tuple[Field, ...]) -> dict[str, Any]:
    return {
        "attributes": [_attribute(field) for field in fields if not field.fields],
        "block_types": [
            {"type_name": field.name, "nesting": LIST, "block": _block(field.fields)}
            for field in fields
            if field.fields
        ],
    }


def _attribute(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "type": json.dumps(field.type).encode(),
        "description": field.says,
        "required": field.required,
        "optional": not field.required and field.given,
        "computed": field.computed,
        "sensitive": field.sensitive,
    }


def _lookup(kind: Kind) -> dict[str, Any]:
    """A data source: found by its name, in a region or in any."""
    attributes = []
    for field in kind.attributes:
        attribute = _attribute(field)
        asked = field.name in ("name", "region")
        attribute |= {
            "required": field.name == "name",
            "optional": field.name == "region",
            "computed": field.name != "name",
        }
        attributes.append(attribute if asked else {**attribute, "optional": False})
    return {"block": {"attributes": attributes}}
