"""Taking over what was changed outside: the code is edited so that it says what is there.

Only where that is safe to say without running anything: a literal value of an attribute of a plain
resource block, in the unit's own files, that says what the state said before. All else is left to a
person, with the reason.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from trunkline.core.infra.hcl import Attribute, Block, Body, HclError, parse
from trunkline.core.infra.hcl.parse import BOM
from trunkline.core.infra.hcl.write import NoLiteral, literal, written
from trunkline.core.infra.overlay import NotSafe, overlaid, steps_of
from trunkline.core.infra.plan.copies import MASK
from trunkline.core.infra.plan.folding import is_folded
from trunkline.core.infra.plan.values import AttributeChange, ResourceChange, Verb
from trunkline.core.infra.reading import Files
from trunkline.core.patch import patch_of

_PLAIN = re.compile(r"([^.\[\]]+)\.([^.\[\]]+)")
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
_COMMENT = re.compile(r"#|//|/\*|<<")


class Place(Struct, frozen=True):
    """A change that is taken over, or left with the reason; `path` is "" for a whole resource."""

    unit: str
    address: str
    path: str
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "unit": self.unit,
            "address": self.address,
            "path": self.path,
            "reason": self.reason,
        }


class TakeOver(Struct, frozen=True):
    patch: str
    taken: tuple[Place, ...]
    left: tuple[Place, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "patch": self.patch,
            "taken": [one.as_json() for one in self.taken],
            "left": [one.as_json() for one in self.left],
        }


class Editor(Struct):
    """Edits the code of units. `texts` are the files of units by path, as the commit has them."""

    texts: dict[str, str] = field(default_factory=dict)
    _edits: dict[str, list[tuple[int, int, str]]] = field(default_factory=lambda: defaultdict(list))
    _taken: list[Place] = field(default_factory=list)
    _left: list[Place] = field(default_factory=list)

    def unit(self, unit: str, files: Mapping[str, str], changes: Sequence[ResourceChange]) -> None:
        """Take over what was changed of a unit's resources, in these files of its own."""
        self.texts.update(files)
        bodies = _bodies(files)
        for change in changes:
            try:
                path, block = _block(change, bodies)
            except NotSafe as error:
                self.leave(unit, change, str(error))
                continue
            for name, some in _by_name(change):
                self._attribute(unit, change, (path, block), name, some)

    def leave(self, unit: str, change: ResourceChange, reason: str) -> None:
        self._left.append(Place(unit, change.address, "", reason))

    def done(self) -> TakeOver:
        changes = {
            path: (self.texts[path], _edited(self.texts[path], edits))
            for path, edits in self._edits.items()
        }
        return TakeOver(patch_of(changes), tuple(self._taken), tuple(self._left))

    def _attribute(
        self,
        unit: str,
        change: ResourceChange,
        place: tuple[str, Block],
        name: str,
        some: Sequence[AttributeChange],
    ) -> None:
        path, block = place
        try:
            edit = _edit(self.texts[path].removeprefix(BOM), path, block, name, some)
        except NotSafe as error:
            self._left.append(Place(unit, change.address, name, str(error)))
            return
        self._edits[path].append(edit)
        self._taken.append(Place(unit, change.address, name))


def own_code(files: Files, directory: str) -> dict[str, str]:
    """The Terraform files of a directory, by path. Links lead elsewhere, and are none."""
    found = {}
    for path in files.names(directory):
        if path.endswith((".tf", ".tofu")) and files.snapshot.entry(path) == "file":
            text = files.text(path)
            if text is not None and "\ufffd" not in text:
                found[path] = text
    return found


def _bodies(files: Mapping[str, str]) -> dict[str, Body]:
    """What can be read; what cannot has failed with the programs already."""
    found = {}
    for path, text in files.items():
        try:
            found[path] = parse(text)
        except HclError:
            continue
    return found


def _block(change: ResourceChange, bodies: Mapping[str, Body]) -> tuple[str, Block]:
    """The one plain block of a resource. Raises NotSafe."""
    if change.verb is Verb.DELETE:
        raise NotSafe("it was deleted: take its block out of the code, or --heal makes it anew")
    if change.address.startswith("module."):
        raise NotSafe("its code is a module, which others may use")
    if not bodies:
        raise NotSafe("its code is a module, which others may use, or JSON, which programs write")
    plain = _PLAIN.fullmatch(change.address)
    if plain is None:
        raise NotSafe("its block makes several (count or for_each)")
    found = [
        (path, block)
        for path, body in bodies.items()
        for block in body.of("resource")
        if block.labels == plain.groups()
    ]
    if len(found) != 1:
        raise NotSafe("no block of it is in the unit's own files" if not found else "two blocks")
    path, block = found[0]
    if any(block.body.attribute(one) for one in ("count", "for_each")):
        raise NotSafe("its block makes several (count or for_each)")
    return path, block


def _by_name(change: ResourceChange) -> Iterator[tuple[str, list[AttributeChange]]]:
    """The changes by the attribute of the block that they are in."""
    found: dict[str, list[AttributeChange]] = {}
    for one in change.attributes:
        found.setdefault(str(steps_of(one.path)[0]), []).append(one)
    return iter(found.items())


def _edit(
    text: str, path: str, block: Block, name: str, some: Sequence[AttributeChange]
) -> tuple[int, int, str]:
    """What is written instead of which part of the text. Raises NotSafe."""
    if any(one.sensitive or MASK in (one.before, one.after) for one in some):
        raise NotSafe("it is sensitive")
    if any(is_folded(side) for one in some for side in (one.before, one.after)):
        raise NotSafe("it is too long to be shown")
    attribute = block.body.attribute(name)
    if attribute is None:
        inside = any(one.kind in (name, "dynamic") for one in block.body.blocks)
        raise NotSafe(
            f"it is in a block of its own ({path}:{block.line})"
            if inside
            else f"the code does not say it ({path}:{block.line})"
        )
    old = text[attribute.start : attribute.end]
    value = _value(attribute, old, path)
    value = overlaid(value, some, f"{path}:{attribute.line}")
    start = text.rfind("\n", 0, attribute.start) + 1
    indent = len(text[start:]) - len(text[start:].lstrip(" "))
    return attribute.start, attribute.end, written(value, indent, wide="\n" in old)


def _value(attribute: Attribute, old: str, path: str) -> Any:
    where = f"({path}:{attribute.line})"
    if _COMMENT.search(_TEXT.sub("", old)):
        raise NotSafe(f"comments stand in it {where}")
    try:
        return literal(attribute.value)
    except NoLiteral:
        raise NotSafe(f"the code works it out {where}") from None


def _edited(text: str, edits: Sequence[tuple[int, int, str]]) -> str:
    mark = BOM if text.startswith(BOM) else ""
    text = text.removeprefix(BOM)
    for start, end, new in sorted(edits, reverse=True):
        text = f"{text[:start]}{new}{text[end:]}"
    return mark + text
