"""A state as people may see it: its resources and outputs with what is secret hidden, and what one
version has that another has not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from trunkline.core.infra.state.head import BadState
from trunkline.core.infra.state.secrets import (
    MASK,
    Hidden,
    Path,
    is_marked,
    leaves,
    marked_paths,
)

OUTPUT = "output."


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value: as it is, for comparing only, and as it is shown."""

    value: Any = field(repr=False)
    shown: Any
    secret: bool

    def as_json(self) -> Any:
        return self.shown


Thing = tuple[str, Any, frozenset[Path]]
"""An address, its attributes, and which of them are marked."""

Things = dict[str, dict[str, Leaf]]
"""The attributes of each resource by its address, and of each output (`output.name`)."""


class Difference(Struct, frozen=True):
    """What became of one resource or output: `sign` is +, - or ~; old and new of each attribute."""

    sign: str
    address: str
    changed: tuple[tuple[str, Any, Any], ...] = ()

    def as_json(self) -> dict[str, Any]:
        changed = [{"path": path, "old": old, "new": new} for path, old, new in self.changed]
        return {"sign": self.sign, "address": self.address, "changed": changed}


def view(state: Mapping[str, Any]) -> Things:
    """Everything of a parsed state that people may see. An encrypted one shows nothing.

    Raises BadState for what no program writes.
    """
    try:
        return _shown([*_instances(state), *_outputs(state)])
    except (AttributeError, TypeError):
        raise BadState("the resources of this state are not as the programs write them") from None


def _shown(found: list[Thing]) -> Things:
    hidden = Hidden(
        value
        for _, attributes, marks in found
        for path, value in leaves(attributes)
        if is_marked(path, marks)
    )
    return {
        address: {
            dotted(path): _leaf(value, is_marked(path, marks), hidden)
            for path, value in leaves(attributes)
        }
        for address, attributes, marks in found
    }


def difference(old: Things, new: Things) -> tuple[Difference, ...]:
    """What the newer one has, has not, or has otherwise, in the order of addresses."""
    found = []
    for address in sorted(old.keys() | new.keys()):
        if address not in old:
            found.append(Difference("+", address))
        elif address not in new:
            found.append(Difference("-", address))
        elif changed := tuple(_changed(old[address], new[address])):
            found.append(Difference("~", address, changed))
    return tuple(found)


def dotted(path: Path) -> str:
    """`tags.Name`, `ingress[0].port`."""
    text = ""
    for one in path:
        text += f"[{one}]" if isinstance(one, int) else f".{one}" if text else one
    return text or "value"


def _changed(old: Mapping[str, Leaf], new: Mapping[str, Leaf]) -> Iterator[tuple[str, Any, Any]]:
    for path in sorted(old.keys() | new.keys()):
        before, after = old.get(path), new.get(path)
        if before is None or after is None or before.value != after.value:
            yield path, *_both(before, after)


def _both(before: Leaf | None, after: Leaf | None) -> tuple[Any, Any]:
    old, new = before.shown if before else None, after.shown if after else None
    if before and after and old == new:
        return old, f"{new} (changed)"
    return old, new


def _leaf(value: Any, secret: bool, hidden: Hidden) -> Leaf:
    empty = value is None or value in ("", {}, [])
    if secret and not empty:
        return Leaf(value, MASK, True)
    shown = hidden.shown(value)
    return Leaf(value, shown, bool(shown != value))


def _instances(state: Mapping[str, Any]) -> Iterator[Thing]:
    for resource in state.get("resources") or ():
        for instance in resource.get("instances") or ():
            marks = frozenset(marked_paths(instance.get("sensitive_attributes")))
            address = _address(resource, instance)
            yield address, instance.get("attributes") or instance.get("attributes_flat"), marks


def _outputs(state: Mapping[str, Any]) -> Iterator[Thing]:
    for name, output in (state.get("outputs") or {}).items():
        secret = bool(output.get("sensitive"))
        marks = frozenset({()} if secret else ())
        yield OUTPUT + name, output.get("value"), marks


def _address(resource: Mapping[str, Any], instance: Mapping[str, Any]) -> str:
    parts = [resource.get("module"), "data" if resource.get("mode") == "data" else None]
    parts += [resource.get("type"), resource.get("name")]
    key = instance.get("index_key")
    index = "" if key is None else f'["{key}"]' if isinstance(key, str) else f"[{key}]"
    old = f" (deposed {instance['deposed']})" if instance.get("deposed") else ""
    return ".".join(str(one) for one in parts if one) + index + old
