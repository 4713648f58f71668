"""Files that a stack copies and gives values to. As they lie in a catalog they are no units."""

from __future__ import annotations

import posixpath

from trunkline.core.infra.hcl import Body
from trunkline.core.infra.hcl.syntax import Call, Expression, Name, parts_of
from trunkline.core.infra.reading import Files

VALUES_FILE = "terragrunt.values.hcl"
# What gives something else where there is no such value.
_FORGIVING = ("try", "can")


def needs_values(files: Files, file: str, *included: Body) -> bool:
    """Whether a file, which was parsed before, takes from `values`, or what it includes does, and
    none lie beside it.
    """
    beside = posixpath.join(posixpath.dirname(file), VALUES_FILE)
    return not files.is_known(beside) and any(map(_takes, (files.body(file), *included)))


def _takes(body: Body) -> bool:
    waiting: list[Expression] = [one.value for one in body.attributes]
    while waiting:
        here = waiting.pop()
        if isinstance(here, Name) and here.steps[0] == "values" and len(here.steps) > 1:
            return True
        if not (isinstance(here, Call) and here.name in _FORGIVING):
            waiting.extend(parts_of(here))
    return any(_takes(block.body) for block in body.blocks)
