"""What the tree of a difference says, for programs: the changed fields and the masked objects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trunkline.core.change import FieldChange
from trunkline.core.diff.align import ABSENT, Node, in_order
from trunkline.core.diff.mask import shown, shown_unchanged, told_apart
from trunkline.core.diff.path import said
from trunkline.core.diff.schemas import SCHEMA, brief, is_schema, schema_lines


def field_changes(root: Node) -> Iterator[FieldChange]:
    """One entry for each changed place, the outermost where a whole branch comes or goes."""
    for node in _places(root):
        if is_schema(node):
            yield from _schema_changes(node)
            continue
        if node.order and not node.folded:
            before, after = (list(map(shown, labels)) for labels in node.order)
            yield FieldChange(shown(said(node.path)), "change", before, after, node.path)
        if not node.same and not node.children:
            yield _field_change(node)


def _places(node: Node) -> Iterator[Node]:
    """All nodes in order; what is below a schema is the schema's own affair."""
    yield node
    if not is_schema(node):
        for child in node.children:
            yield from _places(child)


def _schema_changes(node: Node) -> Iterator[FieldChange]:
    for line in schema_lines(node):
        path = f"{shown(said(node.path))}: {line.field}"
        if line.sign == "+":
            yield FieldChange(path, "add", after=line.said, at=node.path)
        else:
            yield FieldChange(path, "remove", before=line.said, at=node.path)


def _field_change(node: Node) -> FieldChange:
    path = shown(said(node.path))
    if node.before is ABSENT:
        return FieldChange(path, "add", after=masked(node.after), at=node.path)
    if node.after is ABSENT:
        return FieldChange(path, "remove", before=masked(node.before), at=node.path)
    return FieldChange(path, "change", *_leaves(node), at=node.path)


def objects(root: Node) -> tuple[Any, Any]:
    """Both objects of the tree, masked; a changed secret says so on its later side."""
    if root.same:
        return masked(root.before, unchanged=True), masked(root.after, unchanged=True)
    if not root.children:
        return _leaves(root)
    pairs = [(child.step, *objects(child)) for child in root.children]
    if isinstance(root.before, dict):
        return (
            {shown(str(key)): one for key, one, _ in pairs if one is not ABSENT},
            {shown(str(key)): other for key, _, other in pairs if other is not ABSENT},
        )
    return (
        [one for _, one, _ in pairs if one is not ABSENT],
        [other for _, _, other in pairs if other is not ABSENT],
    )


def masked(value: Any, *, unchanged: bool = False) -> Any:
    """A sealed value with masks for seals, its keys in reading order."""
    if isinstance(value, str):
        return shown_unchanged(value) if unchanged else shown(value)
    if isinstance(value, list):
        return [masked(one, unchanged=unchanged) for one in value]
    if isinstance(value, dict):
        top = "apiVersion" in value
        return {
            shown(key): masked(
                brief(value[key]) if key == SCHEMA else value[key], unchanged=unchanged
            )
            for key in in_order(value, top=top)
        }
    return value


def _leaves(node: Node) -> tuple[Any, Any]:
    if isinstance(node.before, str) and isinstance(node.after, str):
        return told_apart(node.before, node.after)
    return masked(node.before), masked(node.after)
