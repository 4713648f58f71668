"""The head of a state: what tells it from others, read from the file that the program wrote.

Both programs write version 4 of one format. A state that OpenTofu has encrypted itself shows its
serial and its lineage beside the cipher text, and no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from msgspec import Struct

from trunkline.core.trouble import Trouble

FORMAT = 4


class BadState(Trouble):
    """Not a state that can be kept; the message never holds any of it."""


class StateHead(Struct, frozen=True):
    """`program` is the version of the program that wrote it, "" where that is encrypted."""

    serial: int
    lineage: str
    program: str = ""
    resources: int = 0
    encrypted: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "serial": self.serial,
            "lineage": self.lineage,
            "program": self.program,
            "resources": self.resources,
            "encrypted": self.encrypted,
        }


def parse_state(data: bytes) -> dict[str, Any]:
    """The whole state. Raises BadState."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise BadState("a state is JSON, and this is not") from None
    if not isinstance(value, dict):
        raise BadState("a state is an object of JSON")
    return value


def head_of(state: Mapping[str, Any]) -> StateHead:
    """The head of a parsed state. Raises BadState."""
    serial, lineage = state.get("serial"), state.get("lineage")
    encrypted = "encrypted_data" in state
    if not encrypted and state.get("version") != FORMAT:
        raise BadState(f"a state of version {FORMAT} is expected")
    if not isinstance(serial, int) or isinstance(serial, bool) or not 0 <= serial < 2**53:
        raise BadState("the state has no serial")
    if not isinstance(lineage, str) or len(lineage) > 256:
        raise BadState("the state has no lineage")
    program = state.get("terraform_version")
    resources = state.get("resources")
    return StateHead(
        serial,
        lineage,
        program[:64] if isinstance(program, str) else "",
        _instances(resources) if isinstance(resources, list) else 0,
        encrypted,
    )


def with_serial(state: Mapping[str, Any], serial: int) -> bytes:
    """The same state under another serial, as the programs write it."""
    return orjson.dumps({**state, "serial": serial}, option=orjson.OPT_INDENT_2) + b"\n"


def _instances(resources: list[Any]) -> int:
    managed = [one for one in resources if isinstance(one, dict) and one.get("mode") == "managed"]
    return sum(len(found) for one in managed if isinstance(found := one.get("instances"), list))
