"""What is worked out before all else: OpenTofu takes variables and locals in the source of a
module, and in a backend, which then says by them where a state is.
"""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.core.infra.hcl import Body, HclError
from trunkline.core.infra.hcl.syntax import Expression, Name, names_of
from trunkline.core.infra.modules import code_of
from trunkline.core.infra.reading import Files

ASKED = ("var", "local")


def asks_early(body: Body) -> bool:
    """Whether an attribute, at any depth, is made from variables or locals."""
    return any(one.steps[0] in ASKED for one in _names(body))


def asks_variables(body: Body, files: Files, directory: str) -> bool:
    """Whether variables have a part in it, through the locals of the directory's code too."""
    waiting, seen = [*_names(body)], set[str]()
    known: dict[str, Expression] | None = None
    while waiting:
        first, *rest = waiting.pop().steps
        if first == "var":
            return True
        if first == "local" and rest and str(rest[0]) not in seen:
            seen.add(str(rest[0]))
            known = dict(_locals(files, directory)) if known is None else known
            said = known.get(str(rest[0]))
            waiting.extend(names_of(said) if said else ())
    return False


def _names(body: Body) -> Iterator[Name]:
    for attribute in body.attributes:
        yield from names_of(attribute.value)
    for block in body.blocks:
        yield from _names(block.body)


def _locals(files: Files, directory: str) -> Iterator[tuple[str, Expression]]:
    for path in code_of(files, directory):
        try:
            blocks = files.body(path).of("locals")
        except HclError:
            continue
        yield from ((one.name, one.value) for block in blocks for one in block.body.attributes)
