"""Templates over parameter sets: which strings of a value are templates, and both languages.

Only strings are templates, keys of maps included. The older language is `{{name}}` and no more; a
parameter that is not known stays as it is written, as in Argo CD.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from trunkline.core.argo.appset.params import Params, text
from trunkline.core.argo.fields import Path

_PLACE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


class BadTemplate(ValueError):
    """A template that cannot be filled in. `line` counts from 0 inside of the template."""

    def __init__(self, message: str, template: str, line: int = 0) -> None:
        super().__init__(message)
        self.template = template
        self.line = line


def strings_of(value: Any) -> Iterator[str]:
    """Every string of a value that holds a template, in a fixed order."""
    return (one for _, one in placed_strings(value))


def placed_strings(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """The templates of a value with their places; a key's place is that of its value."""
    if isinstance(value, dict):
        for key, one in value.items():
            if "{{" in str(key):
                yield (*path, key), str(key)
            yield from placed_strings(one, (*path, key))
    elif isinstance(value, list):
        for at, one in enumerate(value):
            yield from placed_strings(one, (*path, at))
    elif isinstance(value, str) and "{{" in value:
        yield path, value


def with_strings(value: Any, answers: Mapping[str, str]) -> Any:
    """The value with each template replaced by its answer."""
    if isinstance(value, dict):
        return {
            answers.get(str(key), key): with_strings(one, answers) for key, one in value.items()
        }
    if isinstance(value, list):
        return [with_strings(one, answers) for one in value]
    return answers.get(value, value) if isinstance(value, str) else value


def replaced(template: str, params: Params) -> str:
    """A string of the older language with its parameters filled in."""

    def known(match: re.Match[str]) -> str:
        name = match[1]
        return text(params[name]) if name in params else match[0]

    return _PLACE.sub(known, template)


def merged(value: Any, patch: Any) -> Any:
    """A JSON merge patch (RFC 7386): maps are merged, null removes, all else is replaced."""
    if not isinstance(patch, dict):
        return patch
    found = dict(value) if isinstance(value, dict) else {}
    for key, one in patch.items():
        if one is None:
            found.pop(key, None)
        else:
            found[key] = merged(found.get(key), one)
    return found


def unique(templates: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(templates))
