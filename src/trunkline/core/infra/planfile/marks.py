"""What of a value is sensitive: the places that the plan marks, and those that the schema calls so.

A plan holds the marks that come from its code (a sensitive variable, `sensitive()`). Programs of
today write the schema's into it too, but no version of the format says so. So both are followed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from trunkline.core.infra.planfile.shapes import DYNAMIC, Shape
from trunkline.core.infra.planfile.unsure import Unsure
from trunkline.core.infra.planfile.values import Path

# The paths as a tree of their steps; where one ends stands END.
Tree = dict[Any, Any]
END = object()


def marks_of(value: Any, shape: Shape, paths: Iterable[Path]) -> Any:
    """The form of the value with `True` at what is sensitive, as in the programs' JSON.

    Raises Unsure for marks inside a set, of which programs say different things.
    """
    return _marks(value, shape, _tree(paths))


def _tree(paths: Iterable[Path]) -> Tree:
    whole: Tree = {}
    for path in paths:
        at = whole
        for step in path:
            at = at.setdefault(step, {})
        at[END] = True
    return whole


def _marks(value: Any, shape: Shape, tree: Tree) -> Any:
    if shape.sensitive or END in tree:
        return True
    if not (tree or shape.hides):
        return False
    if isinstance(value, dict):
        _check(tree, str)
        return {
            key: _marks(one, shape.fields.get(key) or shape.of or DYNAMIC, tree.get(key, {}))
            for key, one in value.items()
        }
    if isinstance(value, list):
        if shape.form == "set" and value:
            raise Unsure("something in a set is sensitive")
        _check(tree, int)
        return [_marks(one, _item(shape, at), tree.get(at, {})) for at, one in enumerate(value)]
    # A mark below what is null or not known yet marks nothing.
    return False


def _item(shape: Shape, index: int) -> Shape:
    if shape.items:
        return shape.items[index]
    return shape.of or DYNAMIC


def _check(tree: Tree, kind: type) -> None:
    if not all(isinstance(step, kind) for step in tree):
        raise Unsure("a mark leads nowhere")
