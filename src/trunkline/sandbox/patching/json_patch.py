"""JSON Patch (RFC 6902): all operations or none."""

from __future__ import annotations

import copy
from typing import Any

import orjson

ABSENT = object()
# What the API server takes (k8s.io/apiserver, endpoints/handlers): each copy may double it all.
MOST_OPERATIONS = 10_000
MOST_COPIED = 3 * 2**20


class BadPatch(ValueError):
    """A patch that is none, or an operation that cannot be done; the message says which."""


def json_patched(document: Any, operations: Any) -> Any:
    """A new document. Raises BadPatch."""
    if not isinstance(operations, list):
        raise BadPatch("a JSON patch is a list of operations")
    if len(operations) > MOST_OPERATIONS:
        raise BadPatch(f"a JSON patch has at most {MOST_OPERATIONS} operations")
    found = copy.deepcopy(document)
    copied = 0
    for operation in operations:
        if not isinstance(operation, dict) or "op" not in operation or "path" not in operation:
            raise BadPatch("an operation of a JSON patch has an op and a path")
        if operation["op"] == "copy":
            copied += len(orjson.dumps(_get(found, str(operation.get("from", "")))))
            if copied > MOST_COPIED:
                raise BadPatch(f"the copies of a JSON patch have at most {MOST_COPIED} bytes")
        found = _done(found, operation)
    return found


def _done(document: Any, operation: dict[str, Any]) -> Any:
    op, path = operation["op"], str(operation["path"])
    if op in ("add", "replace", "test") and "value" not in operation:
        raise BadPatch(f"{op} {path}: it has no value")
    if op == "test":
        if _get(document, path, missing=None) != operation["value"]:
            raise BadPatch(f"testing value {path} failed")
        return document
    if op in ("add", "replace"):
        if op == "replace":
            _get(document, path)
        return _put(document, path, copy.deepcopy(operation["value"]), replace=op == "replace")
    if op == "remove":
        return _removed(document, path)
    if op in ("move", "copy"):
        value = copy.deepcopy(_get(document, str(operation.get("from", ""))))
        if op == "move":
            document = _removed(document, str(operation["from"]))
        return _put(document, path, value, replace=False)
    raise BadPatch(f"unexpected operation: {op}")


def _steps(path: str) -> list[str]:
    """The steps of a JSON pointer (RFC 6901)."""
    if path and not path.startswith("/"):
        raise BadPatch(f"{path} is no JSON pointer: it does not begin with /")
    return [one.replace("~1", "/").replace("~0", "~") for one in path.split("/")[1:]]


def _get(document: Any, path: str, missing: Any = ABSENT) -> Any:
    found = document
    for step in _steps(path):
        found = _child(found, step)
        if found is ABSENT:
            if missing is not ABSENT:
                return missing
            raise BadPatch(f"the path {path} does not exist")
    return found


def _child(value: Any, step: str) -> Any:
    if isinstance(value, dict):
        return value.get(step, ABSENT)
    if isinstance(value, list) and (index := _index(step)) is not None and index < len(value):
        return value[index]
    return ABSENT


def _index(step: str) -> int | None:
    return int(step) if step.isascii() and step.isdecimal() and len(step) < 10 else None


def _put(document: Any, path: str, value: Any, *, replace: bool) -> Any:
    steps = _steps(path)
    if not steps:
        return value
    parent = _get(document, path.rpartition("/")[0])
    last = steps[-1]
    if isinstance(parent, dict):
        parent[last] = value
    elif isinstance(parent, list):
        _put_item(parent, last, value, path, replace=replace)
    else:
        raise BadPatch(f"the path {path} leads into a value that has no parts")
    return document


def _put_item(items: list[Any], step: str, value: Any, path: str, *, replace: bool) -> None:
    index = _index(step)
    if step == "-" and not replace:
        items.append(value)
    elif index is None or index > len(items):
        raise BadPatch(f"the index of {path} is out of bounds")
    elif replace:
        items[index] = value
    else:
        items.insert(index, value)


def _removed(document: Any, path: str) -> Any:
    _get(document, path)
    steps = _steps(path)
    if not steps:
        raise BadPatch("the whole document cannot be removed")
    parent = _get(document, path.rpartition("/")[0])
    del parent[int(steps[-1]) if isinstance(parent, list) else steps[-1]]
    return document
