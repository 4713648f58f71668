"""What two answers must have in common: all but what is random, or the time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sandbox.wire import Answer

Json = dict[str, Any]

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
RANDOM = ("uid", "resourceVersion", "creationTimestamp", "time", "clusterIP", "clusterIPs")

# The real one runs without the admission plug-in that gives a pod its account.
UNLIKE = {"Pod": ("serviceAccount", "serviceAccountName")}


def shown(answer: Answer, kind: str) -> list[str]:
    body = unrandom(answer.body)
    for key in UNLIKE.get(kind, ()):
        body.get("spec", {}).pop(key, None)
    return [str(answer.status), *sorted(lines(body))]


def unrandom(value: Any, key: str = "") -> Any:
    if key in RANDOM:
        return "…"
    if isinstance(value, str):
        return UUID.sub("…", value)
    if isinstance(value, dict):
        return {name: unrandom(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [unrandom(one) for one in value]
    return value


def lines(value: Any, path: str = "") -> Iterator[str]:
    """A line per leaf, so that a failure names the field."""
    if isinstance(value, dict) and value:
        for name, one in value.items():
            yield from lines(one, f"{path}.{name}")
    elif isinstance(value, list) and value:
        for number, one in enumerate(value):
            yield from lines(one, f"{path}[{number}]")
    else:
        yield f"{path} = {value!r}"
