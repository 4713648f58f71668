"""Where else a plan's file holds secrets: in the state that it was made from, and in variables.

Nothing of it is shown. The output of an apply is masked by it (`core/infra/plan/secrets.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from trunkline.core.infra.hcl.parse import parse
from trunkline.core.infra.hcl.syntax import Body, HclError, Literal
from trunkline.core.infra.hcl.write import NoLiteral, literal
from trunkline.core.infra.plan.secrets import SHORTEST
from trunkline.core.infra.planfile.marks import marks_of
from trunkline.core.infra.planfile.shapes import Shape
from trunkline.core.infra.planfile.unsure import Unsure
from trunkline.core.infra.planfile.values import Path, from_state, known, value_of

STATE_VERSION = 4
SENSITIVE = "sensitive"


class Held(Struct, frozen=True):
    """One object of a state; `provider` is the address of its configuration."""

    provider: str
    mode: str
    type: str
    attributes: Mapping[str, Any]
    marks: tuple[Path, ...]

    @property
    def kind(self) -> str:
        return f"{self.mode}.{self.type}"

    def told(self, shape: Shape) -> dict[str, Any] | None:
        """As the programs' JSON has it, None for one that holds no secret. Raises Unsure."""
        if not (shape.hides or self.marks):
            return None
        value = from_state(self.attributes, shape)
        return {"values": value, "sensitive_values": marks_of(value, shape, self.marks)}


def held_in(state: Mapping[str, Any]) -> list[Held]:
    """Every object of the state. Raises Unsure."""
    if state.get("version") != STATE_VERSION:
        raise Unsure(f"its state has the version {state.get('version')}")
    try:
        return [
            Held(
                one.get("provider") or each["provider"],
                one["mode"],
                one["type"],
                each["attributes"] or {},
                tuple(map(_path, each.get("sensitive_attributes") or ())),
            )
            for one in state.get("resources") or ()
            for each in one.get("instances") or ()
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise Unsure(f"its state has another form: {error}") from error


def _path(steps: list[Mapping[str, Any]]) -> Path:
    return tuple(
        one["value"]["value"] if isinstance(one["value"], Mapping) else one["value"]
        for one in steps
    )


def sensitive_variables(code: Mapping[str, str], packed: Mapping[str, bytes]) -> dict[str, Any]:
    """The variables that the code calls sensitive, with their values. Raises Unsure."""
    telling = {file: text for file, text in code.items() if SENSITIVE in text}
    names = {name for name, body in _variables(telling) if _is_sensitive(body)}
    if not names:
        return {}
    values = {name: known(value_of(packed[name])) for name in names & packed.keys()}
    if unset := names - packed.keys():
        values |= _defaults(code, unset)
    marked = {name: {SENSITIVE: True} for name in names}
    return {
        "variables": {name: {"value": one} for name, one in values.items()},
        "configuration": {"root_module": {"variables": marked}},
    }


def _variables(code: Mapping[str, str]) -> Iterator[tuple[str, Body]]:
    """(name, what is said of it); those that override others come last, as in the programs."""
    declaring = [file for file, text in code.items() if "variable" in text]
    for file in sorted(declaring, key=lambda one: ("override" in one, one)):
        if file.endswith(".json"):
            raise Unsure(f"{file} may have sensitive variables")
        try:
            body = parse(code[file])
        except HclError as error:
            raise Unsure(f"{file} cannot be read: {error}") from error
        for block in body.of("variable"):
            yield block.labels[0] if block.labels else "", block.body


def _is_sensitive(body: Body) -> bool:
    said = body.attribute(SENSITIVE)
    return said is not None and said.value != Literal(False)


def _defaults(code: Mapping[str, str], names: set[str]) -> dict[str, Any]:
    """The defaults of these variables, in whichever file they stand."""
    said = dict.fromkeys(names)
    for name, body in _variables(code):
        if name in names and (found := _default(body)) is not None:
            said[name] = found
    return said


def _default(body: Body) -> Any:
    """The default as it is when the program has made it fit the variable's type."""
    said, of = body.attribute("default"), body.attribute("type")
    if said is None:
        return None
    try:
        found = literal(said.value)
    except NoLiteral:
        raise Unsure("a sensitive variable has a default that is worked out") from None
    if any(map(_becomes_another, _leaves(found))) or "optional" in repr(of):
        raise Unsure("a sensitive variable has a default that is turned into another")
    return found


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    else:
        yield value


def _becomes_another(value: Any) -> bool:
    """A long number may become text, and then it is a secret one."""
    return isinstance(value, int | float) and len(str(value)) >= SHORTEST
