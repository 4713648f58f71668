"""What differs between two states of a resource, masked: the one place where values are read.

The programs mark what is sensitive with a value of the same form (`true` for a whole value), and so
what is not known yet. Besides, an attribute whose name says that it is a credential is masked, for
not every provider and no module marks all of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from trunkline.core.diff.credentials import credential_keys
from trunkline.core.infra.plan.copies import MASK, Copies, masked
from trunkline.core.infra.plan.folding import folded, folded_apart
from trunkline.core.infra.plan.values import AttributeChange

UNKNOWN_TEXT = "(known after apply)"

# How attributes of providers call a credential; `secret_arn` only names one.
_CREDENTIAL = re.compile(
    r"(?:^|_)(?:password|passwd|passphrase|secret|token|credentials?|"
    r"(?:private|access|api|secret|account)_key)$",
    re.I,
)
_MISSING = object()
NO_COPIES = Copies()


def attribute_changes(
    change: Mapping[str, Any], copies: Copies = NO_COPIES
) -> tuple[AttributeChange, ...]:
    """The differences of one `change` of the plan's JSON, in the order of their paths; `copies` of
    what is sensitive are masked at any place.
    """
    before, after = copies.covered(change.get("before")), copies.covered(change.get("after"))
    marks = (change.get("before_sensitive"), change.get("after_sensitive"))
    unknown = change.get("after_unknown")
    forcing = [tuple(one) for one in change.get("replace_paths") or ()]
    found = []
    for path, one, other, marked in _walk((), before, after, marks, unknown):
        forces = any(path[: len(to)] == to or to[: len(path)] == path for to in forcing)
        old, new = masked(one), masked(other)
        secret = marked or (old, new) != (one, other)
        found.append(AttributeChange(masked(spelled(path)), old, new, forces, secret))
    return tuple(found)


def shown(value: Any, mark: Any) -> Any:
    """A whole value as it may be seen: what is marked is masked at any depth, the rest folded."""
    if mark is True:
        return MASK
    if isinstance(value, Mapping):
        marks = mark if isinstance(mark, Mapping) else {}
        secret = _credentials(value)
        return {
            key: shown(one, True if key in secret else marks.get(key)) for key, one in value.items()
        }
    if isinstance(value, list):
        return [shown(one, _at(mark, index)) for index, one in enumerate(value)]
    return folded(value)


def is_credential(name: str) -> bool:
    """Whether an attribute of this name holds a credential."""
    return bool(_CREDENTIAL.search(name))


def spelled(path: tuple[Any, ...]) -> str:
    """`rules[0].port`; a key that is no name is quoted."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif str(step).replace("_", "").replace("-", "").isalnum():
            text += f".{step}" if text else str(step)
        else:
            text += f"[{json.dumps(str(step), ensure_ascii=False)}]"
    return text


def _walk(
    path: tuple[Any, ...], old: Any, new: Any, marks: tuple[Any, Any], unknown: Any
) -> Iterator[tuple[tuple[Any, ...], Any, Any, bool]]:
    if True in marks:
        if unknown is True or not _same(old, new):
            yield path, _masked(old), UNKNOWN_TEXT if unknown is True else _masked(new), True
    elif unknown is True:
        yield path, shown(_plain(old), marks[0]), UNKNOWN_TEXT, False
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _pairs(path, old, new, marks, unknown)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _items(path, old, new, marks, unknown)
    elif not _same(old, new) or (_hides(unknown) and new is None):
        yield from _leaf(path, old, new, marks, unknown)


def _pairs(
    path: tuple[Any, ...],
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    marks: tuple[Any, Any],
    unknown: Any,
) -> Iterator[tuple[tuple[Any, ...], Any, Any, bool]]:
    secret = _credentials(old) | _credentials(new)
    for key in sorted({*old, *new, *(unknown if isinstance(unknown, Mapping) else ())}):
        inner = (_at(marks[0], key), _at(marks[1], key))
        if key in secret:
            inner = (True, True)
        yield from _walk(
            (*path, key), old.get(key, _MISSING), new.get(key, _MISSING), inner, _at(unknown, key)
        )


def _items(
    path: tuple[Any, ...], old: list[Any], new: list[Any], marks: tuple[Any, Any], unknown: Any
) -> Iterator[tuple[tuple[Any, ...], Any, Any, bool]]:
    for index in range(max(len(old), len(new), len(unknown) if _is_list(unknown) else 0)):
        one, other = _item(old, index), _item(new, index)
        inner = (_at(marks[0], index), _at(marks[1], index))
        yield from _walk((*path, index), one, other, inner, _at(unknown, index))


def _leaf(
    path: tuple[Any, ...], old: Any, new: Any, marks: tuple[Any, Any], unknown: Any
) -> Iterator[tuple[tuple[Any, ...], Any, Any, bool]]:
    """A whole that comes or goes is opened, so that each of its places is a line of its own."""
    comes, goes = _plain(old) is None, _plain(new) is None
    if comes and isinstance(new, Mapping) and (new or not path or _hides(unknown)):
        yield from _pairs(path, {}, new, marks, unknown)
    elif goes and isinstance(old, Mapping) and (old or not path):
        yield from _pairs(path, old, {}, marks, unknown)
    elif comes and _is_list(new) and (_is_deep(new) or _hides(unknown)):
        yield from _items(path, [], new, marks, unknown)
    elif isinstance(new, str) and isinstance(old, str):
        if documents := _documents(old, new):
            yield from _walk(path, *documents, marks, None)
        else:
            yield path, *folded_apart(old, new), False
    else:
        yield path, shown(_plain(old), marks[0]), shown(_plain(new), marks[1]), False


def _documents(old: str, new: str) -> tuple[Any, Any] | None:
    """Two texts of JSON, such as policies, are compared by what they say."""
    if not (old[:1] in "{[" and new[:1] in "{[" and old and new):
        return None
    try:
        one, other = json.loads(old), json.loads(new)
    except ValueError:
        return None
    return (one, other) if type(one) is type(other) and one != other else None


def _masked(value: Any) -> Any:
    return None if value in (_MISSING, None) else MASK


def _plain(value: Any) -> Any:
    return None if value is _MISSING else value


def _same(one: Any, other: Any) -> bool:
    """Whether nothing differs; what is missing and what is null are one, as in Terraform."""
    one, other = _plain(one), _plain(other)
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _hides(unknown: Any) -> bool:
    """Whether something below is not known yet."""
    if isinstance(unknown, Mapping):
        return any(_hides(one) for one in unknown.values())
    return any(_hides(one) for one in unknown) if _is_list(unknown) else unknown is True


def _at(mark: Any, step: Any) -> Any:
    if mark is True:
        return True
    if isinstance(mark, Mapping):
        return mark.get(step)
    if _is_list(mark) and isinstance(step, int):
        return mark[step] if step < len(mark) else None
    return None


def _item(items: list[Any], index: int) -> Any:
    return items[index] if index < len(items) else _MISSING


def _is_deep(value: list[Any]) -> bool:
    return any(isinstance(one, Mapping | list) for one in value)


def _credentials(value: Mapping[str, Any]) -> frozenset[str]:
    """The keys whose values are credentials, by their names."""
    named = (key for key, one in value.items() if one and isinstance(one, str))
    return credential_keys(value) | {key for key in named if _CREDENTIAL.search(key)}


def _is_list(value: Any) -> bool:
    return isinstance(value, list)
