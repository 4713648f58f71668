"""Values as Helm's flags make them: maps merged deep, `--set` paths, its typed values.

The grammar of a `--set` path is that of helm.sh/helm/v4/pkg/strvals; Argo CD escapes the commas
of a value that is no `{list}`, so a value here is one value.
"""

from __future__ import annotations

import itertools
import re
from typing import Any

from trunkline.core.rendering import RenderError
from trunkline.edge.render.helm_integers import Integer

_PART = re.compile(r"((?:\\.|[^.\[\]\\])*)((?:\[\d+\])*)(?:\.|$)")
_ITEM = re.compile(r"(?:^|(?<=,))((?:\\.|[^,\\])*)")
MAX_INDEX = 65536


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Maps merged key by key; anything else, null too, replaces what stood there."""
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        result[key] = (
            merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
        )
    return result


def set_value(values: dict[str, Any], path: str, text: str, *, as_string: bool) -> None:
    """`--set path=text` (or `--set-string`). Raises RenderError for a path that is none."""
    if text.startswith("{") and not text.endswith("}"):
        raise RenderError(f"the parameter {path!r}: a list ends with }}")
    put_value(values, path, _typed(text, as_string), lost_in_lists=not text)


def put_value(
    values: dict[str, Any], path: str, value: Any, *, lost_in_lists: bool = False
) -> None:
    """The value at a `--set` path. Raises RenderError for a path that is none.

    `lost_in_lists`: nothing becomes of a map that a list would gain by it. So it is in Helm with
    `--set hosts[0].name=`, whose parser meets its end there.
    """
    steps = _steps(path)
    here: Any = values
    for step, following in itertools.pairwise(steps):
        if lost_in_lists and isinstance(following, str) and _gains(here, step):
            return
        here = _descend(here, step, [] if isinstance(following, int) else {}, path)
    _put(here, steps[-1], value, path)


def _gains(there: Any, step: str | int) -> bool:
    """Whether a map at this step is one that the list has not."""
    if not isinstance(step, int):
        return False
    return not (step < len(there) and isinstance(there[step], dict))


def _steps(path: str) -> list[str | int]:
    steps: list[str | int] = []
    position = 0
    while position < len(path):
        part = _PART.match(path, position)
        if part is None or part.end() == position:
            raise RenderError(f"the parameter {path!r} is no path of a value")
        position = part.end()
        if part[1] or not part[2]:
            steps.append(re.sub(r"\\(.)", r"\1", part[1]))
        steps.extend(int(one) for one in re.findall(r"\d+", part[2]))
    if not steps or isinstance(steps[0], int):
        raise RenderError(f"the parameter {path!r} is no path of a value")
    return steps


def _descend(here: Any, step: str | int, empty: Any, path: str) -> Any:
    """What lies below the step, made where nothing is. Raises RenderError where something else is:
    only a list's element gives way to a map.
    """
    if isinstance(step, int):
        _grow(here, step, path)
    there = here[step] if isinstance(step, int) else here.get(step)
    gives_way = there is None or (isinstance(step, int) and isinstance(empty, dict))
    if isinstance(there, type(empty)):
        here[step] = there.copy()
    elif gives_way:
        here[step] = empty
    else:
        kind = "map" if isinstance(empty, dict) else "list"
        raise RenderError(f"the parameter {path!r}: {step} is given before, and is no {kind}")
    return here[step]


def _put(here: Any, step: str | int, value: Any, path: str) -> None:
    if isinstance(step, int):
        _grow(here, step, path)
    here[step] = value


def _grow(here: list[Any], index: int, path: str) -> None:
    if index > MAX_INDEX:
        raise RenderError(f"the parameter {path!r} has an index above {MAX_INDEX}")
    here.extend([None] * (index + 1 - len(here)))


def _typed(text: str, as_string: bool) -> Any:
    if text.startswith("{") and text.endswith("}"):
        inner = text[1:-1]
        return [_scalar(one, as_string) for one in _ITEM.findall(inner)]
    return _scalar(text, as_string)


def _scalar(text: str, as_string: bool) -> Any:
    text = re.sub(r"\\(.?)", r"\1", text, flags=re.DOTALL)
    if as_string:
        return text
    constants = {"true": True, "false": False, "null": None}
    if text.lower() in constants:
        return constants[text.lower()]
    if text == "0" or (text[:1] != "0" and re.fullmatch(r"[-+]?[0-9]+", text)):
        number = Integer(text)
        return number if -(2**63) <= number < 2**63 else text
    return text
