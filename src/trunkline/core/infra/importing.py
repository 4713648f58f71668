"""A resource that no code names, taken into a unit's code: its import block, and the configuration
that the program generated for it.
"""

from __future__ import annotations

import re

from trunkline.core.infra.hcl import Body, HclError, parse
from trunkline.core.infra.hcl.syntax import Literal
from trunkline.core.infra.hcl.write import written
from trunkline.core.infra.plan.attributes import is_credential

# Where it goes, in the unit's directory.
FILE = "imports.tf"
ADDRESS = re.compile(r"[^\W\d][\w-]*\.[^\W\d][\w-]*")
HIDDEN = "null # sensitive"

_HEADER = re.compile(r"^# (?:__generated__|Please review these resources).*\n+", re.M)


def import_block(address: str, id: str) -> str:
    return f"import {{\n  to = {address}\n  id = {written(id)}\n}}\n"


def without_secrets(generated: str) -> str:
    """The generated code without the program's remarks. What is marked sensitive it leaves out
    itself; what is named like a credential is left out here. Raises HclError.
    """
    text = _HEADER.sub("", generated).strip() + "\n"
    for start, end in sorted(_secrets(parse(text)), reverse=True):
        text = f"{text[:start]}{HIDDEN}{text[end:]}"
    return text


def _secrets(body: Body) -> list[tuple[int, int]]:
    found = [
        (one.start, one.end)
        for one in body.attributes
        if is_credential(one.name) and one.value != Literal(None)
    ]
    for block in body.blocks:
        found += _secrets(block.body)
    return found


def with_import(text: str, address: str, id: str, generated: str) -> str:
    """The file of imports with one more; `generated` is "" where the code has the resource."""
    parts = [text.rstrip("\n"), import_block(address, id).rstrip("\n"), generated.rstrip("\n")]
    return "\n\n".join(one for one in parts if one) + "\n"


def names_it(text: str, address: str) -> bool:
    """Whether code has a block of this resource."""
    try:
        return any(".".join(one.labels) == address for one in parse(text).of("resource"))
    except HclError:
        return False
