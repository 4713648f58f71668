"""Values on the wire: MessagePack, where an extension stands for what is not known yet.

https://developer.hashicorp.com/terraform/plugin/terraform-plugin-protocol/object-wire-format
"""

from __future__ import annotations

from typing import Any, Final

from trunkline.practice.plugin.msgpack import Extended, pack, unpack

# What is known only after the apply. A client may say more of it than that, in other extensions.
UNKNOWN: Final = Extended(0, b"\0")


def packed(value: Any) -> dict[str, bytes]:
    """A value as the protocol's DynamicValue."""
    return {"msgpack": pack(value)}


def unpacked(dynamic: dict[str, bytes] | None) -> Any:
    """The value of a DynamicValue, None for one that is not there."""
    if not dynamic or not dynamic["msgpack"]:
        return None
    return unpack(dynamic["msgpack"], lambda code, data: UNKNOWN)
