"""What of a state is secret: what the program marked, what a name or a form gives away, and every
other occurrence of such a value.

A state marks the attributes that hold a sensitive value (`sensitive_attributes`) and outputs that
are sensitive. A program marks fewer than there are: a copy of the value in an unmarked attribute,
an attribute that only the provider's schema calls sensitive, in states of older programs. So names
and values count too: what is hidden here without need does less harm than the other way round.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

MASK = "••••••••"
WORTH = 4
"""Shorter texts are words; hiding each of their occurrences would hide no secret."""

Path = tuple[str | int, ...]

_NAME = re.compile(
    r"passw|passphrase|secret|token|private_?key|credential|api_?key|access_?key|account_?key|"
    r"connection_?string|kube_?config|_pem$|^pem$|sas_url|auth_?key|master_?key|signing_?key",
    re.I,
)
_ABOUT = re.compile(
    r"(_|\b)(file|path|dir|name|url|uri|endpoint|ttl|expiry|expiration|duration|length|type|"
    r"enabled|arn|id|version|rotation|method|policy|reset|required|count|min|max|limit|days)s?$",
    re.I,
)
_USERINFO = re.compile(r"(?<=://)([^/\s:@]*):([^/\s@]+)(?=@)")
_FORM = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_\w{20,}|"
    r"\bxox[abprs]-|\beyJ[\w-]{8,}\.eyJ"
)


def marked_paths(marks: Any) -> Iterator[Path]:
    """The paths of `sensitive_attributes`: lists of steps by name or by index."""
    for steps in marks if isinstance(marks, list) else ():
        path = tuple(_step(one) for one in steps) if isinstance(steps, list) else ()
        yield tuple(one for one in path if one is not None)


def _step(step: Any) -> str | int | None:
    said = step.get("value") if isinstance(step, Mapping) else None
    key = said.get("value") if isinstance(said, Mapping) else said
    return key if isinstance(key, str | int) else None


def is_secret_name(name: str) -> bool:
    return bool(_NAME.search(name)) and not _ABOUT.search(name)


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value that holds no others, with its path; empty maps and lists too.

    A value whose type is known only at run time stands in a state as `{value, type}`; the marks
    do not count that step, so neither does the path.
    """
    if isinstance(value, dict) and set(value) == {"value", "type"}:
        yield from leaves(value["value"], path)
    elif isinstance(value, dict) and value:
        for key, one in value.items():
            yield from leaves(one, (*path, key))
    elif isinstance(value, list) and value:
        for at, one in enumerate(value):
            yield from leaves(one, (*path, at))
    else:
        yield path, value


def is_marked(path: Path, marks: frozenset[Path]) -> bool:
    """Whether the path, or one that it is inside of, is marked or has a secret's name."""
    if any(path[: len(mark)] == mark for mark in marks):
        return True
    return any(isinstance(one, str) and is_secret_name(one) for one in path)


class Hidden:
    """Secret values, hidden wherever they occur."""

    def __init__(self, values: Iterator[Any]) -> None:
        found = {str(one) for one in values if isinstance(one, str) and len(one) >= WORTH}
        longest_first = sorted(found, key=lambda one: (-len(one), one))
        self._any = re.compile("|".join(map(re.escape, longest_first))) if found else None

    def shown(self, value: Any) -> Any:
        """The value as people may see it."""
        if not isinstance(value, str):
            return value
        if _FORM.search(value):
            return MASK
        text = _USERINFO.sub(rf"\1:{MASK}", value)
        return self._any.sub(MASK, text) if self._any else text
